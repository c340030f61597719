use super::*;
use crate::coordinator::testing::Who;
use kafka_protocol::messages::OffsetCommitRequest;
use kafka_protocol::messages::offset_commit_request::{
    OffsetCommitRequestPartition, OffsetCommitRequestTopic,
};

#[test]
fn partitions_move_only_after_their_owner_has_given_them_up() {
    let mut group = Group::settled("a");
    let joined = group.join("b").unwrap();
    assert_eq!((joined.member_epoch, partitions(&joined)), (3, Some(vec![])));
    let fewer = group.beat("a", 2).unwrap();
    assert_eq!((fewer.member_epoch, partitions(&fewer)), (2, Some(vec![0, 1, 2])));
    assert_eq!(partitions(&group.beat("b", 3).unwrap()), None);
    assert_eq!(group.state(), "Reconciling");
    assert_eq!(group.report("a", 2, &[0, 1, 2, 3]).unwrap().member_epoch, 2, "it still has one too many");
    let given_up = group.report("a", 2, &[0, 1, 2]).unwrap();
    assert_eq!((given_up.member_epoch, partitions(&given_up)), (3, None));
    let gets = group.beat("b", 3).unwrap();
    assert_eq!((gets.member_epoch, partitions(&gets)), (3, Some(vec![3, 4, 5])));
    assert_eq!(group.state(), "Stable");
}

#[test]
fn who_stays_takes_over_from_who_leaves() {
    let mut group = Group::settled("a");
    group.join("b").unwrap();
    let left = group.beat("a", -1).unwrap();
    assert_eq!((left.member_epoch, left.heartbeat_interval_ms), (-1, 0));
    let gets = group.beat("b", 3).unwrap();
    assert_eq!((gets.member_epoch, partitions(&gets)), (4, Some(vec![0, 1, 2, 3, 4, 5])));
}

#[test]
fn a_silent_member_is_dropped_after_its_session() {
    let mut group = Group::settled("a");
    group.bench.advance(44_999);
    assert!(group.beat("a", 2).is_ok());
    group.bench.advance(45_000);
    assert_eq!((group.beat("a", 2), group.state().as_str()), (Err(25), "Empty"));
}

#[test]
fn who_does_not_give_up_in_time_is_dropped() {
    let mut group = Group::settled("a");
    group.join("b").unwrap();
    group.beat("a", 2).unwrap();
    group.bench.advance(30_000);
    group.beat("a", 2).unwrap();
    group.beat("b", 3).unwrap();
    group.bench.advance(30_000);
    assert_eq!(group.beat("a", 2), Err(25));
    assert_eq!(partitions(&group.beat("b", 3).unwrap()).map(|p| p.len()), Some(6));
}

#[test]
fn a_second_revocation_has_its_own_time() {
    let mut group = Group::settled("a");
    group.join("b").unwrap();
    group.beat("a", 2).unwrap();
    group.bench.advance(40_000);
    group.join("c").unwrap();
    let more = group.report("a", 2, &[0, 1, 2]).unwrap();
    assert_eq!(partitions(&more), Some(vec![0, 1]));
    group.bench.advance(30_000);
    assert!(group.beat("a", 2).is_ok(), "the first one's time would be over");
    group.bench.advance(30_000);
    assert_eq!(group.beat("a", 2), Err(25));
}

#[test]
fn wrong_epochs_are_fenced_and_strangers_unknown() {
    let mut group = Group::settled("a");
    assert_eq!((group.beat("a", 8), group.beat("b", 2), group.beat("b", -1)), (Err(110), Err(25), Err(25)));
    let mut none = Group::new();
    assert_eq!((none.beat("a", 2), none.beat("a", -1)), (Err(69), Err(69)));
}

#[test]
fn a_member_may_repeat_its_last_epoch_if_the_answer_was_lost() {
    let mut group = Group::settled("a");
    group.join("b").unwrap();
    group.beat("a", 2).unwrap();
    assert_eq!(group.report("a", 2, &[0, 1, 2]).unwrap().member_epoch, 3);
    assert_eq!(group.report("a", 2, &[0, 1, 2]).unwrap().member_epoch, 3);
    assert_eq!(group.beat("a", 2), Err(110));
}

#[test]
fn the_group_goes_on_after_a_restart() {
    let mut group = Group::settled("a");
    group.join("b").unwrap();
    let describe = |g: &Group| g.bench.state().describe_consumer(&group_id("g"), &g.bench.topics);
    let before = describe(&group);
    group.bench.restart();
    assert_eq!(describe(&group), before);
    assert_eq!(partitions(&group.beat("a", 2).unwrap()), Some(vec![0, 1, 2]));
}

#[test]
fn after_a_restart_members_have_the_sessions_of_their_group() {
    let mut group = Group::settled("a");
    group.bench.session_timeout_ms = 6_000;
    group.bench.restart();
    group.bench.advance(5_999);
    assert_eq!(group.state(), "Stable");
    group.bench.advance(1);
    assert_eq!(group.state(), "Empty");
}

fn commit(group: &mut Group, member: &str, epoch: i32, version: i16) -> i16 {
    commit_to(group, member, epoch, version, 0)
}

fn commit_to(group: &mut Group, member: &str, epoch: i32, version: i16, partition: i32) -> i16 {
    let partition =
        OffsetCommitRequestPartition::default().with_committed_offset(3).with_partition_index(partition);
    let topic =
        OffsetCommitRequestTopic::default().with_name(topic_name("t")).with_partitions(vec![partition]);
    let request = OffsetCommitRequest::default()
        .with_group_id(group_id("g"))
        .with_member_id(text(member))
        .with_generation_id_or_member_epoch(epoch)
        .with_topics(vec![topic]);
    let answer = group.bench.run(|s, cx, topics| s.commit_offsets(cx, topics, &request, version));
    answer.topics[0].partitions[0].error_code
}

#[test]
fn a_member_commits_with_its_epoch() {
    let mut group = Group::settled("a");
    assert_eq!(commit(&mut group, "a", 2, 9), 0);
    assert_eq!((commit(&mut group, "a", 6, 9), commit(&mut group, "a", 2, 8)), (113, 35));
    assert_eq!((commit(&mut group, "b", 2, 9), commit(&mut group, "", -1, 9)), (25, 25));
}

#[test]
fn a_commit_with_an_epoch_of_before_is_good_for_what_the_member_has_had_since() {
    let mut group = Group::settled("a");
    group.join("b").unwrap();
    group.beat("a", 2).unwrap();
    group.report("a", 2, &[0, 1, 2]).unwrap();
    group.beat("b", 3).unwrap();
    let check = |group: &mut Group| {
        assert_eq!(commit_to(group, "a", 2, 9, 0), 0, "it has had this one all the time");
        assert_eq!(commit_to(group, "a", 2, 9, 3), 113, "this one is b's now");
        assert_eq!(commit_to(group, "b", 2, 9, 3), 113, "b has it since epoch 3");
        assert_eq!(commit_to(group, "b", 3, 9, 3), 0);
    };
    check(&mut group);
    group.bench.restart();
    check(&mut group);
}

#[test]
fn a_partition_that_is_still_to_be_given_up_may_be_committed() {
    let mut group = Group::settled("a");
    group.join("b").unwrap();
    group.beat("a", 2).unwrap();
    assert_eq!((commit_to(&mut group, "a", 2, 9, 3), commit_to(&mut group, "a", 1, 9, 3)), (0, 113));
}

#[test]
fn a_group_changes_its_protocol_while_nobody_is_in_it_and_keeps_its_offsets() {
    let mut group = Group::settled("a");
    commit(&mut group, "a", 2, 9);
    let mut classic = Who::new();
    group.beat("a", -1).unwrap();
    group.bench.enter(&mut classic);
    group.bench.restart();
    assert_eq!(group.bench.state().groups["g"].type_name(), "classic");
    assert_eq!(group.bench.state().offsets.of_group("g").count(), 1);
    group.bench.leave(&classic.member, None);
    group.join("a").unwrap();
    group.bench.restart();
    assert_eq!(group.bench.state().groups["g"].type_name(), "consumer");
}

#[test]
fn only_what_members_read_makes_a_new_epoch() {
    let mut group = Group::settled("a");
    let range = heartbeat("a", 2).with_server_assignor(Some(text("range")));
    assert_eq!(group.send(&range).unwrap().member_epoch, 2, "another assignor waits for the next epoch");
    let reads_nothing = joining("b").with_subscribed_topic_names(Some(vec![]));
    assert_eq!(group.send(&reads_nothing).unwrap().member_epoch, 2);
    assert_eq!(group.join("c").unwrap().member_epoch, 3);
}

#[test]
fn who_leaves_makes_one_epoch_though_fewer_topics_are_read() {
    let mut group = Group::settled("a");
    group.bench.topics.set("u", 1);
    let reads_both = joining("b").with_subscribed_topic_names(Some(vec![topic_name("t"), topic_name("u")]));
    assert_eq!(group.send(&reads_both).unwrap().member_epoch, 3);
    group.beat("a", 2).unwrap();
    group.report("a", 2, &[0, 1, 2]).unwrap();
    group.beat("b", -1).unwrap();
    assert_eq!(group.beat("a", 3).unwrap().member_epoch, 4);
    assert_eq!(group.beat("a", 4).unwrap().member_epoch, 4);
    group.bench.topics.set("t", 7);
    assert_eq!(group.beat("a", 4).unwrap().member_epoch, 5, "topics are looked at as before");
}
