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
use super::{Api, Disconnect, Request};
use crate::broker::Broker;
use crate::topics::{NewTopic, Partition, Topic, TopicError, is_internal, validate_name};

/// This API's entry in the dispatch table.
pub(crate) const API: Api = Api {
    key: ApiKey::Metadata as i16,
    min: 0,
    max: 13,
    handler: |request| {
        Box::pin(async move {
            let body: MetadataRequest = request.decode()?;
            if !well_formed(&body, request.version()) {
                return Err(Disconnect::Malformed { key: request.header.key, version: request.version() });
            }
            request.encode(&metadata(&request, body))
        })
    },
};

/// Whether nothing is null that cannot be in this version: the list of topics in version 0, names
/// below version 10.
fn well_formed(body: &MetadataRequest, version: i16) -> bool {
    match &body.topics {
        None => version >= 1,
        Some(topics) => version >= 10 || topics.iter().all(|topic| topic.name.is_some()),
    }
}

/// The error of a request that cannot be answered as a whole: versions 10 and 11 have room for ids,
/// but only the answer does make use of them.
fn refusal(body: &MetadataRequest, version: i16) -> Option<ResponseError> {
    let topics = body.topics.as_deref().unwrap_or_default();
    match version {
        10 | 11 if topics.iter().any(|topic| topic.name.is_none() || !topic.topic_id.is_nil()) => {
            Some(ResponseError::InvalidRequest)
        }
        12.. if topics.iter().any(|topic| topic.name.is_none() && topic.topic_id.is_nil()) => {
            Some(ResponseError::UnknownServerError)
        }
        _ => None,
    }
}

fn refuse(body: MetadataRequest, error: ResponseError) -> MetadataResponse {
    let refused = |topic: MetadataRequestTopic| {
        MetadataResponseTopic::default()
            .with_name(Some(topic.name.unwrap_or_default()))
            .with_topic_id(topic.topic_id)
            .with_error_code(error.code())
    };
    MetadataResponse::default()
        .with_cluster_id(None)
        .with_error_code(error.code())
        .with_topics(body.topics.unwrap_or_default().into_iter().map(refused).collect())
}

fn metadata(request: &Request, body: MetadataRequest) -> MetadataResponse {
    if let Some(error) = refusal(&body, request.version()) {
        return refuse(body, error);
    }
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
            distinct(topics).into_iter().map(|topic| describe(broker, topic, create)).collect()
        }
        _ => broker.topics.list().iter().map(|topic| found(broker, topic)).collect(),
    };
    if body.include_topic_authorized_operations {
        // Also of topics that there are not, unless they are asked for by their ids.
        let unknown = ResponseError::UnknownTopicId.code();
        let named = response.topics.iter_mut().filter(|topic| topic.error_code != unknown);
        named.for_each(|topic| topic.topic_authorized_operations = operations::TOPIC);
    }
    response
}

/// Each topic once. If one is asked for by its id, those asked for by name alone are passed over.
fn distinct(mut topics: Vec<MetadataRequestTopic>) -> Vec<MetadataRequestTopic> {
    let by_id = topics.iter().any(|topic| !topic.topic_id.is_nil());
    let mut seen = std::collections::HashSet::new();
    topics.retain(|topic| {
        let key = if by_id { (topic.topic_id, None) } else { (topic.topic_id, topic.name.clone()) };
        (!by_id || !topic.topic_id.is_nil()) && seen.insert(key)
    });
    topics
}

fn describe(broker: &Broker, asked: MetadataRequestTopic, create: bool) -> MetadataResponseTopic {
    let name = match asked.name {
        Some(name) if asked.topic_id.is_nil() => name,
        _ => {
            return match broker.topics.get_by_id(asked.topic_id) {
                Some(topic) => found(broker, &topic),
                None => MetadataResponseTopic::default()
                    .with_name(None)
                    .with_topic_id(asked.topic_id)
                    .with_error_code(ResponseError::UnknownTopicId.code()),
            };
        }
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
