use super::*;
use crate::coordinator::streams::validate;
use crate::coordinator::testing::{group_id, text, topic_name};
use kafka_protocol::messages::OffsetCommitRequest;
use kafka_protocol::messages::offset_commit_request::{
    OffsetCommitRequestPartition, OffsetCommitRequestTopic,
};

#[test]
fn the_first_member_is_told_to_wait_and_then_gets_all_tasks() {
    let mut group = Group::new();
    let joined = group.join("a").unwrap();
    assert_eq!((joined.member_epoch, codes(&joined)), (1, vec![5, 3]));
    assert_eq!((&joined.active_tasks, &joined.standby_tasks), (&Some(vec![]), &Some(vec![])));
    assert_eq!(joined.heartbeat_interval_ms, 5_000);
    let waits = group.beat("a", 1).unwrap();
    assert_eq!((codes(&waits), &waits.active_tasks), (vec![5], &None));
    group.bench.advance(3_000);
    let answer = group.beat("a", waits.member_epoch).unwrap();
    assert_eq!((answer.member_epoch, codes(&answer)), (3, vec![]));
    assert_eq!(answer.active_tasks, tasks(&[("0", &[0, 1, 2, 3]), ("1", &[0, 1, 2, 3])]));
    let echoed = group.echo("a", &answer).unwrap();
    assert_eq!((echoed.member_epoch, echoed.active_tasks), (3, None));
    assert_eq!(group.state(), "Stable");
}

#[test]
fn a_second_member_gets_what_the_first_has_given_up() {
    let (mut group, _) = Group::settled("a");
    let joined = group.join("b").unwrap();
    assert_eq!((joined.member_epoch, &joined.active_tasks, codes(&joined)), (4, &Some(vec![]), vec![]));
    let fewer = group.beat("a", 3).unwrap();
    assert_eq!((fewer.member_epoch, &fewer.active_tasks), (3, &tasks(&[("0", &[0, 1]), ("1", &[0, 1])])));
    assert_eq!(group.beat("b", 4).unwrap().active_tasks, None, "nothing is free yet");
    assert_eq!(group.state(), "Reconciling");
    let given_up = group.echo("a", &fewer).unwrap();
    assert_eq!((given_up.member_epoch, given_up.active_tasks), (4, None));
    let gets = group.beat("b", 4).unwrap();
    assert_eq!((gets.member_epoch, &gets.active_tasks), (4, &tasks(&[("0", &[2, 3]), ("1", &[2, 3])])));
    assert_eq!(group.state(), "Stable");
}

fn commit(group: &mut Group, member: &str, epoch: i32, version: i16, partition: i32) -> i16 {
    let partition =
        OffsetCommitRequestPartition::default().with_committed_offset(3).with_partition_index(partition);
    let topic =
        OffsetCommitRequestTopic::default().with_name(topic_name(SOURCE)).with_partitions(vec![partition]);
    let request = OffsetCommitRequest::default()
        .with_group_id(group_id("g"))
        .with_member_id(text(member))
        .with_generation_id_or_member_epoch(epoch)
        .with_topics(vec![topic]);
    let answer = group.bench.run(|s, cx, topics| s.commit_offsets(cx, topics, &request, version));
    answer.topics[0].partitions[0].error_code
}

#[test]
fn a_commit_with_an_epoch_of_before_is_good_for_tasks_that_the_member_has_had_since() {
    let (mut group, _) = Group::settled("a");
    group.join("b").unwrap();
    let fewer = group.beat("a", 3).unwrap();
    assert_eq!(commit(&mut group, "a", 3, 9, 2), 0, "it has not given the task up yet");
    group.echo("a", &fewer).unwrap();
    group.beat("b", 4).unwrap();
    let check = |group: &mut Group| {
        assert_eq!(commit(group, "a", 3, 9, 0), 0, "it has run this task all the time");
        assert_eq!(commit(group, "a", 3, 9, 2), 113, "this one is b's now");
        assert_eq!((commit(group, "b", 3, 9, 2), commit(group, "b", 4, 9, 2)), (113, 0));
        assert_eq!((commit(group, "a", 5, 9, 0), commit(group, "a", 4, 8, 0)), (113, 35));
    };
    check(&mut group);
    group.bench.restart();
    check(&mut group);
}

#[test]
fn who_stays_takes_over_from_who_leaves() {
    let (mut group, _) = Group::settled("a");
    group.join("b").unwrap();
    let fewer = group.beat("a", 3).unwrap();
    group.echo("a", &fewer).unwrap();
    group.beat("b", 4).unwrap();
    let left = group.beat("a", -1).unwrap();
    assert_eq!((left.member_epoch, left.heartbeat_interval_ms), (-1, 0));
    let gets = group.beat("b", 4).unwrap();
    assert_eq!(gets.member_epoch, 5);
    assert_eq!(gets.active_tasks, tasks(&[("0", &[0, 1, 2, 3]), ("1", &[0, 1, 2, 3])]));
}

#[test]
fn a_silent_member_is_dropped_after_its_session() {
    let (mut group, _) = Group::settled("a");
    group.bench.advance(44_999);
    assert!(group.beat("a", 3).is_ok());
    group.bench.advance(45_000);
    assert_eq!(group.beat("a", 3), Err(25));
    assert_eq!(group.state(), "Empty");
}

#[test]
fn a_member_that_does_not_give_up_its_tasks_is_dropped_after_its_rebalance_timeout() {
    let (mut group, _) = Group::settled("a");
    group.join("b").unwrap();
    group.beat("a", 3).unwrap();
    for _ in 0..9 {
        group.bench.advance(30_000);
        group.beat("a", 3).unwrap();
        group.beat("b", 4).unwrap();
    }
    group.bench.advance(30_000);
    assert_eq!(group.beat("a", 3), Err(25));
    let gets = group.beat("b", 4).unwrap();
    assert_eq!(gets.member_epoch, 5);
}

#[test]
fn wrong_epochs_are_fenced_and_strangers_unknown() {
    let (mut group, _) = Group::settled("a");
    assert_eq!((group.beat("a", 2), group.beat("a", 9), group.beat("b", 3)), (Err(110), Err(110), Err(25)));
    assert_eq!(group.beat("b", -1), Err(25));
    let mut none = Group::new();
    assert_eq!((none.beat("a", 1), none.beat("a", -1)), (Err(69), Err(69)));
    assert!(none.bench.state().groups.is_empty());
}

#[test]
fn a_member_may_repeat_its_last_epoch_if_the_answer_was_lost() {
    let (mut group, answer) = Group::settled("a");
    let request = StreamsGroupHeartbeatRequest {
        active_tasks: Some(vec![]),
        standby_tasks: Some(vec![]),
        warmup_tasks: Some(vec![]),
        ..heartbeat("a", 1)
    };
    assert_eq!(group.send(&request).map(|r| r.member_epoch), Ok(answer.member_epoch));
}

#[test]
fn the_group_goes_on_after_a_restart() {
    let (mut group, _) = Group::settled("a");
    let before = group.bench.state().describe_streams("g");
    group.bench.restart();
    assert_eq!(group.bench.state().describe_streams("g"), before);
    let answer = group.beat("a", 3).unwrap();
    assert_eq!((answer.member_epoch, answer.active_tasks), (3, None));
}

#[test]
fn a_request_to_shut_down_reaches_everybody() {
    let (mut group, _) = Group::settled("a");
    group.join("b").unwrap();
    let request = StreamsGroupHeartbeatRequest { shutdown_application: true, ..heartbeat("b", 4) };
    group.send(&request).unwrap();
    assert_eq!(codes(&group.beat("a", 3).unwrap()), [4]);
}

#[test]
fn endpoints_are_sent_when_they_are_news() {
    let mut group = Group::new();
    let endpoint = Endpoint { host: "here".into(), port: 80 };
    let mut request = heartbeat("a", 0);
    request.endpoint_information_epoch = -1;
    request.rebalance_timeout_ms = 1_000;
    request.topology = Some(word_count());
    request.process_id = Some("p".into());
    request.user_endpoint = Some(endpoint.clone());
    let joined = group.send(&request).unwrap();
    let known = |epoch, informed| StreamsGroupHeartbeatRequest {
        endpoint_information_epoch: informed,
        ..heartbeat("a", epoch)
    };
    group.bench.advance(3_000);
    let answer = group.send(&known(joined.member_epoch, joined.endpoint_information_epoch)).unwrap();
    let found = answer.partitions_by_user_endpoint.unwrap();
    assert_eq!(found[0].user_endpoint, endpoint);
    assert_eq!(found[0].active_partitions.len(), 2);
    let again = group.send(&known(answer.member_epoch, answer.endpoint_information_epoch)).unwrap();
    assert_eq!(again.partitions_by_user_endpoint, None);
}

#[test]
fn an_endpoint_serves_the_partitions_that_its_topics_have() {
    let mut group = Group::new();
    group.bench.topics.set("small", 2);
    let subtopology = Subtopology {
        subtopology_id: "0".into(),
        source_topics: vec![SOURCE.into(), "small".into()],
        ..Subtopology::default()
    };
    let request = StreamsGroupHeartbeatRequest {
        endpoint_information_epoch: -1,
        rebalance_timeout_ms: 1_000,
        topology: Some(Topology { epoch: 0, subtopologies: vec![subtopology] }),
        user_endpoint: Some(Endpoint { host: "here".into(), port: 80 }),
        ..heartbeat("a", 0)
    };
    let joined = group.send(&request).unwrap();
    group.bench.advance(3_000);
    let asks = StreamsGroupHeartbeatRequest {
        endpoint_information_epoch: -1,
        ..heartbeat("a", joined.member_epoch)
    };
    let found = group.send(&asks).unwrap().partitions_by_user_endpoint.unwrap();
    let served: Vec<_> =
        found[0].active_partitions.iter().map(|t| (t.topic.as_str(), t.partitions.clone())).collect();
    assert_eq!(served, [("small", vec![0, 1]), (SOURCE, vec![0, 1, 2, 3])]);
}

#[test]
fn another_number_of_standbys_gives_the_tasks_out_anew() {
    let (mut group, _) = Group::settled("a");
    let epoch = |group: &Group| group.bench.state().describe_streams("g").group_epoch;
    assert_eq!(epoch(&group), 3);
    group.settings.standbys = 1;
    assert_eq!(group.beat("a", 3).unwrap().member_epoch, 4);
    group.bench.restart();
    assert_eq!((group.beat("a", 4).unwrap().member_epoch, epoch(&group)), (4, 4));
}

#[test]
fn an_empty_group_can_be_deleted_and_changed_to_another_protocol() {
    let (mut group, _) = Group::settled("a");
    let delete =
        |group: &mut Group| group.bench.run(|s, cx, _| s.delete_group(cx, "g")).map_err(|e| e.code());
    assert_eq!(delete(&mut group), Err(68));
    let mut classic = crate::coordinator::testing::Who::new();
    let refused = group.bench.join(&classic);
    assert_eq!(group.bench.joined(refused).unwrap().error_code, 23);
    group.beat("a", -1).unwrap();
    group.bench.enter(&mut classic);
    assert_eq!(group.bench.state().groups["g"].type_name(), "classic");
    group.bench.restart();
    group.bench.leave(&classic.member, None);
    group.join("a").unwrap();
    assert_eq!(group.bench.state().groups["g"].type_name(), "streams");
    group.bench.restart();
    group.beat("a", -1).unwrap();
    assert_eq!(delete(&mut group), Ok(()));
    group.bench.restart();
    assert!(group.bench.state().groups.is_empty());
}

#[test]
fn assignments_keep_their_interval() {
    let (mut group, _) = Group::settled("a");
    group.settings.assignment_interval_ms = 1_000;
    let joined = group.join("b").unwrap();
    assert_eq!((joined.member_epoch, codes(&joined)), (3, vec![5]), "the first assignment is young");
    assert_eq!(group.state(), "Assigning");
    group.bench.restart();
    group.bench.advance(999);
    assert_eq!(codes(&group.beat("a", 3).unwrap()), [5]);
    group.bench.advance(1);
    let fewer = group.beat("a", 3).unwrap();
    assert_eq!((codes(&fewer), fewer.active_tasks), (vec![], tasks(&[("0", &[0, 1]), ("1", &[0, 1])])));
}

#[test]
fn tasks_that_there_are_not_are_refused() {
    let (mut group, _) = Group::settled("a");
    let mut report = |ids: Option<Vec<TaskIds>>, others: Option<Vec<TaskIds>>| {
        let request = StreamsGroupHeartbeatRequest {
            active_tasks: ids,
            standby_tasks: others.clone(),
            warmup_tasks: others,
            ..heartbeat("a", 3)
        };
        group.send(&request).map(|answer| answer.member_epoch)
    };
    let none = || Some(Vec::new());
    assert_eq!(report(tasks(&[("0", &[0, 3])]), none()), Ok(3));
    assert_eq!(report(tasks(&[("0", &[4])]), none()), Err(42));
    assert_eq!(report(tasks(&[("9", &[0])]), none()), Err(42));
    assert_eq!(report(none(), tasks(&[("1", &[-1])])), Err(42));
    let some = StreamsGroupHeartbeatRequest { active_tasks: none(), ..heartbeat("a", 3) };
    assert_eq!(validate(&some).unwrap_err().0.code(), 42, "all kinds or none");
}

#[test]
fn an_endpoint_is_news_once_its_member_gets_other_tasks() {
    let (mut group, _) = Group::settled("a");
    let endpoint = Endpoint { host: "here".into(), port: 80 };
    let request = StreamsGroupHeartbeatRequest { user_endpoint: Some(endpoint), ..heartbeat("a", 3) };
    let told = group.send(&request).unwrap();
    assert_eq!(told.endpoint_information_epoch, 0);
    group.join("b").unwrap();
    assert_eq!(group.beat("a", told.member_epoch).unwrap().endpoint_information_epoch, 1);
}
