//! Starting, closing, threads.

use std::time::Duration;

use futures::StreamExt;
use futures::executor::block_on;
use streams_core::{ErrorKind, KafkaStreams, State};

use crate::cluster::{Cluster, DEADLINE, await_that, close, start};
use crate::word_count_app::{Words, topology};

#[test]
fn states_are_those_of_kafka() {
    let cluster = Cluster::start();
    cluster.create_topic(&cluster.name("lines"), 1);
    let topology = topology(&cluster.name("lines"), &cluster.name("counts"), true);
    let streams = KafkaStreams::new(&topology, cluster.config("app", "one").build().unwrap()).unwrap();
    let changes = streams.state_changes();
    assert_eq!(streams.state(), State::Created);
    start(&streams);
    assert_eq!(streams.start().unwrap_err().kind(), ErrorKind::Closed);
    close(&streams);
    assert_eq!(streams.start().unwrap_err().kind(), ErrorKind::Closed);
    let seen: Vec<State> = block_on(changes.map(|change| change.new).collect());
    assert_eq!(seen.first(), Some(&State::Rebalancing));
    assert!(seen.ends_with(&[State::Running, State::PendingShutdown, State::NotRunning]), "{seen:?}");
}

#[test]
fn what_was_never_started_closes() {
    let cluster = Cluster::start();
    let topology = topology("lines", "counts", true);
    let streams = KafkaStreams::new(&topology, cluster.config("app", "one").build().unwrap()).unwrap();
    assert!(streams.close(Duration::MAX));
    assert_eq!(streams.state(), State::NotRunning);
}

#[test]
fn closing_does_not_need_a_cluster() {
    let dir = tempfile::tempdir().unwrap();
    let config = streams_core::StreamsConfig::builder()
        .application_id("app")
        .set("bootstrap.servers", "127.0.0.1:1")
        .set("state.dir", dir.path().display())
        .build()
        .unwrap();
    let streams = KafkaStreams::new(&topology("lines", "counts", true), config).unwrap();
    streams.start().unwrap();
    assert_eq!(streams.state(), State::Rebalancing);
    close(&streams);
}

#[test]
fn threads_come_and_go_while_words_are_counted() {
    let cluster = Cluster::start();
    let mut words = Words::new(&cluster, (4, 1));
    let streams = words.streams(cluster.config("app", "one").build().unwrap());
    assert_eq!(streams.add_stream_thread().unwrap(), None);
    start(&streams);
    assert_eq!(streams.remove_stream_thread(), None);
    for round in 0..4 {
        words.write(300);
        if round % 2 == 0 {
            let name = streams.add_stream_thread().unwrap().unwrap();
            assert!(name.ends_with("-StreamThread-2"), "{name}");
        } else {
            assert!(streams.remove_stream_thread().unwrap().ends_with("-StreamThread-2"));
        }
        let threads = if round % 2 == 0 { 2 } else { 1 };
        await_that("threads are as many as wanted", || streams.threads().len() == threads);
        assert!(streams.wait_for_state(|state| state == State::Running, DEADLINE));
        words.await_counted();
    }
    close(&streams);
}
