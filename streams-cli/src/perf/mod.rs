//! `streams perf`: throughput and latency of a cluster, as Kafka's own perf tools measure them.

mod args;
mod consume;
mod latency;
mod produce;

use std::time::Duration;

use hdrhistogram::Histogram;
use serde_json::{Map, Value, json};

pub(crate) use args::PerfCommand;

use crate::args::Connection;
use crate::failure::Failure;
use crate::output;

/// Runs on a thread that may block: the measurements poll and wait by themselves.
pub(crate) async fn run(connection: Connection, command: PerfCommand) -> Result<(), Failure> {
    let measure = move || {
        connection.reach(&connection.consumer(None)?)?;
        let report = match command {
            PerfCommand::Produce(args) => produce::run(&connection, &args)?,
            PerfCommand::Consume(args) => consume::run(&connection, &args)?,
            PerfCommand::Latency(args) => latency::run(&connection, &args)?,
        };
        report.print(connection.json)
    };
    tokio::task::spawn_blocking(measure).await.map_err(|error| Failure::of("the measurement broke", error))?
}

/// What was measured: names, numbers and their units.
#[derive(Debug, Default)]
struct Report(Vec<(String, f64, &'static str)>);

impl Report {
    /// Records, bytes and seconds, and what follows from them.
    fn throughput(records: u64, bytes: u64, elapsed: Duration) -> Self {
        let seconds = elapsed.as_secs_f64().max(1e-9);
        let megabytes = bytes as f64 / f64::from(1 << 20);
        let mut report = Self::default();
        report.add("records", records as f64, "");
        report.add("megabytes", megabytes, "MiB");
        report.add("seconds", seconds, "s");
        report.add("records_per_second", records as f64 / seconds, "");
        report.add("megabytes_per_second", megabytes / seconds, "MiB/s");
        report
    }

    fn add(&mut self, name: &str, value: f64, unit: &'static str) {
        self.0.push((name.to_owned(), value, unit));
    }

    /// The usual percentiles of times in microseconds, in milliseconds.
    fn add_latencies(&mut self, latencies: &Histogram<u64>) {
        self.add("latency_avg_ms", latencies.mean() / 1e3, "ms");
        for (name, share) in [("p50", 0.5), ("p95", 0.95), ("p99", 0.99), ("p999", 0.999)] {
            self.add(&format!("latency_{name}_ms"), latencies.value_at_quantile(share) as f64 / 1e3, "ms");
        }
        self.add("latency_max_ms", latencies.max() as f64 / 1e3, "ms");
    }

    fn print(&self, json: bool) -> Result<(), Failure> {
        if json {
            return output::line(self.as_json());
        }
        for (name, value, unit) in &self.0 {
            let name = name.trim_end_matches("_ms").replace('_', " ");
            let digits = if value.fract() == 0.0 { 0 } else { 3 };
            output::line(format!("{name:<22}{value:>16.digits$} {unit}").trim_end())?;
        }
        Ok(())
    }

    fn as_json(&self) -> Value {
        let number = |value: f64| {
            if value.fract() == 0.0 { json!(value as i64) } else { json!((value * 1e3).round() / 1e3) }
        };
        let pairs = self.0.iter().map(|(name, value, _)| (name.clone(), number(*value)));
        Value::Object(pairs.collect::<Map<_, _>>())
    }
}

/// For times in microseconds, up to an hour, to three digits.
fn latencies() -> Histogram<u64> {
    Histogram::new_with_max(3_600_000_000, 3).expect("the bounds and the digits are valid")
}

/// Values of one size that are not all alike and do not compress to nothing.
struct Payload {
    bytes: Vec<u8>,
    size: usize,
}

impl Payload {
    const VARIETY: usize = 4_096;

    fn new(size: usize) -> Self {
        let mut state = 0x9e37_79b9_7f4a_7c15_u64;
        let letter = |_| {
            // xorshift64: the same letters in every run, so that runs can be compared.
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            b'A' + (state % 26) as u8
        };
        Self { bytes: (0..size + Self::VARIETY).map(letter).collect(), size }
    }

    fn get(&self, number: u64) -> &[u8] {
        let start = (number % Self::VARIETY as u64) as usize;
        &self.bytes[start..start + self.size]
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::{Payload, Report};

    #[test]
    fn rates_follow_from_counts_and_time() {
        let report = Report::throughput(1_000, 2 << 20, Duration::from_millis(500)).as_json();
        assert_eq!(report["records_per_second"], 2_000);
        assert_eq!(report["megabytes_per_second"], 4);
        assert_eq!(report["seconds"], 0.5);
    }

    #[test]
    fn payloads_have_the_size_and_differ() {
        let payload = Payload::new(10);
        assert_eq!(payload.get(u64::MAX).len(), 10);
        assert_ne!(payload.get(1), payload.get(2));
        assert!(Payload::new(0).get(7).is_empty());
    }
}
