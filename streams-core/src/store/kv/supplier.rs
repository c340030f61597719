//! Which kind of key-value store, under which name.

use crate::error::{Error, Result};
use crate::store::bytes::ByteStore;
use crate::store::context::StoreContext;

/// Which kind of key-value store, under which name: what Kafka calls a `KeyValueBytesStoreSupplier` (feature S8).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyValueStoreSupplier {
    name: String,
    kind: Kind,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Persistent { timestamps: bool },
    InMemory,
    Lru { max_entries: usize },
}

impl KeyValueStoreSupplier {
    /// A store on disk. Under a timestamped builder it keeps no timestamps: they read as -1.
    pub fn persistent(name: impl Into<String>) -> Self {
        Self { name: name.into(), kind: Kind::Persistent { timestamps: false } }
    }

    /// A store on disk that keeps timestamps.
    pub fn persistent_timestamped(name: impl Into<String>) -> Self {
        Self { name: name.into(), kind: Kind::Persistent { timestamps: true } }
    }

    /// A store in memory, filled from the changelog at every start.
    pub fn in_memory(name: impl Into<String>) -> Self {
        Self { name: name.into(), kind: Kind::InMemory }
    }

    /// A store in memory that keeps the `max_entries` entries used last; what is pushed out gets a tombstone in the
    /// changelog (feature S69), but not under a timestamped builder.
    pub fn lru(name: impl Into<String>, max_entries: usize) -> Self {
        Self { name: name.into(), kind: Kind::Lru { max_entries } }
    }

    /// The store's name.
    pub fn name(&self) -> &str {
        &self.name
    }

    pub(crate) fn bytes(&self, context: &StoreContext<'_>) -> Result<ByteStore> {
        if let Kind::Lru { max_entries: 0 } = self.kind {
            return Err(Error::argument(format!(
                "LRU store `{}` needs room for at least one entry",
                self.name
            )));
        }
        context.bytes(&self.name, matches!(self.kind, Kind::Persistent { .. }))
    }

    pub(crate) fn max_entries(&self) -> Option<usize> {
        match self.kind {
            Kind::Lru { max_entries } => Some(max_entries),
            _ => None,
        }
    }

    pub(crate) fn keeps_timestamps(&self) -> bool {
        self.kind != Kind::Persistent { timestamps: false }
    }
}
