//! PushTelemetry (key 72), version 0 (KIP-714): a client's metrics. They are checked and dropped: there
//! is nobody to take them. Served, but not advertised; see [`api_versions`](super::api_versions).

use std::time::Instant;

use kafka_protocol::ResponseError;
use kafka_protocol::messages::ApiKey;
use kafka_protocol::messages::push_telemetry_request::PushTelemetryRequest;
use kafka_protocol::messages::push_telemetry_response::PushTelemetryResponse;
use tracing::debug;

use super::get_telemetry_subscriptions::{MAX_BYTES, wanted};
use super::{Request, api};
use crate::log::decompress;
use crate::telemetry::Refusal;

api!(ApiKey::PushTelemetry, 0..=0, PushTelemetryRequest, push_telemetry);

async fn push_telemetry(request: &Request, body: PushTelemetryRequest) -> PushTelemetryResponse {
    let code = match take(request, &body) {
        Ok(()) => 0,
        Err(error) => error.code(),
    };
    PushTelemetryResponse::default().with_error_code(code)
}

fn take(request: &Request, body: &PushTelemetryRequest) -> Result<(), ResponseError> {
    let (client, now, telemetry) = (body.client_instance_id, Instant::now(), &request.broker.telemetry);
    if client.is_nil() {
        return Err(ResponseError::InvalidRequest);
    }
    let wanted = wanted(request, client);
    telemetry.push(client, &wanted, body.terminating, now).map_err(|refusal| match refusal {
        Refusal::Over => ResponseError::InvalidRequest,
        Refusal::TooEarly => ResponseError::ThrottlingQuotaExceeded,
    })?;
    if body.subscription_id != wanted.id {
        telemetry.let_ask(client, now);
        return Err(ResponseError::UnknownSubscriptionId);
    }
    let codec = u8::try_from(body.compression_type).ok().filter(|codec| *codec <= 4);
    let Some(codec) = codec else {
        telemetry.let_ask(client, now);
        return Err(ResponseError::UnsupportedCompressionType);
    };
    if body.metrics.len() > MAX_BYTES as usize {
        return Err(ResponseError::TelemetryTooLarge);
    }
    let metrics = decompress(codec, &body.metrics).map_err(|_| ResponseError::InvalidRecord)?;
    debug!(%client, client_id = request.client_id(), bytes = metrics.len(), "metrics pushed");
    Ok(())
}
