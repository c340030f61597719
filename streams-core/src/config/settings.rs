//! `StreamsConfig`: Kafka's keys, with typed access.

use std::collections::BTreeMap;

use crate::error::{Error, Result};

/// The configuration of an application: Kafka Streams' keys and values.
#[derive(Debug, Clone, Default)]
pub struct StreamsConfig {
    values: BTreeMap<String, String>,
}

/// Makes a [`StreamsConfig`].
#[derive(Debug, Clone, Default)]
pub struct StreamsConfigBuilder {
    values: BTreeMap<String, String>,
}

impl StreamsConfigBuilder {
    /// Sets a key as Kafka's properties do.
    #[must_use]
    pub fn set(mut self, key: impl Into<String>, value: impl ToString) -> Self {
        self.values.insert(key.into(), value.to_string());
        self
    }

    /// `application.id`: the group's id, and the beginning of internal topics' names.
    #[must_use]
    pub fn application_id(self, id: impl Into<String>) -> Self {
        self.set("application.id", id.into())
    }

    /// Checks all values.
    ///
    /// # Errors
    /// [`ErrorKind::Config`](crate::ErrorKind::Config), with key, value and what is allowed.
    pub fn build(self) -> Result<StreamsConfig> {
        Ok(StreamsConfig { values: self.values })
    }
}

impl StreamsConfig {
    /// A builder without any value.
    pub fn builder() -> StreamsConfigBuilder {
        StreamsConfigBuilder::default()
    }

    /// `application.id`.
    ///
    /// # Errors
    /// It is not set.
    pub fn application_id(&self) -> Result<&str> {
        self.get("application.id")
            .ok_or_else(|| Error::config("`application.id` is missing: give the application a name"))
    }

    /// The value of a key as it was set.
    pub fn get(&self, key: &str) -> Option<&str> {
        self.values.get(key).map(String::as_str)
    }

    /// All settings whose key begins with `prefix`, without the prefix.
    pub fn with_prefix(&self, prefix: &str) -> BTreeMap<String, String> {
        let with = self.values.iter();
        with.filter_map(|(key, value)| Some((key.strip_prefix(prefix)?.to_owned(), value.clone()))).collect()
    }

    /// `windowstore.changelog.additional.retention.ms`: added to the retention of window changelogs.
    pub fn windowstore_changelog_additional_retention_ms(&self) -> i64 {
        self.get("windowstore.changelog.additional.retention.ms")
            .and_then(|value| value.parse().ok())
            .unwrap_or(86_400_000)
    }

    /// `ensure.explicit.internal.resource.naming` (KIP-1111).
    pub fn ensure_explicit_internal_resource_naming(&self) -> bool {
        self.get("ensure.explicit.internal.resource.naming") == Some("true")
    }

    /// What internal topics' names begin with instead of the application's id, if anything.
    pub fn internal_topic_prefix(&self) -> Option<&str> {
        self.get("__internal.override.topic.prefix__")
    }
}
