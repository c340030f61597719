//! Builders of window stores.

use std::collections::BTreeMap;
use std::fmt;

use super::bytes::WindowBytes;
use super::plain::WindowStore;
use super::supplier::WindowStoreSupplier;
use super::timestamped::TimestampedWindowStore;
use crate::error::Result;
use crate::serde::{DefaultSerde, Serde};
use crate::store::core::{PlainValues, TimestampedValues};
use crate::store::settings::{StoreSettings, settings_methods};
use crate::store::{StateStore, StoreBuilder, StoreContext};

macro_rules! window_builder {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        pub struct $name<K, V> {
            supplier: WindowStoreSupplier,
            key_serde: Serde<K>,
            value_serde: Serde<V>,
            settings: StoreSettings,
        }

        impl<K: 'static, V: 'static> $name<K, V> {
            /// A builder of what `supplier` describes, with the types' default serdes.
            pub fn new(supplier: WindowStoreSupplier) -> Self
            where
                K: DefaultSerde,
                V: DefaultSerde,
            {
                Self::with_serdes(supplier, K::default_serde(), V::default_serde())
            }

            /// A builder of what `supplier` describes.
            pub fn with_serdes(
                supplier: WindowStoreSupplier,
                key_serde: Serde<K>,
                value_serde: Serde<V>,
            ) -> Self {
                Self { supplier, key_serde, value_serde, settings: StoreSettings::default() }
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

            fn windows(&self, context: &StoreContext<'_>) -> Result<WindowBytes> {
                // A cache keeps one value a key.
                let caching = self.settings.caching && !self.supplier.retains_duplicates();
                let mut windows = WindowBytes::new(&self.supplier, caching, context)?;
                if self.settings.tombstone_headers {
                    windows.entries.core.log_tombstone_headers();
                }
                Ok(windows)
            }
        }

        impl<K: 'static, V: 'static> StoreBuilder for $name<K, V> {
            fn name(&self) -> &str {
                self.supplier.name()
            }

            fn logging_enabled(&self) -> bool {
                self.settings.logging
            }

            fn changelog_config(&self, additional_retention_ms: i64) -> BTreeMap<String, String> {
                let policy = if self.supplier.retains_duplicates() { "delete" } else { "compact,delete" };
                let retention = self.supplier.retention_ms().saturating_add(additional_retention_ms);
                self.settings.topic_config([
                    ("cleanup.policy", policy.to_owned()),
                    ("retention.ms", retention.to_string()),
                ])
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

window_builder! {
    /// Describes a [`WindowStore`].
    WindowStoreBuilder
}

window_builder! {
    /// Describes a [`TimestampedWindowStore`].
    TimestampedWindowStoreBuilder
}

impl<K: 'static, V: 'static> WindowStoreBuilder<K, V> {
    fn make(&self, context: &StoreContext<'_>) -> Result<WindowStore<K, V>> {
        Ok(WindowStore {
            windows: self.windows(context)?,
            key_serde: self.key_serde.clone(),
            values: PlainValues { serde: self.value_serde.clone() },
        })
    }
}

impl<K: 'static, V: 'static> TimestampedWindowStoreBuilder<K, V> {
    fn make(&self, context: &StoreContext<'_>) -> Result<TimestampedWindowStore<K, V>> {
        let windows = self.windows(context)?;
        // A record cache keeps the timestamps of what it holds, whatever lies below.
        let shown = self.supplier.keeps_timestamps() || windows.entries.core.caching;
        Ok(TimestampedWindowStore {
            windows,
            key_serde: self.key_serde.clone(),
            values: TimestampedValues { serde: self.value_serde.clone(), shown },
        })
    }
}
