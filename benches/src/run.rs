//! `streams-bench run`: an application on Kafka, from a cold start to the last record.

use std::thread;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use clap::ValueEnum;
use rdkafka::admin::{AdminClient, AdminOptions, NewTopic, TopicReplication};
use rdkafka::client::DefaultClientContext;
use rdkafka::consumer::{BaseConsumer, Consumer};
use rdkafka::{ClientConfig, Offset, TopicPartitionList};
use streams_dsl::prelude::*;

use crate::apps::{App, INPUT, Progress, topology};
use crate::process::{cpu_seconds, peak_memory_mib};

const PARTITIONS: i32 = 4;
const TIMEOUT: Duration = Duration::from_secs(280);

/// How to run an application.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The application.
    app: App,
    /// Brokers, as HOST:PORT.
    #[arg(long)]
    bootstrap_servers: String,
    /// How many records the topic `bench-lines` holds.
    #[arg(long)]
    records: u64,
    /// The processing guarantee.
    #[arg(long, value_enum, default_value_t = Guarantee::AtLeastOnce)]
    guarantee: Guarantee,
    /// Stream threads.
    #[arg(long, default_value_t = 1)]
    threads: u32,
}

/// A processing guarantee, by Kafka's name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
#[value(rename_all = "snake_case")]
enum Guarantee {
    AtLeastOnce,
    #[value(name = "exactly_once_v2")]
    ExactlyOnceV2,
}

impl Guarantee {
    fn name(self) -> &'static str {
        match self {
            Self::AtLeastOnce => "at_least_once",
            Self::ExactlyOnceV2 => "exactly_once_v2",
        }
    }
}

pub(crate) fn run(args: &Args) -> Result<(), BoxError> {
    let progress = Progress::new(args.records);
    let id =
        format!("bench-{}-{}", args.app.name(), SystemTime::now().duration_since(UNIX_EPOCH)?.as_nanos());
    let output = format!("{id}-out");
    create_topic(&args.bootstrap_servers, &output)?;
    let state_dir = tempfile::tempdir()?;
    let topology = topology(args.app, &output, &progress)?;
    let streams = KafkaStreams::new(&topology, config(args, &id, state_dir.path())?)?;
    streams.start()?;
    let end = wait(args, &id, &progress)?;
    let (cpu, total) = (cpu_seconds(), progress.elapsed_seconds());
    streams.close(Duration::from_secs(20));
    let steady = end - progress.first_seconds();
    println!(
        "rust {} {} threads={} records={} steady_s={steady:.2} rec_per_s={:.0} startup_to_first_s={:.2} cpu_s={cpu:.2} \
         cpu_us_per_rec={:.2} rss_mb={} total_s={total:.2}",
        args.app.name(),
        args.guarantee.name(),
        args.threads,
        args.records,
        args.records as f64 / steady,
        progress.first_seconds(),
        cpu * 1e6 / args.records as f64,
        peak_memory_mib(),
    );
    Ok(())
}

fn config(args: &Args, id: &str, state_dir: &std::path::Path) -> Result<StreamsConfig, Error> {
    let config = StreamsConfig::builder()
        .application_id(id)
        .bootstrap_servers(&args.bootstrap_servers)
        .num_stream_threads(args.threads)
        .state_dir(state_dir)
        .replication_factor(1)
        .set("processing.guarantee", args.guarantee.name())
        .set("consumer.auto.offset.reset", "earliest");
    match args.guarantee {
        Guarantee::AtLeastOnce => config.commit_interval(Duration::from_secs(1)).build(),
        Guarantee::ExactlyOnceV2 => config.build(),
    }
}

fn create_topic(servers: &str, name: &str) -> Result<(), BoxError> {
    let admin: AdminClient<DefaultClientContext> =
        ClientConfig::new().set("bootstrap.servers", servers).create()?;
    let topic = NewTopic::new(name, PARTITIONS, TopicReplication::Fixed(1));
    let created = admin.create_topics([&topic], &AdminOptions::new());
    for result in tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(created)? {
        result.map_err(|(topic, code)| format!("cannot create topic {topic}: {code}"))?;
    }
    Ok(())
}

/// Waits until all input is read; the word count's second half trails, so there until nothing lags. Returns the time, in
/// seconds since the start.
fn wait(args: &Args, id: &str, progress: &Progress) -> Result<f64, BoxError> {
    let deadline = Instant::now() + TIMEOUT;
    let late = || format!("timed out after {} of {} records", progress.seen(), args.records);
    let last = loop {
        if let Some(last) = progress.last_seconds() {
            break last;
        }
        if Instant::now() > deadline {
            return Err(late().into());
        }
        thread::sleep(Duration::from_millis(1));
    };
    if args.app != App::Wordcount {
        return Ok(last);
    }
    let consumer: BaseConsumer =
        ClientConfig::new().set("bootstrap.servers", &args.bootstrap_servers).set("group.id", id).create()?;
    // Under exactly-once, commit markers take offsets that nobody consumes.
    let markers = if args.guarantee == Guarantee::ExactlyOnceV2 { 8 } else { 0 };
    while lag(&consumer, id)? > markers * i64::from(PARTITIONS) * 2 {
        if Instant::now() > deadline {
            return Err(late().into());
        }
        thread::sleep(Duration::from_millis(20));
    }
    Ok(progress.elapsed_seconds())
}

/// Records of the input and repartition topics that the group has not committed.
fn lag(consumer: &BaseConsumer, id: &str) -> Result<i64, BoxError> {
    let timeout = Duration::from_secs(10);
    let metadata = consumer.fetch_metadata(None, timeout)?;
    let mut partitions = TopicPartitionList::new();
    let repartition = |name: &str| name.starts_with(id) && name.ends_with("-repartition");
    for topic in metadata.topics().iter().filter(|topic| topic.name() == INPUT || repartition(topic.name())) {
        for partition in topic.partitions() {
            partitions.add_partition(topic.name(), partition.id());
        }
    }
    let mut lag = 0;
    for committed in consumer.committed_offsets(partitions, timeout)?.elements() {
        let (_, end) = consumer.fetch_watermarks(committed.topic(), committed.partition(), timeout)?;
        lag += match committed.offset() {
            Offset::Offset(offset) => end - offset,
            _ => end,
        };
    }
    Ok(lag)
}
