//! `streams perf produce`.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use hdrhistogram::Histogram;
use rdkafka::ClientContext;
use rdkafka::error::{KafkaError, RDKafkaErrorCode};
use rdkafka::message::DeliveryResult;
use rdkafka::producer::{BaseRecord, Producer, ProducerContext, ThreadedProducer};

use super::args::PerfProduceArgs;
use super::{Payload, Report, latencies};
use crate::args::Connection;
use crate::failure::Failure;
use crate::output;

/// How often progress is shown.
const INTERVAL: Duration = Duration::from_secs(5);

/// What became of the records.
#[derive(Debug)]
struct Outcome {
    /// Microseconds from `send` to the acknowledgement.
    latencies: Histogram<u64>,
    failed: u64,
    error: Option<String>,
}

/// Takes the acknowledgements; a record carries the time at which it was sent, in microseconds since the start.
#[derive(Debug, Clone)]
struct Acknowledgements {
    start: Instant,
    outcome: Arc<Mutex<Outcome>>,
}

impl Acknowledgements {
    fn outcome(&self) -> MutexGuard<'_, Outcome> {
        self.outcome.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn now(&self) -> usize {
        usize::try_from(self.start.elapsed().as_micros()).unwrap_or(usize::MAX)
    }
}

impl ClientContext for Acknowledgements {}

impl ProducerContext for Acknowledgements {
    type DeliveryOpaque = usize;

    fn delivery(&self, result: &DeliveryResult<'_>, sent: usize) {
        let latency = self.now().saturating_sub(sent) as u64;
        let mut outcome = self.outcome();
        match result {
            Ok(_) => outcome.latencies.saturating_record(latency),
            Err((error, _)) => {
                outcome.failed += 1;
                outcome.error.get_or_insert_with(|| error.to_string());
            }
        }
    }
}

pub(super) fn run(connection: &Connection, args: &PerfProduceArgs) -> Result<Report, Failure> {
    let start = Instant::now();
    let outcome = Outcome { latencies: latencies(), failed: 0, error: None };
    let acknowledgements = Acknowledgements { start, outcome: Arc::new(Mutex::new(outcome)) };
    let producer = producer(connection, args, acknowledgements.clone())?;
    let payload = Payload::new(args.size);
    let mut shown = start;
    for number in 0..args.records {
        if let Some(rate) = args.throughput {
            pace(start, number, rate);
        }
        send(&producer, args, number, payload.get(number), acknowledgements.now())?;
        if !connection.json && shown.elapsed() >= INTERVAL {
            shown = Instant::now();
            let acknowledged = acknowledgements.outcome().latencies.len();
            output::note(format_args!(
                "{acknowledged} records acknowledged after {} s",
                start.elapsed().as_secs()
            ));
        }
    }
    producer.flush(Duration::from_secs(300))?;
    let elapsed = start.elapsed();
    let outcome = acknowledgements.outcome();
    if outcome.failed > 0 {
        return Err(Failure::new(format!(
            "{} of {} records were not acknowledged: {}",
            outcome.failed,
            args.records,
            outcome.error.as_deref().unwrap_or_default()
        )));
    }
    let mut report = Report::throughput(args.records, args.records * args.size as u64, elapsed);
    report.add_latencies(&outcome.latencies);
    Ok(report)
}

fn producer(
    connection: &Connection,
    args: &PerfProduceArgs,
    acknowledgements: Acknowledgements,
) -> Result<ThreadedProducer<Acknowledgements>, Failure> {
    let config = connection.config(&[
        ("partitioner", "murmur2_random"),
        ("enable.idempotence", if args.acks == "all" { "true" } else { "false" }),
        ("acks", &args.acks),
        ("linger.ms", &args.linger_ms.to_string()),
        ("batch.size", &args.batch_bytes.to_string()),
        ("compression.type", args.compression.name()),
        ("queue.buffering.max.messages", "1000000"),
    ]);
    Ok(config.create_with_context(acknowledgements)?)
}

/// Waits until the record of that number is due.
fn pace(start: Instant, number: u64, rate: u64) {
    let due = Duration::from_secs_f64(number as f64 / rate as f64);
    if let Some(early) = due.checked_sub(start.elapsed()) {
        std::thread::sleep(early);
    }
}

fn send(
    producer: &ThreadedProducer<Acknowledgements>,
    args: &PerfProduceArgs,
    number: u64,
    value: &[u8],
    now: usize,
) -> Result<(), Failure> {
    let key = args.keys.map(|keys| (number % keys).to_string());
    let mut record: BaseRecord<'_, str, [u8], usize> =
        BaseRecord::with_opaque_to(&args.topic, now).payload(value);
    if let Some(key) = &key {
        record = record.key(key);
    }
    loop {
        match producer.send(record) {
            Ok(()) => return Ok(()),
            Err((KafkaError::MessageProduction(RDKafkaErrorCode::QueueFull), back)) => {
                record = back;
                std::thread::sleep(Duration::from_millis(1));
            }
            Err((error, _)) => {
                return Err(Failure::of(format_args!("cannot write to topic {}", args.topic), error));
            }
        }
    }
}
