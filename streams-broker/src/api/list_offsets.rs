//! ListOffsets (key 2), versions 1–11. The latest-tiered (-5) and earliest-pending-upload (-6)
//! offsets are unknown (-1): there is no tiered storage. Version 11 has version 10's layout.

use kafka_protocol::ResponseError;
use kafka_protocol::messages::ApiKey;
use kafka_protocol::messages::list_offsets_request::{
    ListOffsetsPartition, ListOffsetsRequest, ListOffsetsTopic,
};
use kafka_protocol::messages::list_offsets_response::{
    ListOffsetsPartitionResponse, ListOffsetsResponse, ListOffsetsTopicResponse,
};

use super::repeated::{first_of_each, merge_each};
use super::support::{Failure, check_leader_epoch};
use super::{Answer, Api, Request};
use crate::log::{Found, Isolation};

/// This API's entry in the dispatch table.
pub(crate) const API: Api = Api {
    key: ApiKey::ListOffsets as i16,
    min: 1,
    max: 11,
    handler: |request| Box::pin(list_offsets(request)),
};

/// Highest version whose layout the codec knows.
const LAYOUT: i16 = 10;

const LATEST: i64 = -1;
const EARLIEST: i64 = -2;
const MAX_TIMESTAMP: i64 = -3;
const EARLIEST_LOCAL: i64 = -4;
const LATEST_TIERED: i64 = -5;
const EARLIEST_PENDING_UPLOAD: i64 = -6;

/// First version of the request that knows a special time stamp.
fn since(timestamp: i64) -> Option<i16> {
    match timestamp {
        EARLIEST.. => Some(1),
        MAX_TIMESTAMP => Some(7),
        EARLIEST_LOCAL => Some(8),
        LATEST_TIERED => Some(9),
        EARLIEST_PENDING_UPLOAD => Some(11),
        _ => None,
    }
}

async fn list_offsets(request: Request) -> Answer {
    let version = request.version().min(LAYOUT);
    let body: ListOffsetsRequest = request.decode_as(version)?;
    let isolation = Isolation::from_level(body.isolation_level);
    let mut response = ListOffsetsResponse::default();
    for topic in merged(body.topics) {
        let partitions = first_of_each(&topic.partitions, |asked| asked.partition_index)
            .map(|(asked, repeated)| {
                let refusal = if repeated {
                    Some(ResponseError::InvalidRequest)
                } else if !(0..=1).contains(&body.isolation_level) {
                    Some(ResponseError::UnknownServerError)
                } else if since(asked.timestamp).is_none_or(|first| request.version() < first) {
                    Some(ResponseError::UnsupportedVersion)
                } else {
                    None
                };
                let answer =
                    ListOffsetsPartitionResponse::default().with_partition_index(asked.partition_index);
                let outcome = match refusal {
                    Some(error) => Err(error.into()),
                    None => find(&request, &topic.name, asked, isolation),
                };
                match outcome {
                    Ok(Some(found)) => {
                        // The codec refuses a field that the version does not have.
                        let leader_epoch = if version >= 4 { found.leader_epoch } else { -1 };
                        answer
                            .with_offset(found.offset)
                            .with_timestamp(found.timestamp)
                            .with_leader_epoch(leader_epoch)
                    }
                    Ok(None) => answer.with_offset(-1).with_timestamp(-1),
                    Err(failure) => answer.with_error_code(failure.code).with_offset(-1).with_timestamp(-1),
                }
            })
            .collect();
        response
            .topics
            .push(ListOffsetsTopicResponse::default().with_name(topic.name).with_partitions(partitions));
    }
    request.encode_as(&response, version)
}

/// Each topic once, with all that is asked of it; topics without partitions are left out.
fn merged(topics: Vec<ListOffsetsTopic>) -> Vec<ListOffsetsTopic> {
    let asked = topics.into_iter().filter(|topic| !topic.partitions.is_empty());
    merge_each(
        asked,
        |topic| topic.name.clone(),
        |earlier, topic| earlier.partitions.extend(topic.partitions),
    )
}

fn find(
    request: &Request,
    topic: &str,
    asked: &ListOffsetsPartition,
    isolation: Isolation,
) -> Result<Option<Found>, Failure> {
    let partition = request
        .broker
        .topics
        .partition(topic, asked.partition_index)
        .ok_or(ResponseError::UnknownTopicOrPartition)?;
    check_leader_epoch(&partition, asked.current_leader_epoch)?;
    let epoch = partition.leader_epoch();
    let mut log = partition.log();
    let limit = match isolation {
        Isolation::Uncommitted => log.high_watermark(),
        Isolation::Committed => log.last_stable_offset(),
    };
    let at = |offset, leader_epoch| Ok(Some(Found { offset, timestamp: -1, leader_epoch }));
    let found = match asked.timestamp {
        LATEST => return at(limit, epoch),
        EARLIEST | EARLIEST_LOCAL => {
            let start = log.start_offset();
            // An empty log has no records with an epoch, but a leader.
            let leader_epoch = log.epoch_at(start);
            return at(start, if leader_epoch < 0 { epoch } else { leader_epoch });
        }
        MAX_TIMESTAMP => log.find_max_timestamp()?,
        timestamp if timestamp >= 0 => log.find_timestamp(timestamp)?,
        _ => None,
    };
    Ok(found.filter(|found| found.offset < limit))
}
