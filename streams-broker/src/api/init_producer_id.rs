//! InitProducerId (key 22), versions 0–5. A producer with a transactional id is the transaction
//! coordinator's.

use kafka_protocol::ResponseError;
use kafka_protocol::messages::init_producer_id_request::InitProducerIdRequest;
use kafka_protocol::messages::init_producer_id_response::InitProducerIdResponse;
use kafka_protocol::messages::{ApiKey, ProducerId};

use super::{Request, api, transactional};

api!(ApiKey::InitProducerId, 0..=5, InitProducerIdRequest, init_producer_id);

async fn init_producer_id(request: &Request, body: InitProducerIdRequest) -> InitProducerIdResponse {
    if body.transactional_id.as_ref().is_some_and(|id| !id.is_empty()) {
        return transactional::init_producer(request, body).await;
    }
    let failed = |error: ResponseError| {
        InitProducerIdResponse::default()
            .with_error_code(error.code())
            .with_producer_id(ProducerId(-1))
            .with_producer_epoch(-1)
    };
    if body.transactional_id.is_some() {
        return failed(ResponseError::InvalidRequest);
    }
    // A producer that knows its id and epoch must give both.
    if (body.producer_id.0 == -1) != (body.producer_epoch == -1) {
        return failed(ResponseError::InvalidRequest);
    }
    match request.broker.identity.next_producer_id() {
        Ok(id) => InitProducerIdResponse::default().with_producer_id(ProducerId(id)).with_producer_epoch(0),
        Err(error) => {
            tracing::error!(%error, "cannot reserve producer ids");
            failed(ResponseError::KafkaStorageError)
        }
    }
}
