//! Key-value stores.

mod builder;
mod lru;
mod plain;
mod supplier;
mod timestamped;

pub use builder::{KeyValueStoreBuilder, TimestampedKeyValueStoreBuilder};
pub use plain::KeyValueStore;
pub use supplier::KeyValueStoreSupplier;
pub use timestamped::TimestampedKeyValueStore;
