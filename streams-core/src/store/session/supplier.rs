//! Which kind of session store, under which name.

use std::time::Duration;

use crate::store::window::millis;

/// Which kind of session store, under which name: what Kafka calls a `SessionBytesStoreSupplier` (feature S9).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SessionStoreSupplier {
    name: String,
    persistent: bool,
    retention_ms: i64,
    by_time: bool,
}

impl SessionStoreSupplier {
    /// A store on disk that keeps sessions for `retention` after their end.
    pub fn persistent(name: impl Into<String>, retention: Duration) -> Self {
        Self { name: name.into(), persistent: true, retention_ms: millis(retention), by_time: false }
    }

    /// A store in memory, filled from the changelog at every start.
    pub fn in_memory(name: impl Into<String>, retention: Duration) -> Self {
        Self { name: name.into(), persistent: false, retention_ms: millis(retention), by_time: false }
    }

    /// The same kind of store with an index by time, for results on window close (KIP-825).
    #[must_use]
    pub fn ordered_by_time(mut self) -> Self {
        self.by_time = true;
        self
    }

    /// The store's name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// How long sessions are kept after their end, in milliseconds.
    pub fn retention_ms(&self) -> i64 {
        self.retention_ms
    }

    pub(super) fn is_persistent(&self) -> bool {
        self.persistent
    }

    pub(super) fn is_by_time(&self) -> bool {
        self.by_time
    }
}
