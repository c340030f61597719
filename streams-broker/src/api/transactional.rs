//! What Produce and InitProducerId ask of the transaction coordinator.

use kafka_protocol::ResponseError;
use kafka_protocol::messages::ProducerId;
use kafka_protocol::messages::init_producer_id_request::InitProducerIdRequest;
use kafka_protocol::messages::init_producer_id_response::InitProducerIdResponse;

use super::Request;
use crate::coordinator::{InitProducer, Producer, txn_error};
use crate::log::BatchHeader;
use crate::topics::Partition;

/// First version of Produce that adds the partition to the transaction by itself (KIP-890).
const ADDS_PARTITIONS: i16 = 12;

/// First version of Produce whose clients know TRANSACTION_ABORTABLE.
const KNOWS_ABORTABLE: i16 = 11;

/// Whether a transactional batch may be appended: its transaction must include the partition. From
/// Produce version 12 on (KIP-890) the partition is added to the transaction by this.
pub(super) async fn verify(
    request: &Request,
    transactional_id: Option<&str>,
    batch: &BatchHeader,
    partition: &Partition,
) -> Result<(), ResponseError> {
    let id = transactional_id.filter(|id| !id.is_empty()).ok_or(ResponseError::InvalidRequest)?;
    // A transaction that has written here includes the partition; a stale epoch is the log's to refuse.
    let begun = partition
        .log()
        .producer(batch.producer_id)
        .is_some_and(|p| p.transaction_start.is_some() && p.epoch >= batch.producer_epoch);
    if begun {
        return Ok(());
    }
    let producer = Producer { id, producer_id: batch.producer_id, epoch: batch.producer_epoch };
    let transactions = request.broker.coordinators.transactions()?;
    let included = if request.version() >= ADDS_PARTITIONS {
        let added = [(partition.topic.to_string(), partition.index)];
        transactions.add_partitions(&request.broker, producer, &added, 2)
    } else {
        transactions.verify_partition(&request.broker, producer, &partition.topic, partition.index)
    };
    included.map_err(|error| match error {
        ResponseError::ProducerFenced => ResponseError::InvalidProducerEpoch,
        ResponseError::TransactionAbortable if request.version() < KNOWS_ABORTABLE => {
            ResponseError::InvalidTxnState
        }
        other => other,
    })
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
