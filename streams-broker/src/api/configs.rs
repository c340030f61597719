//! Configurations as clients see them: values with where they come from.

use std::collections::BTreeMap;

use kafka_protocol::protocol::StrBytes;

use super::support::text;
use crate::config::{
    BROKER_KEYS, CLIENT_METRICS_KEYS, Definition, GROUP_KEYS, Kind, REPORTED_KEYS, Settings, TOPIC_KEYS,
    effective,
};

/// The numbers of resource types.
pub(super) mod resource {
    /// A topic, by name.
    pub(in crate::api) const TOPIC: i8 = 2;
    /// A broker, by node id.
    pub(in crate::api) const BROKER: i8 = 4;
    /// The loggers of a broker, by node id.
    pub(in crate::api) const LOGGER: i8 = 8;
    /// A subscription to clients' metrics, by name.
    pub(in crate::api) const CLIENT_METRICS: i8 = 16;
    /// A group, by id.
    pub(in crate::api) const GROUP: i8 = 32;
}

/// Where a value comes from, with the protocol's number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Source {
    /// Set for the topic.
    Topic = 1,
    /// Set for this broker while it runs.
    DynamicBroker = 2,
    /// Set for all brokers while they run.
    DynamicDefault = 3,
    /// Given to the broker at its start.
    Broker = 4,
    /// Nobody set it.
    Default = 5,
    /// Set for the subscription to clients' metrics.
    ClientMetrics = 7,
    /// Set for the group.
    Group = 8,
}

/// A key with its value.
#[derive(Debug)]
pub(super) struct Entry<'a> {
    /// What the key is.
    pub(super) definition: &'static Definition,
    /// Where the value comes from.
    pub(super) source: Source,
    /// All values that are set, the one in force first: key, value, source.
    pub(super) synonyms: Vec<(&'static str, &'a str, Source)>,
    /// `None` where nothing is set and there is no default.
    value: Option<&'a str>,
}

impl<'a> Entry<'a> {
    fn new(
        definition: &'static Definition,
        value: &'a str,
        synonyms: Vec<(&'static str, &'a str, Source)>,
    ) -> Self {
        let source = synonyms.first().map_or(Source::Default, |(_, _, source)| *source);
        Entry { definition, source, synonyms, value: Some(value) }
    }

    /// The same without a value.
    fn unset(self) -> Self {
        Entry { value: None, ..self }
    }

    /// The key.
    pub(super) fn name(&self) -> StrBytes {
        StrBytes::from_static_str(self.definition.name)
    }

    /// The value in force, as it was written. That of a secret stays with the broker.
    pub(super) fn raw_value(&self) -> Option<StrBytes> {
        self.value.filter(|_| !self.is_sensitive()).map(text)
    }

    /// The value in force.
    pub(super) fn value(&self) -> Option<StrBytes> {
        let value = self.value.filter(|_| !self.is_sensitive())?;
        Some(match self.definition.kind {
            Kind::Boolean => text(value.trim().to_ascii_lowercase()),
            Kind::Password => text(value),
            _ => text(value.trim()),
        })
    }

    /// Whether the value is a secret.
    pub(super) fn is_sensitive(&self) -> bool {
        self.definition.kind == Kind::Password
    }
}

/// The broker's key and value that a default comes from, if there is one: some keys have a
/// default under another unit's name, and some none at all.
fn broker_default(key: &'static str, value: &'static str) -> Option<(&'static str, &'static str)> {
    match key {
        "log.retention.ms" => Some(("log.retention.hours", "168")),
        "broker.id" => Some((key, "-1")),
        "listeners" => Some((key, "PLAINTEXT://:9092")),
        "advertised.listeners" | "log.dirs" | "node.id" => None,
        "log.flush.interval.ms" | "log.roll.jitter.ms" | "log.roll.ms" => None,
        _ => Some((key, value)),
    }
}

/// A topic's whole configuration.
pub(super) fn topic_entries<'a>(
    overrides: &'a BTreeMap<String, String>,
    settings: &'a Settings,
) -> impl Iterator<Item = Entry<'a>> {
    TOPIC_KEYS.iter().map(|definition| {
        let mut synonyms = Vec::new();
        if let Some(value) = overrides.get(definition.name) {
            synonyms.push((definition.name, value.as_str(), Source::Topic));
        }
        if let Some(key) = definition.broker_key {
            synonyms.extend(broker_values(key, settings));
            synonyms.extend(
                broker_default(key, definition.default).map(|(key, value)| (key, value, Source::Default)),
            );
        }
        Entry::new(definition, effective(definition.name, overrides, settings), synonyms)
    })
}

/// The broker's whole configuration.
pub(super) fn broker_entries(settings: &Settings) -> impl Iterator<Item = Entry<'_>> {
    let honoured = BROKER_KEYS.iter().map(|definition| {
        let default = broker_default(definition.name, definition.default);
        broker_entry(definition, default, settings)
    });
    let reported = REPORTED_KEYS.iter().map(|key| {
        let default = key.has_default.then_some((key.definition.name, key.definition.default));
        broker_entry(&key.definition, default, settings)
    });
    honoured.chain(reported)
}

/// A broker's key. A default under the name of another key is no value of this one.
fn broker_entry<'a>(
    definition: &'static Definition,
    default: Option<(&'static str, &'static str)>,
    settings: &'a Settings,
) -> Entry<'a> {
    let mut synonyms: Vec<_> = broker_values(definition.name, settings).collect();
    let has_value = !synonyms.is_empty() || default.is_some_and(|(key, _)| key == definition.name);
    synonyms.extend(default.map(|(key, value)| (key, value, Source::Default)));
    let entry = Entry::new(definition, settings.value(definition.name), synonyms);
    if has_value { entry } else { entry.unset() }
}

/// What has been set for all brokers while they run.
pub(super) fn default_entries(settings: &Settings) -> impl Iterator<Item = Entry<'_>> {
    let reported = REPORTED_KEYS.iter().map(|key| &key.definition);
    BROKER_KEYS.iter().chain(reported).filter_map(|definition| {
        let value = settings.changes.default.get(definition.name)?;
        Some(Entry::new(definition, value, vec![(definition.name, value.as_str(), Source::DynamicDefault)]))
    })
}

/// The values that have been set for a broker's key, the one in force first.
fn broker_values<'a>(
    key: &'static str,
    settings: &'a Settings,
) -> impl Iterator<Item = (&'static str, &'a str, Source)> {
    let changes = &settings.changes;
    [
        (&changes.broker, Source::DynamicBroker),
        (&changes.default, Source::DynamicDefault),
        (&settings.values, Source::Broker),
    ]
    .into_iter()
    .filter_map(move |(values, source)| values.get(key).map(|value| (key, value.as_str(), source)))
}

/// The whole configuration of a subscription to clients' metrics.
pub(super) fn client_metrics_entries(
    overrides: &BTreeMap<String, String>,
) -> impl Iterator<Item = Entry<'_>> {
    CLIENT_METRICS_KEYS.iter().map(|definition| match overrides.get(definition.name) {
        Some(value) => {
            Entry::new(definition, value, vec![(definition.name, value.as_str(), Source::ClientMetrics)])
        }
        None => Entry::new(definition, definition.default, Vec::new()),
    })
}

/// A group's whole configuration.
pub(super) fn group_entries<'a>(
    overrides: &'a BTreeMap<String, String>,
    settings: &'a Settings,
) -> impl Iterator<Item = Entry<'a>> {
    GROUP_KEYS.iter().map(|definition| {
        let mut synonyms = Vec::new();
        if let Some(value) = overrides.get(definition.name) {
            synonyms.push((definition.name, value.as_str(), Source::Group));
        }
        let mut value = definition.default;
        let key = definition.broker_key.unwrap_or(definition.name);
        if definition.broker_key.is_some() {
            synonyms.extend(broker_values(key, settings));
            value = settings.value(key);
        }
        synonyms.push((key, definition.default, Source::Default));
        let value = overrides.get(definition.name).map_or(value, String::as_str);
        Entry::new(definition, value, synonyms)
    })
}
