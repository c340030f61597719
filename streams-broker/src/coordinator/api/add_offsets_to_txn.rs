//! AddOffsetsToTxn (key 25), versions 0–4: the offsets of a group become part of the transaction.

use kafka_protocol::ResponseError;
use kafka_protocol::messages::{AddOffsetsToTxnRequest, AddOffsetsToTxnResponse, ApiKey};

use super::txn_error;
use crate::api::{Request, api};
use crate::coordinator::OFFSETS_TOPIC;
use crate::coordinator::txn::Producer;

api!(ApiKey::AddOffsetsToTxn, 0..=4, AddOffsetsToTxnRequest, add_offsets_to_txn);

async fn add_offsets_to_txn(request: &Request, body: AddOffsetsToTxnRequest) -> AddOffsetsToTxnResponse {
    let code = add(request, &body).map_or_else(|error| txn_error(error, request.version(), 2), |()| 0);
    AddOffsetsToTxnResponse::default().with_error_code(code)
}

fn add(request: &Request, body: &AddOffsetsToTxnRequest) -> Result<(), ResponseError> {
    if body.transactional_id.is_empty() {
        return Err(ResponseError::InvalidRequest);
    }
    let coordinators = &request.broker.coordinators;
    let partition = coordinators.groups()?.partition_of(&body.group_id);
    let producer =
        Producer { id: &body.transactional_id, producer_id: body.producer_id.0, epoch: body.producer_epoch };
    let offsets = [(OFFSETS_TOPIC.to_owned(), partition)];
    coordinators.transactions()?.add_partitions(&request.broker, producer, &offsets, 1)
}
