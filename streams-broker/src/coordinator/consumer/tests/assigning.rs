use super::*;

/// Joins members one after the other, all with the same request, and settles; gives the number of partitions of
/// each topic that every member has.
fn shares(
    group: &mut Group,
    members: &[&str],
    request: impl Fn(&str) -> ConsumerGroupHeartbeatRequest,
) -> Vec<usize> {
    for member in members {
        group.send(&request(member)).unwrap();
    }
    let state = group.bench.state().describe_consumer(&group_id("g"), &group.bench.topics);
    let count = |m: &kafka_protocol::messages::consumer_group_describe_response::Member| {
        m.target_assignment.topic_partitions.iter().map(|t| t.partitions.len()).sum()
    };
    state.members.iter().map(count).collect()
}

#[test]
fn uniform_spreads_evenly_over_topics() {
    let mut group = Group::new();
    let both = |m: &str| joining(m).with_subscribed_topic_names(Some(vec![topic_name("t"), topic_name("u")]));
    assert_eq!(shares(&mut group, &["a", "b", "c", "d"], both), [3, 3, 2, 2]);
}

#[test]
fn uniform_balances_what_subscriptions_allow() {
    let mut group = Group::new();
    group
        .send(&joining("a").with_subscribed_topic_names(Some(vec![topic_name("t"), topic_name("u")])))
        .unwrap();
    group.send(&joining("b").with_subscribed_topic_names(Some(vec![topic_name("u")]))).unwrap();
    let mut shares = shares(&mut group, &["c"], joining);
    shares.sort_unstable();
    assert_eq!(shares, [3, 3, 4]);
}

#[test]
fn range_gives_neighbours_to_the_same_member() {
    let mut group = Group::new();
    let range = |m: &str| {
        joining(m)
            .with_server_assignor(Some(text("range")))
            .with_subscribed_topic_names(Some(vec![topic_name("t"), topic_name("u")]))
    };
    shares(&mut group, &["a", "b"], range);
    let described = group.bench.state().describe_consumer(&group_id("g"), &group.bench.topics);
    assert_eq!(described.assignor_name.as_str(), "range");
    let of_a: Vec<Vec<i32>> = described.members[0]
        .target_assignment
        .topic_partitions
        .iter()
        .map(|t| t.partitions.clone())
        .collect();
    assert!(of_a.contains(&vec![0, 1, 2]) && of_a.contains(&vec![0, 1]), "{of_a:?}");
}

#[test]
fn a_pattern_reads_topics_that_come_later() {
    let mut group = Group::new();
    let pattern =
        joining("a").with_subscribed_topic_names(None).with_subscribed_topic_regex(Some(text("log-[0-9]+")));
    let joined = group.send(&pattern).unwrap();
    assert_eq!(partitions(&joined), Some(vec![]));
    group.bench.topics.set("log-1", 2);
    group.bench.topics.set("log-x", 2);
    let more = group.beat("a", joined.member_epoch).unwrap();
    assert_eq!(partitions(&more), Some(vec![0, 1]));
}

#[test]
fn a_topic_that_grows_is_given_out_anew() {
    let mut group = Group::settled("a");
    group.bench.topics.set("t", 8);
    let more = group.beat("a", 2).unwrap();
    assert_eq!((more.member_epoch, partitions(&more).map(|p| p.len())), (3, Some(8)));
}

#[test]
fn assignments_keep_their_interval() {
    let mut group = Group::settled("a");
    group.assignment_interval_ms = 1_000;
    let joined = group.join("b").unwrap();
    assert_eq!(
        (joined.member_epoch, partitions(&joined)),
        (2, Some(vec![])),
        "the first assignment is young"
    );
    assert_eq!(group.state(), "Assigning");
    group.bench.restart();
    group.bench.advance(999);
    assert_eq!(group.beat("a", 2).unwrap().assignment, None);
    group.bench.advance(1);
    assert_eq!(partitions(&group.beat("a", 2).unwrap()), Some(vec![0, 1, 2]));
}
