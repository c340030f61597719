//! What the runtime wants to know of the configuration, read once.

use std::path::PathBuf;
use std::str::FromStr;
use std::sync::Arc;
use std::time::Duration;

use rdkafka::ClientConfig;
use uuid::Uuid;

use super::client_config::{Role, Settings, client_config};
use crate::config::{GroupProtocol, ProcessingGuarantee, StreamsConfig};
use crate::error::{Error, Result};

/// The settings of an application.
#[derive(Debug, Clone)]
pub(crate) struct RuntimeSettings {
    pub(crate) application_id: String,
    pub(crate) bootstrap_servers: String,
    pub(crate) client_id: Option<String>,
    pub(crate) state_dir: PathBuf,
    pub(crate) threads: usize,
    pub(crate) commit_interval: Duration,
    pub(crate) poll: Duration,
    pub(crate) buffered_per_partition: usize,
    pub(crate) cache_max_bytes: usize,
    pub(crate) replication_factor: i32,
    pub(crate) task_timeout: Duration,
    pub(crate) max_poll_interval: Duration,
    /// How long input topics may be missing: twice the heartbeat interval, as in KIP-1071.
    pub(crate) missing_topics_grace: Duration,
    pub(crate) default_reset: String,
    /// `exactly_once_v2`.
    pub(crate) exactly_once: bool,
    config: Arc<StreamsConfig>,
}

impl RuntimeSettings {
    pub(crate) fn new(config: &StreamsConfig) -> Result<Self> {
        let main = overrides(config, Role::Main);
        let main_ms = |key: &str, default: u64| match main.get(key) {
            Some(value) => parse(key, value),
            None => Ok(default),
        };
        if config.group_protocol() == Some(GroupProtocol::Streams) {
            return Err(Error::config(
                "`group.protocol` = `streams` is not supported by the Kafka runtime yet; use `classic`",
            ));
        }
        Ok(Self {
            application_id: config.application_id()?.to_owned(),
            bootstrap_servers: config.bootstrap_servers()?.to_owned(),
            client_id: config.get("client.id").map(str::to_owned).filter(|id| !id.is_empty()),
            state_dir: config.state_dir(),
            threads: config.num_stream_threads(),
            commit_interval: millis(config.commit_interval_ms()),
            poll: millis(config.number("poll.ms")),
            buffered_per_partition: config.buffered_records_per_partition().max(1),
            cache_max_bytes: config.statestore_cache_max_bytes(),
            replication_factor: config.replication_factor(),
            task_timeout: millis(config.number("task.timeout.ms")),
            max_poll_interval: Duration::from_millis(main_ms("max.poll.interval.ms", 300_000)?),
            missing_topics_grace: Duration::from_millis(2 * main_ms("heartbeat.interval.ms", 3000)?),
            default_reset: main.get("auto.offset.reset").map_or("earliest", String::as_str).to_owned(),
            exactly_once: config.processing_guarantee() == ProcessingGuarantee::ExactlyOnceV2,
            config: Arc::new(config.clone()),
        })
    }

    /// The configuration as it was given.
    pub(crate) fn config(&self) -> &Arc<StreamsConfig> {
        &self.config
    }

    /// The configuration of a client called `<prefix>-<role>` (feature R5).
    pub(crate) fn client(&self, role: Role, prefix: &str) -> (String, ClientConfig) {
        let client_id = format!("{prefix}-{}", role.suffix());
        let overrides = overrides(&self.config, role);
        let mut config =
            client_config(role, &self.bootstrap_servers, &client_id, &self.application_id, &overrides);
        if self.exactly_once && role.is_consumer() {
            config.set("isolation.level", "read_committed");
        }
        (client_id, config)
    }
}

impl RuntimeSettings {
    /// The configuration of a thread's producer; under exactly-once (feature R23) with a transactional id that a later
    /// incarnation of the thread takes over, which fences this one.
    pub(crate) fn producer(
        &self,
        prefix: &str,
        process_id: Uuid,
        thread: usize,
    ) -> Result<(String, ClientConfig)> {
        let (client_id, mut config) = self.client(Role::Producer, prefix);
        if !self.exactly_once {
            return Ok((client_id, config));
        }
        let timeout = config.get("transaction.timeout.ms").unwrap_or("10000").to_owned();
        let timeout_ms: u64 = parse("producer.transaction.timeout.ms", &timeout)?;
        if self.commit_interval > Duration::from_millis(timeout_ms) {
            return Err(Error::config(format!(
                "`commit.interval.ms` = {} is longer than `producer.transaction.timeout.ms` = {timeout}: no transaction \
                 would live to be committed",
                self.commit_interval.as_millis()
            )));
        }
        config.set("transactional.id", format!("{}-{process_id}-{thread}", self.application_id));
        config.set("transaction.timeout.ms", &timeout);
        config.set("enable.idempotence", "true");
        // librdkafka wants a record's time to end with the transaction's.
        config.set("delivery.timeout.ms", &timeout);
        Ok((client_id, config))
    }
}

/// The settings for clients of a role: those for all clients, then those with a prefix, the most specific last.
fn overrides(config: &StreamsConfig, role: Role) -> Settings {
    const COMMON: &[&str] = &[
        "security.protocol",
        "request.timeout.ms",
        "retry.backoff.ms",
        "reconnect.backoff.ms",
        "reconnect.backoff.max.ms",
        "metadata.max.age.ms",
        "connections.max.idle.ms",
        "receive.buffer.bytes",
        "send.buffer.bytes",
    ];
    let mut settings = Settings::new();
    for key in COMMON {
        if let Some(value) = config.get(key) {
            settings.insert((*key).to_owned(), value.to_owned());
        }
    }
    for group in ["sasl.", "ssl."] {
        let with = config.with_prefix(group);
        settings.extend(with.into_iter().map(|(key, value)| (format!("{group}{key}"), value)));
    }
    for prefix in role.prefixes() {
        settings.extend(config.with_prefix(prefix));
    }
    // A broker-side time-out is a topic setting of librdkafka's and only a producer has one.
    if role != Role::Producer {
        settings.remove("request.timeout.ms");
    }
    settings
}

fn millis(ms: i64) -> Duration {
    Duration::from_millis(u64::try_from(ms).unwrap_or(0))
}

fn parse<T: FromStr>(key: &str, value: &str) -> Result<T> {
    value
        .trim()
        .parse()
        .map_err(|_| Error::config(format!("`{key}` = `{value}` is not a number in the range allowed here")))
}
