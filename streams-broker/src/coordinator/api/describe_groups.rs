//! DescribeGroups (key 15), versions 0–6: classic groups with their members. From v6 on a group that is not there
//! is an error.

use kafka_protocol::messages::describe_groups_response::DescribedGroup;
use kafka_protocol::messages::{ApiKey, DescribeGroupsRequest, DescribeGroupsResponse, GroupId};

use crate::api::{Request, api, each_once, operations};

api!(ApiKey::DescribeGroups, 0..=6, DescribeGroupsRequest, describe_groups);

async fn describe_groups(request: &Request, body: DescribeGroupsRequest) -> DescribeGroupsResponse {
    let mut groups: Vec<_> = each_once(&body.groups).map(|group| describe(request, group)).collect();
    if body.include_authorized_operations {
        let found = groups.iter_mut().filter(|group| group.error_code == 0);
        found.for_each(|group| group.authorized_operations = operations::GROUP);
    }
    DescribeGroupsResponse::default().with_groups(groups)
}

fn describe(request: &Request, group: &GroupId) -> DescribedGroup {
    let (broker, version) = (&request.broker, request.version());
    let result = broker.coordinators.groups().and_then(|groups| {
        groups.request(broker, group, |state, _, _| state.describe_classic(group, version))
    });
    result.unwrap_or_else(|error| {
        DescribedGroup::default().with_group_id(group.clone()).with_error_code(error.code())
    })
}
