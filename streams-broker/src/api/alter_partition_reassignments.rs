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
use kafka_protocol::protocol::StrBytes;

use super::support::{Failure, check_replicas};
use super::{Request, api};

api!(ApiKey::AlterPartitionReassignments, 0..=1, AlterPartitionReassignmentsRequest, alter);

async fn alter(
    request: &Request,
    body: AlterPartitionReassignmentsRequest,
) -> AlterPartitionReassignmentsResponse {
    let late = body.timeout_ms <= 0;
    let responses: Vec<_> = body
        .topics
        .into_iter()
        .map(|topic| {
            let partitions = topic.partitions.iter().map(|asked| {
                let response = ReassignablePartitionResponse::default()
                    .with_partition_index(asked.partition_index)
                    .with_error_message(None);
                let outcome = match late {
                    true => Err(ResponseError::RequestTimedOut.into()),
                    false => reassign(request, &topic.name, asked),
                };
                match outcome {
                    Ok(()) => response,
                    Err(failure) => response.with_error_code(failure.code).with_error_message(failure.text()),
                }
            });
            let partitions = partitions.collect();
            ReassignableTopicResponse::default().with_name(topic.name).with_partitions(partitions)
        })
        .collect();
    let message = responses.is_empty().then(StrBytes::new);
    let response = AlterPartitionReassignmentsResponse::default().with_error_message(message);
    let response = match late {
        true => response.with_error_code(ResponseError::RequestTimedOut.code()),
        false => response,
    };
    // The answer says what was asked for, from the version on that can ask for it.
    let allowed = request.version() == 0 || body.allow_replication_factor_change;
    response.with_allow_replication_factor_change(allowed).with_responses(responses)
}

fn reassign(request: &Request, topic: &str, asked: &ReassignablePartition) -> Result<(), Failure> {
    let broker = &request.broker;
    let unknown = |why: String| Failure::new(ResponseError::UnknownTopicOrPartition, why);
    let index = asked.partition_index;
    let found =
        broker.topics.get(topic).ok_or_else(|| unknown(format!("Unable to find a topic named {topic}.")))?;
    found.partition(index).ok_or_else(|| unknown(format!("Unable to find partition {topic}:{index}.")))?;
    match &asked.replicas {
        None => Err(ResponseError::NoReassignmentInProgress.into()),
        Some(replicas) => check_replicas(broker, replicas),
    }
}
