//! `streams perf latency`.

use std::time::{Duration, Instant};

use rdkafka::consumer::{BaseConsumer, Consumer};
use rdkafka::message::Message;
use rdkafka::producer::{BaseProducer, BaseRecord, Producer};
use rdkafka::{Offset, TopicPartitionList};

use super::args::PerfLatencyArgs;
use super::{Payload, Report, latencies};
use crate::args::Connection;
use crate::client::is_transient;
use crate::failure::Failure;

/// Records before those that count: connections are made and caches are warmed with them.
const WARM_UP: u64 = 10;

pub(super) fn run(connection: &Connection, args: &PerfLatencyArgs) -> Result<Report, Failure> {
    let (producer, consumer) = clients(connection, args)?;
    let payload = Payload::new(args.size);
    let mut times = latencies();
    let mut start = Instant::now();
    for number in 0..WARM_UP + args.records {
        if number == WARM_UP {
            start = Instant::now();
        }
        let key = format!("{}-{number}", std::process::id());
        let latency = round_trip(connection, args, (&producer, &consumer), &key, payload.get(number))?;
        if number >= WARM_UP {
            times.saturating_record(u64::try_from(latency.as_micros()).unwrap_or(u64::MAX));
        }
    }
    let mut report = Report::throughput(args.records, args.records * args.size as u64, start.elapsed());
    report.add_latencies(&times);
    producer.flush(connection.timeout())?;
    Ok(report)
}

/// A producer and a consumer that wait for nothing; the consumer begins at the end of the topic.
fn clients(connection: &Connection, args: &PerfLatencyArgs) -> Result<(BaseProducer, BaseConsumer), Failure> {
    let producer = connection.config(&[("acks", &args.acks), ("linger.ms", "0")]).create()?;
    let settings =
        [("group.id", "streams-cli"), ("enable.auto.commit", "false"), ("fetch.wait.max.ms", "100")];
    let consumer: BaseConsumer = connection.config(&settings).create()?;
    let mut assignment = TopicPartitionList::new();
    for partition in connection.partitions(&consumer, &args.topic)? {
        // A number, not `End`: what is written before the consumer has found the end would be missed.
        let (_, end) = consumer.fetch_watermarks(&args.topic, partition, connection.timeout())?;
        assignment.add_partition_offset(&args.topic, partition, Offset::Offset(end))?;
    }
    consumer.assign(&assignment)?;
    Ok((producer, consumer))
}

/// Writes a record, and reads until it comes back.
fn round_trip(
    connection: &Connection,
    args: &PerfLatencyArgs,
    (producer, consumer): (&BaseProducer, &BaseConsumer),
    key: &str,
    value: &[u8],
) -> Result<Duration, Failure> {
    let start = Instant::now();
    let record = BaseRecord::to(&args.topic).key(key).payload(value);
    producer
        .send(record)
        .map_err(|(error, _)| Failure::of(format_args!("cannot write to topic {}", args.topic), error))?;
    while start.elapsed() < connection.timeout() {
        producer.poll(Duration::ZERO);
        match consumer.poll(Duration::from_millis(10)) {
            // Others may write to the topic as well.
            Some(Ok(message)) if message.key() == Some(key.as_bytes()) => return Ok(start.elapsed()),
            Some(Ok(_)) | None => {}
            Some(Err(error)) if is_transient(&error) => {}
            Some(Err(error)) => return Err(error.into()),
        }
    }
    Err(Failure::new(format!(
        "a record written to topic {} did not come back within {} ms",
        args.topic, connection.timeout_ms
    )))
}
