//! GetTelemetrySubscriptions (key 71), version 0 (KIP-714): which of its metrics a client is to push.
//! Served, but not advertised; see [`api_versions`](super::api_versions).

use std::time::Instant;

use kafka_protocol::ResponseError;
use kafka_protocol::messages::ApiKey;
use kafka_protocol::messages::get_telemetry_subscriptions_request::GetTelemetrySubscriptionsRequest;
use kafka_protocol::messages::get_telemetry_subscriptions_response::GetTelemetrySubscriptionsResponse;
use uuid::Uuid;

use super::support::text;
use super::{Request, api};
use crate::telemetry::Wanted;

api!(ApiKey::GetTelemetrySubscriptions, 0..=0, GetTelemetrySubscriptionsRequest, get_telemetry_subscriptions);

/// The compression codecs that pushes may have, the preferred one first: Zstandard, LZ4, gzip, Snappy.
const CODECS: [i8; 4] = [4, 3, 1, 2];

/// Most bytes of a push.
pub(super) const MAX_BYTES: i32 = 1_048_576;

async fn get_telemetry_subscriptions(
    request: &Request,
    body: GetTelemetrySubscriptionsRequest,
) -> GetTelemetrySubscriptionsResponse {
    let client = match body.client_instance_id {
        id if id.is_nil() => Uuid::new_v4(),
        id => id,
    };
    let wanted = wanted(request, client);
    if !request.broker.telemetry.ask(client, &wanted, Instant::now()) {
        return GetTelemetrySubscriptionsResponse::default()
            .with_error_code(ResponseError::ThrottlingQuotaExceeded.code());
    }
    GetTelemetrySubscriptionsResponse::default()
        .with_client_instance_id(client)
        .with_subscription_id(wanted.id)
        .with_accepted_compression_types(CODECS.to_vec())
        .with_push_interval_ms(wanted.interval_ms)
        .with_telemetry_max_bytes(MAX_BYTES)
        .with_delta_temporality(true)
        .with_requested_metrics(wanted.metrics.into_iter().map(text).collect())
}

/// What a client is to push now.
pub(super) fn wanted(request: &Request, client: Uuid) -> Wanted {
    let (id, address, port) =
        (client.to_string(), request.peer.ip().to_string(), request.peer.port().to_string());
    let (name, version) = request.session.software();
    Wanted::of(&request.broker.client_metrics, client, |attribute| match attribute {
        "client_instance_id" => &id,
        "client_id" => request.client_id(),
        "client_software_name" => name,
        "client_software_version" => version,
        "client_source_address" => &address,
        _ => &port,
    })
}
