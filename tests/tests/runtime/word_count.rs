//! Word count, with a repartition topic and a changelog.

use streams_core::KafkaStreams;

use crate::cluster::{Cluster, close, start};
use crate::word_count_app::{Words, topology};

fn run(persistent: bool, threads: usize) {
    let cluster = Cluster::start();
    let mut words = Words::new(&cluster, (4, 3));
    words.write(2000);
    let topology = topology(&words.input, &words.output, persistent);

    let config = cluster.config("app", "one").set("num.stream.threads", threads).build().unwrap();
    let streams = KafkaStreams::new(&topology, config.clone()).unwrap();
    start(&streams);
    words.await_counted();
    assert_eq!(cluster.partitions(&format!("{}-words-repartition", cluster.name("app"))), 4);
    assert_eq!(cluster.partitions(&format!("{}-counts-changelog", cluster.name("app"))), 4);
    close(&streams);
    let metrics = streams.metrics();
    assert_eq!(metrics.processed_records, 2000 + 16_000);
    assert_eq!((metrics.dropped_records, metrics.alive_stream_threads), (0, 0));

    // A clean stop and a new start: counting goes on exactly where it stood.
    words.write(500);
    let streams = KafkaStreams::new(&topology, config).unwrap();
    start(&streams);
    words.await_counted();
    close(&streams);
    assert_eq!(streams.metrics().processed_records, 500 + 4000);
}

#[test]
fn words_are_counted_over_restarts_with_state_on_disk() {
    run(true, 1);
}

#[test]
fn words_are_counted_over_restarts_with_state_in_memory() {
    run(false, 1);
}

#[test]
fn words_are_counted_by_several_threads() {
    run(true, 3);
}
