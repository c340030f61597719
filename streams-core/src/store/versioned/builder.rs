//! Supplier and builder of versioned stores.

use std::collections::BTreeMap;
use std::fmt;
use std::time::Duration;

use super::bytes::VersionedBytes;
use super::store::VersionedKeyValueStore;
use crate::error::{Error, Result};
use crate::serde::{DefaultSerde, Serde};
use crate::store::core::PlainValues;
use crate::store::settings::StoreSettings;
use crate::store::window::millis;
use crate::store::{StateStore, StoreBuilder, StoreContext};

/// What the changelog of a versioned store keeps beyond its history: a day.
const ADDITIONAL_LAG_MS: i64 = 24 * 60 * 60 * 1000;

/// Which versioned store, under which name (feature S8). Versioned stores are always on disk.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VersionedKeyValueStoreSupplier {
    name: String,
    history_retention_ms: i64,
    segment_interval_ms: i64,
}

impl VersionedKeyValueStoreSupplier {
    /// A store that remembers the past for `history_retention`.
    pub fn persistent(name: impl Into<String>, history_retention: Duration) -> Self {
        let history = millis(history_retention);
        Self {
            name: name.into(),
            history_retention_ms: history,
            segment_interval_ms: default_interval(history),
        }
    }

    /// As [`VersionedKeyValueStoreSupplier::persistent`], with older versions in segments of `segment_interval`, which
    /// are dropped as a whole.
    ///
    /// # Errors
    /// The interval is shorter than a millisecond.
    pub fn persistent_with_segments(
        name: impl Into<String>,
        history_retention: Duration,
        segment_interval: Duration,
    ) -> Result<Self> {
        let supplier = Self::persistent(name, history_retention);
        let segment_interval_ms = millis(segment_interval);
        if segment_interval_ms < 1 {
            return Err(Error::argument(format!(
                "the segment interval of versioned store `{}` is at least 1 ms",
                supplier.name
            )));
        }
        Ok(Self { segment_interval_ms, ..supplier })
    }

    /// The store's name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// How far back the store remembers, in milliseconds.
    pub fn history_retention_ms(&self) -> i64 {
        self.history_retention_ms
    }
}

/// Kafka's segment interval for a history (feature S22).
fn default_interval(history_ms: i64) -> i64 {
    const SECOND: i64 = 1000;
    const MINUTE: i64 = 60 * SECOND;
    if history_ms <= MINUTE {
        (history_ms / 3).max(2 * SECOND)
    } else if history_ms <= 5 * MINUTE {
        (history_ms / 5).max(20 * SECOND)
    } else if history_ms <= 60 * MINUTE {
        (history_ms / 12).max(MINUTE)
    } else {
        (history_ms / 24).max(5 * MINUTE)
    }
}

/// Describes a [`VersionedKeyValueStore`]. Versioned stores have no record cache.
pub struct VersionedKeyValueStoreBuilder<K, V> {
    supplier: VersionedKeyValueStoreSupplier,
    key_serde: Serde<K>,
    value_serde: Serde<V>,
    settings: StoreSettings,
}

impl<K: 'static, V: 'static> VersionedKeyValueStoreBuilder<K, V> {
    /// A builder of what `supplier` describes, with the types' default serdes.
    pub fn new(supplier: VersionedKeyValueStoreSupplier) -> Self
    where
        K: DefaultSerde,
        V: DefaultSerde,
    {
        Self::with_serdes(supplier, K::default_serde(), V::default_serde())
    }

    /// A builder of what `supplier` describes.
    pub fn with_serdes(
        supplier: VersionedKeyValueStoreSupplier,
        key_serde: Serde<K>,
        value_serde: Serde<V>,
    ) -> Self {
        Self { supplier, key_serde, value_serde, settings: StoreSettings::default() }
    }

    /// Changes go to a changelog topic, created with these settings on top of the library's (the default, without
    /// settings).
    #[must_use]
    pub fn with_logging_enabled(mut self, config: BTreeMap<String, String>) -> Self {
        self.settings.logging = true;
        self.settings.log_config = config;
        self
    }

    /// Changes go nowhere: the store starts empty wherever its task moves to.
    #[must_use]
    pub fn with_logging_disabled(mut self) -> Self {
        self.settings.logging = false;
        self
    }
}

impl<K: 'static, V: 'static> StoreBuilder for VersionedKeyValueStoreBuilder<K, V> {
    fn name(&self) -> &str {
        self.supplier.name()
    }

    fn logging_enabled(&self) -> bool {
        self.settings.logging
    }

    fn changelog_config(&self, _additional_retention_ms: i64) -> BTreeMap<String, String> {
        let lag = self.supplier.history_retention_ms.saturating_add(ADDITIONAL_LAG_MS);
        self.settings.topic_config([
            ("cleanup.policy", "compact".to_owned()),
            ("min.compaction.lag.ms", lag.to_string()),
        ])
    }

    fn build(&self, context: &StoreContext<'_>) -> Result<Box<dyn StateStore>> {
        let VersionedKeyValueStoreSupplier { name, history_retention_ms, segment_interval_ms } =
            &self.supplier;
        let versions = VersionedBytes::new(name, true, *history_retention_ms, *segment_interval_ms, context)?;
        Ok(Box::new(VersionedKeyValueStore {
            versions,
            key_serde: self.key_serde.clone(),
            values: PlainValues { serde: self.value_serde.clone() },
        }))
    }
}

impl<K, V> Clone for VersionedKeyValueStoreBuilder<K, V> {
    fn clone(&self) -> Self {
        Self {
            supplier: self.supplier.clone(),
            key_serde: self.key_serde.clone(),
            value_serde: self.value_serde.clone(),
            settings: self.settings.clone(),
        }
    }
}

impl<K, V> fmt::Debug for VersionedKeyValueStoreBuilder<K, V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut debug = f.debug_struct("VersionedKeyValueStoreBuilder");
        debug.field("supplier", &self.supplier).field("settings", &self.settings).finish()
    }
}
