//! Kafka Streams' keys: what values they allow, and their defaults.

use super::rule::Rule::{self, Bool, Ignored, Int, List, OneOf, Special, Text};
use super::special;

/// A key of the configuration.
#[derive(Debug, Clone, Copy)]
pub(super) struct Key {
    pub(super) name: &'static str,
    pub(super) rule: Rule,
    pub(super) default: Option<&'static str>,
}

const fn key(name: &'static str, rule: Rule, default: &'static str) -> Key {
    Key { name, rule, default: Some(default) }
}

const fn unset(name: &'static str, rule: Rule) -> Key {
    Key { name, rule, default: None }
}

const ANY: i64 = i64::MIN;
const MAX: i64 = i64::MAX;
const INT_MAX: i64 = i32::MAX as i64;

const VERSIONS: &[&str] = &[
    "2.4", "2.5", "2.6", "2.7", "2.8", "3.0", "3.1", "3.2", "3.3", "3.4", "3.5", "3.6", "3.7", "3.8", "3.9",
    "4.0", "4.1", "4.2",
];

/// Prefixes of settings that are handed on: to clients, to internal topics, to the assignor.
pub(super) const PREFIXES: &[&str] = &[
    "consumer.",
    "main.consumer.",
    "restore.consumer.",
    "global.consumer.",
    "producer.",
    "admin.",
    "topic.",
    "client.tag.",
];

/// Former names of keys; a value under the present name wins.
pub(super) const ALIASES: &[(&str, &str)] = &[
    ("cache.max.bytes.buffering", "statestore.cache.max.bytes"),
    ("default.deserialization.exception.handler", "deserialization.exception.handler"),
    ("default.production.exception.handler", "production.exception.handler"),
    ("default.dsl.store", "dsl.store.suppliers.class"),
];

/// All keys, in the order of the alphabet.
pub(super) const KEYS: &[Key] = &[
    key("__emit.interval.ms.kstreams.outer.join.spurious.results.fix__", Int(0, MAX), "1000"),
    key("__emit.interval.ms.kstreams.windowed.aggregation__", Int(0, MAX), "1000"),
    key("__enable.process.processValue.fix__", Bool, "false"),
    unset("__internal.override.topic.prefix__", Text),
    key("__iq.consistency.offset.vector.enabled__", Bool, "false"),
    key("acceptable.recovery.lag", Int(0, MAX), "10000"),
    key("allow.os.group.write.access", Bool, "false"),
    unset("application.id", Special(special::application_id)),
    key("application.server", Special(special::host_and_port), ""),
    unset("bootstrap.servers", Special(special::bootstrap_servers)),
    key("buffered.records.per.partition", Int(1, INT_MAX), "1000"),
    key("built.in.metrics.version", OneOf(&["latest"]), "latest"),
    key("client.id", Text, ""),
    key("commit.interval.ms", Int(0, MAX), "30000"),
    key("config.providers", Ignored, ""),
    key("connections.max.idle.ms", Int(ANY, MAX), "540000"),
    unset("default.client.supplier", Ignored),
    unset("default.key.serde", Ignored),
    unset("default.list.key.serde.inner", Ignored),
    unset("default.list.key.serde.type", Ignored),
    unset("default.list.value.serde.inner", Ignored),
    unset("default.list.value.serde.type", Ignored),
    key("default.timestamp.extractor", Special(special::timestamp_extractor), "FailOnInvalidTimestamp"),
    unset("default.value.serde", Ignored),
    key("deserialization.exception.handler", Special(special::handler), "fail"),
    key("dsl.store.format", OneOf(&["DEFAULT", "HEADERS"]), "DEFAULT"),
    key("dsl.store.suppliers.class", Special(special::dsl_store), "rocksdb"),
    key("enable.metrics.push", Bool, "true"),
    key("ensure.explicit.internal.resource.naming", Bool, "false"),
    unset("errors.dead.letter.queue.topic.name", Special(special::topic)),
    unset("group.protocol", OneOf(&["classic", "streams"])),
    key("log.summary.interval.ms", Int(ANY, MAX), "120000"),
    key("max.task.idle.ms", Int(-1, MAX), "0"),
    key("max.warmup.replicas", Int(1, INT_MAX), "2"),
    key("metadata.max.age.ms", Int(0, MAX), "300000"),
    key("metadata.recovery.rebootstrap.trigger.ms", Int(0, MAX), "300000"),
    key("metadata.recovery.strategy", OneOf(&["none", "rebootstrap"]), "rebootstrap"),
    key("metric.reporters", Ignored, ""),
    key("metrics.num.samples", Int(1, INT_MAX), "2"),
    key("metrics.recording.level", OneOf(&["INFO", "DEBUG", "TRACE"]), "INFO"),
    key("metrics.sample.window.ms", Int(0, MAX), "30000"),
    key("num.standby.replicas", Int(0, INT_MAX), "0"),
    key("num.stream.threads", Int(0, INT_MAX), "1"),
    key("poll.ms", Int(0, MAX), "100"),
    key("probing.rebalance.interval.ms", Int(60_000, MAX), "600000"),
    key("processing.exception.handler", Special(special::handler), "fail"),
    key("processing.exception.handler.global.enabled", Bool, "false"),
    key("processing.guarantee", OneOf(&["at_least_once", "exactly_once_v2"]), "at_least_once"),
    unset("processor.wrapper.class", Ignored),
    key("production.exception.handler", Special(special::handler), "fail"),
    unset("rack.aware.assignment.non_overlap_cost", Int(0, INT_MAX)),
    key("rack.aware.assignment.strategy", OneOf(&["none", "min_traffic", "balance_subtopology"]), "none"),
    key("rack.aware.assignment.tags", List(5), ""),
    unset("rack.aware.assignment.traffic_cost", Int(0, INT_MAX)),
    key("receive.buffer.bytes", Int(-1, INT_MAX), "32768"),
    key("reconnect.backoff.max.ms", Int(0, MAX), "1000"),
    key("reconnect.backoff.ms", Int(0, MAX), "50"),
    key("repartition.purge.interval.ms", Int(0, MAX), "30000"),
    key("replication.factor", Int(-1, INT_MAX), "-1"),
    key("request.timeout.ms", Int(0, INT_MAX), "40000"),
    key("retry.backoff.ms", Int(0, MAX), "100"),
    unset("rocksdb.config.setter", Ignored),
    key("security.protocol", OneOf(&["PLAINTEXT", "SSL", "SASL_PLAINTEXT", "SASL_SSL"]), "PLAINTEXT"),
    key("send.buffer.bytes", Int(-1, INT_MAX), "131072"),
    key("state.cleanup.delay.ms", Int(0, MAX), "600000"),
    key("state.cleanup.dir.max.age.ms", Int(-1, MAX), "-1"),
    unset("state.dir", Text),
    key("statestore.cache.max.bytes", Int(0, MAX), "10485760"),
    unset("task.assignor.class", Ignored),
    key("task.timeout.ms", Int(0, MAX), "300000"),
    key("topology.optimization", Special(special::optimization), "none"),
    unset("upgrade.from", OneOf(VERSIONS)),
    unset("window.size.ms", Ignored),
    unset("windowed.inner.class.serde", Ignored),
    key("windowstore.changelog.additional.retention.ms", Int(0, MAX), "86400000"),
];

/// The key of that name.
pub(super) fn find(name: &str) -> Option<&'static Key> {
    KEYS.binary_search_by(|key| key.name.cmp(name)).ok().map(|place| &KEYS[place])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_stand_in_the_order_of_the_alphabet() {
        assert!(KEYS.is_sorted_by(|a, b| a.name < b.name));
        assert!(ALIASES.iter().all(|(_, present)| find(present).is_some()));
    }

    #[test]
    fn defaults_obey_the_rules() {
        for key in KEYS {
            if let Some(default) = key.default {
                assert_eq!(key.rule.check(default), Ok(()), "{}", key.name);
            }
        }
    }

    #[test]
    fn the_reference_lists_every_key_with_its_default() {
        let reference = include_str!("../../../docs/configuration.md");
        for key in KEYS.iter().filter(|key| !key.name.starts_with("__")) {
            let name = format!("`{}`", key.name);
            let row = reference.lines().find(|line| line.starts_with(&format!("| {name} |")));
            match (row, key.rule) {
                (None, Ignored) => assert!(reference.contains(&name), "{name}"),
                (None, _) => panic!("{name} has no row"),
                (Some(row), _) => {
                    let default = row.split(" | ").nth(2).unwrap_or_default().trim().trim_matches('`');
                    let ours =
                        if key.default == Some("") { "empty" } else { key.default.unwrap_or_default() };
                    assert_eq!(default, ours, "{name}");
                }
            }
        }
    }
}
