//! CreateTopics (key 19), versions 2–7.
//!
//! A replication factor other than 1 is refused, as is a replica assignment to another broker.

use std::collections::BTreeMap;

use kafka_protocol::ResponseError;
use kafka_protocol::messages::ApiKey;
use kafka_protocol::messages::create_topics_request::{CreatableTopic, CreateTopicsRequest};
use kafka_protocol::messages::create_topics_response::{
    CreatableTopicConfigs, CreatableTopicResult, CreateTopicsResponse,
};

use super::configs::topic_entries;
use super::support::Failure;
use super::{Request, api};
use crate::broker::Broker;
use crate::topics::NewTopic;

api!(ApiKey::CreateTopics, 2..=7, CreateTopicsRequest, create_topics);

async fn create_topics(request: &Request, body: CreateTopicsRequest) -> CreateTopicsResponse {
    let mut response = CreateTopicsResponse::default();
    for topic in &body.topics {
        let repeated = body.topics.iter().filter(|other| other.name == topic.name).count() > 1;
        if repeated && response.topics.iter().any(|done| done.name == topic.name) {
            continue;
        }
        let outcome = match repeated {
            true => Err(Failure::new(ResponseError::InvalidRequest, "Duplicate topic name.")),
            false => create(&request.broker, topic, body.validate_only),
        };
        response.topics.push(outcome.unwrap_or_else(|failure| {
            CreatableTopicResult::default()
                .with_name(topic.name.clone())
                .with_error_code(failure.code)
                .with_error_message(failure.text())
                .with_configs(None)
        }));
    }
    response
}

fn create(
    broker: &Broker,
    asked: &CreatableTopic,
    validate_only: bool,
) -> Result<CreatableTopicResult, Failure> {
    let partitions = partition_count(broker, asked)?;
    let mut configs = BTreeMap::new();
    for config in &asked.configs {
        // A null value asks for the default.
        if let Some(value) = &config.value {
            configs.insert(config.name.to_string(), value.to_string());
        }
    }
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
                        .with_value(Some(entry.value()))
                        .with_config_source(entry.source as i8)
                })
                .collect(),
        ));
    if validate_only {
        broker.topics.validate(&new)?;
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
                     cannot be reached because only 1 broker(s) are registered."
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
    if asked.num_partitions != -1 || asked.replication_factor != -1 {
        return Err(Failure::new(
            ResponseError::InvalidRequest,
            "A manual partition assignment was specified, but numPartitions or replicationFactor was not set to -1.",
        ));
    }
    let mut indexes: Vec<i32> =
        asked.assignments.iter().map(|assignment| assignment.partition_index).collect();
    indexes.sort_unstable();
    let consecutive = indexes.iter().enumerate().all(|(at, index)| i32::try_from(at) == Ok(*index));
    let here = |assignment: &kafka_protocol::messages::create_topics_request::CreatableReplicaAssignment| {
        assignment.broker_ids.iter().map(|id| id.0).eq([broker.node_id()])
    };
    if !consecutive || !asked.assignments.iter().all(here) {
        return Err(Failure::new(
            ResponseError::InvalidReplicaAssignment,
            format!("Partitions must be numbered from 0 on, each with the one replica {}.", broker.node_id()),
        ));
    }
    Ok(indexes.len() as i32)
}
