//! `streams topics alter`.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use rdkafka::admin::{AlterConfig, ConfigSource, ResourceSpecifier};

use super::{Admin, entries};
use crate::args::Connection;
use crate::failure::Failure;
use crate::output;

/// How long a broker may take to learn of a change that the controller has made.
const PROPAGATION: Duration = Duration::from_secs(2);

/// Settings by key.
type Settings = BTreeMap<String, String>;

/// What is to become of a topic's settings.
#[derive(Debug)]
struct Change<'a> {
    before: Settings,
    set: Settings,
    delete: &'a [String],
}

impl Change<'_> {
    /// All settings of the topic after the change.
    fn result(&self) -> Settings {
        let mut result = self.before.clone();
        result.retain(|key, _| !self.delete.contains(key));
        result.extend(self.set.clone());
        result
    }

    /// What is asked for and does not show in the settings that the topic has now.
    fn missing(&self, now: &Settings) -> Vec<String> {
        // The broker may spell a value in its own way: one that differs from the one before was taken.
        let taken = |key: &String, value: &str| {
            now.get(key).is_some_and(|found| same(found, value) || self.before.get(key) != Some(found))
        };
        let set = self.set.iter().filter(|(key, value)| !taken(key, value));
        let kept = self.delete.iter().filter(|key| !self.set.contains_key(*key) && now.contains_key(*key));
        set.map(|(key, value)| format!("{key}={value}"))
            .chain(kept.map(|key| format!("the deletion of {key}")))
            .collect()
    }
}

/// Changes settings, and reads them back: of what the broker answers for the topic the client library tells nothing,
/// so that a refusal would look like success. It also has but a request that replaces all settings of a topic: those
/// that stay are sent again.
pub(super) async fn run(
    connection: &Connection,
    topic: &str,
    config: &[(String, String)],
    delete: &[String],
) -> Result<(), Failure> {
    let admin = connection.admin()?;
    connection.partitions(&connection.consumer(None)?, topic)?;
    let before = own_settings(&admin, connection, topic).await?;
    if let Some(key) = delete.iter().find(|key| !before.contains_key(*key)) {
        return Err(Failure::new(format!("topic {topic} has no setting {key} of its own to delete")));
    }
    let change = Change { before, set: config.iter().cloned().collect(), delete };
    let settings = change.result();
    let alteration = settings
        .iter()
        .fold(AlterConfig::new(ResourceSpecifier::Topic(topic)), |alteration, (key, value)| {
            alteration.set(key, value)
        });
    for result in admin.alter_configs([&alteration], &connection.admin_options()).await? {
        result.map_err(|(_, code)| Failure::of(format_args!("cannot alter topic {topic}"), code))?;
    }
    let deadline = Instant::now() + PROPAGATION.min(connection.timeout());
    loop {
        let missing = change.missing(&own_settings(&admin, connection, topic).await?);
        if missing.is_empty() {
            return output::done(connection.json, "altered", topic);
        }
        if Instant::now() >= deadline {
            let missing = missing.join(", ");
            return Err(Failure::new(format!(
                "topic {topic} is not altered: the broker did not take {missing}"
            )));
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}

/// The settings that were made for this topic.
async fn own_settings(admin: &Admin, connection: &Connection, topic: &str) -> Result<Settings, Failure> {
    let entries = entries(admin, connection, topic).await?.into_iter();
    let own = entries.filter(|entry| entry.source == ConfigSource::DynamicTopic);
    Ok(own.filter_map(|entry| Some((entry.name, entry.value?))).collect())
}

/// Whether two texts mean the same value of a setting, of whatever type it is.
fn same(one: &str, other: &str) -> bool {
    let items = |text: &str| text.split(',').map(|item| item.trim().to_owned()).collect::<Vec<_>>();
    let truth = |text: &str| text.trim().to_ascii_lowercase().parse::<bool>().ok();
    let number = |text: &str| text.trim().parse::<i128>().ok();
    let fraction = |text: &str| text.trim().parse::<f64>().ok();
    match (number(one), number(other)) {
        (Some(one), Some(other)) => one == other,
        _ => {
            items(one) == items(other)
                || truth(one).is_some_and(|value| truth(other) == Some(value))
                || fraction(one).is_some_and(|value| fraction(other) == Some(value))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Change, Settings, same};

    fn settings(pairs: &[(&str, &str)]) -> Settings {
        pairs.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect()
    }

    #[test]
    fn a_value_may_be_spelled_in_several_ways() {
        for (one, other) in
            [("5", " 5"), ("0.5", "0.50"), ("TRUE", "true"), ("delete, compact", "delete,compact")]
        {
            assert!(same(one, other), "{one} {other}");
        }
        for (one, other) in
            [("gzip", "GZIP"), ("5", "6"), ("9223372036854775807", "9223372036854775806"), ("5", "")]
        {
            assert!(!same(one, other), "{one} {other}");
        }
    }

    #[test]
    fn what_was_not_taken_is_missing() {
        let delete = ["b".to_owned()];
        let change = Change {
            before: settings(&[("a", "1"), ("b", "2"), ("c", "3")]),
            set: settings(&[("a", "x")]),
            delete: &delete,
        };
        assert_eq!(change.result(), settings(&[("a", "x"), ("c", "3")]));
        assert_eq!(change.missing(&change.before), ["a=x", "the deletion of b"]);
        assert!(change.missing(&settings(&[("a", "X"), ("c", "3")])).is_empty());
        assert_eq!(change.missing(&settings(&[("c", "3")])), ["a=x"]);
    }
}
