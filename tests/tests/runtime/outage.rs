//! The cluster goes away and comes back; records expire under the reader.

use futures::executor::block_on;
use rdkafka::admin::{AdminClient, AdminOptions};
use rdkafka::client::DefaultClientContext;
use rdkafka::{Offset, TopicPartitionList};
use streams_broker::{ApiKey, EmbeddedBroker, Fault, JournalEntry};
use streams_core::{KafkaStreams, Partitions, State};

use crate::cluster::{Cluster, DEADLINE, await_that, close, start};
use crate::word_count_app::{count, partitioned, text, topology};

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
    let (input, output) = (cluster.name("lines"), cluster.name("counts"));
    cluster.create_topic(&input, 2);
    cluster.create_topic(&output, 1);
    let config = cluster.config("app", "one").set("processing.guarantee", guarantee).build().unwrap();
    let streams = KafkaStreams::new(&topology(&input, &output, true), config).unwrap();
    start(&streams);
    let mut lines = text(1, 300);
    cluster.produce(&input, lines.iter().map(String::as_str));
    cluster.await_counts(&output, &count(lines.iter().map(String::as_str)));

    broker.kill();
    let restarted =
        EmbeddedBroker::builder().data_dir(data.path()).listen(&address).start_blocking().unwrap();
    let more = text(2, 300);
    cluster.produce(&input, more.iter().map(String::as_str));
    lines.extend(more);
    cluster.await_counts(&output, &count(lines.iter().map(String::as_str)));
    assert_eq!(streams.metrics().failed_stream_threads, 0);
    close(&streams);
    drop(restarted);
}

#[test]
fn a_broker_that_is_not_there_yet_is_waited_for() {
    let data = tempfile::tempdir().unwrap();
    let (broker, cluster) = Cluster::restartable(data.path(), "127.0.0.1:0");
    let address = cluster.bootstrap_servers().to_owned();
    let (input, output) = (cluster.name("lines"), cluster.name("counts"));
    cluster.create_topic(&input, 2);
    cluster.create_topic(&output, 1);
    let lines = text(1, 100);
    cluster.produce(&input, lines.iter().map(String::as_str));
    broker.shutdown_blocking().unwrap();

    let config = cluster.config("app", "one").build().unwrap();
    let streams = KafkaStreams::new(&topology(&input, &output, true), config).unwrap();
    streams.start().unwrap();
    assert_eq!(streams.state(), State::Rebalancing);
    let restarted =
        EmbeddedBroker::builder().data_dir(data.path()).listen(&address).start_blocking().unwrap();
    assert!(streams.wait_for_state(|state| state == State::Running, DEADLINE));
    cluster.await_counts(&output, &count(lines.iter().map(String::as_str)));
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
    let (input, output) = (cluster.name("lines"), cluster.name("counts"));
    cluster.create_topic(&input, 1);
    cluster.create_topic(&output, 1);
    let config = cluster.config("app", "one").build().unwrap();
    let streams = KafkaStreams::new(&topology(&input, &output, true), config.clone()).unwrap();
    start(&streams);
    let mut lines = text(1, 100);
    cluster.produce(&input, lines.iter().map(String::as_str));
    cluster.await_counts(&output, &count(lines.iter().map(String::as_str)));
    close(&streams);

    // These are gone before the application sees them: the offset that it committed no longer exists.
    cluster.produce(&input, ["lost lost"]);
    delete_records(&cluster, &input, 1);
    let more = text(2, 100);
    cluster.produce(&input, more.iter().map(String::as_str));
    lines.extend(more);
    let streams = KafkaStreams::new(&topology(&input, &output, true), config).unwrap();
    start(&streams);
    cluster.await_counts(&output, &count(lines.iter().map(String::as_str)));
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
