//! A cluster for tests, and plain clients to it.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use futures::executor::block_on;
use rdkafka::admin::{AdminClient, AdminOptions, NewTopic, TopicReplication};
use rdkafka::client::DefaultClientContext;
use rdkafka::consumer::{BaseConsumer, Consumer};
use rdkafka::message::Message;
use rdkafka::producer::{BaseProducer, BaseRecord, Producer};
use rdkafka::{ClientConfig, Offset, TopicPartitionList};
use streams_broker::EmbeddedBroker;
use streams_core::{KafkaStreams, State, StreamsConfig, StreamsConfigBuilder};

/// How long a test waits for what must happen.
pub(crate) const DEADLINE: Duration = Duration::from_secs(60);

static NEXT: AtomicUsize = AtomicUsize::new(0);

/// A cluster, and names in it that no other test uses.
pub(crate) struct Cluster {
    bootstrap: String,
    prefix: String,
    pub(crate) state_dir: tempfile::TempDir,
    _broker: Option<EmbeddedBroker>,
}

impl Cluster {
    pub(crate) fn start() -> Self {
        show_log();
        let prefix = format!("t{}-{}", std::process::id(), NEXT.fetch_add(1, Ordering::SeqCst));
        let state_dir = tempfile::tempdir().unwrap();
        let (bootstrap, broker) = match std::env::var("KAFKA_BOOTSTRAP_SERVERS") {
            Ok(servers) => (servers, None),
            Err(_) => {
                let broker = EmbeddedBroker::builder().temporary().start_blocking().unwrap();
                (broker.bootstrap_servers().to_owned(), Some(broker))
            }
        };
        Self { bootstrap, prefix, state_dir, _broker: broker }
    }

    pub(crate) fn bootstrap_servers(&self) -> &str {
        &self.bootstrap
    }

    /// A cluster of one embedded broker that keeps its data in `data`, for tests that kill and restart it.
    pub(crate) fn restartable(data: &std::path::Path, address: &str) -> (EmbeddedBroker, Self) {
        show_log();
        let broker = EmbeddedBroker::builder().data_dir(data).listen(address).start_blocking().unwrap();
        let bootstrap = broker.bootstrap_servers().to_owned();
        let prefix = format!("t{}-{}", std::process::id(), NEXT.fetch_add(1, Ordering::SeqCst));
        (broker, Self { bootstrap, prefix, state_dir: tempfile::tempdir().unwrap(), _broker: None })
    }

    /// `name` made unique.
    pub(crate) fn name(&self, name: &str) -> String {
        format!("{}-{name}", self.prefix)
    }

    /// The configuration of the application called `app`; each instance with a state directory of its own.
    pub(crate) fn config(&self, app: &str, instance: &str) -> StreamsConfigBuilder {
        StreamsConfig::builder()
            .application_id(self.name(app))
            .set("bootstrap.servers", &self.bootstrap)
            .set("state.dir", self.state_dir.path().join(instance).display())
            .set("commit.interval.ms", 100)
            .set("consumer.session.timeout.ms", 6000)
            .set("consumer.heartbeat.interval.ms", 500)
            .set("producer.linger.ms", 5)
    }

    pub(crate) fn client(&self) -> ClientConfig {
        let mut config = ClientConfig::new();
        config.set("bootstrap.servers", &self.bootstrap);
        config
    }

    pub(crate) fn create_topic(&self, topic: &str, partitions: i32) {
        let admin: AdminClient<DefaultClientContext> = self.client().create().unwrap();
        let new = [NewTopic::new(topic, partitions, TopicReplication::Fixed(1))];
        let results = block_on(admin.create_topics(&new, &AdminOptions::new())).unwrap();
        results.into_iter().for_each(|result| drop(result.unwrap()));
        await_that("the topic shows up", || self.partitions(topic) == partitions as usize);
    }

    pub(crate) fn delete_topic(&self, topic: &str) {
        let admin: AdminClient<DefaultClientContext> = self.client().create().unwrap();
        let results = block_on(admin.delete_topics(&[topic], &AdminOptions::new())).unwrap();
        results.into_iter().for_each(|result| drop(result.unwrap()));
        await_that("the topic is gone", || self.partitions(topic) == 0);
    }

    /// The number of partitions of a topic; 0 if there is no such topic.
    pub(crate) fn partitions(&self, topic: &str) -> usize {
        let consumer: BaseConsumer = self.client().create().unwrap();
        let metadata = consumer.fetch_metadata(None, Duration::from_secs(10)).unwrap();
        let found = metadata.topics().iter().find(|found| found.name() == topic);
        found.map_or(0, |topic| topic.partitions().len())
    }

    /// Writes records, keyed by their number, and waits until all are acknowledged.
    pub(crate) fn produce<'a>(&self, topic: &str, values: impl IntoIterator<Item = &'a str>) {
        let producer: BaseProducer = self.client().set("linger.ms", "5").create().unwrap();
        for (number, value) in values.into_iter().enumerate() {
            let key = number.to_string();
            let mut record = BaseRecord::to(topic).key(key.as_str()).payload(value).timestamp(1_000);
            while let Err((_, again)) = producer.send(record) {
                producer.poll(Duration::from_millis(10));
                record = again;
            }
        }
        producer.flush(DEADLINE).unwrap();
    }

    /// Hands the records of a topic, from its beginning, to `enough` until that says so.
    pub(crate) fn read_until(&self, topic: &str, mut enough: impl FnMut(&[u8], &[u8]) -> bool) {
        let consumer: BaseConsumer = self
            .client()
            .set("group.id", self.name("reader"))
            .set("enable.auto.commit", "false")
            .create()
            .unwrap();
        await_that("the topic shows up", || self.partitions(topic) > 0);
        let mut list = TopicPartitionList::new();
        for partition in 0..self.partitions(topic) as i32 {
            list.add_partition_offset(topic, partition, Offset::Beginning).unwrap();
        }
        consumer.assign(&list).unwrap();
        let (started, mut count) = (Instant::now(), 0);
        loop {
            assert!(started.elapsed() < DEADLINE, "waited in vain for more than {count} records of {topic}");
            if let Some(Ok(message)) = consumer.poll(Duration::from_millis(100)) {
                count += 1;
                if enough(message.key().unwrap_or_default(), message.payload().unwrap_or_default()) {
                    return;
                }
            }
        }
    }

    /// Waits until the last count of each word in a topic of counts is as `expected`.
    pub(crate) fn await_counts(&self, topic: &str, expected: &BTreeMap<String, i64>) {
        let (mut counts, mut right) = (BTreeMap::new(), 0);
        self.read_until(topic, |key, value| {
            let (word, count) =
                (String::from_utf8(key.to_vec()).unwrap(), i64::from_be_bytes(value.try_into().unwrap()));
            let wanted = expected.get(&word);
            right += usize::from(wanted == Some(&count));
            right -=
                usize::from(counts.insert(word, count).as_ref().is_some_and(|before| wanted == Some(before)));
            right == expected.len()
        });
    }
}

/// `RUST_LOG=debug cargo test …` shows what the library does.
fn show_log() {
    let filter = tracing_subscriber::EnvFilter::from_default_env();
    let _set_before = tracing_subscriber::fmt().with_env_filter(filter).with_test_writer().try_init();
}

/// Waits until something holds.
pub(crate) fn await_that(what: &str, condition: impl Fn() -> bool) {
    let started = Instant::now();
    while !condition() {
        assert!(started.elapsed() < DEADLINE, "waited in vain until {what}");
        std::thread::park_timeout(Duration::from_millis(20));
    }
}

/// Starts an instance and waits until it runs.
pub(crate) fn start(streams: &KafkaStreams) {
    streams.start().unwrap();
    assert!(
        streams.wait_for_state(|state| state == State::Running || state.is_shutting_down(), DEADLINE),
        "still {}",
        streams.state()
    );
    assert_eq!(streams.state(), State::Running);
}

/// Closes an instance in good time.
pub(crate) fn close(streams: &KafkaStreams) {
    assert!(streams.close(DEADLINE), "not closed in time: {:?}", streams.threads());
    assert_eq!(streams.state(), State::NotRunning);
}
