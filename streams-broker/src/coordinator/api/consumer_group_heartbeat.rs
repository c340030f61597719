//! ConsumerGroupHeartbeat (key 68), versions 0–1 (KIP-848): members of a consumer group are given their partitions.
//!
//! A classic group of consumers becomes a consumer group with its first member of this protocol; it stays one
//! until it is empty.

use kafka_protocol::ResponseError;
use kafka_protocol::messages::{ApiKey, ConsumerGroupHeartbeatRequest, ConsumerGroupHeartbeatResponse};
use kafka_protocol::protocol::StrBytes;

use crate::api::{Request, api};
use crate::coordinator::consumer::{ConsumerSettings, validate};
use crate::coordinator::streams::Client;

api!(ApiKey::ConsumerGroupHeartbeat, 0..=1, ConsumerGroupHeartbeatRequest, consumer_group_heartbeat);

async fn consumer_group_heartbeat(
    request: &Request,
    body: ConsumerGroupHeartbeatRequest,
) -> ConsumerGroupHeartbeatResponse {
    heartbeat(request, &body).unwrap_or_else(|(error, text)| {
        ConsumerGroupHeartbeatResponse::default()
            .with_error_code(error.code())
            .with_error_message(Some(StrBytes::from_string(text)))
            .with_member_id(None)
    })
}

fn heartbeat(
    request: &Request,
    body: &ConsumerGroupHeartbeatRequest,
) -> Result<ConsumerGroupHeartbeatResponse, (ResponseError, String)> {
    validate(body, request.version())?;
    let broker = &request.broker;
    let untold = |error: ResponseError| (error, error.to_string());
    let number = |key| {
        i32::try_from(broker.group_configs.number(&body.group_id, key, &broker.settings.now()))
            .unwrap_or(i32::MAX)
    };
    let settings = ConsumerSettings {
        session_timeout_ms: number("consumer.session.timeout.ms"),
        heartbeat_interval_ms: number("consumer.heartbeat.interval.ms"),
        assignment_interval_ms: number("consumer.assignment.interval.ms").into(),
    };
    let host = request.client_host();
    let client = Client { id: request.client_id(), host: &host };
    let groups = broker.coordinators.groups().map_err(untold)?;
    let answered = groups.request(broker, &body.group_id, |state, cx, topics| {
        state.consumer_heartbeat(cx, topics, settings, client, body)
    });
    answered.map_err(untold)?
}
