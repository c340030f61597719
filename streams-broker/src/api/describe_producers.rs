//! DescribeProducers (key 61), version 0.

use kafka_protocol::ResponseError;
use kafka_protocol::messages::describe_producers_request::DescribeProducersRequest;
use kafka_protocol::messages::describe_producers_response::{
    DescribeProducersResponse, PartitionResponse, ProducerState, TopicResponse,
};
use kafka_protocol::messages::{ApiKey, ProducerId};

use super::repeated::{each_once, first_of_each};
use super::support::Failure;
use super::{Request, api};
use crate::log::ProducerEntry;
use crate::topics::validate_name;

api!(ApiKey::DescribeProducers, 0..=0, DescribeProducersRequest, describe_producers);

async fn describe_producers(request: &Request, body: DescribeProducersRequest) -> DescribeProducersResponse {
    let mut response = DescribeProducersResponse::default();
    for (topic, _) in first_of_each(&body.topics, |topic| &topic.name) {
        let partitions = each_once(&topic.partition_indexes)
            .map(|index| {
                let answer = PartitionResponse::default().with_partition_index(*index);
                match request.broker.topics.partition(&topic.name, *index) {
                    Some(partition) => answer.with_active_producers(
                        partition.log().producers().map(|(id, entry)| describe(id, entry)).collect(),
                    ),
                    None if request.broker.topics.get(&topic.name).is_some() => answer
                        .with_error_code(ResponseError::UnknownTopicOrPartition.code())
                        .with_error_message(None),
                    None => {
                        let failure = match validate_name(&topic.name) {
                            Ok(()) => Failure::new(
                                ResponseError::UnknownTopicOrPartition,
                                "This server does not host this topic-partition.",
                            ),
                            Err(why) => Failure::new(ResponseError::InvalidTopicException, why),
                        };
                        answer.with_error_code(failure.code).with_error_message(failure.text())
                    }
                }
            })
            .collect();
        response
            .topics
            .push(TopicResponse::default().with_name(topic.name.clone()).with_partitions(partitions));
    }
    response
}

fn describe(id: i64, entry: &ProducerEntry) -> ProducerState {
    ProducerState::default()
        .with_producer_id(ProducerId(id))
        .with_producer_epoch(i32::from(entry.epoch))
        .with_last_sequence(entry.last_sequence())
        .with_last_timestamp(entry.last_timestamp)
        .with_coordinator_epoch(entry.coordinator_epoch)
        .with_current_txn_start_offset(entry.transaction_start.unwrap_or(-1))
}
