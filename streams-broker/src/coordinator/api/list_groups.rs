//! ListGroups (key 16), versions 0–5: the groups of this broker, by state (v4+) and type (v5+).

use kafka_protocol::messages::{ApiKey, ListGroupsRequest, ListGroupsResponse};

use crate::api::{Request, api};

api!(ApiKey::ListGroups, 0..=5, ListGroupsRequest, list_groups);

async fn list_groups(request: &Request, body: ListGroupsRequest) -> ListGroupsResponse {
    let mut response = ListGroupsResponse::default();
    match request.broker.coordinators.groups() {
        Ok(groups) => groups.for_each(|state| {
            response.groups.extend(state.list_groups(&body.states_filter, &body.types_filter));
        }),
        Err(error) => response.error_code = error.code(),
    }
    response
}
