//! `streams perf consume`.

use std::time::{Duration, Instant};

use rdkafka::consumer::{BaseConsumer, Consumer};
use rdkafka::error::KafkaError;
use rdkafka::message::Message;
use rdkafka::{Offset, TopicPartitionList};

use super::Report;
use super::args::PerfConsumeArgs;
use crate::args::Connection;
use crate::client::is_transient;
use crate::failure::Failure;

pub(super) fn run(connection: &Connection, args: &PerfConsumeArgs) -> Result<Report, Failure> {
    let consumer = consumer(connection, args)?;
    let partitions = connection.partitions(&consumer, &args.topic)?;
    let mut assignment = TopicPartitionList::new();
    for partition in &partitions {
        assignment.add_partition_offset(&args.topic, *partition, Offset::Beginning)?;
    }
    consumer.assign(&assignment)?;
    let wanted = args.records.unwrap_or(u64::MAX);
    let (mut records, mut bytes, mut open) = (0_u64, 0_u64, partitions);
    let (start, mut first, mut last) = (Instant::now(), None, Instant::now());
    while records < wanted && !open.is_empty() {
        match consumer.poll(connection.timeout()) {
            Some(Ok(message)) => {
                last = Instant::now();
                first.get_or_insert(last);
                records += 1;
                bytes += [message.key(), message.payload()]
                    .into_iter()
                    .flatten()
                    .map(|part| part.len() as u64)
                    .sum::<u64>();
            }
            Some(Err(KafkaError::PartitionEOF(partition))) => open.retain(|other| *other != partition),
            Some(Err(error)) if is_transient(&error) => {}
            Some(Err(error)) => return Err(error.into()),
            None => {
                return Err(Failure::new(format!(
                    "no record and no end of topic {} came within {} ms after {records} records",
                    args.topic, connection.timeout_ms
                )));
            }
        }
    }
    if args.records.is_some() && records < wanted {
        return Err(Failure::new(format!("topic {} ended after {records} of {wanted} records", args.topic)));
    }
    let mut report = Report::throughput(records, bytes, last.saturating_duration_since(start));
    let until_first = first.map_or(Duration::ZERO, |first| first.saturating_duration_since(start));
    report.add("first_record_ms", until_first.as_secs_f64() * 1e3, "ms");
    Ok(report)
}

fn consumer(connection: &Connection, args: &PerfConsumeArgs) -> Result<BaseConsumer, Failure> {
    let config = connection.config(&[
        ("group.id", "streams-cli"),
        ("enable.auto.commit", "false"),
        ("enable.partition.eof", "true"),
        ("fetch.message.max.bytes", &args.fetch_bytes.to_string()),
    ]);
    Ok(config.create()?)
}
