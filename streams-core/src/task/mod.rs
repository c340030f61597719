//! The task engine: one sub-topology on one partition.
//!
//! A task takes records in, runs them through its nodes one at a time, keeps stores and hands what comes out to a
//! [`RecordCollector`](crate::RecordCollector). It knows no Kafka client, no thread and no clock: the Kafka runtime and
//! the test driver drive the same code and tell it the time.

mod commit;
mod global;
mod group;
mod lending;
mod offset_metadata;
mod options;
mod process;
mod queue;
mod status;
mod stream_task;
#[cfg(test)]
mod tests;

pub use commit::CommitOffset;
pub use global::GlobalTask;
pub use options::TaskOptions;
pub use status::TaskStatus;
pub use stream_task::{StoreChangelog, StreamTask};
