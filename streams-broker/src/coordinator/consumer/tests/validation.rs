use super::*;
use crate::coordinator::consumer::validate;

#[test]
fn malformed_requests_are_refused() {
    type Change = fn(ConsumerGroupHeartbeatRequest) -> ConsumerGroupHeartbeatRequest;
    let changes: [(Change, i16); 11] = [
        (|r| r.with_group_id(group_id(" ")), 42),
        (|r| r.with_member_id(text("")), 42),
        (|r| r.with_instance_id(Some(text(""))), 42),
        (|r| r.with_rack_id(Some(text(""))), 42),
        (|r| r.with_member_epoch(-2), 42),
        (|r| r.with_member_epoch(-3), 42),
        (|r| r.with_rebalance_timeout_ms(-1), 42),
        (|r| r.with_topic_partitions(None), 42),
        (|r| r.with_subscribed_topic_names(None), 42),
        (|r| r.with_server_assignor(Some(text("mine"))), 112),
        (|r| r.with_subscribed_topic_regex(Some(text("("))), 128),
    ];
    assert!(validate(&joining("a"), 1).is_ok());
    for (i, (change, code)) in changes.into_iter().enumerate() {
        assert_eq!(validate(&change(joining("a")), 1).unwrap_err().0.code(), code, "change {i}");
    }
}

#[test]
fn the_broker_makes_the_member_id_in_version_0() {
    let mut group = Group::new();
    let joined = group.join("").unwrap();
    let id = joined.member_id.unwrap();
    assert!(!id.is_empty());
    assert!(group.beat(&id, 2).is_ok());
}
