use super::two_members;
use crate::coordinator::testing::group_id;

#[test]
fn a_stable_group_goes_on_after_a_restart() {
    let (mut bench, a, b) = two_members();
    bench.restart();
    assert_eq!((bench.heartbeat(&a, 2), bench.heartbeat(&b, 2)), (0, 0));
    let syncs = bench.sync(&b, 2, &[]);
    assert_eq!(bench.synced(syncs), Some((0, "b".into())));
}

#[test]
fn a_description_is_the_same_after_a_restart() {
    let (mut bench, ..) = two_members();
    let before = bench.state().describe_classic(&group_id("g"), 6);
    assert_eq!((before.group_state.as_str(), before.members.len()), ("Stable", 2));
    bench.restart();
    assert_eq!(bench.state().describe_classic(&group_id("g"), 6), before);
}

#[test]
fn sessions_begin_anew_at_a_restart() {
    let (mut bench, a, b) = two_members();
    bench.advance(9_000);
    bench.restart();
    bench.advance(9_999);
    assert_eq!(bench.heartbeat(&a, 2), 0);
    bench.advance(1);
    assert_eq!(bench.heartbeat(&b, 2), 25);
}

#[test]
fn a_deleted_group_stays_deleted() {
    let (mut bench, a, b) = two_members();
    bench.leave(&a.member, None);
    bench.leave(&b.member, None);
    bench.run(|state, cx, _| state.delete_group(cx, "g")).unwrap();
    bench.restart();
    assert_eq!(bench.state().describe_classic(&group_id("g"), 6).error_code, 69);
}
