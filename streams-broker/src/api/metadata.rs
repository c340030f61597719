//! Metadata (key 3), versions 0–13.
//!
//! A topic that is asked for by name comes into being if the request and the broker's
//! `auto.create.topics.enable` allow it; it is there when the answer goes out.

use kafka_protocol::ResponseError;
use kafka_protocol::messages::metadata_request::{MetadataRequest, MetadataRequestTopic};
use kafka_protocol::messages::metadata_response::{
    MetadataResponse, MetadataResponseBroker, MetadataResponsePartition, MetadataResponseTopic,
};
use kafka_protocol::messages::{ApiKey, BrokerId};

use super::operations::{self, if_asked};
use super::support::{text, topic_name};
use super::{Request, api};
use crate::broker::Broker;
use crate::topics::{NewTopic, Partition, Topic, TopicError, is_internal, validate_name};

api!(ApiKey::Metadata, 0..=13, MetadataRequest, metadata);

async fn metadata(request: &Request, body: MetadataRequest) -> MetadataResponse {
    let broker = &request.broker;
    let (host, port) = &broker.advertised;
    let mut response = MetadataResponse::default();
    response.brokers.push(
        MetadataResponseBroker::default()
            .with_node_id(BrokerId(broker.node_id()))
            .with_host(text(host))
            .with_port(i32::from(*port)),
    );
    response.cluster_id = Some(text(&broker.identity.cluster_id));
    response.controller_id = BrokerId(broker.node_id());
    response.cluster_authorized_operations =
        if_asked(body.include_cluster_authorized_operations, operations::CLUSTER);
    // Version 0 has no null: an empty list means all topics.
    response.topics = match body.topics {
        Some(topics) if request.version() > 0 || !topics.is_empty() => {
            let create = body.allow_auto_topic_creation && broker.settings.flag("auto.create.topics.enable");
            topics.into_iter().map(|topic| describe(broker, topic, create)).collect()
        }
        _ => broker.topics.list().iter().map(|topic| found(broker, topic)).collect(),
    };
    if body.include_topic_authorized_operations {
        let found = response.topics.iter_mut().filter(|topic| topic.error_code == 0);
        found.for_each(|topic| topic.topic_authorized_operations = operations::TOPIC);
    }
    response
}

fn describe(broker: &Broker, asked: MetadataRequestTopic, create: bool) -> MetadataResponseTopic {
    let Some(name) = asked.name else {
        return match broker.topics.get_by_id(asked.topic_id) {
            Some(topic) => found(broker, &topic),
            None => MetadataResponseTopic::default()
                .with_name(None)
                .with_topic_id(asked.topic_id)
                .with_error_code(ResponseError::UnknownTopicId.code()),
        };
    };
    match find_or_create(broker, &name, create) {
        Ok(topic) => found(broker, &topic),
        Err(error) => MetadataResponseTopic::default()
            .with_is_internal(is_internal(&name))
            .with_name(Some(name))
            .with_error_code(error.code()),
    }
}

fn find_or_create(broker: &Broker, name: &str, create: bool) -> Result<std::sync::Arc<Topic>, ResponseError> {
    if let Some(topic) = broker.topics.get(name) {
        return Ok(topic);
    }
    validate_name(name).map_err(|_| ResponseError::InvalidTopicException)?;
    if !create || is_internal(name) {
        return Err(ResponseError::UnknownTopicOrPartition);
    }
    let partitions = broker.settings.number("num.partitions") as i32;
    let new = NewTopic { name: name.to_owned(), partitions, configs: Default::default() };
    match broker.topics.create(new) {
        Ok(topic) => Ok(topic),
        // Another connection was faster.
        Err(TopicError::Exists(_)) => broker.topics.get(name).ok_or(ResponseError::UnknownTopicOrPartition),
        Err(TopicError::InvalidName(_)) => Err(ResponseError::InvalidTopicException),
        Err(error) => {
            tracing::warn!(topic = name, ?error, "cannot create a topic that a client asked for");
            Err(ResponseError::UnknownTopicOrPartition)
        }
    }
}

fn found(broker: &Broker, topic: &Topic) -> MetadataResponseTopic {
    MetadataResponseTopic::default()
        .with_name(Some(topic_name(&topic.name)))
        .with_topic_id(topic.id)
        .with_is_internal(is_internal(&topic.name))
        .with_partitions(
            topic.partitions().iter().map(|partition| describe_partition(broker, partition)).collect(),
        )
}

fn describe_partition(broker: &Broker, partition: &Partition) -> MetadataResponsePartition {
    let node = BrokerId(broker.node_id());
    MetadataResponsePartition::default()
        .with_partition_index(partition.index)
        .with_leader_id(node)
        .with_leader_epoch(partition.leader_epoch())
        .with_replica_nodes(vec![node])
        .with_isr_nodes(vec![node])
}
