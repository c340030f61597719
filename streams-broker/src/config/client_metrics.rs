//! Subscriptions to clients' metrics (KIP-714): resource type 16 of the configuration APIs.

use std::collections::BTreeMap;

use kafka_protocol::ResponseError;
use regex::Regex;

use super::definition::{Check, Definition, Kind};

/// The keys of a subscription, by name.
pub(crate) const CLIENT_METRICS_KEYS: &[Definition] =
    &[key(INTERVAL, Kind::Int, "300000"), key(MATCH, Kind::List, ""), key(METRICS, Kind::List, "")];

const INTERVAL: &str = "interval.ms";
const MATCH: &str = "match";
const METRICS: &str = "metrics";

/// How often clients may be made to push, in milliseconds.
const INTERVALS: std::ops::RangeInclusive<i64> = 100..=3_600_000;

/// What `match` can look at.
const ATTRIBUTES: [&str; 6] = [
    "client_instance_id",
    "client_id",
    "client_software_name",
    "client_software_version",
    "client_source_address",
    "client_source_port",
];

const fn key(name: &'static str, kind: Kind, default: &'static str) -> Definition {
    Definition { name, kind, default, check: Check::Any, broker_key: None }
}

/// Says what is wrong with what is to be set for a subscription, if anything.
pub(crate) fn validate_client_metrics(
    configs: &BTreeMap<String, String>,
) -> Result<(), (ResponseError, String)> {
    for (name, value) in configs {
        let Some(definition) = CLIENT_METRICS_KEYS.iter().find(|definition| definition.name == name) else {
            let why = format!("Unknown client metrics configuration: {name}");
            return Err((ResponseError::InvalidRequest, why));
        };
        definition.validate(value).map_err(|why| (ResponseError::InvalidConfig, why))?;
        if name == METRICS && !value.is_empty() && value.split(',').any(|metric| metric.trim().is_empty()) {
            let why = format!("Configuration '{name}' values must not be empty.");
            return Err((ResponseError::InvalidConfig, why));
        }
        if name == INTERVAL && value.trim().parse().is_ok_and(|interval| !INTERVALS.contains(&interval)) {
            let why = format!(
                "Invalid value {value} for {name}, interval must be between 100 and 3600000 (1 hour)"
            );
            return Err((ResponseError::InvalidRequest, why));
        }
        if name == MATCH {
            patterns(value).map_err(|pattern| {
                (ResponseError::InvalidConfig, format!("Illegal client matching pattern: {pattern}"))
            })?;
        }
    }
    Ok(())
}

/// The attributes and what they have to match as a whole; the error is the part that is malformed.
fn patterns(value: &str) -> Result<Vec<(&'static str, Regex)>, &str> {
    let parts = value.split(',').map(str::trim).filter(|part| !part.is_empty());
    parts.map(|part| pattern(part).ok_or(part)).collect()
}

fn pattern(part: &str) -> Option<(&'static str, Regex)> {
    let (name, pattern) = part.split_once('=').map(|(name, pattern)| (name.trim(), pattern.trim()))?;
    let name = ATTRIBUTES.into_iter().find(|attribute| *attribute == name)?;
    if pattern.is_empty() || pattern.contains('=') {
        return None;
    }
    Some((name, Regex::new(&format!("^(?:{pattern})$")).ok()?))
}

/// What clients whom a subscription is for are to push.
#[derive(Debug)]
pub(crate) struct Subscription {
    /// Milliseconds between two pushes.
    pub(crate) interval_ms: i32,
    /// Beginnings of the metrics' names; `*` stands for all.
    pub(crate) metrics: Vec<String>,
    patterns: Vec<(&'static str, Regex)>,
}

impl Subscription {
    /// The subscription that has been set so; the values have been validated.
    pub(crate) fn new(configs: &BTreeMap<String, String>) -> Self {
        let value = |name: &str| configs.get(name).map_or("", String::as_str);
        let metrics = value(METRICS).split(',').map(str::trim).filter(|metric| !metric.is_empty());
        Subscription {
            interval_ms: value(INTERVAL).trim().parse().unwrap_or(300_000),
            metrics: metrics.map(str::to_owned).collect(),
            patterns: patterns(value(MATCH)).unwrap_or_default(),
        }
    }

    /// Whether the subscription is for a client with these attributes.
    pub(crate) fn is_for<'a>(&self, attribute: impl Fn(&str) -> &'a str) -> bool {
        self.patterns.iter().all(|(name, pattern)| pattern.is_match(attribute(name)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn why(key: &str, value: &str) -> (i16, String) {
        let configs = BTreeMap::from([(key.to_owned(), value.to_owned())]);
        validate_client_metrics(&configs)
            .map_or_else(|(error, why)| (error.code(), why), |()| (0, String::new()))
    }

    #[test]
    fn values_are_checked_as_apache_kafka_does() {
        for good in ["100", "3600000"] {
            assert_eq!(why("interval.ms", good).0, 0);
        }
        assert_eq!(why("interval.ms", "99").0, 42);
        assert_eq!(why("interval.ms", "x").0, 40);
        assert_eq!(why("metrics", "*").0, 0);
        assert_eq!(why("metrics", "a,,b"), (40, "Configuration 'metrics' values must not be empty.".into()));
        assert_eq!(why("speed", "1"), (42, "Unknown client metrics configuration: speed".into()));
        for good in ["", "client_id=a.*, client_source_port = 1", "client_id=a,client_id=b"] {
            assert_eq!(why("match", good).0, 0, "{good}");
        }
        for bad in ["planet=x", "client_id", "client_id=", "client_id=a[", "client_id=a=b"] {
            assert_eq!(why("match", bad), (40, format!("Illegal client matching pattern: {bad}")));
        }
    }

    #[test]
    fn a_client_has_to_match_in_all_attributes_and_as_a_whole() {
        let configs =
            BTreeMap::from([("match".to_owned(), "client_id=a.c,client_software_name=soft".to_owned())]);
        let subscription = Subscription::new(&configs);
        let is_for =
            |id, name| subscription.is_for(|attribute| if attribute == "client_id" { id } else { name });
        assert!(is_for("abc", "soft"));
        assert!(!is_for("abcd", "soft") && !is_for("abc", "software"));
    }
}
