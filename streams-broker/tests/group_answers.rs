//! Answers of the group and transaction coordinators at the edges, as Apache Kafka 4.3 gives them.

mod common;

use common::{Raw, broker, client, produce};
use kafka_protocol::messages::consumer_group_heartbeat_request::ConsumerGroupHeartbeatRequest;
use kafka_protocol::messages::create_partitions_request::{CreatePartitionsRequest, CreatePartitionsTopic};
use kafka_protocol::messages::delete_groups_request::DeleteGroupsRequest;
use kafka_protocol::messages::find_coordinator_request::FindCoordinatorRequest;
use kafka_protocol::messages::list_groups_request::ListGroupsRequest;
use kafka_protocol::messages::list_transactions_request::ListTransactionsRequest;
use kafka_protocol::messages::offset_commit_request::{
    OffsetCommitRequest, OffsetCommitRequestPartition, OffsetCommitRequestTopic,
};
use kafka_protocol::messages::offset_delete_request::OffsetDeleteRequest;
use kafka_protocol::messages::{
    ApiKey, ApiVersionsResponse, ConsumerGroupHeartbeatResponse, CreatePartitionsResponse,
    DeleteGroupsResponse, FindCoordinatorResponse, GroupId, InitProducerIdRequest, InitProducerIdResponse,
    ListGroupsResponse, ListTransactionsResponse, OffsetCommitResponse, OffsetDeleteResponse,
    OffsetFetchRequest, OffsetFetchResponse, TopicName, TransactionalId, TxnOffsetCommitRequest,
    TxnOffsetCommitResponse,
};
use kafka_protocol::protocol::{Decodable, StrBytes};

fn text(text: &'static str) -> StrBytes {
    StrBytes::from_static_str(text)
}

fn heartbeat(group: &'static str, epoch: i32) -> ConsumerGroupHeartbeatRequest {
    ConsumerGroupHeartbeatRequest::default()
        .with_group_id(GroupId(text(group)))
        .with_member_id(text("member"))
        .with_member_epoch(epoch)
        .with_rebalance_timeout_ms(1_000)
        .with_subscribed_topic_names(Some(Vec::new()))
        .with_topic_partitions(Some(Vec::new()))
}

#[test]
fn a_subscription_to_nothing_is_one_and_types_are_in_lower_case() {
    let broker = broker();
    let mut raw = Raw::connect(&broker);
    let blank: ConsumerGroupHeartbeatResponse =
        raw.call(ApiKey::ConsumerGroupHeartbeat, 1, &heartbeat(" ", 0));
    assert_eq!(blank.error_code, 42);
    let joined: ConsumerGroupHeartbeatResponse =
        raw.call(ApiKey::ConsumerGroupHeartbeat, 1, &heartbeat("g", 0));
    assert_eq!((joined.error_code, joined.member_epoch), (0, 1));
    let again: ConsumerGroupHeartbeatResponse =
        raw.call(ApiKey::ConsumerGroupHeartbeat, 1, &heartbeat("g", 1));
    assert!(again.assignment.is_some(), "who says all is told all");
    let listed: ListGroupsResponse = raw.call(ApiKey::ListGroups, 5, &ListGroupsRequest::default());
    assert_eq!(listed.groups[0].group_type.as_str(), "consumer");
}

#[test]
fn groups_that_are_named_twice_or_not_at_all() {
    let broker = broker();
    let mut raw = Raw::connect(&broker);
    let group = GroupId(text("none"));
    let twice = DeleteGroupsRequest::default().with_groups_names(vec![group.clone(), group]);
    let deleted: DeleteGroupsResponse = raw.call(ApiKey::DeleteGroups, 2, &twice);
    assert_eq!(deleted.results.iter().map(|group| group.error_code).collect::<Vec<_>>(), [69]);
    let nameless: OffsetDeleteResponse = raw.call(ApiKey::OffsetDelete, 0, &OffsetDeleteRequest::default());
    assert_eq!(nameless.error_code, 24);
    let find = FindCoordinatorRequest::default().with_key(text("g"));
    let found: FindCoordinatorResponse = raw.call(ApiKey::FindCoordinator, 3, &find);
    assert_eq!(found.error_message, Some(text("NONE")));
    let other: FindCoordinatorResponse = raw.call(ApiKey::FindCoordinator, 3, &find.with_key_type(7));
    assert_eq!(other.error_code, 42);
    assert!(other.error_message.is_some_and(|why| why.starts_with("This most likely occurs because of")));
}

#[test]
fn a_partition_that_there_is_not_is_told_before_the_group_is_asked() {
    let broker = broker();
    produce(&client(&broker), "t", 0..1);
    let mut raw = Raw::connect(&broker);
    let topic = |name: &'static str, partitions: &[i32]| {
        let asked = |index: &i32| OffsetCommitRequestPartition::default().with_partition_index(*index);
        OffsetCommitRequestTopic::default()
            .with_name(TopicName(text(name)))
            .with_partitions(partitions.iter().map(asked).collect())
    };
    let request = OffsetCommitRequest::default()
        .with_group_id(GroupId(text("g")))
        .with_generation_id_or_member_epoch(5)
        .with_member_id(text("stranger"))
        .with_topics(vec![topic("none", &[0]), topic("t", &[0, 9]), topic("t", &[])]);
    let response: OffsetCommitResponse = raw.call(ApiKey::OffsetCommit, 8, &request);
    let mut told: Vec<_> = response
        .topics
        .iter()
        .flat_map(|topic| {
            topic.partitions.iter().map(|p| (topic.name.as_str(), p.partition_index, p.error_code))
        })
        .collect();
    told.sort_unstable();
    assert_eq!(told, [("none", 0, 3), ("t", 0, 22), ("t", 9, 3)]);
    assert_eq!(response.topics.len(), 2, "a topic without partitions is left out");
}

#[test]
fn the_broker_makes_ids_of_members_in_the_form_that_kafkas_ids_have() {
    let broker = broker();
    let request = heartbeat("g", 0).with_member_id(text(""));
    let joined: ConsumerGroupHeartbeatResponse =
        Raw::connect(&broker).call(ApiKey::ConsumerGroupHeartbeat, 0, &request);
    assert_eq!((joined.error_code, joined.member_id.map(|id| id.len())), (0, Some(22)));
}

#[test]
fn a_transaction_that_never_began_is_older_than_any_duration() {
    let broker = broker();
    let mut raw = Raw::connect(&broker);
    let init = InitProducerIdRequest::default()
        .with_transactional_id(Some(TransactionalId(text("t"))))
        .with_transaction_timeout_ms(1_000);
    let begun: InitProducerIdResponse = raw.call(ApiKey::InitProducerId, 4, &init);
    assert_eq!(begun.error_code, 0);
    let request = ListTransactionsRequest::default().with_duration_filter(999_999);
    let listed: ListTransactionsResponse = raw.call(ApiKey::ListTransactions, 1, &request);
    assert_eq!(listed.transaction_states.len(), 1);
}

#[test]
fn a_clients_name_need_not_be_text() {
    let broker = broker();
    let mut raw = Raw::connect(&broker);
    for name in [&[0, 2, 0xff, 0xfe][..], &[0xff, 0xfe], &[0xff, 0xff], &[0, 0]] {
        let frame = [&[0, 18, 0, 0, 0, 0, 0, 9], name].concat();
        raw.send_bytes(&[&(frame.len() as u32).to_be_bytes()[..], &frame].concat());
        let mut answer = bytes::Bytes::from(raw.receive_bytes().expect("an answer"));
        assert_eq!(answer.split_to(4)[..], [0, 0, 0, 9]);
        assert_eq!(ApiVersionsResponse::decode(&mut answer, 0).expect("a body").error_code, 0);
    }
}

#[test]
fn all_offsets_can_be_asked_for_from_version_2_on() {
    let broker = broker();
    let all = OffsetFetchRequest::default().with_group_id(GroupId(text("g"))).with_topics(None);
    let mut raw = Raw::connect(&broker);
    let fetched: OffsetFetchResponse = raw.call(ApiKey::OffsetFetch, 2, &all);
    assert_eq!(fetched.error_code, 0);
    // Group `g`, version 1, and no topics: the length of a list that is null.
    let body = [&[0, 9, 0, 1, 0, 0, 0, 7, 0, 0][..], &[0, 1, b'g'], &[0xff; 4]].concat();
    raw.send_bytes(&[&(body.len() as u32).to_be_bytes()[..], &body].concat());
    assert!(raw.receive_bytes().is_none(), "the connection is closed");
}

#[test]
fn the_brokers_own_topics_keep_their_partitions() {
    let broker = broker();
    let mut raw = Raw::connect(&broker);
    let find = FindCoordinatorRequest::default().with_key(text("g"));
    let _: FindCoordinatorResponse = raw.call(ApiKey::FindCoordinator, 1, &find);
    let topic =
        CreatePartitionsTopic::default().with_name(TopicName(text("__consumer_offsets"))).with_count(50);
    let request = CreatePartitionsRequest::default()
        .with_timeout_ms(5_000)
        .with_topics(vec![topic.with_assignments(None)]);
    let response: CreatePartitionsResponse = raw.call(ApiKey::CreatePartitions, 3, &request);
    assert_eq!(response.results[0].error_code, 42);
}

#[test]
fn a_partition_that_there_is_not_is_told_before_the_transaction_is_looked_for() {
    use kafka_protocol::messages::txn_offset_commit_request::{
        TxnOffsetCommitRequestPartition, TxnOffsetCommitRequestTopic,
    };
    let broker = broker();
    produce(&client(&broker), "t", 0..1);
    let asked = |index| TxnOffsetCommitRequestPartition::default().with_partition_index(index);
    let topic = TxnOffsetCommitRequestTopic::default()
        .with_name(TopicName(text("t")))
        .with_partitions(vec![asked(0), asked(9)]);
    let request = TxnOffsetCommitRequest::default()
        .with_transactional_id(TransactionalId(text("none")))
        .with_group_id(GroupId(text("g")))
        .with_topics(vec![topic]);
    let response: TxnOffsetCommitResponse = Raw::connect(&broker).call(ApiKey::TxnOffsetCommit, 3, &request);
    let told: Vec<_> =
        response.topics[0].partitions.iter().map(|p| (p.partition_index, p.error_code)).collect();
    assert_eq!(told, [(0, 49), (9, 3)]);
}
