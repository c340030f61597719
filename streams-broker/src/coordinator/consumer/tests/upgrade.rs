use super::*;
use crate::coordinator::codec::{Reader, Writer};
use crate::coordinator::testing::Who;

/// An assignment of topic `t` as a classic leader writes it.
fn assignment(partitions: &[i32]) -> String {
    let mut w = Writer::new();
    w.i16(0);
    w.array_len(1);
    w.string("t");
    w.array_len(partitions.len());
    for partition in partitions {
        w.i32(*partition);
    }
    w.i32(0);
    String::from_utf8(w.into_bytes()).unwrap()
}

/// The partitions of topic `t` in an assignment.
fn read(bytes: &[u8]) -> Vec<i32> {
    let mut r = Reader::new(bytes);
    r.i16().unwrap();
    if r.array_len().unwrap() == 0 {
        return Vec::new();
    }
    r.string().unwrap();
    (0..r.array_len().unwrap()).map(|_| r.i32().unwrap()).collect()
}

/// A stable classic group of one member with all six partitions, in generation 1.
fn classic() -> (Group, Who) {
    let mut group = Group::new();
    let mut who = Who::new();
    group.bench.enter(&mut who);
    let all = assignment(&[0, 1, 2, 3, 4, 5]);
    group.bench.sync(&who, 1, &[(&who.member, &all)]);
    (group, who)
}

fn fetch_assignment(group: &mut Group, who: &Who, generation: i32) -> (i16, Vec<i32>) {
    let id = group.bench.sync(who, generation, &[]);
    let (code, bytes) = group.bench.synced_bytes(id).unwrap();
    (code, if code == 0 { read(&bytes) } else { Vec::new() })
}

#[test]
fn classic_members_stay_and_share_with_the_new_ones() {
    let (mut group, old) = classic();
    let new = group.join("new").unwrap();
    assert_eq!((new.member_epoch, partitions(&new)), (2, Some(vec![])));
    assert_eq!(group.bench.heartbeat(&old, 1), 27);
    let joins = group.bench.join(&old);
    let joined = group.bench.joined(joins).unwrap();
    assert_eq!((joined.error_code, joined.generation_id, joined.members.len()), (0, 2, 0));
    assert_eq!(fetch_assignment(&mut group, &old, 2), (0, vec![0, 1, 2]));
    assert_eq!(partitions(&group.beat("new", 2).unwrap()), Some(vec![3, 4, 5]));
    assert_eq!((group.bench.heartbeat(&old, 2), group.bench.heartbeat(&old, 1)), (0, 22));
    let described = group.bench.state().describe_consumer(&group_id("g"), &group.bench.topics);
    let mut types: Vec<i8> = described.members.iter().map(|m| m.member_type).collect();
    types.sort_unstable();
    assert_eq!(types, [0, 1]);
}

#[test]
fn the_upgraded_group_survives_a_restart() {
    let (mut group, old) = classic();
    group.join("new").unwrap();
    group.bench.restart();
    assert_eq!(group.bench.state().groups["g"].type_name(), "consumer");
    assert_eq!(group.bench.heartbeat(&old, 1), 27);
    let joins = group.bench.join(&old);
    assert_eq!(group.bench.joined(joins).unwrap().generation_id, 2);
}

#[test]
fn a_classic_member_that_leaves_or_falls_silent_gives_way() {
    let (mut group, old) = classic();
    group.join("new").unwrap();
    assert_eq!(group.bench.leave(&old.member, None), 0);
    assert_eq!(partitions(&group.beat("new", 2).unwrap()).map(|p| p.len()), Some(6));
    let (mut group, _) = classic();
    group.join("new").unwrap();
    group.bench.advance(10_000);
    assert_eq!(partitions(&group.beat("new", 2).unwrap()).map(|p| p.len()), Some(6));
}

#[test]
fn a_classic_member_that_is_told_to_join_again_and_does_not_is_dropped() {
    let (mut group, old) = classic();
    group.join("new").unwrap();
    for _ in 0..12 {
        assert_eq!(group.bench.heartbeat(&old, 1), 27);
        group.bench.advance(5_000);
        group.beat("new", 2).unwrap();
    }
    assert_eq!(group.bench.heartbeat(&old, 1), 25);
}

#[test]
fn a_classic_member_that_does_not_ask_for_its_assignment_is_dropped() {
    let (mut group, old) = classic();
    group.join("new").unwrap();
    assert_eq!(group.bench.heartbeat(&old, 1), 27);
    let joins = group.bench.join(&old);
    assert_eq!(group.bench.joined(joins).unwrap().generation_id, 2);
    for _ in 0..12 {
        assert_ne!(group.bench.heartbeat(&old, 2), 25);
        group.bench.advance(5_000);
        group.beat("new", 2).unwrap();
    }
    assert_eq!(group.bench.heartbeat(&old, 2), 25);
}

#[test]
fn a_classic_member_that_does_what_it_is_told_stays() {
    let (mut group, old) = classic();
    group.join("new").unwrap();
    group.bench.heartbeat(&old, 1);
    group.bench.join(&old);
    fetch_assignment(&mut group, &old, 2);
    for _ in 0..20 {
        assert_eq!(group.bench.heartbeat(&old, 2), 0);
        group.bench.advance(5_000);
        group.beat("new", 2).unwrap();
    }
    let fetches =
        |epoch| group.bench.state().groups["g"].validate_fetch(&old.member, epoch).map_err(|e| e.code());
    assert_eq!((fetches(2), fetches(1)), (Ok(()), Err(22)));
}

#[test]
fn a_classic_member_may_join_a_consumer_group() {
    let mut group = Group::settled("new");
    // The interval between two assignments.
    group.bench.advance(1_000);
    let mut old = Who::new();
    let joins = group.bench.enter(&mut old);
    let joined = group.bench.joined(joins).unwrap();
    assert_eq!((joined.error_code, joined.generation_id), (0, 3));
    assert_eq!(fetch_assignment(&mut group, &old, 3), (0, vec![]));
    assert_eq!(group.bench.heartbeat(&old, 3), 0, "nothing is free yet");
    assert_eq!(partitions(&group.beat("new", 2).unwrap()), Some(vec![0, 1, 2]));
    group.report("new", 2, &[0, 1, 2]).unwrap();
    assert_eq!(group.bench.heartbeat(&old, 3), 27);
    let joins = group.bench.join(&old);
    assert_eq!(group.bench.joined(joins).unwrap().generation_id, 3);
    assert_eq!(fetch_assignment(&mut group, &old, 3), (0, vec![3, 4, 5]));
}

#[test]
fn a_group_in_a_rebalance_is_upgraded_too() {
    let (mut group, old) = classic();
    let mut second = Who::new();
    let waits = group.bench.enter(&mut second);
    assert_eq!(group.bench.joined(waits), None, "the first member has not joined again yet");
    let new = group.join("new").unwrap();
    assert_eq!((new.member_epoch, partitions(&new)), (2, Some(vec![])));
    assert_eq!(group.bench.joined(waits).unwrap().error_code, 27);
    assert_eq!(group.bench.heartbeat(&old, 1), 27);
    let joins = group.bench.join(&old);
    assert_eq!(group.bench.joined(joins).unwrap().generation_id, 2);
    assert_eq!(fetch_assignment(&mut group, &old, 2), (0, vec![0, 1]));
    let joins = group.bench.join(&second);
    assert_eq!(group.bench.joined(joins).unwrap().generation_id, 2);
    group.bench.advance(10_000);
    assert_eq!(group.bench.state().groups["g"].state_name(), "Assigning", "who is silent is dropped");
}

#[test]
fn a_group_that_waits_for_its_leaders_assignment_is_upgraded_too() {
    let mut group = Group::new();
    let mut old = Who::new();
    group.bench.enter(&mut old);
    assert_eq!(group.join("new").map(|r| r.member_epoch), Ok(2));
    assert_eq!(group.bench.heartbeat(&old, 1), 27);
}

#[test]
fn an_assignment_that_only_its_own_assignor_understands_is_not_upgraded() {
    let mut group = Group::new();
    let mut who = Who::new();
    group.bench.enter(&mut who);
    let mut custom = assignment(&[0]).into_bytes();
    custom.truncate(custom.len() - 4);
    custom.extend([0, 0, 0, 1, b'x']);
    let custom = String::from_utf8(custom).unwrap();
    group.bench.sync(&who, 1, &[(&who.member, &custom)]);
    assert_eq!(group.join("new"), Err(69));
}

#[test]
fn a_member_that_is_no_consumer_may_not_join() {
    let mut group = Group::settled("new");
    let odd = Who {
        member: "odd".into(),
        protocols: vec![("range".into(), bytes::Bytes::from_static(b"x"))],
        ..Who::new()
    };
    let joins = group.bench.join(&odd);
    assert_eq!(group.bench.joined(joins).unwrap().error_code, 23);
}
