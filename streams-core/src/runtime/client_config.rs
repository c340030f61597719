//! From Kafka's settings to those of librdkafka's clients.

use std::collections::BTreeMap;

use rdkafka::ClientConfig;

/// Settings by Kafka's names.
pub(crate) type Settings = BTreeMap<String, String>;

/// What a client is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Role {
    /// The group member that reads a thread's sources.
    Main,
    /// Reads changelogs.
    Restore,
    /// Reads the topics of global stores.
    Global,
    /// Writes sinks, repartition topics and changelogs.
    Producer,
    /// Creates and looks at topics.
    Admin,
}

impl Role {
    /// The prefixes of settings for this client, the weakest first (feature R90).
    pub(crate) fn prefixes(self) -> &'static [&'static str] {
        match self {
            Self::Main => &["consumer.", "main.consumer."],
            Self::Restore => &["consumer.", "restore.consumer."],
            Self::Global => &["consumer.", "global.consumer."],
            Self::Producer => &["producer."],
            Self::Admin => &["admin."],
        }
    }

    /// The end of the client's id (feature R5).
    pub(crate) fn suffix(self) -> &'static str {
        match self {
            Self::Main => "consumer",
            Self::Restore => "restore-consumer",
            Self::Global => "global-consumer",
            Self::Producer => "producer",
            Self::Admin => "admin",
        }
    }

    pub(crate) fn is_consumer(self) -> bool {
        matches!(self, Self::Main | Self::Restore | Self::Global)
    }

    /// What a client gets unless the user says otherwise.
    fn defaults(self) -> &'static [(&'static str, &'static str)] {
        match self {
            // Java's producer waits 100 ms for a fuller batch under Kafka Streams; a commit does not wait for it. An
            // outage of the cluster is waited out: a record that cannot be delivered yet is no failure.
            Self::Producer => &[
                ("linger.ms", "100"),
                ("enable.idempotence", "true"),
                ("delivery.timeout.ms", "0"),
                ("partitioner", "murmur2_random"),
                ("queue.buffering.max.messages", "200000"),
                ("queue.buffering.max.kbytes", "131072"),
            ],
            // Without a short back-off a consumer that empties its queue fast waits up to a second for more.
            Self::Main => &[("max.poll.interval.ms", "300000"), ("fetch.queue.backoff.ms", "5")],
            Self::Restore | Self::Global => &[("fetch.queue.backoff.ms", "5")],
            Self::Admin => &[],
        }
    }

    /// What the runtime relies on and no user may change (feature R88).
    fn fixed(self) -> &'static [(&'static str, &'static str)] {
        match self {
            Self::Main => &[
                ("enable.auto.commit", "false"),
                ("enable.auto.offset.store", "false"),
                ("auto.offset.reset", "error"),
                ("allow.auto.create.topics", "false"),
                ("partition.assignment.strategy", "range"),
                ("group.protocol", "classic"),
            ],
            Self::Restore | Self::Global => &[
                ("enable.auto.commit", "false"),
                ("enable.auto.offset.store", "false"),
                ("auto.offset.reset", "error"),
                ("allow.auto.create.topics", "false"),
                ("enable.partition.eof", "true"),
            ],
            Self::Producer | Self::Admin => &[],
        }
    }
}

/// Kafka's settings that librdkafka calls otherwise.
const RENAMED: &[(&str, &str)] = &[
    ("fetch.max.wait.ms", "fetch.wait.max.ms"),
    ("receive.buffer.bytes", "socket.receive.buffer.bytes"),
    ("send.buffer.bytes", "socket.send.buffer.bytes"),
    ("reconnect.backoff.max.ms", "reconnect.backoff.max.ms"),
];

/// Kafka's settings that have no meaning here: serdes are types, and the rest is Java's own machinery.
const JAVA_ONLY: &[&str] = &[
    "key.serializer",
    "value.serializer",
    "key.deserializer",
    "value.deserializer",
    "interceptor.classes",
    "metric.reporters",
    "metrics.num.samples",
    "metrics.recording.level",
    "metrics.sample.window.ms",
    "auto.include.jmx.reporter",
    "config.providers",
    "default.api.timeout.ms",
    "max.block.ms",
    "max.poll.records",
    "buffer.memory",
    "partitioner.class",
    "exclude.internal.topics",
    "group.remote.assignor",
    "metadata.recovery.strategy",
    "metadata.recovery.rebootstrap.trigger.ms",
    "security.providers",
];

/// The configuration of a client: the library's defaults, then `settings` (the user's, strongest last), then what the
/// runtime relies on.
pub(crate) fn client_config(
    role: Role,
    bootstrap_servers: &str,
    client_id: &str,
    group_id: &str,
    settings: &Settings,
) -> ClientConfig {
    let mut config = ClientConfig::new();
    for (key, value) in role.defaults() {
        config.set(*key, *value);
    }
    for (key, value) in settings {
        if JAVA_ONLY.contains(&key.as_str()) {
            tracing::warn!(key, client_id, "setting ignored: it has no meaning for this library's clients");
            continue;
        }
        let renamed = RENAMED.iter().find(|(kafka, _)| kafka == key).map_or(key.as_str(), |(_, own)| own);
        config.set(renamed, value);
    }
    for (key, value) in role.fixed() {
        if settings.get(*key).is_some_and(|given| given != value) && *key != "auto.offset.reset" {
            tracing::warn!(key, value, client_id, "setting ignored: the library controls it");
        }
        config.set(*key, *value);
    }
    config.set("bootstrap.servers", bootstrap_servers);
    config.set("client.id", client_id);
    if role.is_consumer() {
        // Consumers outside the group need an id too, for librdkafka ties manual assignment to one; they never join.
        config.set("group.id", group_id);
    }
    config
}

#[cfg(test)]
mod tests {
    use super::{Role, Settings, client_config};

    fn config(role: Role, settings: &[(&str, &str)]) -> rdkafka::ClientConfig {
        let settings: Settings =
            settings.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect();
        client_config(role, "localhost:9092", "c", "g", &settings)
    }

    #[test]
    fn users_override_defaults_but_not_what_the_runtime_relies_on() {
        let producer = config(Role::Producer, &[("linger.ms", "7")]);
        assert_eq!(producer.get("linger.ms"), Some("7"));
        let consumer = config(Role::Main, &[("enable.auto.commit", "true"), ("session.timeout.ms", "9000")]);
        assert_eq!(consumer.get("enable.auto.commit"), Some("false"));
        assert_eq!(consumer.get("session.timeout.ms"), Some("9000"));
    }

    #[test]
    fn java_settings_are_renamed_or_left_out() {
        let consumer = config(Role::Main, &[("fetch.max.wait.ms", "50"), ("max.poll.records", "10")]);
        assert_eq!(consumer.get("fetch.wait.max.ms"), Some("50"));
        assert_eq!(consumer.get("max.poll.records"), None);
    }

    #[test]
    fn every_role_makes_a_client() {
        use rdkafka::consumer::BaseConsumer;
        use rdkafka::producer::BaseProducer;
        for role in [Role::Main, Role::Restore, Role::Global] {
            config(role, &[]).create::<BaseConsumer>().map(|_| ()).unwrap();
        }
        config(Role::Producer, &[]).create::<BaseProducer>().map(|_| ()).unwrap();
    }
}
