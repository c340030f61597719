//! A checked configuration.

use std::collections::BTreeMap;
use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;

use super::builder::StreamsConfigBuilder;
use super::keys;
use super::objects::Objects;
use super::special;
use super::types::{DslStoreKind, GroupProtocol, Optimizations, ProcessingGuarantee};
use crate::error::{Error, Result};
use crate::handler::{ErrorHandlers, LogAndContinue, LogAndFail};
use crate::processor::ProcessorWrapper;
use crate::time::{FailOnInvalidTimestamp, RawTimestampExtractor};

/// The configuration of an application: Kafka Streams' keys, checked.
///
/// ```
/// use streams_core::{ProcessingGuarantee, StreamsConfig};
///
/// let config = StreamsConfig::builder()
///     .application_id("word-count")
///     .bootstrap_servers("localhost:9092")
///     .processing_guarantee(ProcessingGuarantee::ExactlyOnceV2)
///     .set("consumer.fetch.max.wait.ms", 50)
///     .build()?;
/// assert_eq!(config.commit_interval_ms(), 100);
///
/// let error = StreamsConfig::builder().set("num.stream.threads", "many").build().unwrap_err();
/// assert_eq!(
///     error.to_string(),
///     "`num.stream.threads` = `many`: a whole number from 0 to 2147483647 is expected"
/// );
/// # Ok::<(), streams_core::Error>(())
/// ```
#[derive(Clone, Default)]
pub struct StreamsConfig {
    pub(super) values: BTreeMap<String, String>,
    pub(super) objects: Objects,
}

impl StreamsConfig {
    /// A builder without any value.
    pub fn builder() -> StreamsConfigBuilder {
        StreamsConfigBuilder::default()
    }

    /// A builder that starts with these values.
    pub fn to_builder(&self) -> StreamsConfigBuilder {
        StreamsConfigBuilder { values: self.values.clone(), objects: self.objects.clone() }
    }

    /// The value of a key, if it was set.
    pub fn get(&self, key: &str) -> Option<&str> {
        self.values.get(key).map(String::as_str)
    }

    /// The value of a key: as it was set, else its default.
    pub fn get_or_default(&self, key: &str) -> Option<&str> {
        self.get(key).or_else(|| keys::find(key)?.default)
    }

    /// All settings whose key begins with `prefix`, without the prefix.
    pub fn with_prefix(&self, prefix: &str) -> BTreeMap<String, String> {
        let all = self.values.iter();
        all.filter_map(|(key, value)| Some((key.strip_prefix(prefix)?.to_owned(), value.clone()))).collect()
    }

    /// All settings, as they were set.
    pub fn values(&self) -> &BTreeMap<String, String> {
        &self.values
    }

    /// A number, as it was set or by default. The builder has checked it.
    pub(crate) fn number(&self, key: &str) -> i64 {
        self.get_or_default(key).and_then(|value| value.parse().ok()).unwrap_or_default()
    }

    fn flag(&self, key: &str) -> bool {
        self.get_or_default(key) == Some("true")
    }

    /// `application.id`.
    ///
    /// # Errors
    /// [`ErrorKind::Config`](crate::ErrorKind::Config): it is not set.
    pub fn application_id(&self) -> Result<&str> {
        self.get("application.id")
            .ok_or_else(|| Error::config("`application.id` is missing: give the application a name"))
    }

    /// `bootstrap.servers`.
    ///
    /// # Errors
    /// [`ErrorKind::Config`](crate::ErrorKind::Config): it is not set.
    pub fn bootstrap_servers(&self) -> Result<&str> {
        self.get("bootstrap.servers").ok_or_else(|| {
            Error::config("`bootstrap.servers` is missing: give the `host:port` of a broker of the cluster")
        })
    }

    /// `processing.guarantee`.
    pub fn processing_guarantee(&self) -> ProcessingGuarantee {
        match self.get("processing.guarantee") {
            Some("exactly_once_v2") => ProcessingGuarantee::ExactlyOnceV2,
            _ => ProcessingGuarantee::AtLeastOnce,
        }
    }

    /// `group.protocol`; `None`: the streams protocol where the cluster offers it. (The JVM's default is `classic`.)
    pub fn group_protocol(&self) -> Option<GroupProtocol> {
        match self.get("group.protocol")? {
            "classic" => Some(GroupProtocol::Classic),
            _ => Some(GroupProtocol::Streams),
        }
    }

    /// `commit.interval.ms`: as set, else 30,000, or 100 under exactly-once.
    pub fn commit_interval_ms(&self) -> i64 {
        let unset = self.get("commit.interval.ms").is_none();
        if unset && self.processing_guarantee() == ProcessingGuarantee::ExactlyOnceV2 {
            return 100;
        }
        self.number("commit.interval.ms")
    }

    /// `num.stream.threads`.
    pub fn num_stream_threads(&self) -> usize {
        usize::try_from(self.number("num.stream.threads")).unwrap_or_default()
    }

    /// `statestore.cache.max.bytes`.
    pub fn statestore_cache_max_bytes(&self) -> usize {
        usize::try_from(self.number("statestore.cache.max.bytes")).unwrap_or(usize::MAX)
    }

    /// `max.task.idle.ms`.
    pub fn max_task_idle_ms(&self) -> i64 {
        self.number("max.task.idle.ms")
    }

    /// `buffered.records.per.partition`.
    pub fn buffered_records_per_partition(&self) -> usize {
        usize::try_from(self.number("buffered.records.per.partition")).unwrap_or(usize::MAX)
    }

    /// `replication.factor` of internal topics; -1 is the broker's default.
    pub fn replication_factor(&self) -> i32 {
        i32::try_from(self.number("replication.factor")).unwrap_or(-1)
    }

    /// `state.dir`; by default `kafka-streams` in the system's directory for temporary files.
    pub fn state_dir(&self) -> PathBuf {
        match self.get("state.dir") {
            Some(directory) => PathBuf::from(directory),
            None => std::env::temp_dir().join("kafka-streams"),
        }
    }

    /// `topology.optimization`.
    pub fn topology_optimization(&self) -> Optimizations {
        self.get("topology.optimization").and_then(special::optimizations).unwrap_or_default()
    }

    /// `dsl.store.suppliers.class`: where the stores of DSL operators live.
    pub fn dsl_store(&self) -> DslStoreKind {
        self.get("dsl.store.suppliers.class").and_then(special::store_kind).unwrap_or_default()
    }

    /// `dsl.store.format` is `HEADERS`: the stores of DSL operators can hold headers (KIP-1285).
    pub fn dsl_store_holds_headers(&self) -> bool {
        self.get("dsl.store.format") == Some("HEADERS")
    }

    /// `windowstore.changelog.additional.retention.ms`: added to the retention of window changelogs.
    pub fn windowstore_changelog_additional_retention_ms(&self) -> i64 {
        self.number("windowstore.changelog.additional.retention.ms")
    }

    /// `ensure.explicit.internal.resource.naming` (KIP-1111).
    pub fn ensure_explicit_internal_resource_naming(&self) -> bool {
        self.flag("ensure.explicit.internal.resource.naming")
    }

    /// `processing.exception.handler.global.enabled` (KIP-1270).
    pub fn processing_exception_handler_global_enabled(&self) -> bool {
        self.flag("processing.exception.handler.global.enabled")
    }

    /// What internal topics' names begin with instead of the application's id, if anything.
    pub fn internal_topic_prefix(&self) -> Option<&str> {
        self.get("__internal.override.topic.prefix__")
    }

    /// `default.timestamp.extractor`.
    pub fn default_timestamp_extractor(&self) -> Arc<dyn RawTimestampExtractor> {
        let named = || self.get("default.timestamp.extractor").and_then(special::extractor);
        self.objects.extractor.clone().or_else(named).unwrap_or_else(|| Arc::new(FailOnInvalidTimestamp))
    }

    /// The processor wrapper (`processor.wrapper.class`), if there is one.
    pub fn processor_wrapper(&self) -> Option<Arc<dyn ProcessorWrapper>> {
        self.objects.wrapper.clone()
    }

    /// The three exception handlers, and the topic of dead letters.
    pub fn error_handlers(&self) -> ErrorHandlers {
        let goes_on = |key: &str| self.get(key).and_then(special::continues).unwrap_or(false);
        macro_rules! handler {
            ($object:expr, $key:literal) => {
                match &$object {
                    Some(own) => Arc::clone(own),
                    None if goes_on($key) => Arc::new(LogAndContinue),
                    None => Arc::new(LogAndFail),
                }
            };
        }
        ErrorHandlers {
            processing: handler!(self.objects.processing, "processing.exception.handler"),
            deserialization: handler!(self.objects.deserialization, "deserialization.exception.handler"),
            production: handler!(self.objects.production, "production.exception.handler"),
            dead_letter_topic: self.get("errors.dead.letter.queue.topic.name").map(Arc::from),
        }
    }
}

impl fmt::Debug for StreamsConfig {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_values(f, &self.values)
    }
}

/// Writes settings without giving secrets away.
pub(super) fn write_values(f: &mut fmt::Formatter<'_>, values: &BTreeMap<String, String>) -> fmt::Result {
    let secret =
        |key: &str| ["password", "jaas", "secret", "ssl.key", "token"].iter().any(|word| key.contains(word));
    f.debug_map()
        .entries(
            values.iter().map(|(key, value)| (key, if secret(key) { "[hidden]" } else { value.as_str() })),
        )
        .finish()
}
