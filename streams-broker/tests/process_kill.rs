//! A broker in a process of its own is killed again and again while an idempotent producer writes.
#![allow(clippy::unwrap_used, reason = "helpers of a test may fail as it may")]

mod common;

use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use common::LONG;
use common::process::start;
use rdkafka::ClientConfig;
use rdkafka::ClientContext;
use rdkafka::consumer::{BaseConsumer, Consumer};
use rdkafka::error::KafkaError;
use rdkafka::message::Message;
use rdkafka::producer::{BaseRecord, DeliveryResult, Producer, ProducerContext, ThreadedProducer};
use rdkafka::topic_partition_list::{Offset, TopicPartitionList};
use rdkafka::types::RDKafkaErrorCode;

/// Notes what has been acknowledged.
#[derive(Clone, Default)]
struct Acknowledged(Arc<Mutex<Vec<u32>>>);

impl ClientContext for Acknowledged {}

impl ProducerContext for Acknowledged {
    type DeliveryOpaque = ();

    fn delivery(&self, result: &DeliveryResult<'_>, _: ()) {
        if let Ok(message) = result {
            let value = std::str::from_utf8(message.payload().unwrap()).unwrap().parse().unwrap();
            self.0.lock().unwrap().push(value);
        }
    }
}

impl Acknowledged {
    fn count(&self) -> usize {
        self.0.lock().unwrap().len()
    }

    /// Sends until at least `more` further records are acknowledged.
    fn produce(&self, producer: &ThreadedProducer<Acknowledged>, next: &mut u32, more: usize) {
        let (goal, deadline) = (self.count() + more, Instant::now() + LONG);
        while self.count() < goal {
            assert!(Instant::now() < deadline, "the producer is stuck");
            let value = next.to_string();
            match producer.send(BaseRecord::<(), _>::to("t").partition(0).payload(&value)) {
                Ok(()) => *next += 1,
                Err((KafkaError::MessageProduction(RDKafkaErrorCode::QueueFull), _)) => {
                    producer.poll(Duration::from_millis(1));
                }
                Err((error, _)) => panic!("{error}"),
            }
        }
    }
}

fn read_all(config: &ClientConfig) -> Vec<u32> {
    let mut config = config.clone();
    let consumer: BaseConsumer = config.set("group.id", "none").create().unwrap();
    let (_, end) = consumer.fetch_watermarks("t", 0, LONG).unwrap();
    let mut list = TopicPartitionList::new();
    list.add_partition_offset("t", 0, Offset::Beginning).unwrap();
    consumer.assign(&list).unwrap();
    let mut found = Vec::new();
    while (found.len() as i64) < end {
        let message = consumer.poll(LONG).expect("in time").expect("no error");
        assert_eq!(message.offset(), found.len() as i64);
        found.push(std::str::from_utf8(message.payload().unwrap()).unwrap().parse().unwrap());
    }
    found
}

#[test]
fn every_acknowledged_record_is_there_once_and_in_order_after_kills() {
    let dir = tempfile::tempdir().unwrap();
    let (mut broker, address) = start("127.0.0.1:0", dir.path());
    let mut config = ClientConfig::new();
    config
        .set("bootstrap.servers", &address)
        .set("topic.metadata.refresh.interval.ms", "500")
        .set("reconnect.backoff.ms", "10")
        .set("reconnect.backoff.max.ms", "50")
        .set("retry.backoff.ms", "10")
        .set("queue.buffering.max.messages", "20000");
    let acknowledged = Acknowledged::default();
    let mut producing = config.clone();
    let producer: ThreadedProducer<_> =
        producing.set("enable.idempotence", "true").create_with_context(acknowledged.clone()).unwrap();
    let mut next = 0;
    for round in 0..5 {
        acknowledged.produce(&producer, &mut next, 2_000 + 700 * round);
        drop(broker);
        (broker, _) = start(&address, dir.path());
    }
    acknowledged.produce(&producer, &mut next, 1_000);
    producer.flush(LONG).unwrap();

    let found = read_all(&config);
    let wrong = found.iter().zip(0..next).find(|(found, expected)| *found != expected);
    assert_eq!((wrong, found.len()), (None, next as usize), "what is found where something else is expected");
    // Noted in any order: the producer's own thread polls, and so does the one that waits for room in its queue.
    let mut acknowledged = acknowledged.0.lock().unwrap().clone();
    acknowledged.sort_unstable();
    assert!(acknowledged == found, "{} of {} records are acknowledged", acknowledged.len(), found.len());
    drop(broker);
}
