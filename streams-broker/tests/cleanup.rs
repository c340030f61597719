//! Retention and compaction at work behind a running broker.

mod common;

use std::time::Instant;

use common::{LONG, client};
use rdkafka::admin::{AdminClient, AdminOptions, NewTopic, TopicReplication};
use rdkafka::client::DefaultClientContext;
use rdkafka::consumer::{BaseConsumer, Consumer};
use rdkafka::message::Message;
use rdkafka::producer::{BaseRecord, Producer, ThreadedProducer};
use rdkafka::topic_partition_list::{Offset, TopicPartitionList};
use streams_broker::EmbeddedBroker;

/// A broker that looks after its logs all the time, with a topic of small segments.
fn with_topic(configs: &[(&str, &str)]) -> EmbeddedBroker {
    let broker = EmbeddedBroker::builder()
        .temporary()
        .config("log.retention.check.interval.ms", "20")
        .config("log.cleaner.backoff.ms", "20")
        .start_blocking()
        .expect("the broker starts");
    let admin: AdminClient<DefaultClientContext> = client(&broker).create().expect("a client");
    let mut topic = NewTopic::new("t", 1, TopicReplication::Fixed(1)).set("internal.segment.bytes", "10000");
    for (key, value) in configs {
        topic = topic.set(key, value);
    }
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    let results = runtime.block_on(admin.create_topics([&topic], &AdminOptions::new())).expect("answered");
    assert!(results[0].is_ok(), "{results:?}");
    broker
}

/// Writes records of 1 kB whose keys repeat after `keys`.
fn write(broker: &EmbeddedBroker, records: usize, keys: usize) {
    let producer: ThreadedProducer<_> =
        client(broker).set("batch.num.messages", "1").create().expect("a producer");
    for n in 0..records {
        let (key, value) = ((n % keys).to_string(), format!("{n:01000}"));
        producer.send(BaseRecord::to("t").key(&key).payload(&value)).expect("queued");
    }
    producer.flush(LONG).expect("acknowledged");
}

fn consumer(broker: &EmbeddedBroker) -> BaseConsumer {
    client(broker).set("group.id", "none").set("enable.partition.eof", "true").create().expect("a consumer")
}

#[test]
fn the_log_is_kept_at_its_size() {
    let broker = with_topic(&[("retention.bytes", "30000")]);
    write(&broker, 200, 10);
    let consumer = consumer(&broker);
    let deadline = Instant::now() + LONG;
    loop {
        let (low, high) = consumer.fetch_watermarks("t", 0, LONG).expect("answered");
        assert_eq!(high, 200);
        // 30 records of 1 kB, and what does not fill a segment.
        if low >= 150 {
            break;
        }
        assert!(Instant::now() < deadline, "nothing is deleted: the log begins at {low}");
    }
}

#[test]
fn a_compacted_topic_ends_up_with_one_record_of_a_key() {
    let broker = with_topic(&[("cleanup.policy", "compact"), ("min.cleanable.dirty.ratio", "0.0")]);
    write(&broker, 200, 5);
    let deadline = Instant::now() + LONG;
    loop {
        let offsets = read_offsets(&broker);
        assert!(offsets.ends_with(&[195, 196, 197, 198, 199]), "{offsets:?}");
        // One of each key, and those of the segment that is written.
        if offsets.len() <= 5 + 10 {
            break;
        }
        assert!(Instant::now() < deadline, "nothing is compacted: {} records", offsets.len());
    }
}

/// The offsets that a consumer meets from the beginning to the end.
fn read_offsets(broker: &EmbeddedBroker) -> Vec<i64> {
    let consumer = consumer(broker);
    let mut list = TopicPartitionList::new();
    list.add_partition_offset("t", 0, Offset::Beginning).expect("valid");
    consumer.assign(&list).expect("assigned");
    let mut offsets = Vec::new();
    // The end of the partition comes as an error.
    while let Ok(message) = consumer.poll(LONG).expect("in time") {
        offsets.push(message.offset());
    }
    offsets
}
