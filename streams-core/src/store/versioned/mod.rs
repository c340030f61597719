//! The versioned key-value store (KIP-889).

mod builder;
mod bytes;
mod store;

pub use builder::{VersionedKeyValueStoreBuilder, VersionedKeyValueStoreSupplier};
pub use store::{VersionedKeyValueStore, VersionedPut, VersionedRecord};
