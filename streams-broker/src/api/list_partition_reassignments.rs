//! ListPartitionReassignments (key 46), version 0: there are never any.

use kafka_protocol::messages::ApiKey;
use kafka_protocol::messages::list_partition_reassignments_request::ListPartitionReassignmentsRequest;
use kafka_protocol::messages::list_partition_reassignments_response::ListPartitionReassignmentsResponse;

use super::{Request, api};

api!(ApiKey::ListPartitionReassignments, 0..=0, ListPartitionReassignmentsRequest, list);

async fn list(_: &Request, _: ListPartitionReassignmentsRequest) -> ListPartitionReassignmentsResponse {
    ListPartitionReassignmentsResponse::default().with_error_message(None)
}
