//! `streams produce`: lines of standard input become records.

use std::io::{self, BufRead};
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::PoisonError;
use std::time::Duration;

use rdkafka::ClientContext;
use rdkafka::error::{KafkaError, RDKafkaErrorCode};
use rdkafka::message::{DeliveryResult, Header, OwnedHeaders};
use rdkafka::producer::{BaseRecord, Producer, ProducerContext, ThreadedProducer};
use serde_json::json;

use crate::args::ProduceArgs;
use crate::failure::Failure;
use crate::output;

/// How long to wait at the end for what is not acknowledged.
const FLUSH: Duration = Duration::from_secs(300);

/// Counts what was acknowledged and keeps the first failure.
#[derive(Debug, Clone, Default)]
struct Deliveries(Arc<Mutex<(u64, Option<String>)>>);

impl ClientContext for Deliveries {}

impl ProducerContext for Deliveries {
    type DeliveryOpaque = ();

    fn delivery(&self, result: &DeliveryResult<'_>, _opaque: ()) {
        let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        match result {
            Ok(_) => state.0 += 1,
            Err((error, _)) => {
                state.1.get_or_insert_with(|| error.to_string());
            }
        }
    }
}

pub(crate) async fn run(args: ProduceArgs) -> Result<(), Failure> {
    args.connection.reach(&args.connection.consumer(None)?)?;
    let deliveries = Deliveries::default();
    let settings = [("enable.idempotence", "true"), ("partitioner", "murmur2_random"), ("linger.ms", "5")];
    let config = args.connection.config(&settings);
    let producer: ThreadedProducer<Deliveries> = config.create_with_context(deliveries.clone())?;
    let (mut sent, mut failures) = (0_u64, Vec::new());
    for line in io::stdin().lock().split(b'\n') {
        let taken = line.map_err(Failure::from).and_then(|line| {
            let line = line.strip_suffix(b"\r").unwrap_or(&line);
            send(&producer, &args, line)
        });
        if let Err(failure) = taken {
            failures.push(Failure::of(format_args!("line {}", sent + 1), failure));
            break;
        }
        sent += 1;
    }
    // What was read before the failure is written all the same.
    let flushed = producer.flush(FLUSH);
    let state = deliveries.0.lock().unwrap_or_else(PoisonError::into_inner);
    let (acknowledged, error) = (state.0, state.1.clone().or(flushed.err().map(|error| error.to_string())));
    if acknowledged < sent {
        let (lost, error) = (sent - acknowledged, error.unwrap_or_default());
        failures.push(Failure::new(format!("{lost} of {sent} records were not acknowledged: {error}")));
    } else if !failures.is_empty() {
        failures.push(Failure::new(format!("the lines before it were written: {sent} records")));
    }
    Failure::all(failures)?;
    if args.connection.json {
        output::line(json!({ "topic": args.topic, "records": sent }))?;
    }
    Ok(())
}

fn send(producer: &ThreadedProducer<Deliveries>, args: &ProduceArgs, line: &[u8]) -> Result<(), Failure> {
    let (key, value) = split(line, args.key_separator.as_deref())?;
    let null = args.null.as_deref().map(str::as_bytes);
    let mut record: BaseRecord<'_, [u8], [u8]> = BaseRecord::to(&args.topic);
    if let Some(key) = key.filter(|key| Some(*key) != null) {
        record = record.key(key);
    }
    if Some(value) != null {
        record = record.payload(value);
    }
    if let Some(partition) = args.partition {
        record = record.partition(partition);
    }
    if let Some(timestamp) = args.timestamp {
        record = record.timestamp(timestamp);
    }
    if !args.headers.is_empty() {
        let add = |headers: OwnedHeaders, (key, value): &(String, String)| {
            headers.insert(Header { key, value: Some(value) })
        };
        record = record.headers(args.headers.iter().fold(OwnedHeaders::new(), add));
    }
    loop {
        match producer.send(record) {
            Ok(()) => return Ok(()),
            Err((KafkaError::MessageProduction(RDKafkaErrorCode::QueueFull), back)) => {
                record = back;
                producer.poll(Duration::from_millis(10));
            }
            Err((error, _)) => {
                return Err(Failure::of(format_args!("cannot write to topic {}", args.topic), error));
            }
        }
    }
}

fn split<'a>(line: &'a [u8], separator: Option<&str>) -> Result<(Option<&'a [u8]>, &'a [u8]), Failure> {
    let Some(separator) = separator.filter(|separator| !separator.is_empty()) else {
        return Ok((None, line));
    };
    let at = line.windows(separator.len()).position(|window| window == separator.as_bytes());
    let at = at.ok_or_else(|| {
        Failure::new(format!("`{}` has no key separator `{separator}`", String::from_utf8_lossy(line)))
    })?;
    Ok((Some(&line[..at]), &line[at + separator.len()..]))
}

#[cfg(test)]
mod tests {
    use super::split;

    #[test]
    fn a_line_splits_at_the_first_separator() {
        assert_eq!(split(b"a::b::c", Some("::")).unwrap(), (Some(&b"a"[..]), &b"b::c"[..]));
        assert_eq!(split(b"a:b", None).unwrap(), (None, &b"a:b"[..]));
        let error = split(b"ab", Some(":")).unwrap_err();
        assert_eq!(error.to_string(), "`ab` has no key separator `:`");
    }
}
