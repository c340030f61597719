//! SyncGroup (key 14), versions 0–5: the leader of a classic group brings the assignment, the others wait for it.

use kafka_protocol::ResponseError;
use kafka_protocol::messages::{ApiKey, SyncGroupRequest, SyncGroupResponse};

use crate::api::{Request, api};
use crate::coordinator::classic::sync_error;
use crate::coordinator::outcome::Reply;

api!(ApiKey::SyncGroup, 0..=5, SyncGroupRequest, sync_group);

async fn sync_group(request: &Request, body: SyncGroupRequest) -> SyncGroupResponse {
    match wait(request, &body).await {
        Ok(Reply::Sync(response)) => response,
        Ok(Reply::Join(_)) => sync_error(ResponseError::UnknownServerError),
        Err(error) => sync_error(error),
    }
}

async fn wait(request: &Request, body: &SyncGroupRequest) -> Result<Reply, ResponseError> {
    // From v5 on type and protocol must be named.
    if request.version() >= 5 && (body.protocol_type.is_none() || body.protocol_name.is_none()) {
        return Err(ResponseError::InconsistentGroupProtocol);
    }
    let groups = request.broker.coordinators.groups()?;
    groups
        .request_waiting(&request.broker, &body.group_id, |state, cx, reply| {
            state.sync_group(cx, &request.broker.topics, reply, body)
        })
        .await
}
