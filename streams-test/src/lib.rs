//! A test driver for stream processing topologies: no broker, no threads, virtual time.
//!
//! [`TopologyTestDriver`] runs a whole topology on the same task engine as production does; [`MockProcessorContext`] is
//! for a single processor.

mod builder;
mod driver;
mod engine;
mod input;
mod mock;
mod output;
mod partition;
mod produced;
mod record;
mod settings;
mod start;
mod stores;
mod topic;
mod topics;

pub use builder::TopologyTestDriverBuilder;
pub use driver::TopologyTestDriver;
pub use input::TestInputTopic;
pub use mock::MockProcessorContext;
pub use output::TestOutputTopic;
pub use produced::ProducedRecord;
pub use record::TestRecord;
pub use stores::BorrowedStore;
pub use streams_core::{CapturedForward, CapturedPunctuation, CapturingContext};
