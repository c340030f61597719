use super::*;
use crate::coordinator::streams::validate;

fn source_of(topic: &str) -> Topology {
    let only = Subtopology {
        subtopology_id: "0".into(),
        source_topics: vec![topic.into()],
        ..Subtopology::default()
    };
    Topology { epoch: 0, subtopologies: vec![only] }
}

#[test]
fn internal_topics_are_created_with_the_partitions_of_their_sources() {
    let mut group = Group::new();
    let joined = group.join("a").unwrap();
    let missing = &joined.status.unwrap()[1];
    assert_eq!(missing.detail, format!("Internal topics are missing: {REPARTITION}, {CHANGELOG}"));
    for topic in [REPARTITION, CHANGELOG] {
        let found = crate::coordinator::topics::TopicView::by_name(&group.bench.topics, topic).unwrap();
        assert_eq!(found.partitions, 4, "{topic}");
    }
}

#[test]
fn a_missing_source_topic_is_a_status_and_the_group_starts_when_it_is_there() {
    let mut group = Group::new();
    let joined = group.join_with("a", source_of("late")).unwrap();
    assert_eq!(codes(&joined), [5, 1]);
    assert_eq!(joined.status.unwrap()[1].detail, "Source topics late are missing.");
    assert_eq!(group.state(), "NotReady");
    group.bench.advance(3_000);
    let waits = group.beat("a", 1).unwrap();
    assert_eq!(codes(&waits), [1]);
    group.bench.topics.set("late", 1);
    let answer = group.beat("a", waits.member_epoch).unwrap();
    assert_eq!((codes(&answer), answer.active_tasks), (vec![], tasks(&[("0", &[0])])));
}

#[test]
fn tasks_are_taken_away_when_a_source_topic_is_deleted_and_grow_with_it() {
    let mut group = Group::new();
    group.settings.initial_delay_ms = 0;
    let joined = group.join_with("a", source_of("t")).unwrap();
    assert_eq!(joined.active_tasks, tasks(&[("0", &[0, 1, 2, 3])]));
    group.bench.topics.set("t", 5);
    let more = group.beat("a", joined.member_epoch).unwrap();
    assert_eq!(more.active_tasks, tasks(&[("0", &[0, 1, 2, 3, 4])]));
}

#[test]
fn an_internal_topic_with_other_partitions_is_a_status() {
    let mut group = Group::new();
    group.bench.topics.set(CHANGELOG, 3);
    let joined = group.join("a").unwrap();
    assert_eq!(codes(&joined), [5, 2]);
    let detail = &joined.status.unwrap()[1].detail;
    assert!(detail.contains(CHANGELOG) && detail.contains("expected 4, actual 3"), "{detail}");
}

#[test]
fn sources_that_are_joined_must_have_the_same_partitions() {
    let mut topology = source_of("t");
    topology.subtopologies[0].source_topics.push("u".into());
    topology.subtopologies[0].copartition_groups =
        vec![CopartitionGroup { source_topics: vec![0, 1], ..CopartitionGroup::default() }];
    let mut group = Group::new();
    group.bench.topics.set("u", 5);
    let joined = group.join_with("a", topology).unwrap();
    assert_eq!(codes(&joined), [5, 2]);
    assert_eq!(
        joined.status.unwrap()[1].detail,
        "Following topics do not have the same number of partitions: [t=4, u=5]"
    );
}

#[test]
fn a_repartition_topic_takes_the_partitions_of_what_it_is_joined_with() {
    let mut topology = word_count();
    topology.subtopologies[1].source_topics = vec!["wide".into()];
    topology.subtopologies[1].copartition_groups = vec![CopartitionGroup {
        source_topics: vec![0],
        repartition_source_topics: vec![0],
        ..CopartitionGroup::default()
    }];
    let mut group = Group::new();
    group.bench.topics.set("wide", 7);
    group.join_with("a", topology).unwrap();
    let found = crate::coordinator::topics::TopicView::by_name(&group.bench.topics, REPARTITION).unwrap();
    assert_eq!(found.partitions, 7);
}

#[test]
fn another_topology_is_refused_while_others_run_the_first() {
    let (mut group, _) = Group::settled("a");
    assert_eq!(group.join_with("b", source_of("t")), Err(42));
    assert_eq!(group.bench.state().describe_streams("g").members.len(), 1);
    group.beat("a", -1).unwrap();
    assert!(group.join_with("b", source_of("t")).is_ok());
}

#[test]
fn malformed_requests_are_refused() {
    let good = StreamsGroupHeartbeatRequest {
        rebalance_timeout_ms: 1,
        topology: Some(word_count()),
        active_tasks: Some(vec![]),
        standby_tasks: Some(vec![]),
        warmup_tasks: Some(vec![]),
        process_id: Some("p".into()),
        ..heartbeat("a", 0)
    };
    type Change = fn(&mut StreamsGroupHeartbeatRequest);
    let changes: [(Change, i16); 9] = [
        (|r| r.group_id.clear(), 42),
        (|r| r.member_id.clear(), 42),
        (|r| r.instance_id = Some("i".into()), 42),
        (|r| r.member_epoch = -3, 42),
        (|r| r.rebalance_timeout_ms = -1, 42),
        (|r| r.topology = None, 42),
        (|r| r.active_tasks = tasks(&[("0", &[1])]), 42),
        (|r| r.member_epoch = 1, 42),
        (|r| r.topology.as_mut().unwrap().subtopologies[1].subtopology_id = "0".into(), 130),
    ];
    assert!(validate(&good).is_ok());
    for (i, (change, code)) in changes.into_iter().enumerate() {
        let mut request = good.clone();
        change(&mut request);
        assert_eq!(validate(&request).unwrap_err().0.code(), code, "change {i}");
    }
}
