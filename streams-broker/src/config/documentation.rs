//! What each configuration key is for, in a sentence: the documentation that DescribeConfigs gives.

use super::group_configs::GROUP_KEYS;
use super::reported_keys::reported_key;
use super::topic_keys::TOPIC_KEYS;

/// What a key is for; empty if the key is not known.
///
/// The broker's keys that give topics and groups their defaults say so, and what they are for.
pub(crate) fn documentation(name: &str) -> String {
    let own = text(name);
    if !own.is_empty() {
        return own.to_owned();
    }
    let mut keys = TOPIC_KEYS.iter().chain(GROUP_KEYS);
    match keys.find(|definition| definition.broker_key == Some(name)) {
        Some(definition) => format!("The default of {}. {}", definition.name, text(definition.name)),
        None if reported_key(name).is_some() => {
            "A key of Apache Kafka's brokers, of which this broker makes no use.".to_owned()
        }
        None => String::new(),
    }
}

fn text(name: &str) -> &'static str {
    let found = [TOPIC, GROUP, BROKER].into_iter().flatten().find(|(key, _)| *key == name);
    match found {
        Some((_, text)) => text,
        None => "",
    }
}

const TOPIC: &[(&str, &str)] = &[
    ("cleanup.policy", "What becomes of old records: delete, compact (the last of each key stays), or both."),
    ("compression.gzip.level", "The level of gzip, if records are compressed by the broker."),
    ("compression.lz4.level", "The level of LZ4, if records are compressed by the broker."),
    ("compression.type", "How records are stored: with a codec, uncompressed, or as the producer sent them."),
    ("compression.zstd.level", "The level of Zstandard, if records are compressed by the broker."),
    ("delete.retention.ms", "How long deletions of a compacted topic can still be read, in milliseconds."),
    (
        "file.delete.delay.ms",
        "Without effect: files are deleted at once, and what is being sent stays readable.",
    ),
    ("flush.messages", "After how many records the log is forced to the disk."),
    ("flush.ms", "After how many milliseconds the log is forced to the disk."),
    ("follower.replication.throttled.replicas", "Without effect: there is one replica."),
    ("index.interval.bytes", "After how many bytes of records an index gets an entry."),
    ("internal.segment.bytes", "Replaces segment.bytes, and may be smaller; for tests."),
    ("leader.replication.throttled.replicas", "Without effect: there is one replica."),
    ("local.retention.bytes", "Without effect: there is no tiered storage."),
    ("local.retention.ms", "Without effect: there is no tiered storage."),
    ("max.compaction.lag.ms", "After how many milliseconds a record is compacted at the latest."),
    ("max.message.bytes", "The largest batch of records, in bytes, as it is stored."),
    (
        "message.timestamp.after.max.ms",
        "How far a record's timestamp may be ahead of the clock, in milliseconds.",
    ),
    (
        "message.timestamp.before.max.ms",
        "How far a record's timestamp may be behind the clock, in milliseconds.",
    ),
    (
        "message.timestamp.type",
        "Whose time records carry: the producer's (CreateTime) or the broker's (LogAppendTime).",
    ),
    ("min.cleanable.dirty.ratio", "From which share of uncompacted bytes on a log is compacted."),
    ("min.compaction.lag.ms", "For how many milliseconds a record is not compacted."),
    ("min.insync.replicas", "How many replicas must have a record; there is one."),
    ("preallocate", "Without effect: segments grow as they are written."),
    ("remote.log.copy.disable", "Without effect: there is no tiered storage."),
    ("remote.log.delete.on.disable", "Without effect: there is no tiered storage."),
    ("remote.storage.enable", "Without effect: there is no tiered storage."),
    ("retention.bytes", "How large a partition may become before its oldest segments go; -1 for no limit."),
    ("retention.ms", "For how many milliseconds records are kept; -1 for ever."),
    ("segment.bytes", "The size at which a new segment begins."),
    ("segment.index.bytes", "The largest size of an index."),
    ("segment.jitter.ms", "Without effect: segments begin when segment.ms says."),
    ("segment.ms", "After how many milliseconds a new segment begins, even if the last one is not full."),
    ("unclean.leader.election.enable", "Without effect: there is one replica."),
];

const GROUP: &[(&str, &str)] = &[
    ("share.assignment.interval.ms", "The shortest time in ms between two assignments of a share group."),
    (
        "share.auto.offset.reset",
        "Where a share group begins: earliest, latest, or by_duration: and a duration.",
    ),
    ("share.delivery.count.limit", "How often a record is delivered to a share group before it is given up."),
    ("share.heartbeat.interval.ms", "How often members of a share group send heartbeats, in ms."),
    (
        "share.isolation.level",
        "Whether a share group reads records of transactions that have not been committed.",
    ),
    ("share.partition.max.record.locks", "How many records of a partition a share group may hold at a time."),
    ("share.record.lock.duration.ms", "For how many milliseconds a member of a share group holds a record."),
    ("share.renew.acknowledge.enable", "Whether members of a share group may hold a record for longer."),
    ("share.session.timeout.ms", "After how many milliseconds of silence a member leaves a share group."),
    (
        "consumer.assignment.interval.ms",
        "The shortest time in milliseconds between two assignments of a consumer group.",
    ),
    ("consumer.heartbeat.interval.ms", "How often members of a consumer group report, in milliseconds."),
    (
        "consumer.session.timeout.ms",
        "After how many milliseconds of silence a member of a consumer group is out.",
    ),
    (
        "streams.assignment.interval.ms",
        "The shortest time in milliseconds between two assignments of a streams group.",
    ),
    ("streams.heartbeat.interval.ms", "How often members of a streams group report, in milliseconds."),
    (
        "streams.initial.rebalance.delay.ms",
        "How long the first assignment waits for more members, in milliseconds.",
    ),
    ("streams.num.standby.replicas", "How many copies of a task's state are kept beside its own."),
    (
        "streams.session.timeout.ms",
        "After how many milliseconds of silence a member of a streams group is out.",
    ),
    ("interval.ms", "How often clients push their metrics, in milliseconds."),
    ("match", "Which clients the subscription is for, as attribute=regular expression, separated by commas."),
    ("metrics", "Beginnings of the names of the metrics to push, separated by commas; * for all."),
];

const BROKER: &[(&str, &str)] = &[
    ("advertised.listeners", "Where clients are told to connect."),
    ("auto.create.topics.enable", "Whether a topic comes into being when a client first asks for it."),
    ("broker.id", "The broker's number, as node.id."),
    (
        "connection.failed.authentication.delay.ms",
        "How long the answer to a failed authentication is held back.",
    ),
    ("connections.max.idle.ms", "After how many milliseconds without a request a connection is closed."),
    ("default.replication.factor", "The replicas of a topic that is created without a number; there is one."),
    ("delete.topic.enable", "Whether topics can be deleted."),
    ("group.consumer.max.heartbeat.interval.ms", "The largest consumer.heartbeat.interval.ms of a group."),
    ("group.consumer.max.session.timeout.ms", "The largest consumer.session.timeout.ms of a group."),
    ("group.consumer.max.size", "The most members of a consumer group."),
    ("group.consumer.min.heartbeat.interval.ms", "The smallest consumer.heartbeat.interval.ms of a group."),
    ("group.consumer.min.session.timeout.ms", "The smallest consumer.session.timeout.ms of a group."),
    ("group.initial.rebalance.delay.ms", "How long the first rebalance of a group waits for more members."),
    (
        "group.max.session.timeout.ms",
        "The largest session time-out that a member of a classic group may ask for.",
    ),
    ("group.max.size", "The most members of a classic group."),
    (
        "group.min.session.timeout.ms",
        "The smallest session time-out that a member of a classic group may ask for.",
    ),
    ("group.streams.max.heartbeat.interval.ms", "The largest streams.heartbeat.interval.ms of a group."),
    ("group.streams.max.session.timeout.ms", "The largest streams.session.timeout.ms of a group."),
    ("group.streams.max.size", "The most members of a streams group."),
    ("group.streams.max.standby.replicas", "The largest streams.num.standby.replicas of a group."),
    ("group.streams.min.heartbeat.interval.ms", "The smallest streams.heartbeat.interval.ms of a group."),
    ("group.streams.min.session.timeout.ms", "The smallest streams.session.timeout.ms of a group."),
    ("listeners", "Where the broker listens."),
    (
        "log.cleaner.backoff.ms",
        "How long the compaction sleeps when there is nothing to do, in milliseconds.",
    ),
    ("log.cleaner.enable", "Whether logs are compacted."),
    ("log.dirs", "The folder of the data."),
    ("log.retention.check.interval.ms", "How often old segments are looked for, in milliseconds."),
    ("max.connections", "The most connections that are open at once."),
    ("max.connections.per.ip", "The most connections of one address that are open at once."),
    ("max.incremental.fetch.session.cache.slots", "The most fetch sessions that are kept."),
    ("node.id", "The broker's number."),
    ("num.partitions", "The partitions of a topic that is created without a number."),
    ("offset.metadata.max.bytes", "The longest text that may be committed with an offset."),
    ("offsets.retention.check.interval.ms", "How often expired offsets are looked for, in milliseconds."),
    ("offsets.retention.minutes", "How long the offsets of a group without members are kept."),
    ("offsets.topic.num.partitions", "The partitions of the topic of committed offsets."),
    ("producer.id.expiration.ms", "How long a producer is remembered that writes nothing."),
    ("sasl.enabled.mechanisms", "The mechanisms by which clients may authenticate."),
    ("sasl.server.max.receive.size", "The largest request before a client has authenticated, in bytes."),
    (
        "transaction.abort.timed.out.transaction.cleanup.interval.ms",
        "How often transactions over their time-out are looked for, in milliseconds.",
    ),
    ("transaction.max.timeout.ms", "The longest time-out that a transaction may have."),
    ("transaction.state.log.num.partitions", "The partitions of the topic of transactions."),
    ("transactional.id.expiration.ms", "How long a transactional id is remembered that is not used."),
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{BROKER_KEYS, CLIENT_METRICS_KEYS, SET_ELSEWHERE, is_dynamic};

    #[test]
    fn every_key_is_documented_once() {
        let keys = [BROKER_KEYS, TOPIC_KEYS, GROUP_KEYS, CLIENT_METRICS_KEYS].into_iter().flatten();
        for definition in keys {
            assert!(documentation(definition.name).ends_with('.'), "{} is not documented", definition.name);
        }
        let mut names: Vec<&str> =
            [TOPIC, GROUP, BROKER].into_iter().flatten().map(|(name, _)| *name).collect();
        let count = names.len();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), count, "a key is documented twice");
        assert_eq!(documentation("nope"), "");
    }

    /// The table of docs/broker.md; that of the broker's keys is the one with three columns.
    #[test]
    fn every_key_of_the_broker_has_its_row_in_the_manual() {
        let manual = include_str!("../../../docs/broker.md");
        let table = manual.split("| key | type | default |\n|---|---|---|\n").nth(1).unwrap();
        let rows: Vec<&str> = table.lines().take_while(|line| !line.is_empty()).collect();
        let expected: Vec<String> = BROKER_KEYS
            .iter()
            .filter(|key| SET_ELSEWHERE.iter().all(|(name, _)| *name != key.name))
            .map(|key| {
                let star = if is_dynamic(key.name) { "*" } else { "" };
                let kind = format!("{:?}", key.kind).to_lowercase();
                let default =
                    if key.default.is_empty() { String::new() } else { format!("`{}`", key.default) };
                format!("| `{}`{star} | {kind} | {default} |", key.name)
            })
            .collect();
        assert!(rows == expected, "the table should read\n{}", expected.join("\n"));
    }

    #[test]
    fn a_default_of_topics_says_so() {
        let text = documentation("log.retention.ms");
        assert_eq!(
            text,
            "The default of retention.ms. For how many milliseconds records are kept; -1 for ever."
        );
    }
}
