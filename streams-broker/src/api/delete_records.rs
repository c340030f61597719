//! DeleteRecords (key 21), versions 0–2. Offset -1 stands for the high watermark.

use kafka_protocol::ResponseError;
use kafka_protocol::messages::ApiKey;
use kafka_protocol::messages::delete_records_request::DeleteRecordsRequest;
use kafka_protocol::messages::delete_records_response::{
    DeleteRecordsPartitionResult, DeleteRecordsResponse, DeleteRecordsTopicResult,
};

use super::repeated::last_of_each;
use super::support::Failure;
use super::{Request, api};
use crate::topics::is_internal;

api!(ApiKey::DeleteRecords, 0..=2, DeleteRecordsRequest, delete_records);

async fn delete_records(request: &Request, body: DeleteRecordsRequest) -> DeleteRecordsResponse {
    let mut response = DeleteRecordsResponse::default();
    for topic in body.topics {
        // What came last for a partition counts.
        let partitions = last_of_each(topic.partitions, |asked| asked.partition_index)
            .into_iter()
            .map(|asked| {
                let result =
                    DeleteRecordsPartitionResult::default().with_partition_index(asked.partition_index);
                match delete(request, &topic.name, asked.partition_index, asked.offset) {
                    Ok(low_watermark) => result.with_low_watermark(low_watermark),
                    Err(failure) => result.with_low_watermark(-1).with_error_code(failure.code),
                }
            })
            .collect();
        response
            .topics
            .push(DeleteRecordsTopicResult::default().with_name(topic.name).with_partitions(partitions));
    }
    response
}

fn delete(request: &Request, name: &str, index: i32, offset: i64) -> Result<i64, Failure> {
    if is_internal(name) {
        return Err(ResponseError::InvalidTopicException.into());
    }
    let topic = request.broker.topics.get(name).ok_or(ResponseError::UnknownTopicOrPartition)?;
    let partition = topic.partition(index).ok_or(ResponseError::UnknownTopicOrPartition)?;
    if !topic.config().delete {
        return Err(ResponseError::PolicyViolation.into());
    }
    let mut log = partition.log();
    let offset = if offset == -1 { log.high_watermark() } else { offset };
    Ok(log.delete_before(offset)?)
}
