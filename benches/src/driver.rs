//! `streams-bench driver`: topologies on the test driver, in records per CPU second.

use std::time::Duration;

use streams_dsl::prelude::*;
use streams_test::TopologyTestDriver;

use crate::process::cpu_seconds;

/// What to run on the test driver.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Records to pipe through each topology.
    #[arg(long, default_value_t = 500_000)]
    records: u64,
    /// Run only the topologies whose name contains this.
    #[arg(long, default_value = "")]
    only: String,
    /// Run only with this kind of store: memory or rocksdb.
    #[arg(long, default_value = "")]
    store: String,
    /// Milliseconds between one record and the next.
    #[arg(long, default_value_t = 1)]
    step: u32,
}

/// A topology, and the `n`th record for it.
struct Case {
    name: &'static str,
    build: fn(&StreamsBuilder),
    pipe: fn(&mut Inputs, u64) -> Result<(), Error>,
}

/// The driver's input topics, and the keys of the records for them.
struct Inputs {
    left: streams_test::TestInputTopic<String, String>,
    right: streams_test::TestInputTopic<String, String>,
    /// Made beforehand, as on the JVM: what is measured is the driver, not the making of strings.
    keys: Vec<String>,
    /// What most records have.
    value: String,
    /// Milliseconds between one record and the next.
    step: i64,
}

/// The number of different keys.
const KEYS: u64 = 1_000;

const CASES: &[Case] = &[
    Case { name: "chain", build: chain, pipe: line_of_one_word },
    Case { name: "wordcount", build: word_count, pipe: line_of_five_words },
    Case { name: "tumbling", build: tumbling, pipe: line_of_one_word },
    Case { name: "stream-stream", build: stream_stream, pipe: both_sides },
    Case { name: "stream-table", build: stream_table, pipe: both_sides },
];

pub(crate) fn run(args: &Args) -> Result<(), BoxError> {
    for case in CASES.iter().filter(|case| case.name.contains(&args.only)) {
        for store in ["memory", "rocksdb"].into_iter().filter(|store| store.contains(&args.store)) {
            let rate = measure(case, store, args)?;
            println!("rust driver {} {store} records={} rec_per_cpu_s={rate:.0}", case.name, args.records);
        }
    }
    Ok(())
}

fn measure(case: &Case, store: &str, args: &Args) -> Result<f64, BoxError> {
    let records = args.records;
    let config = StreamsConfig::builder()
        .application_id("bench")
        .set("dsl.store.suppliers.class", store)
        .set("statestore.cache.max.bytes", 0)
        .build()?;
    let builder = StreamsBuilder::with_config(&config);
    (case.build)(&builder);
    let driver = TopologyTestDriver::with_config(&builder.build()?, &config)?;
    let mut inputs = Inputs {
        left: driver.create_input_topic("left"),
        right: driver.create_input_topic("right"),
        keys: (0..KEYS).map(|n| format!("key-{n}")).collect(),
        value: "value".to_owned(),
        step: args.step.into(),
    };
    for n in 0..records / 10 {
        (case.pipe)(&mut inputs, n)?;
    }
    driver.take_produced()?;
    let start = cpu_seconds();
    for n in records / 10..records {
        (case.pipe)(&mut inputs, n)?;
        if n % 10_000 == 0 {
            driver.take_produced()?;
        }
    }
    let cpu = (cpu_seconds() - start).max(Duration::from_millis(10).as_secs_f64());
    driver.close()?;
    Ok((records - records / 10) as f64 / cpu)
}

fn chain(builder: &StreamsBuilder) {
    builder
        .stream::<String, String>("left")
        .map_values(|value| value.to_uppercase())
        .filter(|_, value| !value.is_empty())
        .map(|key, value| (value, key))
        .filter_not(|key, _| key.is_empty())
        .to("out");
}

fn word_count(builder: &StreamsBuilder) {
    builder
        .stream::<String, String>("left")
        .flat_map_values(|line| line.split(' ').map(str::to_owned).collect::<Vec<_>>())
        .group_by(|_, word| word.clone())
        .count_with(Materialized::as_("counts"))
        .to_stream()
        .to("out");
}

fn tumbling(builder: &StreamsBuilder) {
    builder
        .stream::<String, String>("left")
        .group_by_key()
        .windowed_by(TimeWindows::of_size_with_no_grace(Duration::from_secs(60)))
        .count_with(Materialized::as_("counts"))
        .to_stream()
        .select_key(|windowed, _| windowed.key.clone())
        .to("out");
}

fn stream_stream(builder: &StreamsBuilder) {
    let right = builder.stream::<String, String>("right");
    let windows = JoinWindows::of_time_difference_with_no_grace(Duration::from_secs(60));
    builder
        .stream::<String, String>("left")
        .join(&right, |left, right| [left.as_str(), "+", right.as_str()].concat(), windows)
        .to("out");
}

fn stream_table(builder: &StreamsBuilder) {
    let table = builder.table::<String, String>("right");
    builder
        .stream::<String, String>("left")
        .join_table(&table, |left, right| [left.as_str(), "+", right.as_str()].concat())
        .to("out");
}

impl Inputs {
    fn time(&self, n: u64) -> i64 {
        i64::try_from(n).unwrap_or(i64::MAX).saturating_mul(self.step)
    }

    /// The place of the `n`th record's key.
    fn key(n: u64) -> usize {
        usize::try_from(n.wrapping_mul(2_654_435_761) % KEYS).unwrap_or(0)
    }
}

fn line_of_one_word(inputs: &mut Inputs, n: u64) -> Result<(), Error> {
    let time = inputs.time(n);
    inputs.left.pipe_ref_at(&inputs.keys[Inputs::key(n)], &inputs.value, time)
}

fn line_of_five_words(inputs: &mut Inputs, n: u64) -> Result<(), Error> {
    let words: Vec<&str> = (0..5).map(|word| &*inputs.keys[Inputs::key(n * 5 + word)]).collect();
    let (line, time) = (words.join(" "), inputs.time(n));
    inputs.left.pipe_ref_at(&inputs.keys[Inputs::key(n)], &line, time)
}

/// Left and right in turn.
fn both_sides(inputs: &mut Inputs, n: u64) -> Result<(), Error> {
    let time = inputs.time(n);
    let input = if n.is_multiple_of(2) { &mut inputs.left } else { &mut inputs.right };
    input.pipe_ref_at(&inputs.keys[Inputs::key(n / 2)], &inputs.value, time)
}
