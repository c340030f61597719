//! Looking up values of a table that is another node's.

use std::sync::Arc;

use streams_core::{BoxError, Stores, ValueAndTimestamp};

use crate::Data;
use crate::store::KvStore;

/// Makes the getters of a table, one for each processor that looks values up.
pub(crate) trait GetterSupplier<K, V>: Send + Sync {
    fn get(&self) -> Box<dyn Getter<K, V>>;

    /// The stores that processors with such a getter must be connected to.
    fn store_names(&self) -> Vec<Arc<str>>;
}

/// Looks up values of a table, straight from a store or through views on one.
pub(crate) trait Getter<K, V>: Send {
    /// Finds the stores. Called once, in the processor's `init`.
    fn init(&mut self, stores: &mut Stores) -> Result<(), BoxError>;

    /// The latest value.
    fn get(&mut self, stores: &mut Stores, key: &K) -> Result<Option<ValueAndTimestamp<V>>, BoxError>;

    /// The value at a time, if the table keeps versions; else the latest.
    fn get_as_of(
        &mut self,
        stores: &mut Stores,
        key: &K,
        timestamp: i64,
    ) -> Result<Option<ValueAndTimestamp<V>>, BoxError>;

    /// Whether the store underneath keeps versions. Known after `init`.
    fn is_versioned(&self) -> bool;
}

/// Reads a key-value store.
#[derive(Debug)]
pub(crate) struct StoreGetter<K, V> {
    name: Arc<str>,
    store: Option<KvStore<K, V>>,
}

impl<K, V> StoreGetter<K, V> {
    pub(crate) fn new(name: &Arc<str>) -> Self {
        Self { name: Arc::clone(name), store: None }
    }
}

impl<K: Data, V: Data> GetterSupplier<K, V> for StoreGetter<K, V> {
    fn get(&self) -> Box<dyn Getter<K, V>> {
        Box::new(Self::new(&self.name))
    }

    fn store_names(&self) -> Vec<Arc<str>> {
        vec![Arc::clone(&self.name)]
    }
}

impl<K: Data, V: Data> Getter<K, V> for StoreGetter<K, V> {
    fn init(&mut self, stores: &mut Stores) -> Result<(), BoxError> {
        self.store = Some(KvStore::open(stores, &self.name)?);
        Ok(())
    }

    fn get(&mut self, stores: &mut Stores, key: &K) -> Result<Option<ValueAndTimestamp<V>>, BoxError> {
        let store = self.store.expect("init opened the store");
        Ok(store.get(stores, key)?)
    }

    fn get_as_of(
        &mut self,
        stores: &mut Stores,
        key: &K,
        timestamp: i64,
    ) -> Result<Option<ValueAndTimestamp<V>>, BoxError> {
        let store = self.store.expect("init opened the store");
        Ok(store.get_as_of(stores, key, timestamp)?)
    }

    fn is_versioned(&self) -> bool {
        self.store.is_some_and(KvStore::is_versioned)
    }
}
