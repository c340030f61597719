//! What tools ask the controller.

mod common;

use common::Raw;
use kafka_protocol::messages::*;
use kafka_protocol::protocol::StrBytes;
use uuid::Uuid;

fn text(text: &str) -> StrBytes {
    StrBytes::from_string(text.to_owned())
}

#[test]
fn a_quorum_that_is_configured_takes_no_voters() {
    let broker = common::broker();
    let raw = &mut Raw::connect(&broker);
    let id = Uuid::from_u128(7);
    let request = AddRaftVoterRequest::default().with_voter_id(2).with_voter_directory_id(id);
    let answer: AddRaftVoterResponse = raw.call(ApiKey::AddRaftVoter, 0, &request.with_cluster_id(None));
    assert_eq!(answer.error_code, 35);
    let request = RemoveRaftVoterRequest::default().with_voter_id(2).with_cluster_id(None);
    for (directory, cluster, code) in [(id, None, 35), (Uuid::nil(), None, 42), (id, Some("other"), 104)] {
        let request = request.clone().with_voter_directory_id(directory).with_cluster_id(cluster.map(text));
        let answer: RemoveRaftVoterResponse = raw.call(ApiKey::RemoveRaftVoter, 0, &request);
        assert_eq!(answer.error_code, code);
    }
}

#[test]
fn the_quorum_is_this_broker_which_is_not_behind() {
    use describe_quorum_request::{PartitionData, TopicData};
    let broker = common::broker();
    let raw = &mut Raw::connect(&broker);
    let topic = TopicData::default()
        .with_topic_name(TopicName(text("__cluster_metadata")))
        .with_partitions(vec![PartitionData::default()]);
    let request = DescribeQuorumRequest::default().with_topics(vec![topic]);
    for version in 0..=2 {
        let answer: DescribeQuorumResponse = raw.call(ApiKey::DescribeQuorum, version, &request);
        let partition = &answer.topics[0].partitions[0];
        assert_eq!((partition.leader_id, partition.leader_epoch), (BrokerId(1), 1));
        assert_eq!(partition.current_voters[0].log_end_offset, partition.high_watermark);
        assert_eq!(partition.current_voters[0].last_fetch_timestamp > 0, version >= 1);
    }
}
