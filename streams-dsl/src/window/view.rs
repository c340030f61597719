//! Looking up windows of a windowed table.

use std::sync::Arc;

use streams_core::{
    BoxError, SessionStore, StoreRef, Stores, TimestampedWindowStore, ValueAndTimestamp, Windowed,
};

use crate::Data;
use crate::table::{Flag, Getter, GetterSupplier, TableView};

macro_rules! windowed_view {
    ($(#[$doc:meta])* $view:ident, $getter:ident, $store:ident, |$found:ident, $key:ident| $read:expr) => {
        $(#[$doc])*
        #[derive(Debug, Clone)]
        pub(crate) struct $view {
            pub(crate) store: Arc<str>,
            pub(crate) send_old: Flag,
        }

        impl<K: Data, V: Data> TableView<Windowed<K>, V> for $view {
            fn send_old_values(&self, _force: bool) -> bool {
                self.send_old.set();
                true
            }

            fn getter(&self) -> Arc<dyn GetterSupplier<Windowed<K>, V>> {
                Arc::new($getter::<K, V> { name: Arc::clone(&self.store), store: None })
            }
        }

        struct $getter<K, V> {
            name: Arc<str>,
            store: Option<StoreRef<$store<K, V>>>,
        }

        impl<K: Data, V: Data> GetterSupplier<Windowed<K>, V> for $getter<K, V> {
            fn get(&self) -> Box<dyn Getter<Windowed<K>, V>> {
                Box::new(Self { name: Arc::clone(&self.name), store: None })
            }

            fn store_names(&self) -> Vec<Arc<str>> {
                vec![Arc::clone(&self.name)]
            }
        }

        impl<K: Data, V: Data> Getter<Windowed<K>, V> for $getter<K, V> {
            fn init(&mut self, stores: &mut Stores) -> Result<(), BoxError> {
                self.store = Some(stores.reference(&self.name)?);
                Ok(())
            }

            fn get(
                &mut self,
                stores: &mut Stores,
                $key: &Windowed<K>,
            ) -> Result<Option<ValueAndTimestamp<V>>, BoxError> {
                let $found = stores.get(self.store.as_ref().expect("init found the store"))?;
                Ok($read)
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
    };
}

windowed_view!(
    /// The view of a table by windows of a fixed size.
    WindowView,
    WindowGetter,
    TimestampedWindowStore,
    |store, key| store.fetch(&key.key, key.window.start)?
);

windowed_view!(
    /// The view of a table by sessions: a session's time is its end.
    SessionView,
    SessionGetter,
    SessionStore,
    |store, key| store
        .fetch_session(&key.key, key.window)?
        .map(|value| ValueAndTimestamp::new(value, key.window.end))
);
