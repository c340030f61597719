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
    let mut sent = 0_u64;
    for line in io::stdin().lock().split(b'\n') {
        let mut line = line?;
        if line.last() == Some(&b'\r') {
            line.pop();
        }
        send(&producer, &args, &line)?;
        sent += 1;
    }
    producer.flush(Duration::from_secs(300))?;
    let state = deliveries.0.lock().unwrap_or_else(PoisonError::into_inner);
    match (&*state, sent) {
        ((acknowledged, None), sent) if *acknowledged == sent => {
            if args.connection.json {
                output::line(json!({ "topic": args.topic, "records": sent }))?;
            }
            Ok(())
        }
        ((acknowledged, error), sent) => Err(Failure::new(format!(
            "{} of {sent} records were not acknowledged: {}",
            sent - acknowledged,
            error.as_deref().unwrap_or("timed out")
        ))),
    }
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
        Failure::new(format!(
            "the line `{}` has no key separator `{separator}`",
            String::from_utf8_lossy(line)
        ))
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
        assert_eq!(error.to_string(), "the line `ab` has no key separator `:`");
    }
}
