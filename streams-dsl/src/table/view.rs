//! What a table's operator can be asked by those below it.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use super::getter::{GetterSupplier, StoreGetter};
use crate::Data;
use crate::store::StoreSpec;

/// A decision that later calls of the DSL may still take, read when the topology is built.
#[derive(Debug, Clone, Default)]
pub(crate) struct Flag(Arc<AtomicBool>);

impl Flag {
    pub(crate) fn set(&self) {
        self.0.store(true, Ordering::Relaxed);
    }

    pub(crate) fn get(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}

/// What a table's operator can be asked by those below it.
pub(crate) trait TableView<K, V> {
    /// See [`KTable::enable_sending_old_values`](super::KTable::enable_sending_old_values).
    fn send_old_values(&self, force: bool) -> bool;

    /// See [`KTable::getter`](super::KTable::getter).
    fn getter(&self) -> Arc<dyn GetterSupplier<K, V>>;

    /// How far back the store that values come from remembers, in milliseconds, if it keeps versions.
    fn history_retention_ms(&self) -> Option<i64> {
        None
    }
}

/// The view of a table that always has a key-value store: aggregations.
#[derive(Debug, Clone)]
pub(crate) struct StoredView {
    pub(crate) store: Arc<str>,
    pub(crate) send_old: Flag,
    history_ms: Option<i64>,
}

impl StoredView {
    /// The view of the table with that store.
    pub(crate) fn of<K: Data, V: Data>(spec: &StoreSpec<K, V>) -> Self {
        let history_ms = spec.history_retention_ms();
        Self { store: Arc::clone(&spec.name), send_old: Flag::default(), history_ms }
    }
}

impl<K: Data, V: Data> TableView<K, V> for StoredView {
    fn send_old_values(&self, _force: bool) -> bool {
        self.send_old.set();
        true
    }

    fn getter(&self) -> Arc<dyn GetterSupplier<K, V>> {
        Arc::new(StoreGetter::new(&self.store))
    }

    fn history_retention_ms(&self) -> Option<i64> {
        self.history_ms
    }
}
