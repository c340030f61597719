//! What is wrong is said clearly, and nothing is lost.

use std::sync::mpsc;

use streams_core::{
    Error, ErrorKind, KafkaStreams, Sink, Source, State, StreamThreadExceptionResponse, Topology,
};

use crate::cluster::{Cluster, DEADLINE, await_that, close, start};
use crate::word_count_app::{Words, topology};

/// Numbers from `input` to `output`.
fn numbers(input: &str, output: &str) -> Topology {
    let mut topology = Topology::new();
    topology
        .add_source(Source::<String, i64>::new("numbers", [input]))
        .unwrap()
        .add_sink(Sink::<String, i64>::to("out", output), ["numbers"])
        .unwrap();
    topology
}

/// Starts an instance that is to die, and returns why it did.
pub(crate) fn death(streams: KafkaStreams) -> (ErrorKind, String) {
    let (sender, receiver) = mpsc::channel();
    let streams = streams.with_uncaught_exception_handler(move |error: &Error| {
        sender.send((error.kind(), error.to_string())).unwrap();
        StreamThreadExceptionResponse::ShutdownClient
    });
    streams.start().unwrap();
    let death = receiver.recv_timeout(DEADLINE).unwrap();
    assert!(streams.wait_for_state(State::has_completed_shutdown, DEADLINE));
    assert_eq!(streams.state(), State::Error);
    death
}

#[test]
fn a_record_that_cannot_be_read_is_named_with_its_place() {
    let cluster = Cluster::start();
    let (input, output) = (cluster.name("numbers"), cluster.name("out"));
    cluster.create_topic(&input, 1);
    cluster.create_topic(&output, 1);
    cluster.produce(&input, ["12345678", "123"]);
    let config = cluster.config("app", "one").build().unwrap();
    let (kind, text) = death(KafkaStreams::new(&numbers(&input, &output), config.clone()).unwrap());
    assert_eq!(kind, ErrorKind::Data);
    assert!(text.contains(&format!("topic `{input}`, partition 0, offset 1")), "{text}");

    // The record before it is not lost, and is not committed past the bad one.
    cluster.read_until(&output, |_, value| value == b"12345678");
    let (_, again) = death(KafkaStreams::new(&numbers(&input, &output), config).unwrap());
    assert!(again.contains("offset 1"), "{again}");
}

#[test]
fn missing_input_topics_are_named_after_a_while() {
    let cluster = Cluster::start();
    let config = cluster.config("app", "one").build().unwrap();
    let (kind, text) = death(KafkaStreams::new(&numbers(&cluster.name("none"), "out"), config).unwrap());
    assert_eq!(kind, ErrorKind::Topology);
    assert!(text.contains(&format!("input topics do not exist: {}", cluster.name("none"))), "{text}");
}

#[test]
fn input_topics_that_appear_in_time_are_read() {
    let cluster = Cluster::start();
    let (input, output) = (cluster.name("late"), cluster.name("out"));
    cluster.create_topic(&output, 1);
    let config = cluster.config("app", "one").set("consumer.heartbeat.interval.ms", 5000).build().unwrap();
    let streams = KafkaStreams::new(&numbers(&input, &output), config).unwrap();
    streams.start().unwrap();
    cluster.create_topic(&input, 1);
    cluster.produce(&input, ["12345678"]);
    cluster.read_until(&output, |_, value| value == b"12345678");
    close(&streams);
}

#[test]
fn a_changelog_with_another_number_of_partitions_is_refused() {
    let cluster = Cluster::start();
    cluster.create_topic(&cluster.name("lines"), 2);
    let changelog = format!("{}-counts-changelog", cluster.name("app"));
    cluster.create_topic(&changelog, 3);
    let topology = topology(&cluster.name("lines"), &cluster.name("counts"), true);
    let config = cluster.config("app", "one").build().unwrap();
    let (kind, text) = death(KafkaStreams::new(&topology, config).unwrap());
    assert_eq!(kind, ErrorKind::Topology);
    assert!(text.contains(&format!("`{changelog}` has 3 partitions and the topology needs 2")), "{text}");
}

#[test]
fn a_state_directory_in_use_is_refused_at_once() {
    let cluster = Cluster::start();
    let topology = topology("lines", "counts", true);
    let config = cluster.config("app", "one").build().unwrap();
    let _first = KafkaStreams::new(&topology, config.clone()).unwrap();
    let error = KafkaStreams::new(&topology, config).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::State);
    assert!(error.to_string().contains("in use by another instance"), "{error}");
}

#[test]
fn a_corrupt_database_is_wiped_and_restored() {
    let cluster = Cluster::start();
    let mut words = Words::new(&cluster, (1, 1));
    let config = cluster.config("app", "one").build().unwrap();
    let streams = words.streams(config.clone());
    start(&streams);
    words.write(200);
    words.await_counted();
    close(&streams);
    let db = cluster.state_dir.path().join("one").join(cluster.name("app")).join("1_0").join("rocksdb");
    for entry in std::fs::read_dir(&db).unwrap() {
        let path = entry.unwrap().path();
        if path.file_name().unwrap().to_string_lossy().starts_with("MANIFEST") {
            std::fs::write(path, b"no manifest").unwrap();
        }
    }
    let streams = words.streams(config);
    start(&streams);
    words.write(200);
    words.await_counted();
    close(&streams);
}

#[test]
fn a_second_topology_with_the_same_application_id_is_refused() {
    let cluster = Cluster::start();
    let (input, other, output) = (cluster.name("lines"), cluster.name("numbers"), cluster.name("out"));
    for topic in [&input, &other, &output] {
        cluster.create_topic(topic, 2);
    }
    let config = |instance| cluster.config("app", instance).build().unwrap();
    let first = KafkaStreams::new(&topology(&input, &output, true), config("first")).unwrap();
    start(&first);
    let (kind, text) = death(KafkaStreams::new(&numbers(&other, &output), config("second")).unwrap());
    assert_eq!(kind, ErrorKind::Topology);
    assert!(text.contains("two topologies share the `application.id`"), "{text}");
    assert!(text.contains(&format!("this one reads {other}")), "{text}");
    assert!(first.wait_for_state(|state| state == State::Running, DEADLINE));
    close(&first);
}

#[test]
fn a_dead_thread_is_replaced_if_the_handler_says_so() {
    let cluster = Cluster::start();
    let (input, output) = (cluster.name("numbers"), cluster.name("out"));
    cluster.create_topic(&input, 1);
    cluster.create_topic(&output, 1);
    let config = cluster.config("app", "one").build().unwrap();
    let streams = KafkaStreams::new(&numbers(&input, &output), config)
        .unwrap()
        .with_uncaught_exception_handler(|_: &Error| StreamThreadExceptionResponse::ReplaceThread);
    start(&streams);
    cluster.produce(&input, ["123"]);
    await_that("two threads died", || streams.metrics().failed_stream_threads >= 2);
    assert!(!streams.state().is_shutting_down());
    close(&streams);
}
