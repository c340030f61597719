//! LeaveGroup (key 13), versions 0–5: members leave a classic group, one up to v2, many from v3 on.

use kafka_protocol::messages::{ApiKey, LeaveGroupRequest, LeaveGroupResponse};

use crate::api::{Request, api};

api!(ApiKey::LeaveGroup, 0..=5, LeaveGroupRequest, leave_group);

async fn leave_group(request: &Request, body: LeaveGroupRequest) -> LeaveGroupResponse {
    let (broker, version) = (&request.broker, request.version());
    let result = broker.coordinators.groups().and_then(|groups| {
        groups.request(broker, &body.group_id, |state, cx, _| state.leave_group(cx, &body, version))
    });
    result.unwrap_or_else(|error| LeaveGroupResponse::default().with_error_code(error.code()))
}
