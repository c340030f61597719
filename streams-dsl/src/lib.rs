//! The stream processing DSL: streams, tables, grouping, windows and joins.

mod builder;
mod cogroup;
mod data;
mod graph;
mod grouped;
mod grouped_table;
#[cfg(doctest)]
mod guide;
mod join;
mod params;
mod prefixes;
pub mod prelude;
mod settings;
mod store;
mod store_link;
mod stream;
mod suppress;
mod table;
mod topics;
mod window;

pub use builder::StreamsBuilder;
pub use cogroup::{CogroupedKStream, SessionWindowedCogroupedKStream, TimeWindowedCogroupedKStream};
pub use data::Data;
pub use grouped::KGroupedStream;
pub use grouped_table::KGroupedTable;
pub use params::{
    Branched, BufferConfig, Consumed, Grouped, JoinWindows, Joined, Materialized, Named, Printed, Produced,
    Repartitioned, StoreSupplier, StoredParams, StreamJoined, StrictBufferConfig, Suppressed, TableJoined,
    ViewParams,
};
pub use stream::{BranchedKStream, Branches, KStream};
pub use table::{Change, GlobalKTable, IntoUpdate, KTable, TransformerContext, ValueTransformer};
pub use topics::Topics;
pub use window::{
    EmitStrategy, SessionWindowedKStream, SessionWindows, SlidingWindows, TimeWindowedKStream, TimeWindows,
    UnlimitedWindows, WindowDefinition, Windows,
};
