//! A broker in a process of its own is killed at random moments while two transactional producers write to two topics
//! and commit offsets with their transactions.
//!
//! `KILLS=200 cargo test -p streams-broker --test transaction_kill` kills 200 times instead of 5; `SEED=n` chooses other
//! moments.
#![allow(clippy::unwrap_used, reason = "helpers of a test may fail as it may")]

mod common;

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use common::LONG;
use common::process::{Process, spawn, start};
use rdkafka::ClientConfig;
use rdkafka::ClientContext;
use rdkafka::consumer::{BaseConsumer, Consumer, ConsumerGroupMetadata};
use rdkafka::error::KafkaError;
use rdkafka::message::Message;
use rdkafka::producer::{BaseProducer, BaseRecord, DeliveryResult, Producer, ProducerContext};
use rdkafka::topic_partition_list::{Offset, TopicPartitionList};
use rdkafka::types::RDKafkaErrorCode;

const TOPICS: [&str; 2] = ["left", "right"];
const PARTITIONS: i32 = 4;

/// A topic, a partition and an offset.
type Place = (String, i32, i64);

/// Where each acknowledged record is, by what its producer was told.
#[derive(Clone, Default)]
struct Acknowledged(Arc<Mutex<HashMap<Place, String>>>);

impl ClientContext for Acknowledged {}

impl ProducerContext for Acknowledged {
    type DeliveryOpaque = ();

    fn delivery(&self, result: &DeliveryResult<'_>, _: ()) {
        if let Ok(message) = result {
            let place = (message.topic().to_owned(), message.partition(), message.offset());
            let value = std::str::from_utf8(message.payload().unwrap()).unwrap().to_owned();
            assert_eq!(self.0.lock().unwrap().insert(place, value), None, "two records at one place");
        }
    }
}

/// A sequence of numbers that depends on the seed alone (SplitMix64).
struct Random(u64);

impl Random {
    fn below(&mut self, end: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        (z ^ (z >> 31)) % end
    }
}

/// A producer, and what it knows about its transactions.
struct Writer {
    number: u64,
    producer: BaseProducer<Acknowledged>,
    membership: ConsumerGroupMetadata,
    random: Random,
    /// The values of each transaction that was committed, by topic.
    committed: BTreeMap<u64, Vec<(&'static str, String)>>,
    aborted: BTreeSet<u64>,
    next: u64,
}

impl Writer {
    fn new(number: u64, seed: u64, config: &ClientConfig, acknowledged: &Acknowledged) -> Self {
        let mut config = config.clone();
        let producer: BaseProducer<_> = config
            .set("transactional.id", format!("writer-{number}"))
            .create_with_context(acknowledged.clone())
            .unwrap();
        producer.init_transactions(LONG).unwrap();
        let consumer: BaseConsumer = config.remove("transactional.id").set("group.id", "g").create().unwrap();
        let membership = consumer.group_metadata().unwrap();
        let random = Random(seed + number);
        let (committed, aborted) = (BTreeMap::new(), BTreeSet::new());
        Writer { number, producer, membership, random, committed, aborted, next: 0 }
    }

    /// Runs transactions until it is told to stop, and one more.
    fn run(&mut self, stop: &AtomicBool) {
        loop {
            let last = stop.load(Ordering::SeqCst);
            self.transaction();
            if last {
                return;
            }
        }
    }

    fn transaction(&mut self) {
        let transaction = self.next;
        self.next += 1;
        self.producer.begin_transaction().unwrap();
        let records = self.records(transaction);
        let meant_to_abort = transaction % 4 == 3;
        let sent = self.send(transaction, &records);
        if sent.is_ok() && !meant_to_abort && self.settle(|p| p.commit_transaction(LONG)).is_ok() {
            self.committed.insert(transaction, records);
            return;
        }
        self.settle(|p| p.abort_transaction(LONG)).unwrap();
        self.aborted.insert(transaction);
    }

    fn records(&mut self, transaction: u64) -> Vec<(&'static str, String)> {
        let count = 1 + self.random.below(40);
        let record = |n| (TOPICS[(n % 2) as usize], format!("{}-{transaction}-{n}", self.number));
        (0..count).map(record).collect()
    }

    fn send(&self, transaction: u64, records: &[(&'static str, String)]) -> Result<(), KafkaError> {
        for (n, (topic, value)) in (0_i32..).zip(records) {
            let record = BaseRecord::<(), _>::to(topic).partition((n / 2) % PARTITIONS).payload(value);
            self.producer.send(record).map_err(|(error, _)| error)?;
        }
        let mut list = TopicPartitionList::new();
        let offset = Offset::Offset(i64::try_from(transaction).unwrap() + 1);
        list.add_partition_offset("source", self.number as i32, offset).unwrap();
        // Before an abort, too: so that there is something in the log that must not be seen.
        let deadline = Instant::now() + LONG;
        while self.producer.in_flight_count() > 0 {
            assert!(Instant::now() < deadline, "writer {} is stuck: no answers", self.number);
            self.producer.poll(Duration::from_millis(1));
        }
        self.settle(|p| p.send_offsets_to_transaction(&list, &self.membership, LONG))
    }

    /// Repeats a call while the producer says so. A fatal error fails the test: a restart must cause none.
    fn settle(
        &self,
        call: impl Fn(&BaseProducer<Acknowledged>) -> Result<(), KafkaError>,
    ) -> Result<(), KafkaError> {
        let deadline = Instant::now() + LONG;
        loop {
            match call(&self.producer) {
                Err(KafkaError::Transaction(error)) => {
                    assert!(!error.is_fatal(), "writer {}: {error}", self.number);
                    if !error.is_retriable() {
                        return Err(KafkaError::Transaction(error));
                    }
                    assert!(Instant::now() < deadline, "writer {} is stuck: {error}", self.number);
                }
                other => return other,
            }
        }
    }
}

/// Reads the log, with or without what was aborted.
struct Reader {
    consumer: BaseConsumer,
    /// The next offset of each partition.
    positions: BTreeMap<(&'static str, i32), i64>,
}

impl Reader {
    fn new(config: &ClientConfig, isolation: &str) -> Self {
        let mut config = config.clone();
        config.set("group.id", "none").set("enable.auto.commit", "false").set("enable.partition.eof", "true");
        let consumer = config.set("isolation.level", isolation).create().unwrap();
        let partitions = TOPICS.iter().flat_map(|topic| (0..PARTITIONS).map(move |p| ((*topic, p), 0)));
        Reader { consumer, positions: partitions.collect() }
    }

    /// The end of each partition as this reader sees it.
    fn ends(&self) -> Vec<i64> {
        let ends = self.positions.keys().map(|(topic, p)| self.consumer.fetch_watermarks(topic, *p, LONG));
        ends.map(|end| end.unwrap().1).collect()
    }

    /// What is new since the last call, up to the end of each partition.
    fn read(&mut self) -> Vec<(Place, String)> {
        let mut list = TopicPartitionList::new();
        for ((topic, partition), offset) in &self.positions {
            list.add_partition_offset(topic, *partition, Offset::Offset(*offset)).unwrap();
        }
        self.consumer.assign(&list).unwrap();
        let (mut found, mut open) = (Vec::new(), self.positions.len());
        while open > 0 {
            match self.consumer.poll(LONG).expect("in time") {
                Err(KafkaError::PartitionEOF(_)) => open -= 1,
                // The kill is noticed here, when the broker is back already.
                Err(KafkaError::MessageConsumption(
                    RDKafkaErrorCode::AllBrokersDown | RDKafkaErrorCode::BrokerTransportFailure,
                )) => {}
                message => {
                    let message = message.unwrap();
                    let place = (message.topic().to_owned(), message.partition(), message.offset());
                    found.push((place, std::str::from_utf8(message.payload().unwrap()).unwrap().to_owned()));
                }
            }
        }
        for ((topic, partition), offset) in &mut self.positions {
            let here = found.iter().filter(|((t, p, _), _)| t == topic && p == partition);
            *offset = here.map(|((_, _, offset), _)| offset + 1).max().unwrap_or(*offset);
        }
        found
    }
}

/// Compares what can be read with what the writers know. All transactions have ended.
fn check(writers: &[Writer], seen: &mut BTreeSet<(String, String)>, reader: &mut Reader, all: &mut Reader) {
    let deadline = Instant::now() + LONG;
    // The coordinator answers before the markers are written.
    while reader.ends() != all.ends() {
        assert!(Instant::now() < deadline, "a transaction hangs: {:?} {:?}", reader.ends(), all.ends());
    }
    for ((topic, partition, offset), value) in reader.read() {
        assert!(seen.insert((topic, value.clone())), "{value} is doubled at {partition}/{offset}");
    }
    let committed = writers.iter().flat_map(|writer| writer.committed.values().flatten());
    let expected: BTreeSet<_> =
        committed.map(|(topic, value)| ((*topic).to_owned(), value.clone())).collect();
    assert_eq!(expected.difference(seen).next(), None, "a record of a committed transaction is lost");
    assert_eq!(seen.difference(&expected).next(), None, "a record of an aborted transaction is visible");
}

fn check_offsets(writers: &[Writer], config: &ClientConfig) {
    let mut config = config.clone();
    let consumer: BaseConsumer = config.set("group.id", "g").create().unwrap();
    let mut list = TopicPartitionList::new();
    for writer in writers {
        list.add_partition("source", writer.number as i32);
    }
    let found = consumer.committed_offsets(list, LONG).unwrap();
    for writer in writers {
        let last = writer.committed.last_key_value().map(|(transaction, _)| *transaction as i64 + 1);
        let found = found.find_partition("source", writer.number as i32).unwrap().offset();
        assert_eq!(found, last.map_or(Offset::Invalid, Offset::Offset), "writer {}", writer.number);
    }
}

/// Kills the broker and starts it again; one time in four it is killed once more while it starts.
fn kill_and_restart(broker: Process, address: &str, dir: &Path, random: &mut Random) -> (Process, u32) {
    drop(broker);
    let mut kills = 1;
    if random.below(4) == 0 {
        let starting = spawn(address, dir);
        thread::sleep(Duration::from_millis(random.below(40)));
        drop(starting);
        kills += 1;
    }
    (start(address, dir).0, kills)
}

fn number(variable: &str, default: u64) -> u64 {
    std::env::var(variable).map_or(default, |text| text.parse().expect("a number"))
}

#[test]
fn transactions_are_whole_and_offsets_are_kept_after_kills() {
    let (goal, seed) = (number("KILLS", 5), number("SEED", 1));
    let dir = tempfile::tempdir().unwrap();
    let (mut broker, address) = start("127.0.0.1:0", dir.path());
    let mut config = ClientConfig::new();
    config
        .set("bootstrap.servers", &address)
        .set("linger.ms", "0")
        .set("reconnect.backoff.ms", "10")
        .set("reconnect.backoff.max.ms", "50")
        .set("retry.backoff.ms", "10");
    // Creates the topic, without which no offsets can be committed.
    common::produce(&config, "source", 0..1);
    let acknowledged = Acknowledged::default();
    let mut writers: Vec<_> = (0..2).map(|n| Writer::new(n, seed, &config, &acknowledged)).collect();
    let (mut reader, mut all) =
        (Reader::new(&config, "read_committed"), Reader::new(&config, "read_uncommitted"));
    let (mut random, mut seen, mut kills) = (Random(seed), BTreeSet::new(), 0);
    while u64::from(kills) < goal {
        let stop = AtomicBool::new(false);
        broker = thread::scope(|scope| {
            writers.iter_mut().for_each(|writer| drop(scope.spawn(|| writer.run(&stop))));
            // The moment is what is tested: nothing waits for it.
            thread::sleep(Duration::from_millis(random.below(300)));
            let (broker, more) = kill_and_restart(broker, &address, dir.path(), &mut random);
            stop.store(true, Ordering::SeqCst);
            kills += more;
            broker
        });
        check(&writers, &mut seen, &mut reader, &mut all);
        check_offsets(&writers, &config);
    }
    // Once more from the start: what was read before must still be there.
    let mut seen = BTreeSet::new();
    check(&writers, &mut seen, &mut Reader::new(&config, "read_committed"), &mut all);
    let log: HashMap<_, _> = all.read().into_iter().collect();
    let acknowledged = acknowledged.0.lock().unwrap();
    for (place, value) in acknowledged.iter() {
        assert_eq!(log.get(place), Some(value), "{place:?}");
    }
    drop(broker);
    let count = |of: fn(&Writer) -> usize| writers.iter().map(of).sum::<usize>();
    let (committed, aborted) = (count(|w| w.committed.len()), count(|w| w.aborted.len()));
    println!(
        "{kills} kills, {committed} transactions committed, {aborted} aborted; {} records acknowledged, {} committed",
        acknowledged.len(),
        seen.len()
    );
    assert!(committed > 0 && aborted > 0);
}
