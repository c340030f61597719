//! DeleteGroups (key 42), versions 0–2: groups without members, of any protocol, with their offsets.

use kafka_protocol::messages::delete_groups_response::DeletableGroupResult;
use kafka_protocol::messages::{ApiKey, DeleteGroupsRequest, DeleteGroupsResponse, GroupId};

use crate::api::{Request, api};

api!(ApiKey::DeleteGroups, 0..=2, DeleteGroupsRequest, delete_groups);

async fn delete_groups(request: &Request, body: DeleteGroupsRequest) -> DeleteGroupsResponse {
    let names = &body.groups_names;
    let first = |at: &usize, group: &&GroupId| !names[..*at].contains(group);
    let results = names
        .iter()
        .enumerate()
        .filter(|(at, group)| first(at, group))
        .map(|(_, group)| delete(request, group))
        .collect();
    DeleteGroupsResponse::default().with_results(results)
}

fn delete(request: &Request, group: &GroupId) -> DeletableGroupResult {
    let broker = &request.broker;
    let result = broker.coordinators.groups().and_then(|groups| {
        groups.request(broker, group, |state, cx, _| state.delete_group(cx, group)).flatten()
    });
    DeletableGroupResult::default()
        .with_group_id(group.clone())
        .with_error_code(result.map_or_else(|error| error.code(), |()| 0))
}
