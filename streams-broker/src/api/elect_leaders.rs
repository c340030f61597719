//! ElectLeaders (key 43), versions 0–2: each partition has its one possible leader already, so no
//! election is ever needed.

use kafka_protocol::ResponseError;
use kafka_protocol::messages::ApiKey;
use kafka_protocol::messages::elect_leaders_request::{ElectLeadersRequest, TopicPartitions};
use kafka_protocol::messages::elect_leaders_response::{
    ElectLeadersResponse, PartitionResult, ReplicaElectionResult,
};

use super::support::{text, topic_name};
use super::{Request, api};

api!(ApiKey::ElectLeaders, 0..=2, ElectLeadersRequest, elect_leaders);

async fn elect_leaders(request: &Request, body: ElectLeadersRequest) -> ElectLeadersResponse {
    let topics = &request.broker.topics;
    let unknown_type = request.version() >= 1 && !(0..=1).contains(&body.election_type);
    // Null asks for all partitions.
    let asked = body.topic_partitions.unwrap_or_else(|| {
        let all = topics.list();
        all.iter()
            .map(|topic| {
                // Those that need no election are passed over, and none does.
                TopicPartitions::default().with_topic(topic_name(&topic.name))
            })
            .collect()
    });
    let results: Vec<_> = asked
        .into_iter()
        .map(|topic| {
            let partitions = topic.partitions.iter().map(|index| {
                let (name, unknown) = (topic.topic.as_str(), ResponseError::UnknownTopicOrPartition);
                let (error, why) = match topics.get(name) {
                    _ if unknown_type => (
                        ResponseError::InvalidRequest,
                        format!("Unknown election type {}", body.election_type),
                    ),
                    None => (unknown, format!("No such topic as {name}")),
                    Some(found) if found.partition(*index).is_none() => {
                        (unknown, format!("No such partition as {name}-{index}"))
                    }
                    Some(_) => (
                        ResponseError::ElectionNotNeeded,
                        "Leader election not needed for topic partition.".to_owned(),
                    ),
                };
                PartitionResult::default()
                    .with_partition_id(*index)
                    .with_error_code(error.code())
                    .with_error_message(Some(text(why)))
            });
            let partitions = partitions.collect();
            ReplicaElectionResult::default().with_topic(topic.topic).with_partition_result(partitions)
        })
        .collect();
    let error = if unknown_type && !results.is_empty() { ResponseError::InvalidRequest.code() } else { 0 };
    ElectLeadersResponse::default().with_error_code(error).with_replica_election_results(results)
}
