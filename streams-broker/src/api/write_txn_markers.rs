//! WriteTxnMarkers (key 27), versions 1–2: ends transactions in single partitions, past the transaction
//! coordinator. AdminClient's `abortTransaction` sends it to get rid of a transaction that hangs (KIP-664).

use kafka_protocol::ResponseError;
use kafka_protocol::messages::ApiKey;
use kafka_protocol::messages::write_txn_markers_request::{
    WritableTxnMarker, WritableTxnMarkerTopic, WriteTxnMarkersRequest,
};
use kafka_protocol::messages::write_txn_markers_response::{
    WritableTxnMarkerPartitionResult, WritableTxnMarkerResult, WritableTxnMarkerTopicResult,
    WriteTxnMarkersResponse,
};
use kafka_protocol::messages::{ProducerId, TopicName};

use super::support::{Failure, text};
use super::{Answer, Api, Disconnect, Request};
use crate::broker::Broker;
use crate::clock::now_ms;
use crate::coordinator::{DecodeError, OFFSETS_TOPIC, Reader};
use crate::log::{ControlType, control_marker};
use crate::topics::ProduceError;

/// This API's entry in the dispatch table.
pub(crate) const API: Api = Api {
    key: ApiKey::WriteTxnMarkers as i16,
    min: 1,
    max: 2,
    handler: |request| Box::pin(write_txn_markers(request)),
};

/// Highest version whose layout the codec knows. Version 2 says the transaction's version in each
/// marker, of which nothing depends here; the answer is the same.
const LAYOUT: i16 = 1;

async fn write_txn_markers(request: Request) -> Answer {
    let body = match request.version() {
        ..=LAYOUT => request.decode()?,
        version => {
            decode_2(&request.body).map_err(|_| Disconnect::Malformed { key: request.header.key, version })?
        }
    };
    let markers = body.markers.iter().map(|marker| {
        let topics = marker.topics.iter().map(|topic| write(&request.broker, marker, topic));
        WritableTxnMarkerResult::default().with_producer_id(marker.producer_id).with_topics(topics.collect())
    });
    request.encode_as(&WriteTxnMarkersResponse::default().with_markers(markers.collect()), LAYOUT)
}

/// Decodes version 2.
pub(crate) fn decode_2(body: &[u8]) -> Result<WriteTxnMarkersRequest, DecodeError> {
    let mut r = Reader::new(body);
    let mut request = WriteTxnMarkersRequest::default();
    for _ in 0..r.compact_len()?.unwrap_or(0) {
        let mut marker = WritableTxnMarker::default()
            .with_producer_id(ProducerId(r.i64()?))
            .with_producer_epoch(r.i16()?)
            .with_transaction_result(r.i8()? != 0);
        for _ in 0..r.compact_len()?.unwrap_or(0) {
            let name = TopicName(text(r.compact_string()?.unwrap_or_default()));
            let partitions = (0..r.compact_len()?.unwrap_or(0)).map(|_| r.i32()).collect::<Result<_, _>>()?;
            r.tags(|_, _| Ok(()))?;
            let topic = WritableTxnMarkerTopic::default().with_name(name).with_partition_indexes(partitions);
            marker.topics.push(topic);
        }
        marker.coordinator_epoch = r.i32()?;
        let _transaction_version = r.i8()?;
        r.tags(|_, _| Ok(()))?;
        request.markers.push(marker);
    }
    r.tags(|_, _| Ok(()))?;
    Ok(request)
}

fn write(
    broker: &Broker,
    marker: &WritableTxnMarker,
    topic: &WritableTxnMarkerTopic,
) -> WritableTxnMarkerTopicResult {
    let partitions = topic.partition_indexes.iter().map(|index| {
        let code = match end(broker, marker, &topic.name, *index) {
            Ok(()) => 0,
            Err(failure) => failure.code,
        };
        WritableTxnMarkerPartitionResult::default().with_partition_index(*index).with_error_code(code)
    });
    WritableTxnMarkerTopicResult::default()
        .with_name(topic.name.clone())
        .with_partitions(partitions.collect())
}

/// Writes the marker into a partition.
fn end(broker: &Broker, marker: &WritableTxnMarker, topic: &str, index: i32) -> Result<(), Failure> {
    let partition = broker.topics.partition(topic, index).ok_or(ResponseError::UnknownTopicOrPartition)?;
    let commit = marker.transaction_result;
    let control = if commit { ControlType::Commit } else { ControlType::Abort };
    let id = marker.producer_id.0;
    let batch = control_marker(control, id, marker.producer_epoch, marker.coordinator_epoch, now_ms());
    if topic == OFFSETS_TOPIC {
        return Ok(broker.coordinators.groups()?.write_marker(broker, index, &batch, id, commit)?);
    }
    partition.append_own(&batch).map(drop).map_err(|error| match error {
        ProduceError::Log(error) => Failure::from(error),
        ProduceError::Batch(error) => Failure::new(ResponseError::CorruptMessage, error.to_string()),
        ProduceError::Deleted => ResponseError::UnknownTopicOrPartition.into(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn version_2_has_a_byte_more_in_each_marker() {
        let mut body = vec![2];
        body.extend_from_slice(&7_i64.to_be_bytes());
        body.extend_from_slice(&[0, 3, 1, 2, 2, b't', 3, 0, 0, 0, 0, 0, 0, 0, 5, 0]);
        body.extend_from_slice(&[0, 0, 0, 9, 2, 0, 0]);
        let request = decode_2(&body).unwrap();
        let marker = &request.markers[0];
        assert_eq!((marker.producer_id.0, marker.producer_epoch, marker.transaction_result), (7, 3, true));
        assert_eq!((marker.topics[0].name.as_str(), marker.coordinator_epoch), ("t", 9));
        assert_eq!(marker.topics[0].partition_indexes, [0, 5]);
        assert!((0..body.len()).all(|end| decode_2(&body[..end]).is_err()));
    }
}
