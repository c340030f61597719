use crate::coordinator::testing::{Bench, Who};

/// A stable group of two static members, in generation 2.
fn two_static() -> (Bench, Who, Who) {
    let mut bench = Bench::new();
    let (mut a, mut b) = (Who::fixed("ia"), Who::fixed("ib"));
    let first = bench.join(&a);
    a.member = bench.joined(first).unwrap().member_id.to_string();
    bench.sync(&a, 1, &[(&a.member, "a")]);
    let b_joins = bench.join(&b);
    bench.join(&a);
    b.member = bench.joined(b_joins).unwrap().member_id.to_string();
    bench.sync(&b, 2, &[]);
    bench.sync(&a, 2, &[(&a.member, "for a"), (&b.member, "for b")]);
    (bench, a, b)
}

#[test]
fn a_returning_follower_gets_its_assignment_without_a_rebalance() {
    let (mut bench, a, b) = two_static();
    let mut again = Who::fixed("ib");
    let joins = bench.join(&again);
    let answer = bench.joined(joins).unwrap();
    assert_eq!((answer.error_code, answer.generation_id, answer.skip_assignment), (0, 2, false));
    again.member = answer.member_id.to_string();
    assert_ne!(again.member, b.member);
    let syncs = bench.sync(&again, 2, &[]);
    assert_eq!(bench.synced(syncs), Some((0, "for b".into())));
    assert_eq!((bench.heartbeat(&a, 2), bench.heartbeat(&again, 2)), (0, 0));
}

#[test]
fn the_one_who_was_replaced_is_fenced() {
    let (mut bench, _, b) = two_static();
    bench.join(&Who::fixed("ib"));
    assert_eq!(bench.heartbeat(&b, 2), 82);
    let syncs = bench.sync(&b, 2, &[]);
    assert_eq!(bench.synced(syncs).unwrap().0, 82);
    let joins = bench.join(&b);
    assert_eq!(bench.joined(joins).unwrap().error_code, 82);
    assert_eq!(bench.leave(&b.member, Some("ib")), 82);
}

#[test]
fn a_returning_leader_may_skip_the_assignment() {
    let (mut bench, ..) = two_static();
    let joins = bench.join(&Who::fixed("ia"));
    let answer = bench.joined(joins).unwrap();
    assert!(answer.skip_assignment);
    assert_eq!((answer.leader, answer.members.len()), (answer.member_id, 2));
}

#[test]
fn an_old_client_that_returns_as_leader_is_shown_its_former_id() {
    let (mut bench, a, _) = two_static();
    let joins = bench.join(&Who { skip_assignment: false, ..Who::fixed("ia") });
    let answer = bench.joined(joins).unwrap();
    assert_eq!((answer.leader.as_str(), answer.members.len()), (a.member.as_str(), 0));
}

#[test]
fn a_static_member_is_removed_by_its_instance_id() {
    let (mut bench, a, _) = two_static();
    assert_eq!(bench.leave("", Some("ib")), 0);
    assert_eq!(bench.leave("", Some("ib")), 25);
    assert_eq!(bench.heartbeat(&a, 2), 27);
}

#[test]
fn the_replacement_survives_a_restart() {
    let (mut bench, _, b) = two_static();
    let mut again = Who::fixed("ib");
    let joins = bench.join(&again);
    again.member = bench.joined(joins).unwrap().member_id.to_string();
    bench.restart();
    assert_eq!((bench.heartbeat(&again, 2), bench.heartbeat(&b, 2)), (0, 82));
}
