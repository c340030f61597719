//! EndTxn (key 26), versions 0–5: commit or abort. From v5 on (KIP-890) the answer carries the producer's next
//! epoch.

use kafka_protocol::ResponseError;
use kafka_protocol::messages::{ApiKey, EndTxnRequest, EndTxnResponse, ProducerId};

use super::txn_error;
use crate::api::{Request, api};
use crate::coordinator::txn::Producer;

api!(ApiKey::EndTxn, 0..=5, EndTxnRequest, end_txn);

async fn end_txn(request: &Request, body: EndTxnRequest) -> EndTxnResponse {
    match end(request, &body) {
        Ok((id, epoch)) => {
            EndTxnResponse::default().with_producer_id(ProducerId(id)).with_producer_epoch(epoch)
        }
        Err(error) => EndTxnResponse::default()
            .with_error_code(txn_error(error, request.version(), 2))
            .with_producer_id(ProducerId(-1))
            .with_producer_epoch(-1),
    }
}

fn end(request: &Request, body: &EndTxnRequest) -> Result<(i64, i16), ResponseError> {
    if body.transactional_id.is_empty() {
        return Err(ResponseError::InvalidRequest);
    }
    let producer =
        Producer { id: &body.transactional_id, producer_id: body.producer_id.0, epoch: body.producer_epoch };
    let version = if request.version() >= 5 { 2 } else { 1 };
    request.broker.coordinators.transactions()?.end(&request.broker, producer, body.committed, version)
}
