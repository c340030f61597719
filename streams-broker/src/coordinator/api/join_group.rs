//! JoinGroup (key 11), versions 0–9: a member of a classic group joins the next generation. The answer waits
//! until all members have joined or the rebalance timeout is over.

use kafka_protocol::ResponseError;
use kafka_protocol::messages::{ApiKey, JoinGroupRequest, JoinGroupResponse};

use crate::api::{Request, api};
use crate::coordinator::classic::{Joining, join_error};
use crate::coordinator::outcome::{Reply, ReplyId};

api!(ApiKey::JoinGroup, 0..=9, JoinGroupRequest, join_group);

async fn join_group(request: &Request, body: JoinGroupRequest) -> JoinGroupResponse {
    let version = request.version();
    let mut response = match wait(request, &body).await {
        Ok(Reply::Join(response)) => response,
        Ok(Reply::Sync(_)) => join_error(&body.member_id, ResponseError::UnknownServerError),
        Err(error) => join_error(&body.member_id, error),
    };
    if version >= 7 && response.error_code != 0 {
        response.protocol_name = None;
    }
    response
}

async fn wait(request: &Request, body: &JoinGroupRequest) -> Result<Reply, ResponseError> {
    let groups = request.broker.coordinators.groups()?;
    let group = body.group_id.as_str();
    groups
        .request_waiting(&request.broker, group, |state, cx, reply| {
            state.join_group(cx, &request.broker.topics, group, joining(request, body, reply));
        })
        .await
}

fn joining(request: &Request, body: &JoinGroupRequest, reply: ReplyId) -> Joining {
    let version = request.version();
    let broker = &request.broker;
    let key = "consumer.assignment.interval.ms";
    Joining {
        reply,
        member_id: body.member_id.to_string(),
        instance_id: body.group_instance_id.as_ref().map(ToString::to_string),
        client_id: request.client_id().to_owned(),
        client_host: request.client_host(),
        session_timeout_ms: body.session_timeout_ms,
        // v0 has one time-out for both.
        rebalance_timeout_ms: if version >= 1 { body.rebalance_timeout_ms } else { body.session_timeout_ms },
        protocol_type: body.protocol_type.to_string(),
        protocols: body.protocols.iter().map(|p| (p.name.to_string(), p.metadata.clone())).collect(),
        member_id_required: version >= 4,
        assignment_interval_ms: broker.group_configs.number(&body.group_id, key, &broker.settings.now()),
        skip_assignment: version >= 9,
    }
}
