//! Offsets: who may commit, what is fetched, what expires.

use crate::coordinator::GroupConfig;
use crate::coordinator::testing::{Bench, Who, group_id, text, topic_name};
use kafka_protocol::messages::offset_commit_request::*;
use kafka_protocol::messages::offset_delete_request::*;
use kafka_protocol::messages::offset_fetch_request::*;
use kafka_protocol::messages::txn_offset_commit_request::*;
use kafka_protocol::messages::{OffsetCommitRequest, OffsetDeleteRequest, TxnOffsetCommitRequest};

fn commit_as(bench: &mut Bench, member: &str, generation: i32, topic: &str, offset: i64) -> i16 {
    let partition = OffsetCommitRequestPartition::default()
        .with_partition_index(0)
        .with_committed_offset(offset)
        .with_committed_metadata(Some(text("note")));
    let topic =
        OffsetCommitRequestTopic::default().with_name(topic_name(topic)).with_partitions(vec![partition]);
    let request = OffsetCommitRequest::default()
        .with_group_id(group_id("g"))
        .with_member_id(text(member))
        .with_generation_id_or_member_epoch(generation)
        .with_topics(vec![topic]);
    bench.run(|state, cx, topics| state.commit_offsets(cx, topics, &request, 8)).topics[0].partitions[0]
        .error_code
}

fn commit(bench: &mut Bench, topic: &str, offset: i64) -> i16 {
    commit_as(bench, "", -1, topic, offset)
}

/// Offset, metadata and error of partition 0 of topic `t`.
fn fetch(bench: &Bench, require_stable: bool) -> (i64, String, i16) {
    let topic =
        OffsetFetchRequestTopics::default().with_name(topic_name("t")).with_partition_indexes(vec![0]);
    let request = OffsetFetchRequestGroup::default()
        .with_group_id(group_id("g"))
        .with_member_epoch(-1)
        .with_topics(Some(vec![topic]));
    let found = bench.state().fetch_offsets(&bench.topics, &request, require_stable);
    let p = &found.topics[0].partitions[0];
    (p.committed_offset, p.metadata.clone().unwrap_or_default().to_string(), p.error_code)
}

/// Errors and offsets of all that a stable fetch of everything lists.
fn fetch_all(bench: &Bench) -> Vec<(i16, i64)> {
    let request = OffsetFetchRequestGroup::default()
        .with_group_id(group_id("g"))
        .with_member_epoch(-1)
        .with_topics(None);
    let found = bench.state().fetch_offsets(&bench.topics, &request, true);
    let partitions = found.topics.iter().flat_map(|t| &t.partitions);
    partitions.map(|p| (p.error_code, p.committed_offset)).collect()
}

fn txn_commit(bench: &mut Bench, member: &str, generation: i32, offset: i64) -> i16 {
    let partition = TxnOffsetCommitRequestPartition::default().with_committed_offset(offset);
    let topic =
        TxnOffsetCommitRequestTopic::default().with_name(topic_name("t")).with_partitions(vec![partition]);
    let request = TxnOffsetCommitRequest::default()
        .with_group_id(group_id("g"))
        .with_member_id(text(member))
        .with_generation_id(generation)
        .with_topics(vec![topic]);
    let topics = bench.topics.clone();
    let (out, response) =
        bench.shard.run(bench.now, |state, cx| state.commit_offsets_in_transaction(cx, &topics, &request));
    bench.apply(out, Some(7));
    response.topics[0].partitions[0].error_code
}

fn stable_member(bench: &mut Bench) -> Who {
    let mut who = Who::new();
    bench.enter(&mut who);
    bench.sync(&who, 1, &[(&who.member, "x")]);
    who
}

#[test]
fn a_group_without_members_takes_commits_from_anybody() {
    let mut bench = Bench::new();
    assert_eq!(fetch(&bench, true), (-1, String::new(), 0));
    assert_eq!(commit(&mut bench, "t", 42), 0);
    assert_eq!(fetch(&bench, true), (42, "note".into(), 0));
    assert_eq!(bench.state().list_groups(&[], &[])[0].group_state.as_str(), "Empty");
}

#[test]
fn offsets_survive_a_restart() {
    let mut bench = Bench::new();
    commit(&mut bench, "t", 1);
    commit(&mut bench, "t", 42);
    bench.restart();
    assert_eq!(fetch(&bench, true), (42, "note".into(), 0));
}

#[test]
fn a_member_commits_in_its_generation_only() {
    let mut bench = Bench::new();
    let who = stable_member(&mut bench);
    assert_eq!(commit_as(&mut bench, &who.member, 1, "t", 5), 0);
    assert_eq!(commit_as(&mut bench, &who.member, 2, "t", 6), 22);
    assert_eq!(commit_as(&mut bench, "stranger", 1, "t", 7), 25);
    assert_eq!(commit(&mut bench, "t", 8), 25);
    assert_eq!(fetch(&bench, true).0, 5);
}

#[test]
fn a_commit_between_join_and_assignment_is_error_27() {
    let mut bench = Bench::new();
    let mut who = Who::new();
    bench.enter(&mut who);
    assert_eq!(commit_as(&mut bench, &who.member, 1, "t", 5), 27);
}

#[test]
fn a_generation_of_a_group_that_is_not_there_is_error_22() {
    assert_eq!(commit_as(&mut Bench::new(), "m", 3, "t", 5), 22);
}

#[test]
fn an_unknown_topic_is_error_3() {
    let mut bench = Bench::new();
    assert_eq!(commit(&mut bench, "no such topic", 5), 3);
    assert!(bench.log.is_empty());
}

#[test]
fn metadata_over_the_limit_is_error_12() {
    let mut bench = Bench::with(GroupConfig { offset_metadata_max_bytes: 3, ..GroupConfig::default() });
    assert_eq!(commit(&mut bench, "t", 5), 12);
}

#[test]
fn metadata_is_as_long_as_java_takes_it_to_be() {
    let limit = |bytes| GroupConfig { offset_metadata_max_bytes: bytes, ..GroupConfig::default() };
    let commit_note = |limit| {
        let mut bench = Bench::with(limit);
        let partition = OffsetCommitRequestPartition::default().with_committed_metadata(Some(text("äöü𝄞")));
        let topic =
            OffsetCommitRequestTopic::default().with_name(topic_name("t")).with_partitions(vec![partition]);
        let request = OffsetCommitRequest::default()
            .with_group_id(group_id("g"))
            .with_generation_id_or_member_epoch(-1)
            .with_topics(vec![topic]);
        bench.run(|state, cx, topics| state.commit_offsets(cx, topics, &request, 8)).topics[0].partitions[0]
            .error_code
    };
    assert_eq!((commit_note(limit(5)), commit_note(limit(4))), (0, 12));
}

#[test]
fn offsets_of_a_topic_that_is_deleted_go_with_it_also_those_in_open_transactions() {
    let mut bench = Bench::new();
    commit(&mut bench, "t", 3);
    txn_commit(&mut bench, "", -1, 9);
    bench.run(|state, cx, _| state.forget_topic_offsets(cx, "t"));
    bench.shard.replay_marker(7, true);
    assert_eq!(fetch(&bench, true), (-1, String::new(), 0));
}

#[test]
fn a_topic_that_is_made_anew_does_not_inherit_offsets() {
    let mut bench = Bench::new();
    commit(&mut bench, "t", 3);
    bench.topics.renew("t");
    assert_eq!((fetch(&bench, true).0, fetch_all(&bench)), (-1, vec![]));
    bench.restart();
    assert_eq!((fetch(&bench, true).0, fetch_all(&bench)), (-1, vec![]));
    commit(&mut bench, "t", 4);
    assert_eq!((fetch(&bench, true).0, fetch_all(&bench)), (4, vec![(0, 4)]));
}

#[test]
fn all_offsets_are_those_that_are_committed() {
    let mut bench = Bench::new();
    txn_commit(&mut bench, "", -1, 9);
    assert_eq!(fetch_all(&bench), vec![]);
    commit(&mut bench, "t", 3);
    assert_eq!(fetch_all(&bench), vec![(88, -1)]);
}

#[test]
fn an_offset_in_an_open_transaction_is_unstable() {
    let mut bench = Bench::new();
    commit(&mut bench, "t", 3);
    assert_eq!(txn_commit(&mut bench, "", -1, 9), 0);
    assert_eq!((fetch(&bench, true).2, fetch(&bench, false).0), (88, 3));
    bench.shard.replay_marker(7, true);
    assert_eq!(fetch(&bench, true), (9, String::new(), 0));
}

#[test]
fn a_transaction_commits_for_members_of_the_generation_only() {
    let mut bench = Bench::new();
    let who = stable_member(&mut bench);
    assert_eq!(txn_commit(&mut bench, "no-such-member", 1, 3), 25);
    assert_eq!(txn_commit(&mut bench, &who.member, 9, 3), 22);
    assert_eq!(txn_commit(&mut bench, &who.member, 1, 3), 0);
    assert_eq!(txn_commit(&mut bench, "", -1, 4), 0, "a producer may leave the membership out");
}

fn delete(bench: &mut Bench, topic: &str) -> i16 {
    let topic = OffsetDeleteRequestTopic::default()
        .with_name(topic_name(topic))
        .with_partitions(vec![OffsetDeleteRequestPartition::default()]);
    let request = OffsetDeleteRequest::default().with_group_id(group_id("g")).with_topics(vec![topic]);
    let r = bench.run(|state, cx, topics| state.delete_offsets(cx, topics, &request));
    if r.error_code != 0 { r.error_code } else { r.topics[0].partitions[0].error_code }
}

#[test]
fn offsets_of_topics_that_are_read_cannot_be_deleted() {
    let mut bench = Bench::new();
    assert_eq!(delete(&mut bench, "t"), 69);
    commit(&mut bench, "t", 3);
    commit(&mut bench, "u", 3);
    let who = stable_member(&mut bench);
    assert_eq!((delete(&mut bench, "t"), delete(&mut bench, "u"), delete(&mut bench, "x")), (86, 0, 3));
    bench.leave(&who.member, None);
    assert_eq!(delete(&mut bench, "t"), 0);
    assert_eq!(fetch(&bench, true).0, -1);
}

#[test]
fn offsets_expire_some_time_after_the_last_member_left() {
    let mut bench = Bench::with(GroupConfig {
        offsets_retention_ms: 100_000,
        offsets_retention_check_interval_ms: 1_000,
        ..GroupConfig::default()
    });
    let who = stable_member(&mut bench);
    commit_as(&mut bench, &who.member, 1, "t", 3);
    for _ in 0..40 {
        bench.advance(5_000);
        assert_eq!(bench.heartbeat(&who, 1), 0);
    }
    assert_eq!(fetch(&bench, true).0, 3, "what is in use stays");
    bench.leave(&who.member, None);
    bench.advance(99_000);
    assert_eq!(fetch(&bench, true).0, 3);
    bench.advance(2_000);
    assert_eq!(fetch(&bench, true).0, -1);
    assert!(bench.state().groups.is_empty(), "an empty group without offsets goes too");
    bench.restart();
    assert!(bench.state().groups.is_empty());
}

#[test]
fn offsets_without_a_group_expire_some_time_after_the_commit() {
    let mut bench = Bench::with(GroupConfig {
        offsets_retention_ms: 10_000,
        offsets_retention_check_interval_ms: 1_000,
        ..GroupConfig::default()
    });
    commit(&mut bench, "t", 3);
    bench.advance(9_000);
    assert_eq!(fetch(&bench, true).0, 3);
    bench.advance(2_000);
    assert_eq!(fetch(&bench, true).0, -1);
}
