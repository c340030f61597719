//! Counts the words of a text, and prints those that occur most often.
//!
//! ```text
//! cargo run --release --bin word_count -- [--bootstrap-servers HOST:PORT] [--state-dir DIR] [FILE]
//! ```
//!
//! The lines of FILE (by default the licence of this repository) go into the topic `word-count-lines`; a topology counts
//! their words, with a state store and its changelog, and writes the counts to `word-count-counts`. Without
//! `--bootstrap-servers` all that happens on a broker inside this program. On a cluster the counts live on: a second run
//! goes on counting, and a second copy of the program (on the same machine with a `--state-dir` of its own) takes half of
//! the work.

use std::collections::HashMap;
use std::error::Error;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use futures::StreamExt;
use rdkafka::admin::{AdminClient, AdminOptions, NewTopic, TopicReplication};
use rdkafka::client::DefaultClientContext;
use rdkafka::consumer::{BaseConsumer, Consumer, StreamConsumer};
use rdkafka::error::KafkaError;
use rdkafka::message::Message;
use rdkafka::producer::{FutureProducer, FutureRecord};
use rdkafka::util::Timeout;
use rdkafka::{ClientConfig, Offset, TopicPartitionList};
use streams_broker::EmbeddedBroker;
use streams_dsl::prelude::*;
use tokio::task::block_in_place;

const LINES: &str = "word-count-lines";
const COUNTS: &str = "word-count-counts";
const USAGE: &str = "word_count [--bootstrap-servers HOST:PORT] [--state-dir DIR] [FILE]";
const TIMEOUT: Duration = Duration::from_secs(10);

type Failure = Box<dyn Error>;

/// What the command line says.
struct Arguments {
    bootstrap_servers: Option<String>,
    state_dir: Option<PathBuf>,
    file: PathBuf,
}

impl Arguments {
    fn read() -> Result<Self, Failure> {
        let default = concat!(env!("CARGO_MANIFEST_DIR"), "/../LICENSE");
        let mut arguments = Self { bootstrap_servers: None, state_dir: None, file: default.into() };
        let mut words = std::env::args().skip(1);
        while let Some(word) = words.next() {
            match word.as_str() {
                "--bootstrap-servers" => {
                    arguments.bootstrap_servers = Some(words.next().ok_or("--bootstrap-servers HOST:PORT")?);
                }
                "--state-dir" => arguments.state_dir = Some(words.next().ok_or("--state-dir DIR")?.into()),
                "--help" | "-h" => return Err(USAGE.into()),
                file => arguments.file = file.into(),
            }
        }
        Ok(arguments)
    }
}

/// The whole program as a stream: lines into words, words into counts.
fn topology() -> Result<Topology, streams_dsl::prelude::Error> {
    let builder = StreamsBuilder::new();
    builder
        .stream::<Option<String>, String>(LINES)
        .flat_map_values(|line| line.split_whitespace().map(str::to_owned).collect::<Vec<_>>())
        .group_by(|_, word| word.clone())
        .count_with(Materialized::as_("counts"))
        .to_stream()
        .map_values(|count| count.unwrap_or(0))
        .to(COUNTS);
    builder.build()
}

#[tokio::main]
async fn main() -> Result<(), Failure> {
    let filter = tracing_subscriber::EnvFilter::try_from_default_env().unwrap_or_else(|_| "warn".into());
    tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).init();
    let arguments = Arguments::read()?;
    let text = std::fs::read_to_string(&arguments.file)
        .map_err(|error| format!("cannot read {}: {error}", arguments.file.display()))?;

    let mut broker = None;
    let servers = match arguments.bootstrap_servers {
        Some(servers) => servers,
        None => {
            broker.insert(EmbeddedBroker::builder().temporary().start().await?).bootstrap_servers().to_owned()
        }
    };
    println!("counting the words of {} on {servers}", arguments.file.display());
    create_topics(&servers).await?;

    // State on disk would outlive a broker that exists only while this program runs.
    let state = tempfile::tempdir()?;
    let mut config = StreamsConfig::builder()
        .application_id("word-count")
        .bootstrap_servers(&servers)
        .num_stream_threads(2)
        .commit_interval(Duration::from_millis(500));
    if let Some(directory) = &arguments.state_dir {
        config = config.state_dir(directory);
    } else if broker.is_some() {
        config = config.state_dir(state.path());
    }
    let streams = KafkaStreams::new(&topology()?, config.build()?)?;
    streams.start()?;

    let counted = tokio::select! {
        counted = count(&streams, &servers, text) => Some(counted?),
        _ = tokio::signal::ctrl_c() => None,
    };
    match &counted {
        Some(counts) => print_top(counts),
        None => println!("\ninterrupted: closing; what was counted so far is kept"),
    }
    if !streams.close(Duration::from_secs(30)) {
        return Err("not closed within 30 seconds".into());
    }
    drop(streams);
    if let Some(broker) = broker {
        broker.shutdown().await?;
    }
    Ok(())
}

/// Creates the input and the output topic, unless they are there.
async fn create_topics(servers: &str) -> Result<(), Failure> {
    let admin: AdminClient<DefaultClientContext> = client(servers).create()?;
    let topics = [LINES, COUNTS].map(|topic| NewTopic::new(topic, 4, TopicReplication::Fixed(-1)));
    let created = admin.create_topics(&topics, &AdminOptions::new()).await;
    for created in created
        .map_err(|error| format!("cannot create topics on {servers}: {error}; is a broker running there?"))?
    {
        match created {
            Ok(_) | Err((_, rdkafka::types::RDKafkaErrorCode::TopicAlreadyExists)) => {}
            Err((topic, code)) => return Err(format!("cannot create topic {topic}: {code}").into()),
        }
    }
    Ok(())
}

fn client(servers: &str) -> ClientConfig {
    let mut config = ClientConfig::new();
    config.set("bootstrap.servers", servers);
    config
}

/// Sends the lines, shows how far the application is, and returns the counts once all lines are counted.
async fn count(streams: &KafkaStreams, servers: &str, text: String) -> Result<HashMap<String, i64>, Failure> {
    let started = Instant::now();
    let consumer: StreamConsumer =
        client(servers).set("group.id", "word-count-reader").set("enable.auto.commit", "false").create()?;
    // Counts of former runs are not of interest.
    let mut seen = ends(servers, COUNTS).await?;
    let mut list = TopicPartitionList::new();
    for (partition, end) in (0..).zip(&seen) {
        list.add_partition_offset(COUNTS, partition, Offset::Offset(*end))?;
    }
    consumer.assign(&list)?;

    let mut send = tokio::spawn(send_lines(servers.to_owned(), text));
    let (mut sent, mut wanted, mut counts) = (None, None, HashMap::new());
    let mut progress = tokio::time::interval(Duration::from_millis(500));
    let mut messages = consumer.stream();
    loop {
        tokio::select! {
            lines = &mut send, if sent.is_none() => sent = Some(lines??),
            Some(message) = messages.next() => {
                let message = message?;
                let word = String::from_utf8_lossy(message.key().unwrap_or_default()).into_owned();
                let count = message.payload().and_then(|value| value.try_into().ok()).map_or(0, i64::from_be_bytes);
                counts.insert(word, count);
                seen[message.partition() as usize] = message.offset() + 1;
            }
            _ = progress.tick() => {
                if streams.state().is_shutting_down() {
                    return Err("the application stopped by itself; see its log".into());
                }
                let lines = sent.map_or_else(|| "loading".to_owned(), |lines: u64| format!("{lines} lines"));
                let processed = streams.metrics().processed_records;
                eprint!("\r{lines}, {processed} records processed here, {} words seen ", counts.len());
                if sent.is_some() && wanted.is_none() && is_counted(servers).await? {
                    wanted = Some(ends(servers, COUNTS).await?);
                }
            }
        }
        if wanted.as_ref().is_some_and(|wanted| seen.iter().zip(wanted).all(|(seen, wanted)| seen >= wanted))
        {
            eprintln!("in {:.1} s", started.elapsed().as_secs_f64());
            return Ok(counts);
        }
    }
}

/// Whether the application, all its instances together, has committed all lines, and then all words of them.
async fn is_counted(servers: &str) -> Result<bool, Failure> {
    let group: BaseConsumer = client(servers).set("group.id", "word-count").create()?;
    for topic in [LINES, "word-count-counts-repartition"] {
        let ends = ends(servers, topic).await?;
        let mut list = TopicPartitionList::new();
        list.add_partition_range(topic, 0, ends.len() as i32 - 1);
        let committed = block_in_place(|| group.committed_offsets(list, TIMEOUT))?;
        let behind =
            committed.elements().iter().zip(&ends).any(|(partition, end)| match partition.offset() {
                Offset::Offset(offset) => offset < *end,
                _ => *end > 0,
            });
        if behind {
            return Ok(false);
        }
    }
    Ok(true)
}

/// The ends of all partitions of a topic. One that has just been created may have no leaders for a moment.
async fn ends(servers: &str, topic: &str) -> Result<Vec<i64>, Failure> {
    let consumer: BaseConsumer = client(servers).create()?;
    let started = Instant::now();
    loop {
        match block_in_place(|| ends_now(&consumer, topic)) {
            Err(_) if started.elapsed() < TIMEOUT => tokio::time::sleep(Duration::from_millis(50)).await,
            ends => return Ok(ends?),
        }
    }
}

fn ends_now(consumer: &BaseConsumer, topic: &str) -> Result<Vec<i64>, KafkaError> {
    let metadata = consumer.fetch_metadata(Some(topic), TIMEOUT)?;
    let partitions = metadata.topics().first().map_or(0, |topic| topic.partitions().len());
    (0..partitions as i32)
        .map(|partition| Ok(consumer.fetch_watermarks(topic, partition, TIMEOUT)?.1))
        .collect()
}

/// Sends one record for each line, and returns how many that were.
async fn send_lines(servers: String, text: String) -> Result<u64, KafkaError> {
    let producer: FutureProducer =
        client(&servers).set("linger.ms", "20").set("enable.idempotence", "true").create()?;
    let mut under_way = futures::stream::FuturesUnordered::new();
    let mut lines = 0;
    for line in text.lines() {
        lines += 1;
        let record: FutureRecord<'_, str, str> = FutureRecord::to(LINES).payload(line);
        under_way.push(producer.send(record, Timeout::Never));
        if under_way.len() >= 10_000
            && let Some(sent) = under_way.next().await
        {
            sent.map_err(|(error, _)| error)?;
        }
    }
    while let Some(sent) = under_way.next().await {
        sent.map_err(|(error, _)| error)?;
    }
    Ok(lines)
}

fn print_top(counts: &HashMap<String, i64>) {
    let mut top: Vec<(&String, &i64)> = counts.iter().collect();
    top.sort_by(|a, b| b.1.cmp(a.1).then(a.0.cmp(b.0)));
    for (word, count) in top.into_iter().take(20) {
        println!("{count:>10}  {word}");
    }
}
