//! The builder of session stores.

use std::collections::BTreeMap;
use std::fmt;

use super::bytes::SessionBytes;
use super::store::SessionStore;
use super::supplier::SessionStoreSupplier;
use crate::error::Result;
use crate::serde::{DefaultSerde, Serde};
use crate::store::settings::{StoreSettings, settings_methods};
use crate::store::{StateStore, StoreBuilder, StoreContext};

/// Describes a [`SessionStore`].
pub struct SessionStoreBuilder<K, V> {
    supplier: SessionStoreSupplier,
    key_serde: Serde<K>,
    value_serde: Serde<V>,
    settings: StoreSettings,
}

impl<K: 'static, V: 'static> SessionStoreBuilder<K, V> {
    /// A builder of what `supplier` describes, with the types' default serdes.
    pub fn new(supplier: SessionStoreSupplier) -> Self
    where
        K: DefaultSerde,
        V: DefaultSerde,
    {
        Self::with_serdes(supplier, K::default_serde(), V::default_serde())
    }

    /// A builder of what `supplier` describes.
    pub fn with_serdes(supplier: SessionStoreSupplier, key_serde: Serde<K>, value_serde: Serde<V>) -> Self {
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
}

impl<K: 'static, V: 'static> StoreBuilder for SessionStoreBuilder<K, V> {
    fn name(&self) -> &str {
        self.supplier.name()
    }

    fn logging_enabled(&self) -> bool {
        self.settings.logging
    }

    fn changelog_config(&self, additional_retention_ms: i64) -> BTreeMap<String, String> {
        let retention = self.supplier.retention_ms().saturating_add(additional_retention_ms);
        self.settings.topic_config([
            ("cleanup.policy", "compact,delete".to_owned()),
            ("retention.ms", retention.to_string()),
        ])
    }

    fn build(&self, context: &StoreContext<'_>) -> Result<Box<dyn StateStore>> {
        let mut sessions = SessionBytes::new(&self.supplier, self.settings.caching, context)?;
        if self.settings.tombstone_headers {
            sessions.entries.core.log_tombstone_headers();
        }
        Ok(Box::new(SessionStore {
            sessions,
            key_serde: self.key_serde.clone(),
            value_serde: self.value_serde.clone(),
        }))
    }
}

impl<K, V> Clone for SessionStoreBuilder<K, V> {
    fn clone(&self) -> Self {
        Self {
            supplier: self.supplier.clone(),
            key_serde: self.key_serde.clone(),
            value_serde: self.value_serde.clone(),
            settings: self.settings.clone(),
        }
    }
}

impl<K, V> fmt::Debug for SessionStoreBuilder<K, V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut debug = f.debug_struct("SessionStoreBuilder");
        debug.field("supplier", &self.supplier).field("settings", &self.settings).finish()
    }
}
