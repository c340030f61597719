//! ElectLeaders (key 43), versions 0–2: each partition has its one possible leader already, so no
//! election is ever needed.

use kafka_protocol::ResponseError;
use kafka_protocol::messages::ApiKey;
use kafka_protocol::messages::elect_leaders_request::{ElectLeadersRequest, TopicPartitions};
use kafka_protocol::messages::elect_leaders_response::{
    ElectLeadersResponse, PartitionResult, ReplicaElectionResult,
};

use super::support::topic_name;
use super::{Request, api};

api!(ApiKey::ElectLeaders, 0..=2, ElectLeadersRequest, elect_leaders);

async fn elect_leaders(request: &Request, body: ElectLeadersRequest) -> ElectLeadersResponse {
    let topics = &request.broker.topics;
    // Null asks for all partitions.
    let asked = body.topic_partitions.unwrap_or_else(|| {
        let all = topics.list();
        all.iter()
            .map(|topic| {
                let partitions = topic.partitions().iter().map(|partition| partition.index).collect();
                TopicPartitions::default().with_topic(topic_name(&topic.name)).with_partitions(partitions)
            })
            .collect()
    });
    let results = asked
        .into_iter()
        .map(|topic| {
            let partitions = topic.partitions.iter().map(|index| {
                let error = match topics.partition(&topic.topic, *index) {
                    Some(_) => ResponseError::ElectionNotNeeded,
                    None => ResponseError::UnknownTopicOrPartition,
                };
                PartitionResult::default()
                    .with_partition_id(*index)
                    .with_error_code(error.code())
                    .with_error_message(None)
            });
            let partitions = partitions.collect();
            ReplicaElectionResult::default().with_topic(topic.topic).with_partition_result(partitions)
        })
        .collect();
    ElectLeadersResponse::default().with_replica_election_results(results)
}
