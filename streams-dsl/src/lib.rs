//! The stream processing DSL: streams, tables, grouping, windows and joins.

mod builder;
mod data;
mod graph;
mod params;
mod prefixes;
pub mod prelude;
mod settings;
mod stream;
mod topics;

pub use builder::StreamsBuilder;
pub use data::Data;
pub use params::{Branched, Consumed, Grouped, Named, Printed, Produced, Repartitioned};
pub use stream::{BranchedKStream, Branches, KStream};
pub use topics::Topics;
