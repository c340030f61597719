//! The keys of a topic's configuration, with Apache Kafka 4.3's defaults.

use super::definition::{Check, Definition, Kind};

/// All keys, by name.
pub(crate) const TOPIC_KEYS: &[Definition] = &[
    key(
        "cleanup.policy",
        Kind::List,
        "delete",
        Check::OneOf(&["compact", "delete"]),
        Some("log.cleanup.policy"),
    ),
    key("compression.gzip.level", Kind::Int, "-1", Check::GzipLevel, Some("compression.gzip.level")),
    key("compression.lz4.level", Kind::Int, "9", Check::Range(1, 17), Some("compression.lz4.level")),
    key(
        "compression.type",
        Kind::String,
        "producer",
        Check::OneOf(&["uncompressed", "zstd", "lz4", "snappy", "gzip", "producer"]),
        Some("compression.type"),
    ),
    key("compression.zstd.level", Kind::Int, "3", Check::Range(-131_072, 22), Some("compression.zstd.level")),
    key(
        "delete.retention.ms",
        Kind::Long,
        "86400000",
        Check::Min(0),
        Some("log.cleaner.delete.retention.ms"),
    ),
    key("file.delete.delay.ms", Kind::Long, "60000", Check::Min(0), Some("log.segment.delete.delay.ms")),
    key(
        "flush.messages",
        Kind::Long,
        "9223372036854775807",
        Check::Min(1),
        Some("log.flush.interval.messages"),
    ),
    key("flush.ms", Kind::Long, "9223372036854775807", Check::Min(0), Some("log.flush.interval.ms")),
    key("follower.replication.throttled.replicas", Kind::List, "", Check::Replicas, None),
    key("index.interval.bytes", Kind::Int, "4096", Check::Min(0), Some("log.index.interval.bytes")),
    key("leader.replication.throttled.replicas", Kind::List, "", Check::Replicas, None),
    key("local.retention.bytes", Kind::Long, "-2", Check::Min(-2), Some("log.local.retention.bytes")),
    key("local.retention.ms", Kind::Long, "-2", Check::Min(-2), Some("log.local.retention.ms")),
    key(
        "max.compaction.lag.ms",
        Kind::Long,
        "9223372036854775807",
        Check::Min(1),
        Some("log.cleaner.max.compaction.lag.ms"),
    ),
    key("max.message.bytes", Kind::Int, "1048588", Check::Min(0), Some("message.max.bytes")),
    key(
        "message.timestamp.after.max.ms",
        Kind::Long,
        "3600000",
        Check::Min(0),
        Some("log.message.timestamp.after.max.ms"),
    ),
    key(
        "message.timestamp.before.max.ms",
        Kind::Long,
        "9223372036854775807",
        Check::Min(0),
        Some("log.message.timestamp.before.max.ms"),
    ),
    key(
        "message.timestamp.type",
        Kind::String,
        "CreateTime",
        Check::OneOf(&["CreateTime", "LogAppendTime"]),
        Some("log.message.timestamp.type"),
    ),
    key(
        "min.cleanable.dirty.ratio",
        Kind::Double,
        "0.5",
        Check::Range(0, 1),
        Some("log.cleaner.min.cleanable.ratio"),
    ),
    key("min.compaction.lag.ms", Kind::Long, "0", Check::Min(0), Some("log.cleaner.min.compaction.lag.ms")),
    key("min.insync.replicas", Kind::Int, "1", Check::Min(1), Some("min.insync.replicas")),
    key("preallocate", Kind::Boolean, "false", Check::Any, Some("log.preallocate")),
    key("remote.log.copy.disable", Kind::Boolean, "false", Check::Any, None),
    key("remote.log.delete.on.disable", Kind::Boolean, "false", Check::Any, None),
    key("remote.storage.enable", Kind::Boolean, "false", Check::Any, None),
    key("retention.bytes", Kind::Long, "-1", Check::Any, Some("log.retention.bytes")),
    key("retention.ms", Kind::Long, "604800000", Check::Min(-1), Some("log.retention.ms")),
    key("segment.bytes", Kind::Int, "1073741824", Check::Min(1_048_576), Some("log.segment.bytes")),
    key("segment.index.bytes", Kind::Int, "10485760", Check::Min(4), Some("log.index.size.max.bytes")),
    key("segment.jitter.ms", Kind::Long, "0", Check::Min(0), Some("log.roll.jitter.ms")),
    key("segment.ms", Kind::Long, "604800000", Check::Min(1), Some("log.roll.ms")),
    key(
        "unclean.leader.election.enable",
        Kind::Boolean,
        "false",
        Check::Any,
        Some("unclean.leader.election.enable"),
    ),
];

const fn key(
    name: &'static str,
    kind: Kind,
    default: &'static str,
    check: Check,
    broker_key: Option<&'static str>,
) -> Definition {
    Definition { name, kind, default, check, broker_key }
}

/// The keys that can be set, but are not listed. As on Apache Kafka, tests make segments small with
/// `internal.segment.bytes`, which goes below what `segment.bytes` takes.
const HIDDEN_KEYS: &[Definition] = &[key(INTERNAL_SEGMENT_BYTES, Kind::Int, "", Check::Min(14), None)];

/// Replaces `segment.bytes` where it is set.
pub(crate) const INTERNAL_SEGMENT_BYTES: &str = "internal.segment.bytes";

/// The definition of a topic's key.
pub(crate) fn topic_key(name: &str) -> Option<&'static Definition> {
    TOPIC_KEYS.iter().chain(HIDDEN_KEYS).find(|definition| definition.name == name)
}
