//! ConsumerGroupDescribe (key 69), versions 0–1 (KIP-848): consumer groups with their members and partitions.
//! Admin clients try it for any group and fall back to DescribeGroups on error 69.

use kafka_protocol::ResponseError;
use kafka_protocol::messages::consumer_group_describe_response::DescribedGroup;
use kafka_protocol::messages::{
    ApiKey, ConsumerGroupDescribeRequest, ConsumerGroupDescribeResponse, GroupId,
};

use crate::api::{Request, api, each_once, operations};

api!(ApiKey::ConsumerGroupDescribe, 0..=1, ConsumerGroupDescribeRequest, consumer_group_describe);

async fn consumer_group_describe(
    request: &Request,
    body: ConsumerGroupDescribeRequest,
) -> ConsumerGroupDescribeResponse {
    let mut groups: Vec<_> = each_once(&body.group_ids).map(|id| describe(request, id)).collect();
    if body.include_authorized_operations {
        let found = groups.iter_mut().filter(|group| group.error_code == 0);
        found.for_each(|group| group.authorized_operations = operations::GROUP);
    }
    ConsumerGroupDescribeResponse::default().with_groups(groups)
}

fn describe(request: &Request, id: &GroupId) -> DescribedGroup {
    let broker = &request.broker;
    if id.is_empty() {
        return DescribedGroup::default().with_error_code(ResponseError::InvalidGroupId.code());
    }
    let described = broker.coordinators.groups().and_then(|groups| {
        groups.request(broker, id, |state, _, topics| state.describe_consumer(id, topics))
    });
    described.unwrap_or_else(|error| {
        DescribedGroup::default().with_group_id(id.clone()).with_error_code(error.code())
    })
}
