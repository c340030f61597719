//! The configurations of groups: resource type 32 of the configuration APIs (KIP-848, KIP-1071).

use std::collections::BTreeMap;

use super::definition::{Check, Definition, Kind};
use super::named_configs::NamedConfigs;
use super::settings::Settings;

/// The keys of a group's configuration, by name.
pub(crate) const GROUP_KEYS: &[Definition] = &[
    key("consumer.assignment.interval.ms", "1000", 0, "group.consumer.assignment.interval.ms"),
    key("consumer.heartbeat.interval.ms", "5000", 1, "group.consumer.heartbeat.interval.ms"),
    key("consumer.session.timeout.ms", "45000", 1, "group.consumer.session.timeout.ms"),
    key("share.assignment.interval.ms", "1000", 0, "group.share.assignment.interval.ms"),
    own_key("share.auto.offset.reset", Kind::String, "latest", Check::ShareOffsetReset),
    key("share.delivery.count.limit", "5", 2, "group.share.delivery.count.limit"),
    key("share.heartbeat.interval.ms", "5000", 1, "group.share.heartbeat.interval.ms"),
    own_key("share.isolation.level", Kind::String, "read_uncommitted", ISOLATION_LEVELS),
    key("share.partition.max.record.locks", "2000", 100, "group.share.partition.max.record.locks"),
    key("share.record.lock.duration.ms", "30000", 1000, "group.share.record.lock.duration.ms"),
    own_key("share.renew.acknowledge.enable", Kind::Boolean, "true", Check::Any),
    key("share.session.timeout.ms", "45000", 1, "group.share.session.timeout.ms"),
    key("streams.assignment.interval.ms", "1000", 0, "group.streams.assignment.interval.ms"),
    key("streams.heartbeat.interval.ms", "5000", 1, "group.streams.heartbeat.interval.ms"),
    key("streams.initial.rebalance.delay.ms", "3000", 0, "group.streams.initial.rebalance.delay.ms"),
    key("streams.num.standby.replicas", "0", 0, "group.streams.num.standby.replicas"),
    key("streams.session.timeout.ms", "45000", 1, "group.streams.session.timeout.ms"),
];

const ISOLATION_LEVELS: Check = Check::OneOf(&["read_committed", "read_uncommitted"]);

/// The broker's keys that a group's key must not fall below or exceed.
const BOUNDS: &[(&str, Option<&str>, Option<&str>)] = &[
    (
        "consumer.heartbeat.interval.ms",
        Some("group.consumer.min.heartbeat.interval.ms"),
        Some("group.consumer.max.heartbeat.interval.ms"),
    ),
    (
        "consumer.session.timeout.ms",
        Some("group.consumer.min.session.timeout.ms"),
        Some("group.consumer.max.session.timeout.ms"),
    ),
    (
        "share.delivery.count.limit",
        Some("group.share.min.delivery.count.limit"),
        Some("group.share.max.delivery.count.limit"),
    ),
    (
        "share.heartbeat.interval.ms",
        Some("group.share.min.heartbeat.interval.ms"),
        Some("group.share.max.heartbeat.interval.ms"),
    ),
    (
        "share.partition.max.record.locks",
        Some("group.share.min.partition.max.record.locks"),
        Some("group.share.max.partition.max.record.locks"),
    ),
    (
        "share.record.lock.duration.ms",
        Some("group.share.min.record.lock.duration.ms"),
        Some("group.share.max.record.lock.duration.ms"),
    ),
    (
        "share.session.timeout.ms",
        Some("group.share.min.session.timeout.ms"),
        Some("group.share.max.session.timeout.ms"),
    ),
    (
        "streams.heartbeat.interval.ms",
        Some("group.streams.min.heartbeat.interval.ms"),
        Some("group.streams.max.heartbeat.interval.ms"),
    ),
    (
        "streams.session.timeout.ms",
        Some("group.streams.min.session.timeout.ms"),
        Some("group.streams.max.session.timeout.ms"),
    ),
    ("streams.num.standby.replicas", None, Some("group.streams.max.standby.replicas")),
];

/// Says what is wrong with what is to be set for a group, if anything.
pub(crate) fn validate_group_configs(
    configs: &BTreeMap<String, String>,
    settings: &Settings,
) -> Result<(), String> {
    for (name, value) in configs {
        let definition = GROUP_KEYS.iter().find(|definition| definition.name == name);
        definition.ok_or_else(|| format!("Unknown group config name: {name}"))?.validate(value)?;
    }
    for (name, min, max) in BOUNDS {
        let Some(value) = configs.get(*name).and_then(|value| value.trim().parse::<i64>().ok()) else {
            continue;
        };
        if let Some(key) = min.filter(|key| value < settings.number(key)) {
            return Err(format!("{name} must be greater than or equal to {key}"));
        }
        if let Some(key) = max.filter(|key| value > settings.number(key)) {
            return Err(format!("{name} must be less than or equal to {key}"));
        }
    }
    Ok(())
}

/// A key that has no counterpart among the broker's.
const fn own_key(name: &'static str, kind: Kind, default: &'static str, check: Check) -> Definition {
    Definition { name, kind, default, check, broker_key: None }
}

const fn key(name: &'static str, default: &'static str, min: i64, broker_key: &'static str) -> Definition {
    Definition { name, kind: Kind::Int, default, check: Check::Min(min), broker_key: Some(broker_key) }
}

impl NamedConfigs {
    /// The number in force for a group's key: the group's, the broker's, or the default.
    pub(crate) fn number(&self, group: &str, name: &str, settings: &Settings) -> i64 {
        let own = self.value(group, name).and_then(|value| value.trim().parse().ok());
        own.unwrap_or_else(|| {
            let definition = GROUP_KEYS.iter().find(|definition| definition.name == name);
            definition.and_then(|definition| definition.broker_key).map_or(0, |key| settings.number(key))
        })
    }
}
