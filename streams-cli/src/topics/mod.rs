//! `streams topics`: create, list, describe, alter, add partitions, delete.

mod alter;

use rdkafka::admin::{
    AdminClient, ConfigEntry, ConfigResourceResult, ConfigSource, NewPartitions, NewTopic, ResourceSpecifier,
    TopicReplication,
};
use rdkafka::client::DefaultClientContext;
use rdkafka::consumer::Consumer;
use rdkafka::error::RDKafkaErrorCode;
use serde_json::{Value, json};

use crate::args::{Connection, TopicsCommand};
use crate::client::Client;
use crate::failure::Failure;
use crate::output;

type Admin = AdminClient<DefaultClientContext>;

pub(crate) async fn run(connection: &Connection, command: TopicsCommand) -> Result<(), Failure> {
    match command {
        TopicsCommand::Create { topic, partitions, replication_factor, config, if_not_exists } => {
            let replication = TopicReplication::Fixed(replication_factor.unwrap_or(-1));
            let mut new = NewTopic::new(&topic, partitions.unwrap_or(-1), replication);
            for (key, value) in &config {
                new = new.set(key, value);
            }
            create(connection, &new, if_not_exists).await
        }
        TopicsCommand::List { internal } => list(connection, internal),
        TopicsCommand::Describe { topics, all_settings } => describe(connection, &topics, all_settings).await,
        TopicsCommand::Alter { topic, config, delete } => {
            alter::run(connection, &topic, &config, &delete).await
        }
        TopicsCommand::Partitions { topic, total } => add_partitions(connection, &topic, total).await,
        TopicsCommand::Delete { topics } => delete(connection, &topics).await,
    }
}

async fn create(connection: &Connection, topic: &NewTopic<'_>, if_not_exists: bool) -> Result<(), Failure> {
    let admin = connection.admin()?;
    for result in admin.create_topics([topic], &connection.admin_options()).await? {
        match result {
            Ok(name) => output::done(connection.json, "created", &name)?,
            Err((name, RDKafkaErrorCode::TopicAlreadyExists)) if if_not_exists => {
                output::done(connection.json, "exists", &name)?;
            }
            // The client library keeps the broker's reason to itself.
            Err((name, code @ RDKafkaErrorCode::InvalidConfig)) => {
                let given: Vec<_> =
                    topic.config.iter().map(|(key, value)| format!("{key}={value}")).collect();
                let what = format!("cannot create topic {name} with {}", given.join(", "));
                return Err(Failure::of(what, code));
            }
            Err((name, code)) => return Err(Failure::of(format_args!("cannot create topic {name}"), code)),
        }
    }
    Ok(())
}

fn list(connection: &Connection, internal: bool) -> Result<(), Failure> {
    let consumer = connection.consumer(None)?;
    connection.reach(&consumer)?;
    let metadata = consumer.fetch_metadata(None, connection.timeout())?;
    let mut rows: Vec<Vec<Value>> = metadata
        .topics()
        .iter()
        .filter(|topic| internal || !topic.name().starts_with("__"))
        .map(|topic| vec![json!(topic.name()), json!(topic.partitions().len())])
        .collect();
    rows.sort_by_key(|row| row[0].as_str().map(str::to_owned));
    output::table(connection.json, &["TOPIC", "PARTITIONS"], &rows)
}

async fn describe(connection: &Connection, topics: &[String], all_settings: bool) -> Result<(), Failure> {
    let consumer = connection.consumer(None)?;
    connection.reach(&consumer)?;
    let names = if topics.is_empty() { all_topics(connection, &consumer)? } else { topics.to_vec() };
    let mut rows = Vec::new();
    for name in &names {
        rows.extend(partitions(connection, &consumer, name)?);
    }
    let header = ["TOPIC", "PARTITION", "LEADER", "REPLICAS", "IN SYNC", "FIRST OFFSET", "NEXT OFFSET"];
    output::table(connection.json, &header, &rows)?;
    let settings = settings(connection, &names, all_settings).await?;
    if !settings.is_empty() {
        if !connection.json {
            output::line("")?;
        }
        output::table(connection.json, &["TOPIC", "SETTING", "VALUE", "SET BY"], &settings)?;
    }
    Ok(())
}

fn all_topics(connection: &Connection, consumer: &Client) -> Result<Vec<String>, Failure> {
    let metadata = consumer.fetch_metadata(None, connection.timeout())?;
    let mut names: Vec<String> = metadata.topics().iter().map(|topic| topic.name().to_owned()).collect();
    names.retain(|name| !name.starts_with("__"));
    names.sort();
    Ok(names)
}

fn partitions(connection: &Connection, consumer: &Client, topic: &str) -> Result<Vec<Vec<Value>>, Failure> {
    let metadata = consumer.fetch_metadata(Some(topic), connection.timeout())?;
    let found = metadata.topics().iter().find(|found| found.name() == topic && found.error().is_none());
    let found = found.ok_or_else(|| Failure::new(format!("there is no topic {topic}")))?;
    let mut rows = Vec::new();
    for partition in found.partitions() {
        // Nobody knows the offsets of a partition without a leader.
        let (low, high) = match partition.leader() {
            ..0 => (None, None),
            _ => {
                let (low, high) = consumer.fetch_watermarks(topic, partition.id(), connection.timeout())?;
                (Some(low), Some(high))
            }
        };
        rows.push(vec![
            json!(topic),
            json!(partition.id()),
            json!((partition.leader() >= 0).then_some(partition.leader())),
            json!(partition.replicas()),
            json!(partition.isr()),
            json!(low),
            json!(high),
        ]);
    }
    Ok(rows)
}

/// The settings of these topics: those that were made for them, or all.
async fn settings(connection: &Connection, topics: &[String], all: bool) -> Result<Vec<Vec<Value>>, Failure> {
    let (admin, mut rows) = (connection.admin()?, Vec::new());
    for topic in topics {
        let entries = entries(&admin, connection, topic).await?;
        let shown = entries.into_iter().filter(|entry| all || entry.source == ConfigSource::DynamicTopic);
        rows.extend(shown.map(|entry| {
            vec![json!(topic), json!(entry.name), json!(entry.value), json!(set_by(&entry.source))]
        }));
    }
    Ok(rows)
}

fn set_by(source: &ConfigSource) -> &'static str {
    match source {
        ConfigSource::DynamicTopic => "topic",
        ConfigSource::DynamicBroker | ConfigSource::DynamicDefaultBroker | ConfigSource::StaticBroker => {
            "broker"
        }
        ConfigSource::Default => "default",
        ConfigSource::Unknown => "unknown",
    }
}

/// All settings of a topic.
async fn entries(admin: &Admin, connection: &Connection, topic: &str) -> Result<Vec<ConfigEntry>, Failure> {
    let resource = ResourceSpecifier::Topic(topic);
    let described = admin.describe_configs([&resource], &connection.admin_options()).await?;
    told(topic, described.into_iter().next())
}

/// What the broker tells of a topic's settings. The client library makes no settings of a refusal, without an error; a
/// topic always has some.
fn told(topic: &str, described: Option<ConfigResourceResult>) -> Result<Vec<ConfigEntry>, Failure> {
    match described {
        Some(Ok(resource)) if !resource.entries.is_empty() => Ok(resource.entries),
        Some(Err(code)) => Err(Failure::of(format_args!("cannot describe topic {topic}"), code)),
        _ => Err(Failure::new(format!("the broker does not tell the settings of topic {topic}"))),
    }
}

async fn add_partitions(connection: &Connection, topic: &str, total: usize) -> Result<(), Failure> {
    let admin = connection.admin()?;
    let new = NewPartitions::new(topic, total);
    for result in admin.create_partitions([&new], &connection.admin_options()).await? {
        result.map_err(|(_, code)| {
            Failure::of(format_args!("cannot raise the partitions of topic {topic} to {total}"), code)
        })?;
    }
    output::done(connection.json, "altered", topic)
}

async fn delete(connection: &Connection, topics: &[String]) -> Result<(), Failure> {
    let admin = connection.admin()?;
    let names: Vec<&str> = topics.iter().map(String::as_str).collect();
    let mut failures = Vec::new();
    for result in admin.delete_topics(&names, &connection.admin_options()).await? {
        match result {
            Ok(name) => output::done(connection.json, "deleted", &name)?,
            Err((name, code)) => {
                failures.push(Failure::of(format_args!("cannot delete topic {name}"), code));
            }
        }
    }
    Failure::all(failures)
}

#[cfg(test)]
mod tests {
    use rdkafka::admin::{ConfigResource, OwnedResourceSpecifier};

    use super::told;

    #[test]
    fn no_settings_are_a_refusal() {
        let specifier = OwnedResourceSpecifier::Topic("words".into());
        let refused = told("words", Some(Ok(ConfigResource { specifier, entries: Vec::new() })));
        assert_eq!(refused.unwrap_err().to_string(), "the broker does not tell the settings of topic words");
    }
}
