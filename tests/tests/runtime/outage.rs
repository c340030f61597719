//! The cluster goes away and comes back; records expire under the reader.

use futures::executor::block_on;
use rdkafka::admin::{AdminClient, AdminOptions};
use rdkafka::client::DefaultClientContext;
use rdkafka::{Offset, TopicPartitionList};
use streams_broker::{ApiKey, EmbeddedBroker, Fault, JournalEntry};
use streams_core::{KafkaStreams, Partitions, State};

use crate::cluster::{Cluster, DEADLINE, await_that, close, start};
use crate::word_count_app::{Words, count, partitioned};

#[test]
fn a_broker_that_dies_and_returns_costs_nothing() {
    broker_dies("at_least_once");
}

#[test]
fn a_broker_that_dies_and_returns_costs_nothing_exactly_once() {
    broker_dies("exactly_once_v2");
}

fn broker_dies(guarantee: &str) {
    let data = tempfile::tempdir().unwrap();
    let (broker, cluster) = Cluster::restartable(data.path(), "127.0.0.1:0");
    let address = cluster.bootstrap_servers().to_owned();
    let mut words = Words::new(&cluster, (2, 1));
    let config = cluster.config("app", "one").set("processing.guarantee", guarantee).build().unwrap();
    let streams = words.streams(config);
    start(&streams);
    words.write(300);
    words.await_counted();

    broker.kill();
    let restarted =
        EmbeddedBroker::builder().data_dir(data.path()).listen(&address).start_blocking().unwrap();
    words.write(300);
    words.await_counted();
    assert_eq!(streams.metrics().failed_stream_threads, 0);
    close(&streams);
    drop(restarted);
}

#[test]
fn a_broker_that_is_not_there_yet_is_waited_for() {
    let data = tempfile::tempdir().unwrap();
    let (broker, cluster) = Cluster::restartable(data.path(), "127.0.0.1:0");
    let address = cluster.bootstrap_servers().to_owned();
    let mut words = Words::new(&cluster, (2, 1));
    words.write(100);
    broker.shutdown_blocking().unwrap();

    let config = cluster.config("app", "one").build().unwrap();
    let streams = words.streams(config);
    streams.start().unwrap();
    assert_eq!(streams.state(), State::Rebalancing);
    let restarted =
        EmbeddedBroker::builder().data_dir(data.path()).listen(&address).start_blocking().unwrap();
    assert!(streams.wait_for_state(|state| state == State::Running, DEADLINE));
    words.await_counted();
    close(&streams);
    drop(restarted);
}

fn delete_records(cluster: &Cluster, topic: &str, partitions: i32) {
    let admin: AdminClient<DefaultClientContext> = cluster.client().create().unwrap();
    let mut list = TopicPartitionList::new();
    for partition in 0..partitions {
        list.add_partition_offset(topic, partition, Offset::End).unwrap();
    }
    let deleted = block_on(admin.delete_records(&list, &AdminOptions::new())).unwrap();
    deleted.elements().iter().for_each(|element| element.error().unwrap());
}

#[test]
fn committed_offsets_that_expired_are_reset_by_policy() {
    let cluster = Cluster::start();
    let mut words = Words::new(&cluster, (1, 1));
    let config = cluster.config("app", "one").build().unwrap();
    words.run_once(config.clone());

    // These are gone before the application sees them: the offset that it committed no longer exists.
    cluster.produce(&words.input, ["lost lost"]);
    delete_records(&cluster, &words.input, 1);
    words.write(100);
    let streams = words.streams(config);
    start(&streams);
    words.await_counted();
    close(&streams);
}

#[test]
fn a_record_whose_topic_cannot_be_looked_up_is_counted_once() {
    let data = tempfile::tempdir().unwrap();
    let (broker, cluster) = Cluster::restartable(data.path(), "127.0.0.1:0");
    cluster.create_topic("lines", 1);
    cluster.create_topic("counts", 2);
    let config = cluster.config("app", "one").client_id("app").build().unwrap();
    let first = |_: &str, _: &String, _: &i64, _: i32| Partitions::One(0);
    let streams = KafkaStreams::new(&partitioned("lines", "counts", first), config).unwrap();
    start(&streams);
    let fault = Fault::error(ApiKey::METADATA, -1).client("app-StreamThread-1-producer").always();
    broker.faults().inject(fault).unwrap();
    let journal = broker.journal();
    cluster.produce("lines", ["a"]);
    let asked = || {
        let entries = journal.entries();
        let by_producer = |entry: &&JournalEntry| {
            entry.api == ApiKey::METADATA && entry.client_id.as_deref() == Some("app-StreamThread-1-producer")
        };
        entries.iter().filter(by_producer).count()
    };
    await_that("the producer has asked again", || asked() > 3);
    broker.faults().clear();
    cluster.await_counts("counts", &count(["a"]));
    assert_eq!(streams.metrics().failed_stream_threads, 0);
    close(&streams);
}
