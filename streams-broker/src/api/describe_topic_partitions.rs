//! DescribeTopicPartitions (key 75), version 0 (KIP-966): Metadata in pages. There are no eligible
//! leaders beside the leader.

use kafka_protocol::ResponseError;
use kafka_protocol::messages::describe_topic_partitions_request::{
    Cursor as RequestCursor, DescribeTopicPartitionsRequest,
};
use kafka_protocol::messages::describe_topic_partitions_response::{
    Cursor, DescribeTopicPartitionsResponse, DescribeTopicPartitionsResponsePartition,
    DescribeTopicPartitionsResponseTopic,
};
use kafka_protocol::messages::{ApiKey, BrokerId};

use super::support::topic_name;
use super::{Request, api, operations};
use crate::broker::Broker;
use crate::topics::{Topic, is_internal, validate_name};

api!(ApiKey::DescribeTopicPartitions, 0..=0, DescribeTopicPartitionsRequest, describe);

/// Most partitions in one answer (`max.request.partition.size.limit`).
const MAX_PARTITIONS: usize = 2000;

async fn describe(
    request: &Request,
    body: DescribeTopicPartitionsRequest,
) -> DescribeTopicPartitionsResponse {
    let broker = &request.broker;
    let mut names: Vec<String> = match body.topics.is_empty() {
        true => broker.topics.list().iter().map(|topic| topic.name.to_string()).collect(),
        false => body.topics.iter().map(|topic| topic.name.to_string()).collect(),
    };
    names.sort_unstable();
    names.dedup();
    let refusal = if names.first().is_some_and(String::is_empty) {
        Some(ResponseError::UnknownServerError)
    } else if body.cursor.as_ref().is_some_and(|cursor| !is_sound(cursor, &body)) {
        Some(ResponseError::InvalidRequest)
    } else {
        None
    };
    if let Some(error) = refusal {
        let refused = |name: &String| unknown(name).with_error_code(error.code());
        return DescribeTopicPartitionsResponse::default().with_topics(names.iter().map(refused).collect());
    }
    let mut first = 0;
    if let Some(cursor) = &body.cursor {
        names.retain(|name| name.as_str() >= cursor.topic_name.as_str());
        if names.first().is_some_and(|name| name.as_str() == cursor.topic_name.as_str()) {
            first = usize::try_from(cursor.partition_index).unwrap_or(0);
        }
    }
    let mut left = usize::try_from(body.response_partition_limit).unwrap_or(0).clamp(1, MAX_PARTITIONS);
    let mut response = DescribeTopicPartitionsResponse::default();
    for name in names {
        let Some(topic) = broker.topics.get(&name) else {
            response.topics.push(unknown(&name));
            first = 0;
            continue;
        };
        let count = topic.partitions().len();
        let end = count.min(first.saturating_add(left));
        if left == 0 || end < count {
            if left > 0 {
                response.topics.push(page(broker, &topic, first..end));
            }
            response.next_cursor = Some(
                Cursor::default().with_topic_name(topic_name(&name)).with_partition_index(if left > 0 {
                    end as i32
                } else {
                    0
                }),
            );
            break;
        }
        response.topics.push(page(broker, &topic, first.min(end)..end));
        left -= end.saturating_sub(first);
        first = 0;
    }
    for topic in &mut response.topics {
        topic.topic_authorized_operations = operations::TOPIC;
    }
    response
}

/// Whether a cursor points to one of the topics that are asked for.
fn is_sound(cursor: &RequestCursor, body: &DescribeTopicPartitionsRequest) -> bool {
    let named = || body.topics.iter().any(|topic| topic.name == cursor.topic_name);
    cursor.partition_index >= 0 && (body.topics.is_empty() || named())
}

fn unknown(name: &str) -> DescribeTopicPartitionsResponseTopic {
    let error = match validate_name(name) {
        Ok(()) => ResponseError::UnknownTopicOrPartition,
        Err(_) => ResponseError::InvalidTopicException,
    };
    DescribeTopicPartitionsResponseTopic::default()
        .with_name(Some(topic_name(name)))
        .with_error_code(error.code())
}

fn page(
    broker: &Broker,
    topic: &Topic,
    range: std::ops::Range<usize>,
) -> DescribeTopicPartitionsResponseTopic {
    let node = BrokerId(broker.node_id());
    let partitions = topic.partitions();
    let described = partitions
        .get(range)
        .unwrap_or_default()
        .iter()
        .map(|partition| {
            DescribeTopicPartitionsResponsePartition::default()
                .with_partition_index(partition.index)
                .with_leader_id(node)
                .with_leader_epoch(partition.leader_epoch())
                .with_replica_nodes(vec![node])
                .with_isr_nodes(vec![node])
                .with_eligible_leader_replicas(Some(Vec::new()))
                .with_last_known_elr(Some(Vec::new()))
        })
        .collect();
    DescribeTopicPartitionsResponseTopic::default()
        .with_name(Some(topic_name(&topic.name)))
        .with_topic_id(topic.id)
        .with_is_internal(is_internal(&topic.name))
        .with_partitions(described)
}
