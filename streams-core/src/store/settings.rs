//! What all store builders let their users set.

use std::collections::BTreeMap;

/// What all store builders let their users set (feature S11).
#[derive(Debug, Clone)]
pub(crate) struct StoreSettings {
    pub(crate) logging: bool,
    pub(crate) log_config: BTreeMap<String, String>,
    pub(crate) caching: bool,
    pub(crate) tombstone_headers: bool,
}

impl Default for StoreSettings {
    fn default() -> Self {
        Self { logging: true, log_config: BTreeMap::new(), caching: false, tombstone_headers: false }
    }
}

impl StoreSettings {
    /// Topic settings: the library's defaults under the user's.
    pub(crate) fn topic_config<const N: usize>(
        &self,
        defaults: [(&str, String); N],
    ) -> BTreeMap<String, String> {
        let mut config: BTreeMap<_, _> =
            defaults.into_iter().map(|(key, value)| (key.to_owned(), value)).collect();
        config.extend(self.log_config.clone());
        config
    }
}

/// The `with_…` methods of a builder that has a field `settings`.
macro_rules! settings_methods {
    () => {
        /// Changes go to a changelog topic, created with these settings on top of the library's (the default, without
        /// settings).
        #[must_use]
        pub fn with_logging_enabled(mut self, config: std::collections::BTreeMap<String, String>) -> Self {
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

        /// Updates of a key are held back in a record cache, up to the next commit, and count as one.
        #[must_use]
        pub fn with_caching_enabled(mut self) -> Self {
            self.settings.caching = true;
            self
        }

        /// Every update is logged and forwarded at once (the default).
        #[must_use]
        pub fn with_caching_disabled(mut self) -> Self {
            self.settings.caching = false;
            self
        }

        /// Deletions go to the changelog with the headers of the record that caused them, as those of Kafka's stores with
        /// headers do (KIP-1285).
        #[must_use]
        pub fn with_tombstone_headers(mut self) -> Self {
            self.settings.tombstone_headers = true;
            self
        }
    };
}

pub(crate) use settings_methods;
