//! The builder of suppression buffers.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::fmt;

use super::suppression::SuppressionBuffer;
use crate::error::Result;
use crate::serde::Serde;
use crate::store::changelog::ChangelogBuffer;
use crate::store::settings::StoreSettings;
use crate::store::{StateStore, StoreBuilder, StoreContext};

/// Describes a [`SuppressionBuffer`].
pub struct SuppressionBufferBuilder<K, V> {
    name: String,
    key_serde: Serde<K>,
    value_serde: Serde<V>,
    settings: StoreSettings,
}

impl<K, V> SuppressionBufferBuilder<K, V> {
    /// A builder of a buffer of that name.
    pub fn new(name: impl Into<String>, key_serde: Serde<K>, value_serde: Serde<V>) -> Self {
        Self { name: name.into(), key_serde, value_serde, settings: StoreSettings::default() }
    }

    /// Changes go to a changelog topic, created with these settings on top of the library's (the default, without
    /// settings).
    #[must_use]
    pub fn with_logging_enabled(mut self, config: BTreeMap<String, String>) -> Self {
        self.settings.logging = true;
        self.settings.log_config = config;
        self
    }

    /// Changes go nowhere: what is held back is lost when the task stops.
    #[must_use]
    pub fn with_logging_disabled(mut self) -> Self {
        self.settings.logging = false;
        self
    }
}

impl<K: 'static, V: 'static> StoreBuilder for SuppressionBufferBuilder<K, V> {
    fn name(&self) -> &str {
        &self.name
    }

    fn logging_enabled(&self) -> bool {
        self.settings.logging
    }

    fn changelog_config(&self, _additional_retention_ms: i64) -> BTreeMap<String, String> {
        self.settings.topic_config([("cleanup.policy", "compact".to_owned())])
    }

    fn build(&self, context: &StoreContext<'_>) -> Result<Box<dyn StateStore>> {
        Ok(Box::new(SuppressionBuffer {
            name: self.name.clone(),
            topic: context.serde_topic(&self.name),
            key_serde: self.key_serde.clone(),
            value_serde: self.value_serde.clone(),
            log: context.write_changelog.then(ChangelogBuffer::default),
            entries: BTreeMap::new(),
            times: HashMap::new(),
            dirty: BTreeSet::new(),
            bytes: 0,
        }))
    }
}

impl<K, V> fmt::Debug for SuppressionBufferBuilder<K, V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SuppressionBufferBuilder").field("name", &self.name).finish_non_exhaustive()
    }
}
