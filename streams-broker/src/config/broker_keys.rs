//! The keys of the broker's configuration that this broker honours or reports, with Apache
//! Kafka 4.3's defaults. Some differ: who gives users gets SASL with all mechanisms that there are; connections are
//! limited to 1024; and, since on one machine nothing is gained by waiting for more members
//! or by many partitions, `group.initial.rebalance.delay.ms` is 0, and the internal topics have 4 partitions.

use super::definition::{Check, Definition, Kind};
use super::reported_keys::{ReportedKey, reported_key};
use super::topic_keys::TOPIC_KEYS;

/// All keys, by name.
pub(crate) const BROKER_KEYS: &[Definition] = &[
    key("advertised.listeners", Kind::List, "", Check::Any),
    key("auto.create.topics.enable", Kind::Boolean, "true", Check::Any),
    key("broker.id", Kind::Int, "1", Check::Any),
    key("compression.gzip.level", Kind::Int, "-1", Check::GzipLevel),
    key("compression.lz4.level", Kind::Int, "9", Check::Range(1, 17)),
    key(
        "compression.type",
        Kind::String,
        "producer",
        Check::OneOf(&["uncompressed", "zstd", "lz4", "snappy", "gzip", "producer"]),
    ),
    key("compression.zstd.level", Kind::Int, "3", Check::Range(-131_072, 22)),
    key("connection.failed.authentication.delay.ms", Kind::Int, "100", Check::Min(0)),
    key("connections.max.idle.ms", Kind::Long, "600000", Check::Min(1)),
    key("default.replication.factor", Kind::Int, "1", Check::Min(1)),
    key("delete.topic.enable", Kind::Boolean, "true", Check::Any),
    key("group.consumer.assignment.interval.ms", Kind::Int, "1000", Check::Min(0)),
    key("group.consumer.heartbeat.interval.ms", Kind::Int, "5000", Check::Min(1)),
    key("group.consumer.max.heartbeat.interval.ms", Kind::Int, "15000", Check::Min(1)),
    key("group.consumer.max.session.timeout.ms", Kind::Int, "60000", Check::Min(1)),
    key("group.consumer.max.size", Kind::Int, "2147483647", Check::Min(1)),
    key("group.consumer.min.heartbeat.interval.ms", Kind::Int, "5000", Check::Min(1)),
    key("group.consumer.min.session.timeout.ms", Kind::Int, "45000", Check::Min(1)),
    key("group.consumer.session.timeout.ms", Kind::Int, "45000", Check::Min(1)),
    key("group.initial.rebalance.delay.ms", Kind::Int, "0", Check::Any),
    key("group.max.session.timeout.ms", Kind::Int, "1800000", Check::Any),
    key("group.max.size", Kind::Int, "2147483647", Check::Min(1)),
    key("group.min.session.timeout.ms", Kind::Int, "6000", Check::Any),
    key("group.streams.assignment.interval.ms", Kind::Int, "1000", Check::Min(0)),
    key("group.streams.heartbeat.interval.ms", Kind::Int, "5000", Check::Min(1)),
    key("group.streams.initial.rebalance.delay.ms", Kind::Int, "3000", Check::Min(0)),
    key("group.streams.max.heartbeat.interval.ms", Kind::Int, "15000", Check::Min(1)),
    key("group.streams.max.session.timeout.ms", Kind::Int, "60000", Check::Min(1)),
    key("group.streams.max.size", Kind::Int, "2147483647", Check::Min(1)),
    key("group.streams.max.standby.replicas", Kind::Int, "2", Check::Min(0)),
    key("group.streams.min.heartbeat.interval.ms", Kind::Int, "5000", Check::Min(1)),
    key("group.streams.min.session.timeout.ms", Kind::Int, "45000", Check::Min(1)),
    key("group.streams.num.standby.replicas", Kind::Int, "0", Check::Min(0)),
    key("group.streams.session.timeout.ms", Kind::Int, "45000", Check::Min(1)),
    key("listeners", Kind::List, "", Check::Any),
    key("log.cleaner.backoff.ms", Kind::Long, "15000", Check::Min(0)),
    key("log.cleaner.delete.retention.ms", Kind::Long, "86400000", Check::Min(0)),
    key("log.cleaner.enable", Kind::Boolean, "true", Check::Any),
    key("log.cleaner.max.compaction.lag.ms", Kind::Long, "9223372036854775807", Check::Min(1)),
    key("log.cleaner.min.cleanable.ratio", Kind::Double, "0.5", Check::Range(0, 1)),
    key("log.cleaner.min.compaction.lag.ms", Kind::Long, "0", Check::Min(0)),
    key("log.cleanup.policy", Kind::List, "delete", Check::OneOf(&["compact", "delete"])),
    key("log.dirs", Kind::List, "", Check::Any),
    key("log.flush.interval.messages", Kind::Long, "9223372036854775807", Check::Min(1)),
    key("log.flush.interval.ms", Kind::Long, "9223372036854775807", Check::Min(0)),
    key("log.index.interval.bytes", Kind::Int, "4096", Check::Min(0)),
    key("log.index.size.max.bytes", Kind::Int, "10485760", Check::Min(4)),
    key("log.local.retention.bytes", Kind::Long, "-2", Check::Min(-2)),
    key("log.local.retention.ms", Kind::Long, "-2", Check::Min(-2)),
    key("log.message.timestamp.after.max.ms", Kind::Long, "3600000", Check::Min(0)),
    key("log.message.timestamp.before.max.ms", Kind::Long, "9223372036854775807", Check::Min(0)),
    key(
        "log.message.timestamp.type",
        Kind::String,
        "CreateTime",
        Check::OneOf(&["CreateTime", "LogAppendTime"]),
    ),
    key("log.preallocate", Kind::Boolean, "false", Check::Any),
    key("log.retention.bytes", Kind::Long, "-1", Check::Any),
    key("log.retention.check.interval.ms", Kind::Long, "300000", Check::Min(1)),
    key("log.retention.ms", Kind::Long, "604800000", Check::Any),
    key("log.roll.jitter.ms", Kind::Long, "0", Check::Min(0)),
    key("log.roll.ms", Kind::Long, "604800000", Check::Min(1)),
    key("log.segment.bytes", Kind::Int, "1073741824", Check::Min(1_048_576)),
    key("log.segment.delete.delay.ms", Kind::Long, "60000", Check::Min(0)),
    key("max.connections", Kind::Int, "1024", Check::Min(0)),
    key("max.connections.per.ip", Kind::Int, "2147483647", Check::Min(0)),
    key("max.incremental.fetch.session.cache.slots", Kind::Int, "1000", Check::Min(0)),
    key("message.max.bytes", Kind::Int, "1048588", Check::Min(0)),
    key("min.insync.replicas", Kind::Int, "1", Check::Min(1)),
    key("node.id", Kind::Int, "1", Check::Min(0)),
    key("num.partitions", Kind::Int, "1", Check::Min(1)),
    key("offset.metadata.max.bytes", Kind::Int, "4096", Check::Any),
    key("offsets.retention.check.interval.ms", Kind::Long, "600000", Check::Min(1)),
    key("offsets.retention.minutes", Kind::Int, "10080", Check::Min(1)),
    key("offsets.topic.num.partitions", Kind::Int, "4", Check::Min(1)),
    key("producer.id.expiration.ms", Kind::Int, "86400000", Check::Min(1)),
    key(
        "sasl.enabled.mechanisms",
        Kind::List,
        "PLAIN,SCRAM-SHA-256,SCRAM-SHA-512",
        Check::OneOf(&["PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"]),
    ),
    key("sasl.server.max.receive.size", Kind::Int, "524288", Check::Min(1)),
    key("transaction.abort.timed.out.transaction.cleanup.interval.ms", Kind::Int, "10000", Check::Min(1)),
    key("transaction.max.timeout.ms", Kind::Int, "900000", Check::Min(1)),
    key("transaction.state.log.num.partitions", Kind::Int, "4", Check::Min(1)),
    key("transactional.id.expiration.ms", Kind::Int, "604800000", Check::Min(1)),
    key("unclean.leader.election.enable", Kind::Boolean, "false", Check::Any),
];

const fn key(name: &'static str, kind: Kind, default: &'static str, check: Check) -> Definition {
    Definition { name, kind, default, check, broker_key: None }
}

/// The keys that clients may change while the broker runs (KIP-226), beside those that give topics
/// their defaults.
const DYNAMIC_KEYS: [&str; 4] =
    ["log.cleaner.backoff.ms", "max.connections", "max.connections.per.ip", "producer.id.expiration.ms"];

/// Whether clients may change a key while the broker runs.
pub(crate) fn is_dynamic(name: &str) -> bool {
    DYNAMIC_KEYS.contains(&name)
        || TOPIC_KEYS.iter().any(|topic| topic.broker_key == Some(name))
        || reported_key(name).is_some_and(ReportedKey::is_dynamic)
}

/// Says what is wrong with what is to be set for a broker, if anything. As on Apache Kafka unknown
/// keys take all values.
pub(crate) fn validate_broker_value(key: &str, value: &str) -> Result<(), String> {
    let reported = || reported_key(key).map(|reported| &reported.definition);
    broker_key(key).or_else(reported).map_or(Ok(()), |definition| definition.validate(value))
}

/// The definition of a broker's key that this broker honours.
pub(crate) fn broker_key(name: &str) -> Option<&'static Definition> {
    BROKER_KEYS.iter().find(|definition| definition.name == name)
}
