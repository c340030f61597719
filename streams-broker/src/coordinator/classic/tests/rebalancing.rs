use super::two_members;
use crate::coordinator::GroupConfig;
use crate::coordinator::testing::{Bench, Who, subscription};

#[test]
fn members_are_told_27_until_they_join_again() {
    let (mut bench, a, b) = two_members();
    let mut c = Who::new();
    let c_joins = bench.enter(&mut c);
    assert_eq!((bench.heartbeat(&a, 2), bench.heartbeat(&b, 2)), (27, 27));
    let a_joins = bench.join(&a);
    assert_eq!((bench.joined(a_joins), bench.joined(c_joins)), (None, None));
    let b_joins = bench.join(&b);
    for id in [a_joins, b_joins, c_joins] {
        assert_eq!(bench.joined(id).unwrap().generation_id, 3);
    }
}

#[test]
fn followers_wait_for_the_leaders_assignment() {
    let (mut bench, a, b) = two_members();
    bench.join(&a);
    bench.join(&b);
    let b_syncs = bench.sync(&b, 3, &[]);
    assert_eq!(bench.synced(b_syncs), None);
    let a_syncs = bench.sync(&a, 3, &[(&a.member, "for a"), (&b.member, "for b")]);
    assert_eq!(bench.synced(a_syncs), Some((0, "for a".into())));
    assert_eq!(bench.synced(b_syncs), Some((0, "for b".into())));
    let again = bench.sync(&b, 3, &[]);
    assert_eq!(bench.synced(again), Some((0, "for b".into())));
}

#[test]
fn a_new_member_ends_the_wait_for_the_assignment_with_27() {
    let (mut bench, a, b) = two_members();
    bench.join(&a);
    bench.join(&b);
    let b_syncs = bench.sync(&b, 3, &[]);
    bench.enter(&mut Who::new());
    assert_eq!(bench.synced(b_syncs).unwrap().0, 27);
    let late = bench.sync(&a, 3, &[]);
    assert_eq!(bench.synced(late).unwrap().0, 27);
}

#[test]
fn who_does_not_join_within_the_rebalance_timeout_is_dropped() {
    let (mut bench, a, mut b) = two_members();
    b.protocols = vec![("range".into(), subscription(&["u"]))];
    let b_joins = bench.join(&b);
    assert_eq!(bench.joined(b_joins), None);
    for _ in 0..12 {
        bench.advance(4_999);
        assert_eq!(bench.heartbeat(&a, 2), 27);
    }
    bench.advance(12);
    let answer = bench.joined(b_joins).unwrap();
    assert_eq!((answer.generation_id, answer.leader.as_str()), (3, b.member.as_str()));
    assert_eq!(bench.heartbeat(&a, 2), 25);
}

#[test]
fn who_does_not_sync_within_the_rebalance_timeout_is_dropped() {
    let (mut bench, a, b) = two_members();
    bench.join(&a);
    bench.join(&b);
    bench.sync(&a, 3, &[(&a.member, "a")]);
    for _ in 0..12 {
        bench.advance(5_000);
        bench.heartbeat(&a, 3);
        bench.heartbeat(&b, 3);
    }
    assert_eq!(bench.heartbeat(&b, 3), 25);
    assert_eq!(bench.heartbeat(&a, 3), 27);
}

#[test]
fn a_follower_that_asks_again_gets_the_same_answer_without_a_rebalance() {
    let (mut bench, a, b) = two_members();
    let again = bench.join(&b);
    assert_eq!(bench.joined(again).unwrap().generation_id, 2);
    assert_eq!(bench.heartbeat(&a, 2), 0);
}

#[test]
fn the_leader_joining_again_starts_a_rebalance() {
    let (mut bench, a, b) = two_members();
    let a_joins = bench.join(&a);
    assert_eq!(bench.joined(a_joins), None);
    assert_eq!(bench.heartbeat(&b, 2), 27);
}

#[test]
fn a_changed_subscription_starts_a_rebalance() {
    let (mut bench, a, mut b) = two_members();
    b.protocols = vec![("range".into(), subscription(&["t", "u"]))];
    let b_joins = bench.join(&b);
    assert_eq!(bench.joined(b_joins), None);
    assert_eq!(bench.heartbeat(&a, 2), 27);
}

#[test]
fn the_protocol_is_the_one_with_most_votes_that_all_have() {
    let offer = |names: &[&str]| -> Vec<_> {
        names.iter().map(|n| ((*n).to_owned(), subscription(&["t"]))).collect()
    };
    let mut bench = Bench::new();
    let mut a = Who { protocols: offer(&["range", "sticky"]), ..Who::new() };
    let mut b = Who { protocols: offer(&["cooperative", "sticky"]), ..Who::new() };
    bench.enter(&mut a);
    let b_joins = bench.enter(&mut b);
    bench.join(&a);
    assert_eq!(bench.joined(b_joins).unwrap().protocol_name.unwrap().as_str(), "sticky");
}

#[test]
fn the_initial_delay_gathers_members_into_one_generation() {
    let mut bench = Bench::with(GroupConfig { initial_rebalance_delay_ms: 3_000, ..GroupConfig::default() });
    let (mut a, mut b) = (Who::new(), Who::new());
    let a_joins = bench.enter(&mut a);
    bench.advance(2_000);
    let b_joins = bench.enter(&mut b);
    bench.advance(1_000);
    assert_eq!(bench.joined(a_joins), None, "a newcomer grants the delay once more");
    bench.advance(3_000);
    assert_eq!(bench.joined(a_joins).unwrap().generation_id, 1);
    assert_eq!(bench.joined(b_joins).unwrap().generation_id, 1);
}

#[test]
fn a_rebalance_waits_for_ids_that_were_given_out() {
    let (mut bench, a, b) = two_members();
    let mut c = Who::new();
    let first = bench.join(&c);
    c.member = bench.joined(first).unwrap().member_id.to_string();
    let a_joins = bench.join(&a);
    bench.join(&b);
    assert_eq!(bench.joined(a_joins), None);
    bench.join(&c);
    assert_eq!(bench.joined(a_joins).unwrap().members.len(), 3);
}
