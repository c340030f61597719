//! Runs a case on the test driver and keeps everything that came out.

use std::collections::BTreeMap;
use std::time::Duration;

use serde_json::Value;
use streams_core::{BuiltTopology, Error, ErrorKind, Headers, InternalTopicKind, StreamsConfig};
use streams_test::{ProducedRecord, TopologyTestDriver};

use super::case::{Case, Datum, ExpectedStore, ExpectedTopic, Input, OutputRecord, RawOutput, Step};
use super::contents;
use super::decode;
use super::functions::Extractor;
use super::hex;
use super::op::Reason;
use super::ops::{BuildFailure, Built, build};

/// The driver's wall clock at the start, in milliseconds.
const WALL_CLOCK_START: i64 = 1_000_000;

/// Restarts, where there are any, come before every fifth step, from the second on.
const RESTART_EVERY: usize = 5;

/// What a step did.
#[derive(Debug)]
pub(crate) struct StepOutcome {
    /// What went to topics that are not internal, in order.
    pub(crate) records: Vec<OutputRecord>,
    /// How it failed, if it did.
    pub(crate) error: Option<Error>,
}

/// What came out of a case.
#[derive(Debug, Default)]
pub(crate) struct Outcome {
    /// The lines of `describe()`.
    pub(crate) describe: Vec<String>,
    /// The keys of the map that each split returned.
    pub(crate) branches: BTreeMap<String, Vec<String>>,
    /// Repartition topics and changelogs.
    pub(crate) internal_topics: BTreeMap<String, ExpectedTopic>,
    /// Topics that must have the same number of partitions.
    pub(crate) copartition_groups: Vec<Vec<String>>,
    /// What each step did; a step that failed is the last.
    pub(crate) steps: Vec<StepOutcome>,
    /// The stores' contents after the last step.
    pub(crate) stores: BTreeMap<String, ExpectedStore>,
    /// What was sent to each changelog.
    pub(crate) changelogs: BTreeMap<String, Vec<RawOutput>>,
    /// What was sent to each other internal topic.
    pub(crate) internal: BTreeMap<String, Vec<RawOutput>>,
}

/// How a case went.
#[derive(Debug)]
pub(crate) enum Run {
    /// The topology was refused.
    Refused(Error),
    /// The harness cannot say the topology with the library's API.
    Unable(Reason),
    /// It ran.
    Ran(Box<Outcome>),
}

/// Runs a case, with restarts of the application in between if `restarts` is set.
pub(crate) fn run(case: &Case, restarts: bool) -> Run {
    match try_run(case, restarts) {
        Ok(outcome) => Run::Ran(Box::new(outcome)),
        Err(BuildFailure::Refused(error)) => Run::Refused(error),
        Err(BuildFailure::Unable(reason)) => Run::Unable(reason),
    }
}

fn try_run(case: &Case, restarts: bool) -> Result<Outcome, BuildFailure> {
    let config = config(case)?;
    let built = build(case, &config)?;
    let describe = built.topology.describe().to_string();
    let mut outcome = Outcome {
        describe: describe.split('\n').map(str::to_owned).collect(),
        branches: built.branches.clone(),
        ..Outcome::default()
    };
    note_topics(&*built.topology.build(&config)?, &mut outcome);
    let driver =
        TopologyTestDriver::builder().config(&config).wall_clock_ms(WALL_CLOCK_START).build(&built.topology);
    let driver = match driver {
        Ok(driver) => driver,
        // Kafka's driver starts its task with the first record, so this shows as the first step's failure there.
        Err(error) if error.kind() != ErrorKind::Config && throws_at_first_step(case) => {
            outcome.steps.push(StepOutcome { records: Vec::new(), error: Some(error) });
            return Ok(outcome);
        }
        Err(error) => return Err(error.into()),
    };
    run_steps(case, restarts, &built, &driver, &mut outcome)?;
    if outcome.steps.iter().all(|step| step.error.is_none()) {
        outcome.stores = contents::of_all_stores(case, &driver)?;
    }
    Ok(outcome)
}

fn throws_at_first_step(case: &Case) -> bool {
    use super::case::Output;
    matches!(case.expect.steps.first().map(Vec::as_slice), Some([Output::Throws(_)]))
}

/// The configuration of a case, on the defaults of the format.
fn config(case: &Case) -> Result<StreamsConfig, BuildFailure> {
    let mut builder = StreamsConfig::builder()
        .application_id("app")
        .set("statestore.cache.max.bytes", 0)
        .set("topology.optimization", "none");
    // Kafka looks at this setting only where the builder itself is given the configuration.
    let acts = |key: &str, value: &Value| {
        case.topology_config || key != "ensure.explicit.internal.resource.naming" || *value != true
    };
    for (key, value) in case.config.iter().filter(|(key, value)| acts(key, value)) {
        let text = match value {
            Value::String(text) => text.clone(),
            other => other.to_string(),
        };
        builder = if key == "default.timestamp.extractor" {
            builder.default_timestamp_extractor(Extractor::parse(&text)?)
        } else {
            builder.set(key, text)
        };
    }
    Ok(builder.build()?)
}

fn note_topics(built: &BuiltTopology, outcome: &mut Outcome) {
    for topic in built.internal_topics().values() {
        let expected = ExpectedTopic {
            kind: topic.kind.as_str().to_owned(),
            partitions: topic.partitions,
            config: topic.config.clone(),
        };
        outcome.internal_topics.insert(topic.name.to_string(), expected);
    }
    let groups = built.copartition_groups().iter();
    outcome.copartition_groups =
        groups.map(|group| group.iter().map(|topic| topic.to_string()).collect()).collect();
    outcome.copartition_groups.sort();
}

fn run_steps(
    case: &Case,
    restarts: bool,
    built: &Built,
    driver: &TopologyTestDriver,
    outcome: &mut Outcome,
) -> Result<(), BuildFailure> {
    for (index, step) in case.steps.iter().enumerate() {
        if restarts && index % RESTART_EVERY == 1 {
            driver.restart()?;
        }
        let result = match step {
            Step::Pipe(input) => pipe(driver, input),
            Step::AdvanceWallClockMs(ms) => {
                let by = u64::try_from(*ms).map_err(|_| "the wall clock cannot go back")?;
                driver.advance_wall_clock_time(Duration::from_millis(by))
            }
        };
        let mut records = Vec::new();
        for record in driver.take_produced()? {
            sort_in(index, record, built, outcome, &mut records);
        }
        let failed = result.is_err();
        outcome.steps.push(StepOutcome { records, error: result.err() });
        if failed {
            break;
        }
    }
    Ok(())
}

fn pipe(driver: &TopologyTestDriver, input: &Input) -> Result<(), Error> {
    let (key, value) = (input.key.to_bytes(), input.value.to_bytes());
    let mut headers = Headers::new();
    for (name, value) in &input.headers {
        headers.add(name.as_str(), value.as_deref());
    }
    driver.pipe_raw(&input.topic, key.as_deref(), value.as_deref(), input.ts, headers)
}

/// Puts a record where it belongs: a changelog, another internal topic, or the step's output.
fn sort_in(
    step: usize,
    record: ProducedRecord,
    built: &Built,
    outcome: &mut Outcome,
    records: &mut Vec<OutputRecord>,
) {
    let topic = record.topic().to_owned();
    let kind = outcome.internal_topics.get(&topic).map(|topic| topic.kind.as_str());
    let lists = match kind {
        Some(kind) if kind == InternalTopicKind::Changelog.as_str() => &mut outcome.changelogs,
        Some(kind) if kind == InternalTopicKind::Repartition.as_str() => &mut outcome.internal,
        _ => {
            records.push(decoded(record, built));
            return;
        }
    };
    let raw = RawOutput {
        s: step,
        k: record.key().map(hex::encode),
        v: record.value().map(hex::encode),
        ts: record.timestamp,
        h: headers(&record.headers, hex::encode),
    };
    lists.entry(topic).or_default().push(raw);
}

fn decoded(record: ProducedRecord, built: &Built) -> OutputRecord {
    let (keys, kind) = built.output_type(record.topic());
    let raw = |bytes: Option<&[u8]>| bytes.map_or(Datum::Null, |bytes| Datum::Bytes(bytes.to_vec()));
    OutputRecord {
        key: decode::key(keys, record.key()).unwrap_or_else(|| raw(record.key())),
        value: decode::value(kind, record.value()).unwrap_or_else(|| raw(record.value())),
        topic: record.topic().to_owned(),
        ts: record.timestamp.unwrap_or(-1),
        headers: headers(&record.headers, |bytes| String::from_utf8_lossy(bytes).into_owned()),
    }
}

fn headers(headers: &Headers, show: impl Fn(&[u8]) -> String) -> Vec<(String, Option<String>)> {
    let list = headers.to_vec().into_iter();
    list.map(|header| (header.key, header.value.map(|value| show(&value)))).collect()
}
