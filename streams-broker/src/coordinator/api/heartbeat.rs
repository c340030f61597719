//! Heartbeat (key 12), versions 0–4: a member of a classic group is alive.

use kafka_protocol::messages::{ApiKey, HeartbeatRequest, HeartbeatResponse};

use crate::api::{Request, api};

api!(ApiKey::Heartbeat, 0..=4, HeartbeatRequest, heartbeat);

async fn heartbeat(request: &Request, body: HeartbeatRequest) -> HeartbeatResponse {
    let broker = &request.broker;
    let result = broker.coordinators.groups().and_then(|groups| {
        groups.request(broker, &body.group_id, |state, cx, _| state.heartbeat(cx, &body)).flatten()
    });
    HeartbeatResponse::default().with_error_code(result.map_or_else(|error| error.code(), |()| 0))
}
