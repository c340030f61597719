//! What clients do to the broker, each in a thread of its own, until they are told to stop.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use rdkafka::ClientConfig;
use rdkafka::admin::{AdminClient, AdminOptions, NewTopic, TopicReplication};
use rdkafka::client::DefaultClientContext;
use rdkafka::consumer::{BaseConsumer, CommitMode, Consumer};
use rdkafka::error::KafkaError;
use rdkafka::message::{Message, ToBytes};
use rdkafka::producer::{BaseProducer, BaseRecord, Producer};
use rdkafka::types::RDKafkaErrorCode;

use streams_dsl::prelude::BoxError;

const LONG: Duration = Duration::from_secs(30);
const PARTITIONS: i32 = 4;
const RECORD: usize = 1000;

/// What has been done.
#[derive(Debug, Default)]
struct Counts {
    produced: AtomicU64,
    consumed: AtomicU64,
    compacted: AtomicU64,
    transactions: AtomicU64,
    topics: AtomicU64,
}

/// Running clients.
#[derive(Debug)]
pub(super) struct Load {
    counts: Arc<Counts>,
    stop: Arc<AtomicBool>,
    threads: Vec<JoinHandle<Result<(), String>>>,
}

impl fmt::Display for Load {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let of = |count: &AtomicU64| count.load(Ordering::Relaxed);
        let Counts { produced, consumed, compacted, transactions, topics } = &*self.counts;
        write!(
            f,
            "{} records produced, {} consumed, {} written to be compacted, {} transactions, {} topics",
            of(produced),
            of(consumed),
            of(compacted),
            of(transactions),
            of(topics)
        )
    }
}

/// What each client needs.
#[derive(Debug, Clone)]
struct Client {
    config: ClientConfig,
    hour: Duration,
    counts: Arc<Counts>,
    stop: Arc<AtomicBool>,
}

type Job = fn(&Client, u64) -> Result<(), BoxError>;

impl Load {
    /// Starts all clients. `rate` is in bytes a second.
    pub(super) fn start(address: &str, hour: Duration, rate: u64) -> Self {
        let mut config = ClientConfig::new();
        config.set("bootstrap.servers", address);
        let (counts, stop) = (Arc::<Counts>::default(), Arc::<AtomicBool>::default());
        let client = Client { config, hour, counts: Arc::clone(&counts), stop: Arc::clone(&stop) };
        let jobs: [Job; 5] = [produce, consume, compact, transact, churn];
        let spawn = |job: Job| {
            let client = client.clone();
            thread::spawn(move || job(&client, rate).map_err(|error| error.to_string()))
        };
        Load { counts, stop, threads: jobs.map(spawn).into() }
    }

    /// Fails if a client has ended early.
    pub(super) fn check(&mut self) -> Result<(), BoxError> {
        match self.threads.iter().position(JoinHandle::is_finished) {
            Some(at) => end(self.threads.swap_remove(at)),
            None => Ok(()),
        }
    }

    /// Ends all clients; returns what they have done.
    pub(super) fn stop(mut self) -> Result<String, BoxError> {
        self.stop.store(true, Ordering::SeqCst);
        for thread in self.threads.drain(..) {
            end(thread)?;
        }
        Ok(self.to_string())
    }
}

fn end(thread: JoinHandle<Result<(), String>>) -> Result<(), BoxError> {
    Ok(thread.join().map_err(|_| "a client has panicked")??)
}

impl Client {
    fn stopped(&self) -> bool {
        self.stop.load(Ordering::SeqCst)
    }

    /// Calls `turn` a hundred times a second, until the load stops.
    fn paced(&self, mut turn: impl FnMut(u64) -> Result<(), BoxError>) -> Result<(), BoxError> {
        let begin = Instant::now();
        for n in 0.. {
            if self.stopped() {
                break;
            }
            turn(n)?;
            thread::sleep(
                (begin + Duration::from_millis(10 * (n + 1))).saturating_duration_since(Instant::now()),
            );
        }
        Ok(())
    }
}

/// Waits when the producer's queue is full.
fn send(
    producer: &BaseProducer,
    mut record: BaseRecord<'_, impl ToBytes + ?Sized, [u8]>,
) -> Result<(), BoxError> {
    loop {
        match producer.send(record) {
            Err((KafkaError::MessageProduction(RDKafkaErrorCode::QueueFull), back)) => record = back,
            sent => return sent.map_err(|(error, _)| error.into()),
        }
        producer.poll(Duration::from_millis(10));
    }
}

/// Numbers records of each partition, so that the consumer sees that none is missing.
fn produce(client: &Client, rate: u64) -> Result<(), BoxError> {
    let producer: BaseProducer = client.config.clone().set("enable.idempotence", "true").create()?;
    admin(client, |admin, options| {
        let topic = NewTopic::new("main", PARTITIONS, TopicReplication::Fixed(1));
        tokio(admin.create_topics([&topic], options))
    })?;
    let each = rate / RECORD as u64 / 100;
    let mut value = vec![b'x'; RECORD];
    client.paced(|turn| {
        for n in turn * each..(turn + 1) * each {
            value[..8].copy_from_slice(&(n / PARTITIONS as u64).to_be_bytes());
            let record =
                BaseRecord::<(), _>::to("main").partition((n % PARTITIONS as u64) as i32).payload(&value[..]);
            send(&producer, record)?;
            client.counts.produced.fetch_add(1, Ordering::Relaxed);
        }
        producer.poll(Duration::ZERO);
        Ok(())
    })?;
    producer.flush(LONG)?;
    Ok(())
}

/// A member that leaves its group every hour, and another that takes over from the committed offsets.
fn consume(client: &Client, _: u64) -> Result<(), BoxError> {
    let mut next = [0_u64; PARTITIONS as usize];
    for generation in 0.. {
        let mut config = client.config.clone();
        config
            .set("group.id", "readers")
            .set("auto.offset.reset", "earliest")
            .set("enable.auto.commit", "false");
        config.set("group.protocol", if generation % 2 == 0 { "classic" } else { "consumer" });
        let consumer: BaseConsumer = config.create()?;
        consumer.subscribe(&["main"])?;
        let until = Instant::now() + client.hour;
        let mut commit = Instant::now();
        while Instant::now() < until && !client.stopped() {
            let Some(message) = consumer.poll(Duration::from_millis(100)) else { continue };
            let message = match message {
                // The topic comes into being at the start.
                Err(error) if error.rdkafka_error_code().is_some_and(is_passing) => continue,
                message => message?,
            };
            let number =
                message.payload().and_then(|value| value.first_chunk()).map(|head| u64::from_be_bytes(*head));
            let expected = &mut next[message.partition() as usize];
            if number != Some(*expected) {
                return Err(format!("found record {number:?} where {expected} was expected").into());
            }
            *expected += 1;
            client.counts.consumed.fetch_add(1, Ordering::Relaxed);
            if commit.elapsed() > Duration::from_millis(100) {
                consumer.commit_consumer_state(CommitMode::Async)?;
                commit = Instant::now();
            }
        }
        if client.stopped() {
            break;
        }
        consumer.commit_consumer_state(CommitMode::Sync)?;
    }
    Ok(())
}

fn is_passing(code: RDKafkaErrorCode) -> bool {
    use RDKafkaErrorCode::{AllBrokersDown, BrokerTransportFailure, UnknownTopicOrPartition};
    matches!(code, UnknownTopicOrPartition | AllBrokersDown | BrokerTransportFailure)
}

/// Ten thousand keys, written over and over, and some of them deleted.
fn compact(client: &Client, _: u64) -> Result<(), BoxError> {
    let producer: BaseProducer = client.config.create()?;
    admin(client, |admin, options| {
        let topic = NewTopic::new("table", 1, TopicReplication::Fixed(1)).set("cleanup.policy", "compact");
        tokio(admin.create_topics([&topic], options))
    })?;
    let value = [b'y'; 200];
    client.paced(|turn| {
        for n in turn * 10..turn * 10 + 10 {
            let key = (n.wrapping_mul(7919) % 10_000).to_string();
            let record = BaseRecord::to("table").partition(0).key(&key);
            let record = if n % 20 == 0 { record } else { record.payload(&value[..]) };
            send(&producer, record)?;
            client.counts.compacted.fetch_add(1, Ordering::Relaxed);
        }
        producer.poll(Duration::ZERO);
        Ok(())
    })
}

/// Transactions, every fifth of them aborted, by a producer with a new transactional id every hour.
fn transact(client: &Client, _: u64) -> Result<(), BoxError> {
    for generation in 0.. {
        let mut config = client.config.clone();
        config.set("transactional.id", format!("writer-{generation}")).set("linger.ms", "0");
        let producer: BaseProducer = config.create()?;
        producer.init_transactions(LONG)?;
        let until = Instant::now() + client.hour;
        for n in 0_u64.. {
            if client.stopped() {
                return Ok(());
            }
            if Instant::now() > until {
                break;
            }
            producer.begin_transaction()?;
            for _ in 0..10 {
                let record = BaseRecord::<(), _>::to("payments").payload("paid");
                producer.send(record).map_err(|(error, _)| error)?;
            }
            while producer.in_flight_count() > 0 {
                producer.poll(Duration::from_millis(1));
            }
            match n % 5 {
                4 => producer.abort_transaction(LONG)?,
                _ => producer.commit_transaction(LONG)?,
            }
            client.counts.transactions.fetch_add(1, Ordering::Relaxed);
            thread::sleep(Duration::from_millis(20));
        }
    }
    Ok(())
}

/// Topics that come and go, and groups with them.
fn churn(client: &Client, _: u64) -> Result<(), BoxError> {
    for n in 0_u64.. {
        if client.stopped() {
            break;
        }
        let name = format!("short-lived-{n}");
        admin(client, |admin, options| {
            let topic = NewTopic::new(&name, PARTITIONS, TopicReplication::Fixed(1));
            tokio(admin.create_topics([&topic], options))
        })?;
        let producer: BaseProducer = client.config.create()?;
        for _ in 0..1000 {
            let record = BaseRecord::<(), _>::to(&name).payload("soon gone");
            producer.send(record).map_err(|(error, _)| error)?;
        }
        producer.flush(LONG)?;
        admin(client, |admin, options| tokio(admin.delete_topics(&[&name], options)))?;
        client.counts.topics.fetch_add(1, Ordering::Relaxed);
        thread::sleep(client.hour / 25);
    }
    Ok(())
}

type Results = rdkafka::error::KafkaResult<Vec<rdkafka::admin::TopicResult>>;

/// Waits for a future of the admin client.
fn tokio(future: impl Future<Output = Results>) -> Result<Results, BoxError> {
    Ok(tokio::runtime::Builder::new_current_thread().build()?.block_on(future))
}

fn admin(
    client: &Client,
    call: impl FnOnce(&AdminClient<DefaultClientContext>, &AdminOptions) -> Result<Results, BoxError>,
) -> Result<(), BoxError> {
    let admin: AdminClient<_> = client.config.create()?;
    let options = AdminOptions::new().operation_timeout(Some(LONG));
    for result in call(&admin, &options)?? {
        result.map_err(|(topic, code)| format!("{topic}: {code}"))?;
    }
    Ok(())
}
