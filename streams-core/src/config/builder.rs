//! Making a configuration.

use std::collections::BTreeMap;
use std::fmt;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use super::keys::{self, ALIASES, PREFIXES};
use super::objects::Objects;
use super::rule::Rule;
use super::settings::{StreamsConfig, write_values};
use super::types::{DslStoreKind, GroupProtocol, Optimizations, ProcessingGuarantee};
use crate::error::{Error, Result};
use crate::handler::{
    DeserializationExceptionHandler, ProcessingExceptionHandler, ProductionExceptionHandler,
};
use crate::processor::ProcessorWrapper;
use crate::time::RawTimestampExtractor;

const CLIENT_TAG: &str = "client.tag.";

/// Makes a [`StreamsConfig`]: by Kafka's keys and values as text, or by typed methods, which do the same.
#[derive(Clone, Default)]
pub struct StreamsConfigBuilder {
    pub(super) values: BTreeMap<String, String>,
    pub(super) objects: Objects,
}

impl StreamsConfigBuilder {
    /// Sets a key as a properties file does. Keys with one of Kafka's prefixes (`consumer.`, `producer.`, `admin.`,
    /// `main.consumer.`, `topic.` and so on) are handed on; so are keys that the library does not know.
    #[must_use]
    pub fn set(mut self, key: impl Into<String>, value: impl ToString) -> Self {
        self.values.insert(key.into(), value.to_string().trim().to_owned());
        self
    }

    /// Sets several keys.
    #[must_use]
    pub fn set_all<K: Into<String>, V: ToString>(self, pairs: impl IntoIterator<Item = (K, V)>) -> Self {
        pairs.into_iter().fold(self, |builder, (key, value)| builder.set(key, value))
    }

    /// `application.id`: the group's id, the prefix of internal topics, and the name of the state directory.
    #[must_use]
    pub fn application_id(self, id: impl Into<String>) -> Self {
        self.set("application.id", id.into())
    }

    /// `bootstrap.servers`: `host:port`, or several with commas in between.
    #[must_use]
    pub fn bootstrap_servers(self, servers: impl Into<String>) -> Self {
        self.set("bootstrap.servers", servers.into())
    }

    /// `client.id`: the beginning of all clients' ids.
    #[must_use]
    pub fn client_id(self, id: impl Into<String>) -> Self {
        self.set("client.id", id.into())
    }

    /// `application.server`: the `host:port` under which other instances can ask this one for its state.
    #[must_use]
    pub fn application_server(self, address: impl Into<String>) -> Self {
        self.set("application.server", address.into())
    }

    /// `num.stream.threads`. Default: 1.
    #[must_use]
    pub fn num_stream_threads(self, threads: u32) -> Self {
        self.set("num.stream.threads", threads)
    }

    /// `num.standby.replicas`: copies of each store that other instances keep. Default: 0.
    #[must_use]
    pub fn num_standby_replicas(self, replicas: u32) -> Self {
        self.set("num.standby.replicas", replicas)
    }

    /// `processing.guarantee`. Default: at least once.
    #[must_use]
    pub fn processing_guarantee(self, guarantee: ProcessingGuarantee) -> Self {
        self.set("processing.guarantee", guarantee.as_str())
    }

    /// `group.protocol`. Default: the streams protocol where the cluster offers it.
    #[must_use]
    pub fn group_protocol(self, protocol: GroupProtocol) -> Self {
        self.set("group.protocol", protocol.as_str())
    }

    /// `commit.interval.ms`. Default: 30 seconds; 100 milliseconds under exactly-once.
    #[must_use]
    pub fn commit_interval(self, interval: Duration) -> Self {
        self.set("commit.interval.ms", interval.as_millis())
    }

    /// `max.task.idle.ms`: how long a task waits for an empty partition before it goes on out of order (KIP-695).
    #[must_use]
    pub fn max_task_idle(self, time: Duration) -> Self {
        self.set("max.task.idle.ms", time.as_millis())
    }

    /// `statestore.cache.max.bytes`: memory for record caches over all threads; 0 turns caching off. Default: 10 MiB.
    #[must_use]
    pub fn statestore_cache_max_bytes(self, bytes: u64) -> Self {
        self.set("statestore.cache.max.bytes", bytes)
    }

    /// `state.dir`: where persistent stores live.
    #[must_use]
    pub fn state_dir(self, directory: impl AsRef<Path>) -> Self {
        self.set("state.dir", directory.as_ref().display())
    }

    /// `replication.factor` of internal topics; -1 is the broker's default.
    #[must_use]
    pub fn replication_factor(self, replicas: i32) -> Self {
        self.set("replication.factor", replicas)
    }

    /// `topology.optimization`. Default: none.
    #[must_use]
    pub fn topology_optimization(self, optimizations: Optimizations) -> Self {
        self.set("topology.optimization", optimizations.to_value())
    }

    /// `dsl.store.suppliers.class`: where the stores of DSL operators live. Default: RocksDB.
    #[must_use]
    pub fn dsl_store(self, kind: DslStoreKind) -> Self {
        self.set("dsl.store.suppliers.class", kind.as_str())
    }

    /// `errors.dead.letter.queue.topic.name`: where the built-in handlers put records that failed (KIP-1034).
    #[must_use]
    pub fn dead_letter_queue_topic(self, topic: impl Into<String>) -> Self {
        self.set("errors.dead.letter.queue.topic.name", topic.into())
    }

    /// `deserialization.exception.handler`: who decides about records that cannot be read. Default: log and fail.
    #[must_use]
    pub fn deserialization_exception_handler(
        mut self,
        handler: impl DeserializationExceptionHandler,
    ) -> Self {
        self.objects.deserialization = Some(Arc::new(handler));
        self
    }

    /// `processing.exception.handler`: who decides about errors of user code. Default: log and fail.
    #[must_use]
    pub fn processing_exception_handler(mut self, handler: impl ProcessingExceptionHandler) -> Self {
        self.objects.processing = Some(Arc::new(handler));
        self
    }

    /// `production.exception.handler`: who decides about records that cannot be written. Default: log and fail.
    #[must_use]
    pub fn production_exception_handler(mut self, handler: impl ProductionExceptionHandler) -> Self {
        self.objects.production = Some(Arc::new(handler));
        self
    }

    /// `default.timestamp.extractor`: for sources that have none of their own. Default: fail on negative timestamps.
    #[must_use]
    pub fn default_timestamp_extractor(mut self, extractor: impl RawTimestampExtractor) -> Self {
        self.objects.extractor = Some(Arc::new(extractor));
        self
    }

    /// `processor.wrapper.class` (KIP-1112): what goes around every processor of the topologies that are made with this
    /// configuration, by `Topology::with_config`, or by `StreamsBuilder::with_config` or `build_with`.
    #[must_use]
    pub fn processor_wrapper(mut self, wrapper: impl ProcessorWrapper) -> Self {
        self.objects.wrapper = Some(Arc::new(wrapper));
        self
    }

    /// Checks all values.
    ///
    /// # Errors
    /// [`ErrorKind::Config`](crate::ErrorKind::Config): lists all wrong values with their keys and what is allowed.
    pub fn build(mut self) -> Result<StreamsConfig> {
        for (former, present) in ALIASES {
            if let Some(value) = self.values.remove(*former) {
                tracing::warn!("`{former}` is deprecated: use `{present}`");
                self.values.entry((*present).to_owned()).or_insert(value);
            }
        }
        let wrong: Vec<String> = self
            .values
            .iter()
            .filter_map(|(key, value)| {
                let allowed = check(key, value).err()?;
                Some(format!("`{key}` = `{value}`: {allowed}"))
            })
            .chain(self.too_many_tags())
            .collect();
        if wrong.is_empty() {
            Ok(StreamsConfig { values: self.values, objects: self.objects })
        } else {
            Err(Error::config(wrong.join("; ")))
        }
    }

    fn too_many_tags(&self) -> Option<String> {
        let tags = self.values.keys().filter(|key| key.starts_with(CLIENT_TAG)).count();
        (tags > 5).then(|| format!("`client.tag.*`: at most 5 tags are expected, not {tags}"))
    }
}

fn check(key: &str, value: &str) -> Result<(), String> {
    if let Some(tag) = key.strip_prefix(CLIENT_TAG) {
        return match (tag.chars().count(), value.chars().count()) {
            (1..=20, 1..=30) => Ok(()),
            _ => Err("a tag has a name of 1 to 20 and a value of 1 to 30 characters".to_owned()),
        };
    }
    match keys::find(key) {
        Some(known) => {
            if matches!(known.rule, Rule::Ignored) && !value.is_empty() {
                tracing::warn!("`{key}` is a setting of the JVM's library and means nothing here");
            }
            known.rule.check(value)
        }
        None => {
            if !PREFIXES.iter().any(|prefix| key.starts_with(prefix)) {
                tracing::info!("`{key}` is no setting of the library: it is handed to the Kafka clients");
            }
            Ok(())
        }
    }
}

impl fmt::Debug for StreamsConfigBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_values(f, &self.values)
    }
}
