//! State stores: what a task may remember between records.

mod buffer;
mod builder;
mod bytes;
mod changelog;
mod context;
mod core;
mod dirty;
mod disk;
mod iterator;
mod kv;
mod outer_join;
mod segmented;
mod segments;
mod session;
mod settings;
mod state_store;
mod table;
mod task_state;
mod value_and_timestamp;
mod values;
mod versioned;
mod window;

pub use buffer::{
    BufferedChange, BufferedRecord, GraceBuffer, GraceBufferBuilder, SuppressionBuffer,
    SuppressionBufferBuilder,
};
pub use builder::StoreBuilder;
pub use changelog::ChangelogRecord;
pub use context::StoreContext;
pub use dirty::DirtyEntry;
pub use disk::{StateMemory, StateWrites};
pub use iterator::StoreIterator;
pub use kv::{
    KeyValueStore, KeyValueStoreBuilder, KeyValueStoreSupplier, TimestampedKeyValueStore,
    TimestampedKeyValueStoreBuilder,
};
pub use outer_join::{JoinClock, JoinSide, OuterJoinStore, OuterJoinStoreBuilder, Unmatched};
pub use session::{SessionStore, SessionStoreBuilder, SessionStoreSupplier};
pub use state_store::StateStore;
pub use table::{StoreRef, Stores};
pub use task_state::{StateOptions, TaskState};
pub use value_and_timestamp::ValueAndTimestamp;
pub use versioned::{
    VersionedKeyValueStore, VersionedKeyValueStoreBuilder, VersionedKeyValueStoreSupplier, VersionedPut,
    VersionedRecord,
};
pub use window::{
    TimestampedWindowStore, TimestampedWindowStoreBuilder, WindowStore, WindowStoreBuilder,
    WindowStoreSupplier, WindowValues,
};

#[cfg(test)]
mod tests;
