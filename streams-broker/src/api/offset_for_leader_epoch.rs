//! OffsetForLeaderEpoch (key 23), versions 2–4.

use kafka_protocol::ResponseError;
use kafka_protocol::messages::ApiKey;
use kafka_protocol::messages::offset_for_leader_epoch_request::{
    OffsetForLeaderEpochRequest, OffsetForLeaderPartition,
};
use kafka_protocol::messages::offset_for_leader_epoch_response::{
    EpochEndOffset, OffsetForLeaderEpochResponse, OffsetForLeaderTopicResult,
};

use super::support::check_leader_epoch;
use super::{Request, api};

api!(ApiKey::OffsetForLeaderEpoch, 2..=4, OffsetForLeaderEpochRequest, offset_for_leader_epoch);

async fn offset_for_leader_epoch(
    request: &Request,
    body: OffsetForLeaderEpochRequest,
) -> OffsetForLeaderEpochResponse {
    let mut response = OffsetForLeaderEpochResponse::default();
    for topic in body.topics {
        let partitions = topic
            .partitions
            .iter()
            .map(|asked| {
                let answer = EpochEndOffset::default()
                    .with_partition(asked.partition)
                    .with_leader_epoch(-1)
                    .with_end_offset(-1);
                match find(request, &topic.topic, asked) {
                    Ok(Some((epoch, end))) => answer.with_leader_epoch(epoch).with_end_offset(end),
                    Ok(None) => answer,
                    Err(error) => answer.with_error_code(error.code()),
                }
            })
            .collect();
        response
            .topics
            .push(OffsetForLeaderTopicResult::default().with_topic(topic.topic).with_partitions(partitions));
    }
    response
}

fn find(
    request: &Request,
    topic: &str,
    asked: &OffsetForLeaderPartition,
) -> Result<Option<(i32, i64)>, ResponseError> {
    let partition = request
        .broker
        .topics
        .partition(topic, asked.partition)
        .ok_or(ResponseError::UnknownTopicOrPartition)?;
    check_leader_epoch(&partition, asked.current_leader_epoch)?;
    let current = partition.leader_epoch();
    let found = partition.log().end_of_epoch(asked.leader_epoch, current);
    Ok(found)
}
