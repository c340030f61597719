//! CreateTopics (key 19), versions 2–7.
//!
//! A replication factor other than 1 is refused, as is a replica assignment to another broker.

use std::collections::{BTreeMap, BTreeSet};

use kafka_protocol::ResponseError;
use kafka_protocol::messages::ApiKey;
use kafka_protocol::messages::create_topics_request::{CreatableTopic, CreateTopicsRequest};
use kafka_protocol::messages::create_topics_response::{
    CreatableTopicConfigs, CreatableTopicResult, CreateTopicsResponse,
};

use uuid::Uuid;

use super::configs::topic_entries;
use super::repeated::first_of_each;
use super::support::{Failure, check_replicas};
use super::{Request, api};
use crate::broker::Broker;
use crate::topics::{METADATA_TOPIC, NewTopic, validate_configs};

api!(ApiKey::CreateTopics, 2..=7, CreateTopicsRequest, create_topics);

/// Most partitions that one request may ask for.
pub(super) const MAX_PARTITIONS: i32 = 10_000;

async fn create_topics(request: &Request, body: CreateTopicsRequest) -> CreateTopicsResponse {
    let mut response = CreateTopicsResponse::default();
    let too_many = body.topics.iter().map(|topic| i64::from(topic.num_partitions.max(0))).sum::<i64>()
        > i64::from(MAX_PARTITIONS);
    for (topic, repeated) in first_of_each(&body.topics, |topic| &topic.name) {
        let refusal = if body.timeout_ms <= 0 {
            Some(ResponseError::RequestTimedOut.into())
        } else if repeated {
            Some(Failure::new(ResponseError::InvalidRequest, "Duplicate topic name."))
        } else if topic.name.as_str() == METADATA_TOPIC {
            Some(Failure::new(
                ResponseError::InvalidRequest,
                format!("Creation of internal topic {METADATA_TOPIC} is prohibited."),
            ))
        } else if too_many {
            Some(Failure::new(
                ResponseError::PolicyViolation,
                "Excessively large number of partitions per request.",
            ))
        } else {
            None
        };
        let outcome = match refusal {
            Some(failure) => Err(failure),
            None => create(&request.broker, topic, body.validate_only),
        };
        response.topics.push(outcome.unwrap_or_else(|failure| {
            CreatableTopicResult::default()
                .with_name(topic.name.clone())
                .with_error_code(failure.code)
                .with_error_message(failure.text())
                .with_configs(Some(Vec::new()))
        }));
    }
    response
}

fn create(
    broker: &Broker,
    asked: &CreatableTopic,
    validate_only: bool,
) -> Result<CreatableTopicResult, Failure> {
    // What is wrong with the name comes before all else.
    broker.topics.validate_new_name(&asked.name)?;
    let mut configs = BTreeMap::new();
    for config in &asked.configs {
        let Some(value) = &config.value else {
            return Err(Failure::new(
                ResponseError::InvalidConfig,
                format!("Null value not supported for topic configs: {}", config.name.as_str()),
            ));
        };
        configs.insert(config.name.to_string(), value.to_string());
    }
    validate_configs(&configs)?;
    let partitions = partition_count(broker, asked)?;
    let new = NewTopic { name: asked.name.to_string(), partitions, configs };
    let mut result = CreatableTopicResult::default()
        .with_error_message(None)
        .with_name(asked.name.clone())
        .with_num_partitions(partitions)
        .with_replication_factor(1)
        .with_configs(Some(
            topic_entries(&new.configs, &broker.settings.now())
                .map(|entry| {
                    CreatableTopicConfigs::default()
                        .with_name(entry.name())
                        .with_value(entry.raw_value())
                        .with_config_source(entry.source as i8)
                })
                .collect(),
        ));
    if validate_only {
        broker.topics.validate(&new)?;
        // As on Apache Kafka: an id, though nobody will ever have it.
        result.topic_id = Uuid::new_v4();
    } else {
        result.topic_id = broker.topics.create(new)?.id;
    }
    Ok(result)
}

fn partition_count(broker: &Broker, asked: &CreatableTopic) -> Result<i32, Failure> {
    if asked.assignments.is_empty() {
        let factor = asked.replication_factor;
        if factor != -1 && factor < 1 {
            return Err(Failure::new(
                ResponseError::InvalidReplicationFactor,
                "Replication factor must be larger than 0, or -1 to use the default value.",
            ));
        }
        if factor > 1 {
            return Err(Failure::new(
                ResponseError::InvalidReplicationFactor,
                format!(
                    "Unable to replicate the partition {factor} time(s): The target replication factor of {factor} \
                     cannot be reached because only 1 broker(s) are registered or some brokers have all their log \
                     directories cordoned."
                ),
            ));
        }
        return match asked.num_partitions {
            -1 => Ok(broker.settings.number("num.partitions") as i32),
            count if count < 1 => Err(Failure::new(
                ResponseError::InvalidPartitions,
                "Number of partitions was set to an invalid non-positive value.",
            )),
            count => Ok(count),
        };
    }
    assigned_partitions(broker, asked)
}

/// Checks a manual assignment, and counts its partitions.
fn assigned_partitions(broker: &Broker, asked: &CreatableTopic) -> Result<i32, Failure> {
    let set = |what: &str| {
        let message = format!("A manual partition assignment was specified, but {what} was not set to -1.");
        Err(Failure::new(ResponseError::InvalidRequest, message))
    };
    if asked.replication_factor != -1 {
        return set("replication factor");
    }
    if asked.num_partitions != -1 {
        return set("numPartitions");
    }
    let mut indexes = BTreeSet::new();
    for assignment in &asked.assignments {
        if !indexes.insert(assignment.partition_index) {
            return Err(Failure::new(
                ResponseError::InvalidReplicaAssignment,
                format!(
                    "Found multiple manual partition assignments for partition {}",
                    assignment.partition_index
                ),
            ));
        }
        check_replicas(broker, &assignment.broker_ids)?;
    }
    if !indexes.iter().copied().eq(0..indexes.len() as i32) {
        return Err(Failure::new(
            ResponseError::InvalidReplicaAssignment,
            "partitions should be a consecutive 0-based integer sequence",
        ));
    }
    Ok(indexes.len() as i32)
}
