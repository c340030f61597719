//! FindCoordinator (key 10), versions 0–6: which broker coordinates a group (type 0) or a transactional id
//! (type 1). One key up to v3, many from v4 on.
//!
//! Left out: share groups (type 2) are answered with INVALID_REQUEST, as are types that do not exist.

use kafka_protocol::ResponseError;
use kafka_protocol::messages::find_coordinator_response::Coordinator;
use kafka_protocol::messages::{ApiKey, BrokerId, FindCoordinatorRequest, FindCoordinatorResponse};
use kafka_protocol::protocol::StrBytes;

use crate::api::{MALFORMED, Request, api};

api!(ApiKey::FindCoordinator, 0..=6, FindCoordinatorRequest, find_coordinator);

/// The type of share groups' coordinators.
const SHARE: i8 = 2;

async fn find_coordinator(request: &Request, body: FindCoordinatorRequest) -> FindCoordinatorResponse {
    if request.version() >= 4 {
        let coordinators =
            body.coordinator_keys.iter().map(|key| locate(request, key.clone(), body.key_type)).collect();
        return FindCoordinatorResponse::default().with_coordinators(coordinators);
    }
    let found = locate(request, body.key, body.key_type);
    // Apache Kafka names even the lack of an error, though not from version 4 on.
    let message = match found.error_code {
        0 if request.version() >= 1 => Some(StrBytes::from_static_str("NONE")),
        _ => found.error_message,
    };
    FindCoordinatorResponse::default()
        .with_error_code(found.error_code)
        .with_error_message(message)
        .with_node_id(found.node_id)
        .with_host(found.host)
        .with_port(found.port)
}

fn locate(request: &Request, key: StrBytes, key_type: i8) -> Coordinator {
    let coordinator = Coordinator::default().with_key(key);
    if !matches!(key_type, 0 | 1) {
        // Share groups' keys are looked at, without a word on what is wrong with them.
        let why = if key_type == SHARE && request.version() >= 4 { "" } else { MALFORMED };
        return coordinator
            .with_node_id(BrokerId(-1))
            .with_port(-1)
            .with_error_code(ResponseError::InvalidRequest.code())
            .with_error_message(Some(StrBytes::from_static_str(why)));
    }
    if let Err(error) = request.broker.coordinators.ensure_topic(&request.broker, key_type) {
        return coordinator
            .with_node_id(BrokerId(-1))
            .with_port(-1)
            .with_error_code(error.code())
            .with_error_message(Some(StrBytes::new()));
    }
    let (host, port) = &request.broker.advertised;
    coordinator
        .with_node_id(BrokerId(request.broker.node_id()))
        .with_host(StrBytes::from_string(host.clone()))
        .with_port(i32::from(*port))
        // Java's clients expect no message without an error from v1 on; v0 has none.
        .with_error_message(Some(StrBytes::new()))
}
