//! DescribeQuorum (key 55), versions 0–2: a quorum of this broker alone. There is no metadata log
//! behind it; it looks like one with a single record.

use kafka_protocol::ResponseError;
use kafka_protocol::messages::describe_quorum_request::DescribeQuorumRequest;
use kafka_protocol::messages::describe_quorum_response::{
    DescribeQuorumResponse, Listener, Node, PartitionData, ReplicaState, TopicData,
};
use kafka_protocol::messages::{ApiKey, BrokerId};
use kafka_protocol::protocol::StrBytes;

use super::support::text;
use super::{Request, api};
use crate::clock::now_ms;

api!(ApiKey::DescribeQuorum, 0..=2, DescribeQuorumRequest, describe_quorum);

/// The topic that a quorum agrees on.
const METADATA_TOPIC: &str = "__cluster_metadata";

/// The end of the metadata log.
const LOG_END: i64 = 1;

fn voter(node: BrokerId, version: i16) -> ReplicaState {
    let state = ReplicaState::default().with_replica_id(node).with_log_end_offset(LOG_END);
    if version == 0 {
        return state;
    }
    let now = now_ms();
    state.with_last_fetch_timestamp(now).with_last_caught_up_timestamp(now)
}

async fn describe_quorum(request: &Request, body: DescribeQuorumRequest) -> DescribeQuorumResponse {
    let node = BrokerId(request.broker.node_id());
    let mut response = DescribeQuorumResponse::default().with_error_message(Some(StrBytes::default()));
    let mut led = false;
    for topic in body.topics {
        let partitions = topic.partitions.iter().map(|asked| {
            let partition = PartitionData::default()
                .with_partition_index(asked.partition_index)
                .with_error_message(Some(StrBytes::default()));
            if topic.topic_name.as_str() != METADATA_TOPIC || asked.partition_index != 0 {
                return partition
                    .with_error_code(ResponseError::UnknownTopicOrPartition.code())
                    .with_error_message(Some(text("This server does not host this topic-partition.")));
            }
            led = true;
            partition
                .with_leader_id(node)
                .with_leader_epoch(1)
                .with_high_watermark(LOG_END)
                .with_current_voters(vec![voter(node, request.version())])
        });
        let partitions = partitions.collect();
        response
            .topics
            .push(TopicData::default().with_topic_name(topic.topic_name).with_partitions(partitions));
    }
    if request.version() >= 2 && led {
        let (host, port) = &request.broker.advertised;
        let listener = Listener::default()
            .with_name(StrBytes::from_static_str("CONTROLLER"))
            .with_host(text(host))
            .with_port(*port);
        response.nodes.push(Node::default().with_node_id(node).with_listeners(vec![listener]));
    }
    response
}
