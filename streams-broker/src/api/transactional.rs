//! What Produce and InitProducerId ask of the transaction coordinator.

use kafka_protocol::ResponseError;
use kafka_protocol::messages::ProducerId;
use kafka_protocol::messages::init_producer_id_request::InitProducerIdRequest;
use kafka_protocol::messages::init_producer_id_response::InitProducerIdResponse;

use super::Request;
use crate::log::BatchHeader;
use crate::topics::Partition;

/// Whether a transactional batch may be appended: its transaction must include the partition. From
/// Produce version 12 on (KIP-890) the partition is added to the transaction by this.
pub(super) async fn verify(
    _request: &Request,
    transactional_id: Option<&str>,
    _batch: &BatchHeader,
    _partition: &Partition,
) -> Result<(), ResponseError> {
    match transactional_id {
        Some(_) => Ok(()),
        None => Err(ResponseError::InvalidTxnState),
    }
}

/// InitProducerId with a transactional id.
pub(super) async fn init_producer(
    _request: &Request,
    _body: InitProducerIdRequest,
) -> InitProducerIdResponse {
    InitProducerIdResponse::default()
        .with_error_code(ResponseError::CoordinatorNotAvailable.code())
        .with_producer_id(ProducerId(-1))
        .with_producer_epoch(-1)
}
