//! The view of a table that is computed from another table.

use std::rc::Rc;
use std::sync::Arc;

use streams_core::{BoxError, Stores, ValueAndTimestamp};

use super::derived::{Derivation, Derivations};
use super::getter::{Getter, GetterSupplier, StoreGetter};
use super::view::{Flag, TableView};
use crate::Data;

/// The view of a derived table: its store if it has one, else the parent's view with the function on top.
pub(super) struct DerivedView<K, V, V2> {
    pub(super) parent: Rc<dyn TableView<K, V>>,
    pub(super) store: Option<Arc<str>>,
    pub(super) history_ms: Option<i64>,
    pub(super) send_old: Flag,
    pub(super) make: Derivations<K, V, V2>,
    pub(super) stores: Vec<Arc<str>>,
}

impl<K: Data, V: Data, V2: Data> TableView<K, V2> for DerivedView<K, V, V2> {
    fn send_old_values(&self, force: bool) -> bool {
        if self.store.is_some() || self.parent.send_old_values(force) {
            self.send_old.set();
        }
        self.send_old.get()
    }

    fn getter(&self) -> Arc<dyn GetterSupplier<K, V2>> {
        match &self.store {
            Some(store) => Arc::new(StoreGetter::new(store)),
            None => Arc::new(DerivedGetters {
                parent: self.parent.getter(),
                make: Arc::clone(&self.make),
                stores: self.stores.clone(),
            }),
        }
    }

    fn history_retention_ms(&self) -> Option<i64> {
        if self.store.is_some() { self.history_ms } else { self.parent.history_retention_ms() }
    }
}

struct DerivedGetters<K, V, V2> {
    parent: Arc<dyn GetterSupplier<K, V>>,
    make: Derivations<K, V, V2>,
    stores: Vec<Arc<str>>,
}

impl<K: Data, V: Data, V2: Data> GetterSupplier<K, V2> for DerivedGetters<K, V, V2> {
    fn get(&self) -> Box<dyn Getter<K, V2>> {
        Box::new(DerivedGetter { parent: self.parent.get(), derivation: (self.make)() })
    }

    fn store_names(&self) -> Vec<Arc<str>> {
        let mut names = self.parent.store_names();
        names.extend(self.stores.iter().cloned());
        names
    }
}

struct DerivedGetter<K, V, V2> {
    parent: Box<dyn Getter<K, V>>,
    derivation: Box<dyn Derivation<K, V, V2>>,
}

impl<K: Data, V: Data, V2: Data> DerivedGetter<K, V, V2> {
    fn derive(
        &mut self,
        stores: &mut Stores,
        key: &K,
        found: Option<ValueAndTimestamp<V>>,
    ) -> Result<Option<ValueAndTimestamp<V2>>, BoxError> {
        let timestamp = found.as_ref().map_or(-1, |found| found.timestamp);
        let value = self.derivation.derive(stores, key, found.map(|found| found.value))?;
        Ok(value.map(|value| ValueAndTimestamp::new(value, timestamp)))
    }
}

impl<K: Data, V: Data, V2: Data> Getter<K, V2> for DerivedGetter<K, V, V2> {
    fn init(&mut self, stores: &mut Stores) -> Result<(), BoxError> {
        self.parent.init(stores)?;
        self.derivation.init(stores)
    }

    fn get(&mut self, stores: &mut Stores, key: &K) -> Result<Option<ValueAndTimestamp<V2>>, BoxError> {
        let found = self.parent.get(stores, key)?;
        self.derive(stores, key, found)
    }

    fn get_as_of(
        &mut self,
        stores: &mut Stores,
        key: &K,
        timestamp: i64,
    ) -> Result<Option<ValueAndTimestamp<V2>>, BoxError> {
        let found = self.parent.get_as_of(stores, key, timestamp)?;
        self.derive(stores, key, found)
    }

    fn is_versioned(&self) -> bool {
        self.parent.is_versioned()
    }
}
