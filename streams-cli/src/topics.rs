//! `streams topics`: create, list, describe, delete.

use rdkafka::admin::{ConfigSource, NewTopic, ResourceSpecifier, TopicReplication};
use rdkafka::consumer::{BaseConsumer, Consumer};
use rdkafka::error::RDKafkaErrorCode;
use serde_json::{Value, json};

use crate::args::{Connection, TopicsCommand};
use crate::failure::Failure;
use crate::output;

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
        TopicsCommand::Describe { topics } => describe(connection, &topics).await,
        TopicsCommand::Delete { topics } => delete(connection, &topics).await,
    }
}

async fn create(connection: &Connection, topic: &NewTopic<'_>, if_not_exists: bool) -> Result<(), Failure> {
    let admin = connection.admin()?;
    for result in admin.create_topics([topic], &connection.admin_options()).await? {
        match result {
            Ok(name) => println!("created {name}"),
            Err((name, RDKafkaErrorCode::TopicAlreadyExists)) if if_not_exists => println!("{name} exists"),
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

async fn describe(connection: &Connection, topics: &[String]) -> Result<(), Failure> {
    let consumer = connection.consumer(None)?;
    connection.reach(&consumer)?;
    let names = if topics.is_empty() { all_topics(connection, &consumer)? } else { topics.to_vec() };
    let mut rows = Vec::new();
    for name in &names {
        rows.extend(partitions(connection, &consumer, name)?);
    }
    let header = ["TOPIC", "PARTITION", "LEADER", "REPLICAS", "IN SYNC", "FIRST OFFSET", "NEXT OFFSET"];
    output::table(connection.json, &header, &rows)?;
    let settings = settings(connection, &names).await?;
    if !settings.is_empty() {
        if !connection.json {
            println!();
        }
        output::table(connection.json, &["TOPIC", "SETTING", "VALUE"], &settings)?;
    }
    Ok(())
}

fn all_topics(connection: &Connection, consumer: &BaseConsumer) -> Result<Vec<String>, Failure> {
    let metadata = consumer.fetch_metadata(None, connection.timeout())?;
    let mut names: Vec<String> = metadata.topics().iter().map(|topic| topic.name().to_owned()).collect();
    names.retain(|name| !name.starts_with("__"));
    names.sort();
    Ok(names)
}

fn partitions(
    connection: &Connection,
    consumer: &BaseConsumer,
    topic: &str,
) -> Result<Vec<Vec<Value>>, Failure> {
    let metadata = consumer.fetch_metadata(Some(topic), connection.timeout())?;
    let found = metadata.topics().iter().find(|found| found.name() == topic && found.error().is_none());
    let found = found.ok_or_else(|| Failure::new(format!("there is no topic {topic}")))?;
    let mut rows = Vec::new();
    for partition in found.partitions() {
        let (low, high) = consumer.fetch_watermarks(topic, partition.id(), connection.timeout())?;
        rows.push(vec![
            json!(topic),
            json!(partition.id()),
            json!(partition.leader()),
            json!(partition.replicas()),
            json!(partition.isr()),
            json!(low),
            json!(high),
        ]);
    }
    Ok(rows)
}

/// The settings that were made for these topics (not the broker's defaults).
async fn settings(connection: &Connection, topics: &[String]) -> Result<Vec<Vec<Value>>, Failure> {
    let admin = connection.admin()?;
    let resources: Vec<ResourceSpecifier<'_>> =
        topics.iter().map(|topic| ResourceSpecifier::Topic(topic)).collect();
    let mut rows = Vec::new();
    for (topic, result) in
        topics.iter().zip(admin.describe_configs(&resources, &connection.admin_options()).await?)
    {
        let resource =
            result.map_err(|code| Failure::of(format_args!("cannot describe topic {topic}"), code))?;
        let own = resource.entries.into_iter().filter(|entry| entry.source == ConfigSource::DynamicTopic);
        rows.extend(own.map(|entry| vec![json!(topic), json!(entry.name), json!(entry.value)]));
    }
    Ok(rows)
}

async fn delete(connection: &Connection, topics: &[String]) -> Result<(), Failure> {
    let admin = connection.admin()?;
    let names: Vec<&str> = topics.iter().map(String::as_str).collect();
    let mut failed = None;
    for result in admin.delete_topics(&names, &connection.admin_options()).await? {
        match result {
            Ok(name) => println!("deleted {name}"),
            Err((name, code)) => failed = Some(Failure::of(format_args!("cannot delete topic {name}"), code)),
        }
    }
    failed.map_or(Ok(()), Err)
}
