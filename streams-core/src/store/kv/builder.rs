//! Builders of key-value stores.

use std::collections::BTreeMap;
use std::fmt;

use super::lru::{CachedLru, LruOrder};
use super::plain::KeyValueStore;
use super::supplier::KeyValueStoreSupplier;
use super::timestamped::TimestampedKeyValueStore;
use crate::error::Result;
use crate::serde::{DefaultSerde, Serde};
use crate::store::core::{StoreCore, TimestampedValues};
use crate::store::settings::{StoreSettings, settings_methods};
use crate::store::{StateStore, StoreBuilder, StoreContext};

macro_rules! key_value_builder {
    ($(#[$doc:meta])* $name:ident, $persistent:ident) => {
        $(#[$doc])*
        pub struct $name<K, V> {
            supplier: KeyValueStoreSupplier,
            key_serde: Serde<K>,
            value_serde: Serde<V>,
            settings: StoreSettings,
        }

        impl<K: 'static, V: 'static> $name<K, V> {
            /// A builder of what `supplier` describes, with the types' default serdes.
            pub fn new(supplier: KeyValueStoreSupplier) -> Self
            where
                K: DefaultSerde,
                V: DefaultSerde,
            {
                Self::with_serdes(supplier, K::default_serde(), V::default_serde())
            }

            /// A builder of what `supplier` describes.
            pub fn with_serdes(
                supplier: KeyValueStoreSupplier,
                key_serde: Serde<K>,
                value_serde: Serde<V>,
            ) -> Self {
                Self { supplier, key_serde, value_serde, settings: StoreSettings::default() }
            }

            /// A store on disk, with the types' default serdes.
            pub fn persistent(name: impl Into<String>) -> Self
            where
                K: DefaultSerde,
                V: DefaultSerde,
            {
                Self::new(KeyValueStoreSupplier::$persistent(name))
            }

            /// A store in memory, with the types' default serdes.
            pub fn in_memory(name: impl Into<String>) -> Self
            where
                K: DefaultSerde,
                V: DefaultSerde,
            {
                Self::new(KeyValueStoreSupplier::in_memory(name))
            }

            /// A store in memory of the `max_entries` entries used last, with the types' default serdes.
            pub fn lru(name: impl Into<String>, max_entries: usize) -> Self
            where
                K: DefaultSerde,
                V: DefaultSerde,
            {
                Self::new(KeyValueStoreSupplier::lru(name, max_entries))
            }

            /// Another serde for keys.
            #[must_use]
            pub fn with_key_serde(mut self, serde: Serde<K>) -> Self {
                self.key_serde = serde;
                self
            }

            /// Another serde for values.
            #[must_use]
            pub fn with_value_serde(mut self, serde: Serde<V>) -> Self {
                self.value_serde = serde;
                self
            }

            settings_methods!();

            fn core(&self, context: &StoreContext<'_>) -> Result<StoreCore> {
                let bytes = self.supplier.bytes(context)?;
                let mut core = StoreCore::new(self.supplier.name(), bytes, self.settings.caching, context);
                if self.settings.tombstone_headers {
                    core.log_tombstone_headers();
                }
                Ok(core)
            }
        }

        impl<K: 'static, V: 'static> StoreBuilder for $name<K, V> {
            fn name(&self) -> &str {
                self.supplier.name()
            }

            fn logging_enabled(&self) -> bool {
                self.settings.logging
            }

            fn changelog_config(&self, _additional_retention_ms: i64) -> BTreeMap<String, String> {
                self.settings.topic_config([("cleanup.policy", "compact".to_owned())])
            }

            fn changelog_overrides(&self) -> BTreeMap<String, String> {
                self.settings.topic_config([])
            }

            fn build(&self, context: &StoreContext<'_>) -> Result<Box<dyn StateStore>> {
                Ok(Box::new(self.make(context)?))
            }
        }

        impl<K, V> Clone for $name<K, V> {
            fn clone(&self) -> Self {
                Self {
                    supplier: self.supplier.clone(),
                    key_serde: self.key_serde.clone(),
                    value_serde: self.value_serde.clone(),
                    settings: self.settings.clone(),
                }
            }
        }

        impl<K, V> fmt::Debug for $name<K, V> {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                let mut debug = f.debug_struct(stringify!($name));
                debug.field("supplier", &self.supplier).field("settings", &self.settings).finish()
            }
        }
    };
}

key_value_builder! {
    /// Describes a [`KeyValueStore`].
    ///
    /// ```
    /// use streams_core::{KeyValueStoreBuilder, StoreBuilder};
    ///
    /// let seen = KeyValueStoreBuilder::<String, i64>::persistent("seen").with_logging_disabled();
    /// assert_eq!((seen.name(), seen.logging_enabled()), ("seen", false));
    /// ```
    KeyValueStoreBuilder, persistent
}

key_value_builder! {
    /// Describes a [`TimestampedKeyValueStore`].
    ///
    /// ```
    /// use streams_core::{StoreBuilder, TimestampedKeyValueStoreBuilder};
    ///
    /// let counts = TimestampedKeyValueStoreBuilder::<String, i64>::in_memory("counts");
    /// assert_eq!(counts.changelog_config(0)["cleanup.policy"], "compact");
    /// ```
    TimestampedKeyValueStoreBuilder, persistent_timestamped
}

impl<K: 'static, V: 'static> KeyValueStoreBuilder<K, V> {
    fn make(&self, context: &StoreContext<'_>) -> Result<KeyValueStore<K, V>> {
        Ok(KeyValueStore {
            core: self.core(context)?,
            key_serde: self.key_serde.clone(),
            value_serde: self.value_serde.clone(),
            lru: self.supplier.max_entries().map(LruOrder::new),
        })
    }
}

impl<K: 'static, V: 'static> TimestampedKeyValueStoreBuilder<K, V> {
    fn make(&self, context: &StoreContext<'_>) -> Result<TimestampedKeyValueStore<K, V>> {
        let core = self.core(context)?;
        // A record cache keeps the timestamps of what it holds, whatever lies below.
        let shown = self.supplier.keeps_timestamps() || core.caching;
        Ok(TimestampedKeyValueStore {
            core,
            key_serde: self.key_serde.clone(),
            values: TimestampedValues { serde: self.value_serde.clone(), shown },
            lru: self.supplier.max_entries().map(CachedLru::new),
        })
    }
}
