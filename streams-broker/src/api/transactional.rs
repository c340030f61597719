//! What Produce and InitProducerId ask of the transaction coordinator.

use bytes::Bytes;
use kafka_protocol::ResponseError;
use kafka_protocol::messages::ProducerId;
use kafka_protocol::messages::init_producer_id_request::InitProducerIdRequest;
use kafka_protocol::messages::init_producer_id_response::InitProducerIdResponse;

use super::Request;
use super::support::Failure;
use super::validate::Refusal;
use crate::coordinator::{InitProducer, Producer, txn_error};
use crate::log::{AppendInfo, BatchHeader, ProducerEntry};
use crate::topics::Partition;

/// First version of Produce that adds the partition to the transaction by itself (KIP-890).
const ADDS_PARTITIONS: i16 = 12;

/// First version of Produce whose clients know TRANSACTION_ABORTABLE.
const KNOWS_ABORTABLE: i16 = 11;

/// Appends a transactional batch: its transaction must include the partition. From Produce version 12 on (KIP-890) the
/// partition is added to the transaction by this.
pub(super) fn append(
    request: &Request,
    transactional_id: Option<&str>,
    header: BatchHeader,
    batch: &Bytes,
    partition: &Partition,
) -> Result<AppendInfo, Refusal> {
    let id = transactional_id.filter(|id| !id.is_empty());
    let id = id.ok_or_else(|| Failure::from(ResponseError::InvalidRequest))?;
    if let Some(info) = partition.append_ongoing(header, batch)? {
        return Ok(info);
    }
    let producer = Producer { id, producer_id: header.producer_id, epoch: header.producer_epoch };
    let transactions = request.broker.coordinators.transactions().map_err(Failure::from)?;
    let appended = if request.version() >= ADDS_PARTITIONS {
        // An end that comes in between gives the producer a new epoch, so that the log refuses what is late.
        let added = [(partition.topic.to_string(), partition.index)];
        let included = transactions.add_partitions(&request.broker, producer, &added, 2);
        included
            .and_then(|()| check_first(&header, partition.log().producer(header.producer_id)))
            .map(|()| partition.append(header, batch))
    } else {
        let append = || partition.append(header, batch);
        transactions.while_included(&request.broker, producer, &partition.topic, partition.index, append)
    };
    Ok(appended.map_err(|error| refusal(error, request.version()))??)
}

/// 45 for a batch that is not the first of its producer where nothing of it is known: the first one was lost.
fn check_first(header: &BatchHeader, known: Option<&ProducerEntry>) -> Result<(), ResponseError> {
    match header.base_sequence > 0 && known.is_none_or(|entry| entry.batches.is_empty()) {
        true => Err(ResponseError::OutOfOrderSequenceNumber),
        false => Ok(()),
    }
}

fn refusal(error: ResponseError, version: i16) -> Refusal {
    let error = match error {
        ResponseError::ProducerFenced => ResponseError::InvalidProducerEpoch,
        ResponseError::TransactionAbortable if version < KNOWS_ABORTABLE => ResponseError::InvalidTxnState,
        other => other,
    };
    match error {
        ResponseError::InvalidTxnState => {
            Refusal { told: true, ..Failure::new(error, "Partition was not added to the transaction").into() }
        }
        other => Failure::from(other).into(),
    }
}

/// InitProducerId with a transactional id.
pub(super) async fn init_producer(request: &Request, body: InitProducerIdRequest) -> InitProducerIdResponse {
    match init(request, &body) {
        Ok((id, epoch)) => {
            InitProducerIdResponse::default().with_producer_id(ProducerId(id)).with_producer_epoch(epoch)
        }
        Err(error) => InitProducerIdResponse::default()
            .with_error_code(txn_error(error, request.version(), 4))
            .with_producer_id(ProducerId(-1))
            .with_producer_epoch(-1),
    }
}

fn init(request: &Request, body: &InitProducerIdRequest) -> Result<(i64, i16), ResponseError> {
    let broker = &request.broker;
    let id = body.transactional_id.as_deref().filter(|id| !id.is_empty());
    let id = id.ok_or(ResponseError::InvalidRequest)?;
    let longest = broker.settings.number("transaction.max.timeout.ms");
    if body.transaction_timeout_ms <= 0 || i64::from(body.transaction_timeout_ms) > longest {
        return Err(ResponseError::InvalidTransactionTimeout);
    }
    let expected = match (body.producer_id.0, body.producer_epoch) {
        (-1, -1) => None,
        (id, epoch) if id >= 0 && epoch >= 0 => Some((id, epoch)),
        _ => return Err(ResponseError::InvalidRequest),
    };
    let request = InitProducer { id, timeout_ms: body.transaction_timeout_ms, expected };
    broker.coordinators.transactions()?.init_producer(broker, request)
}

#[cfg(test)]
mod tests {
    use std::collections::VecDeque;

    use super::*;
    use crate::log::BatchBuilder;

    #[test]
    fn a_batch_that_is_not_the_first_needs_one_before_it() {
        let batch = |sequence| {
            let bytes = BatchBuilder::new(0).idempotent(9, 0, sequence).record(None, Some(b"v"), &[]).build();
            BatchHeader::parse(&bytes).unwrap()
        };
        let forgotten = ProducerEntry {
            epoch: 0,
            coordinator_epoch: 0,
            last_timestamp: 0,
            transaction_start: None,
            batches: VecDeque::new(),
        };
        assert_eq!(check_first(&batch(0), None), Ok(()));
        for known in [None, Some(&forgotten)] {
            assert_eq!(check_first(&batch(1), known), Err(ResponseError::OutOfOrderSequenceNumber));
        }
    }
}
