use super::two_members;
use crate::coordinator::GroupConfig;
use crate::coordinator::testing::{Bench, Who, group_id, subscription};

#[test]
fn a_first_join_without_id_is_given_one_and_told_to_come_back() {
    let mut bench = Bench::new();
    let mut who = Who::new();
    let first = bench.join(&who);
    let answer = bench.joined(first).unwrap();
    assert_eq!((answer.error_code, answer.generation_id), (79, -1));
    assert!(answer.member_id.starts_with("client-"));
    who.member = answer.member_id.to_string();
    let second = bench.join(&who);
    let answer = bench.joined(second).unwrap();
    assert_eq!((answer.error_code, answer.generation_id, answer.members.len()), (0, 1, 1));
}

#[test]
fn an_unknown_member_id_is_error_25() {
    let mut bench = Bench::new();
    let stranger = Who { member: "nobody".into(), ..Who::new() };
    let in_no_group = bench.join(&stranger);
    assert_eq!(bench.joined(in_no_group).unwrap().error_code, 25);
    let (mut bench, ..) = two_members();
    let in_a_group = bench.join(&stranger);
    assert_eq!(bench.joined(in_a_group).unwrap().error_code, 25);
    assert_eq!(bench.heartbeat(&stranger, 2), 25);
    let sync = bench.sync(&stranger, 2, &[]);
    assert_eq!(bench.synced(sync).unwrap().0, 25);
    assert_eq!(bench.leave("nobody", None), 25);
}

#[test]
fn a_session_timeout_out_of_range_is_error_26() {
    let mut bench = Bench::new();
    for session_ms in [5_999, 1_800_001] {
        let id = bench.join(&Who { session_ms, ..Who::new() });
        assert_eq!(bench.joined(id).unwrap().error_code, 26, "{session_ms}");
    }
}

#[test]
fn a_member_without_a_common_protocol_is_error_23() {
    let (mut bench, ..) = two_members();
    let id = bench.join(&Who { protocols: vec![("sticky".into(), subscription(&["t"]))], ..Who::new() });
    assert_eq!(bench.joined(id).unwrap().error_code, 23);
    let mut empty = Bench::new();
    let id = empty.join(&Who { protocols: vec![], ..Who::new() });
    assert_eq!(empty.joined(id).unwrap().error_code, 23);
}

#[test]
fn a_full_group_is_error_81() {
    let mut bench = Bench::with(GroupConfig { max_size: 1, ..GroupConfig::default() });
    bench.enter(&mut Who::new());
    let id = bench.join(&Who::new());
    assert_eq!(bench.joined(id).unwrap().error_code, 81);
}

#[test]
fn another_generation_is_error_22() {
    let (mut bench, a, _) = two_members();
    assert_eq!((bench.heartbeat(&a, 1), bench.heartbeat(&a, 3), bench.heartbeat(&a, 2)), (22, 22, 0));
    let sync = bench.sync(&a, 1, &[]);
    assert_eq!(bench.synced(sync).unwrap().0, 22);
}

#[test]
fn only_the_leader_is_given_the_members() {
    let (mut bench, a, b) = two_members();
    let a_joins = bench.join(&a);
    let b_joins = bench.join(&b);
    let (for_a, for_b) = (bench.joined(a_joins).unwrap(), bench.joined(b_joins).unwrap());
    assert_eq!((for_a.members.len(), for_b.members.len()), (2, 0));
    assert_eq!(for_a.leader, for_b.leader);
}

#[test]
fn a_silent_member_is_dropped_after_its_session() {
    let (mut bench, a, b) = two_members();
    bench.advance(9_999);
    assert_eq!(bench.heartbeat(&a, 2), 0);
    bench.advance(1);
    assert_eq!(bench.heartbeat(&b, 2), 25);
    assert_eq!(bench.heartbeat(&a, 2), 27);
    let a_joins = bench.join(&a);
    assert_eq!(bench.joined(a_joins).unwrap().generation_id, 3);
}

#[test]
fn an_id_that_was_given_out_and_not_used_expires() {
    let mut bench = Bench::new();
    let mut a = Who::new();
    let first = bench.join(&a);
    a.member = bench.joined(first).unwrap().member_id.to_string();
    bench.advance(10_000);
    let late = bench.join(&a);
    assert_eq!(bench.joined(late).unwrap().error_code, 25);
}

#[test]
fn the_last_one_to_leave_empties_the_group() {
    let (mut bench, a, b) = two_members();
    assert_eq!((bench.leave(&a.member, None), bench.leave(&b.member, None)), (0, 0));
    let described = bench.state().describe_classic(&group_id("g"), 6);
    assert_eq!((described.error_code, described.group_state.as_str()), (0, "Empty"));
}

#[test]
fn a_group_with_members_cannot_be_deleted() {
    let (mut bench, a, b) = two_members();
    let delete =
        |bench: &mut Bench| bench.run(|state, cx, _| state.delete_group(cx, "g")).map_err(|e| e.code());
    assert_eq!(delete(&mut bench), Err(68));
    bench.leave(&a.member, None);
    bench.leave(&b.member, None);
    assert_eq!((delete(&mut bench), delete(&mut bench)), (Ok(()), Err(69)));
    let described = bench.state().describe_classic(&group_id("g"), 6);
    assert_eq!((described.error_code, described.group_state.as_str()), (69, "Dead"));
}
