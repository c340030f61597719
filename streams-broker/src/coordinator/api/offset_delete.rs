//! OffsetDelete (key 47), version 0: committed offsets of topics that the group no longer reads.

use kafka_protocol::messages::{ApiKey, OffsetDeleteRequest, OffsetDeleteResponse};

use crate::api::{Request, api};

api!(ApiKey::OffsetDelete, 0..=0, OffsetDeleteRequest, offset_delete);

async fn offset_delete(request: &Request, body: OffsetDeleteRequest) -> OffsetDeleteResponse {
    let broker = &request.broker;
    let result = broker.coordinators.groups().and_then(|groups| {
        groups.request(broker, &body.group_id, |state, cx, topics| state.delete_offsets(cx, topics, &body))
    });
    result.unwrap_or_else(|error| OffsetDeleteResponse::default().with_error_code(error.code()))
}
