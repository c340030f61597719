//! What a suppressed table can be asked by those below it.

use std::rc::Rc;
use std::sync::Arc;

use streams_core::{BoxError, StoreRef, Stores, SuppressionBuffer, ValueAndTimestamp};

use crate::Data;
use crate::table::{Getter, GetterSupplier, TableView};

/// The view of a suppressed table: values of buffered keys are those that were last emitted, others those of the parent.
pub(super) struct SuppressedView<K, V> {
    pub(super) parent: Rc<dyn TableView<K, V>>,
    pub(super) store: Arc<str>,
}

impl<K: Data, V: Data> TableView<K, V> for SuppressedView<K, V> {
    fn send_old_values(&self, force: bool) -> bool {
        self.parent.send_old_values(force)
    }

    fn getter(&self) -> Arc<dyn GetterSupplier<K, V>> {
        Arc::new(SuppressedGetters { parent: self.parent.getter(), store: Arc::clone(&self.store) })
    }
}

struct SuppressedGetters<K, V> {
    parent: Arc<dyn GetterSupplier<K, V>>,
    store: Arc<str>,
}

impl<K: Data, V: Data> GetterSupplier<K, V> for SuppressedGetters<K, V> {
    fn get(&self) -> Box<dyn Getter<K, V>> {
        Box::new(SuppressedGetter { parent: self.parent.get(), name: Arc::clone(&self.store), buffer: None })
    }

    fn store_names(&self) -> Vec<Arc<str>> {
        std::iter::once(Arc::clone(&self.store)).chain(self.parent.store_names()).collect()
    }
}

struct SuppressedGetter<K, V> {
    parent: Box<dyn Getter<K, V>>,
    name: Arc<str>,
    buffer: Option<StoreRef<SuppressionBuffer<K, V>>>,
}

impl<K: Data, V: Data> Getter<K, V> for SuppressedGetter<K, V> {
    fn init(&mut self, stores: &mut Stores) -> Result<(), BoxError> {
        self.buffer = Some(stores.reference(&self.name)?);
        self.parent.init(stores)
    }

    fn get(&mut self, stores: &mut Stores, key: &K) -> Result<Option<ValueAndTimestamp<V>>, BoxError> {
        let buffered = match &self.buffer {
            Some(buffer) => stores.get(buffer)?.prior_value(key)?,
            None => None,
        };
        match buffered {
            // When the value was emitted is not known any more.
            Some(emitted) => Ok(emitted.map(|value| ValueAndTimestamp::new(value, -1))),
            None => self.parent.get(stores, key),
        }
    }

    /// A suppressed table keeps no versions.
    fn get_as_of(
        &mut self,
        stores: &mut Stores,
        key: &K,
        _timestamp: i64,
    ) -> Result<Option<ValueAndTimestamp<V>>, BoxError> {
        self.get(stores, key)
    }

    fn is_versioned(&self) -> bool {
        false
    }
}
