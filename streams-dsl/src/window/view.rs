//! Looking up windows of a windowed table.

use std::marker::PhantomData;
use std::sync::Arc;

use streams_core::{BoxError, StoreRef, Stores, ValueAndTimestamp, Windowed};

use super::windowed_store::WindowedStore;
use super::windowing::Windowing;
use crate::Data;
use crate::table::{Flag, Getter, GetterSupplier, TableView};

/// The view of a table by windows of the kind `W`.
pub(crate) struct WindowedView<W> {
    store: Arc<str>,
    pub(crate) send_old: Flag,
    windows: PhantomData<fn() -> W>,
}

impl<W> WindowedView<W> {
    /// The view of the table with that store.
    pub(crate) fn new(store: &Arc<str>) -> Self {
        Self { store: Arc::clone(store), send_old: Flag::default(), windows: PhantomData }
    }
}

impl<K: Data, V: Data, W: Windowing> TableView<Windowed<K>, V> for WindowedView<W> {
    fn send_old_values(&self, _force: bool) -> bool {
        self.send_old.set();
        true
    }

    fn getter(&self) -> Arc<dyn GetterSupplier<Windowed<K>, V>> {
        Arc::new(WindowGetter::<W::Store<K, V>> { name: Arc::clone(&self.store), store: None })
    }
}

/// Reads a store of type `S`.
struct WindowGetter<S> {
    name: Arc<str>,
    store: Option<StoreRef<S>>,
}

impl<K: Data, V: Data, S: WindowedStore<K, V>> GetterSupplier<Windowed<K>, V> for WindowGetter<S> {
    fn get(&self) -> Box<dyn Getter<Windowed<K>, V>> {
        Box::new(Self { name: Arc::clone(&self.name), store: None })
    }

    fn store_names(&self) -> Vec<Arc<str>> {
        vec![Arc::clone(&self.name)]
    }
}

impl<K: Data, V: Data, S: WindowedStore<K, V>> Getter<Windowed<K>, V> for WindowGetter<S> {
    fn init(&mut self, stores: &mut Stores) -> Result<(), BoxError> {
        self.store = Some(stores.reference(&self.name)?);
        Ok(())
    }

    fn get(
        &mut self,
        stores: &mut Stores,
        key: &Windowed<K>,
    ) -> Result<Option<ValueAndTimestamp<V>>, BoxError> {
        Ok(stores.get(self.store.as_ref().expect("init found the store"))?.read(key)?)
    }

    fn get_as_of(
        &mut self,
        stores: &mut Stores,
        key: &Windowed<K>,
        _timestamp: i64,
    ) -> Result<Option<ValueAndTimestamp<V>>, BoxError> {
        self.get(stores, key)
    }

    fn is_versioned(&self) -> bool {
        false
    }
}
