//! What clients are told that they may do (KIP-430).

mod common;

use common::Raw;
use kafka_protocol::messages::metadata_request::MetadataRequestTopic;
use kafka_protocol::messages::{
    ApiKey, DescribeClusterRequest, DescribeClusterResponse, MetadataRequest, MetadataResponse, TopicName,
};
use kafka_protocol::protocol::StrBytes;

#[test]
fn operations_on_topics_and_cluster_are_told_to_those_who_ask() {
    let broker = common::broker();
    let mut raw = Raw::connect(&broker);
    for (asked, topic, cluster) in [(true, 3576, 8096), (false, i32::MIN, i32::MIN)] {
        let name = TopicName(StrBytes::from_static_str("t"));
        let request = MetadataRequest::default()
            .with_topics(Some(vec![MetadataRequestTopic::default().with_name(Some(name))]))
            .with_include_topic_authorized_operations(asked);
        let answer: MetadataResponse = raw.call(ApiKey::Metadata, 12, &request);
        assert_eq!(answer.topics[0].topic_authorized_operations, topic);
        let request = DescribeClusterRequest::default().with_include_cluster_authorized_operations(asked);
        let answer: DescribeClusterResponse = raw.call(ApiKey::DescribeCluster, 1, &request);
        assert_eq!(answer.cluster_authorized_operations, cluster);
    }
}
