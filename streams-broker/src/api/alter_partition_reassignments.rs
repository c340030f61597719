//! AlterPartitionReassignments (key 45), versions 0–1. The one possible assignment is the present
//! one; cancelling finds nothing under way.

use kafka_protocol::ResponseError;
use kafka_protocol::messages::ApiKey;
use kafka_protocol::messages::alter_partition_reassignments_request::{
    AlterPartitionReassignmentsRequest, ReassignablePartition,
};
use kafka_protocol::messages::alter_partition_reassignments_response::{
    AlterPartitionReassignmentsResponse, ReassignablePartitionResponse, ReassignableTopicResponse,
};

use super::support::Failure;
use super::{Request, api};

api!(ApiKey::AlterPartitionReassignments, 0..=1, AlterPartitionReassignmentsRequest, alter);

async fn alter(
    request: &Request,
    body: AlterPartitionReassignmentsRequest,
) -> AlterPartitionReassignmentsResponse {
    let responses = body
        .topics
        .into_iter()
        .map(|topic| {
            let partitions = topic.partitions.iter().map(|asked| {
                let response = ReassignablePartitionResponse::default()
                    .with_partition_index(asked.partition_index)
                    .with_error_message(None);
                match reassign(request, &topic.name, asked) {
                    Ok(()) => response,
                    Err(failure) => response.with_error_code(failure.code).with_error_message(failure.text()),
                }
            });
            let partitions = partitions.collect();
            ReassignableTopicResponse::default().with_name(topic.name).with_partitions(partitions)
        })
        .collect();
    AlterPartitionReassignmentsResponse::default().with_error_message(None).with_responses(responses)
}

fn reassign(request: &Request, topic: &str, asked: &ReassignablePartition) -> Result<(), Failure> {
    let broker = &request.broker;
    if broker.topics.partition(topic, asked.partition_index).is_none() {
        return Err(ResponseError::UnknownTopicOrPartition.into());
    }
    match &asked.replicas {
        None => Err(ResponseError::NoReassignmentInProgress.into()),
        Some(replicas) if replicas.iter().map(|id| id.0).eq([broker.node_id()]) => Ok(()),
        Some(_) => Err(Failure::new(
            ResponseError::InvalidReplicaAssignment,
            format!("The only broker is {}.", broker.node_id()),
        )),
    }
}
