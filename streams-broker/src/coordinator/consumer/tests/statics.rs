use super::*;

fn fixed(request: ConsumerGroupHeartbeatRequest) -> ConsumerGroupHeartbeatRequest {
    request.with_instance_id(Some(text("i")))
}

#[test]
fn a_static_member_that_was_away_gets_its_partitions_back() {
    let mut group = Group::new();
    group.send(&fixed(joining("a"))).unwrap();
    group.join("b").unwrap();
    group.send(&fixed(heartbeat("a", 2))).unwrap();
    group.report("a", 2, &[0, 1, 2]).unwrap();
    group.beat("b", 3).unwrap();
    let away = group.send(&fixed(heartbeat("a", -2))).unwrap();
    assert_eq!(away.member_epoch, -2);
    assert_eq!(partitions(&group.beat("b", 3).unwrap()), None, "nobody takes its partitions meanwhile");
    let back = group.send(&fixed(joining("a2"))).unwrap();
    assert_eq!((back.member_epoch, partitions(&back)), (3, Some(vec![0, 1, 2])));
    assert_eq!(group.send(&fixed(heartbeat("a", 3))), Err(82));
    group.bench.restart();
    assert_eq!(group.send(&fixed(heartbeat("a2", 3))).map(|r| r.member_epoch), Ok(3));
}

#[test]
fn a_static_member_that_is_away_has_to_join_again() {
    let mut group = Group::new();
    group.send(&fixed(joining("a"))).unwrap();
    group.send(&fixed(heartbeat("a", -2))).unwrap();
    assert_eq!(group.send(&fixed(heartbeat("a", 2).with_topic_partitions(Some(vec![])))), Err(110));
}

#[test]
fn an_instance_that_is_here_cannot_come_twice() {
    let mut group = Group::new();
    group.send(&fixed(joining("a"))).unwrap();
    assert_eq!(group.send(&fixed(joining("a2"))), Err(111));
}

#[test]
fn a_static_member_that_stays_away_is_dropped() {
    let mut group = Group::new();
    group.send(&fixed(joining("a"))).unwrap();
    group.send(&fixed(heartbeat("a", -2))).unwrap();
    group.bench.advance(45_000);
    assert_eq!(group.state(), "Empty");
}
