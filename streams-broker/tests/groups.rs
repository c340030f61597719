//! Consumer groups of the classic protocol, with librdkafka's consumer.
#![allow(clippy::unwrap_used, reason = "a helper that panics fails its test, as it should")]

mod common;

use std::collections::BTreeSet;
use std::thread;
use std::time::{Duration, Instant};

use common::{LONG, at, broker, client, produce};
use rdkafka::ClientConfig;
use rdkafka::admin::{AdminClient, AdminOptions, NewTopic, TopicReplication};
use rdkafka::client::DefaultClientContext;
use rdkafka::consumer::{BaseConsumer, CommitMode, Consumer};
use rdkafka::message::Message;
use rdkafka::topic_partition_list::{Offset, TopicPartitionList};
use streams_broker::EmbeddedBroker;

fn create(broker: &EmbeddedBroker, topic: &str, partitions: i32) {
    let admin: AdminClient<DefaultClientContext> = client(broker).create().unwrap();
    let new = NewTopic::new(topic, partitions, TopicReplication::Fixed(1));
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(admin.create_topics(&[new], &AdminOptions::new())).unwrap();
}

fn member(broker: &EmbeddedBroker, settings: &[(&str, &str)]) -> BaseConsumer {
    let mut config: ClientConfig = client(broker);
    config
        .set("group.id", "g")
        .set("session.timeout.ms", "6000")
        .set("heartbeat.interval.ms", "200")
        .set("auto.offset.reset", "earliest")
        .set("enable.auto.commit", "false");
    for (key, value) in settings {
        config.set(*key, *value);
    }
    let consumer: BaseConsumer = config.create().unwrap();
    consumer.subscribe(&["t"]).unwrap();
    consumer
}

fn owned(consumer: &BaseConsumer) -> BTreeSet<i32> {
    consumer.assignment().unwrap().elements().iter().map(|e| e.partition()).collect()
}

/// Polls all consumers until what they own is as wanted.
fn poll_until(consumers: &[&BaseConsumer], wanted: impl Fn(&[BTreeSet<i32>]) -> bool) -> Vec<BTreeSet<i32>> {
    let end = Instant::now() + LONG;
    loop {
        for consumer in consumers {
            let _ = consumer.poll(Duration::from_millis(20));
        }
        let shares: Vec<_> = consumers.iter().map(|c| owned(c)).collect();
        if wanted(&shares) {
            return shares;
        }
        assert!(Instant::now() < end, "no agreement within {LONG:?}: {shares:?}");
    }
}

/// The offset of the next record; polls that only rebalance are passed over.
fn next_offset(consumer: &BaseConsumer) -> i64 {
    let end = Instant::now() + LONG;
    while Instant::now() < end {
        if let Some(message) = consumer.poll(Duration::from_millis(100)) {
            return message.unwrap().offset();
        }
    }
    panic!("no record within {LONG:?}");
}

fn shared(shares: &[BTreeSet<i32>]) -> bool {
    let all: BTreeSet<i32> = shares.iter().flatten().copied().collect();
    all.len() == 4
        && shares.iter().map(BTreeSet::len).sum::<usize>() == 4
        && shares.iter().all(|s| !s.is_empty())
}

#[test]
fn two_consumers_share_the_partitions_with_every_assignor() {
    for assignor in ["range", "roundrobin", "cooperative-sticky"] {
        let broker = broker();
        create(&broker, "t", 4);
        let strategy = [("partition.assignment.strategy", assignor)];
        let first = member(&broker, &strategy);
        poll_until(&[&first], |shares| shares[0].len() == 4);
        let second = member(&broker, &strategy);
        poll_until(&[&first, &second], shared);
        drop(second);
        poll_until(&[&first], |shares| shares[0].len() == 4);
    }
}

#[test]
fn who_stops_polling_loses_its_partitions_to_the_others() {
    let broker = broker();
    create(&broker, "t", 4);
    let first = member(&broker, &[("max.poll.interval.ms", "6000")]);
    let second = member(&broker, &[]);
    poll_until(&[&first, &second], shared);
    // The first one is not polled any more: librdkafka leaves the group in its name.
    poll_until(&[&second], |shares| shares[0].len() == 4);
}

#[test]
fn committed_offsets_survive_a_kill() {
    let dir = tempfile::tempdir().unwrap();
    let broker = at(dir.path()).start_blocking().unwrap();
    produce(&client(&broker), "t", 0..10);
    let consumer = member(&broker, &[]);
    for n in 0..4 {
        assert_eq!(next_offset(&consumer), n);
    }
    let mut list = TopicPartitionList::new();
    list.add_partition_offset("t", 0, Offset::Offset(4)).unwrap();
    consumer.commit(&list, CommitMode::Sync).unwrap();
    broker.kill();
    drop(consumer);
    let broker = at(dir.path()).start_blocking().unwrap();
    let consumer = member(&broker, &[]);
    assert_eq!(next_offset(&consumer), 4);
}

#[test]
fn a_static_member_that_comes_back_gets_its_partitions_without_a_rebalance() {
    let broker = broker();
    create(&broker, "t", 4);
    let first = member(&broker, &[("group.instance.id", "one")]);
    let second = member(&broker, &[("group.instance.id", "two")]);
    let before = poll_until(&[&first, &second], shared);
    drop(second);
    let again = member(&broker, &[("group.instance.id", "two")]);
    poll_until(&[&again], |shares| shares[0] == before[1]);
    assert_eq!(owned(&first), before[0]);
}

#[test]
fn consumers_take_over_where_the_others_committed() {
    let broker = broker();
    create(&broker, "t", 4);
    produce(&client(&broker), "t", 0..100);
    let read = |count: usize| {
        let consumer = member(&broker, &[]);
        let mut seen = Vec::new();
        while seen.len() < count {
            seen.push(next_offset(&consumer));
            consumer.commit_consumer_state(CommitMode::Sync).unwrap();
        }
        seen
    };
    let first = read(40);
    let rest = read(60);
    assert_eq!(first.into_iter().chain(rest).collect::<Vec<_>>(), (0..100).collect::<Vec<_>>());
}

#[test]
fn many_consumers_joining_at_once_agree() {
    let broker = broker();
    create(&broker, "t", 4);
    let members: Vec<_> = thread::scope(|scope| {
        let starts: Vec<_> = (0..4).map(|_| scope.spawn(|| member(&broker, &[]))).collect();
        starts.into_iter().map(|start| start.join().unwrap()).collect()
    });
    poll_until(&members.iter().collect::<Vec<_>>(), shared);
}

#[test]
fn consumers_of_the_new_protocol_share_and_take_over() {
    let broker = EmbeddedBroker::builder()
        .temporary()
        .config("group.consumer.heartbeat.interval.ms", "100")
        .start_blocking()
        .unwrap();
    create(&broker, "t", 4);
    let start = || {
        let mut config: ClientConfig = client(&broker);
        config.set("group.id", "g").set("group.protocol", "consumer").set("auto.offset.reset", "earliest");
        let consumer: BaseConsumer = config.create().unwrap();
        consumer.subscribe(&["t"]).unwrap();
        consumer
    };
    let first = start();
    poll_until(&[&first], |shares| shares[0].len() == 4);
    let second = start();
    poll_until(&[&first, &second], shared);
    drop(first);
    poll_until(&[&second], |shares| shares[0].len() == 4);
}
