//! Running a topology in one of the ways that must not matter.

use std::collections::{BTreeMap, BTreeSet};

use streams_dsl::prelude::*;
use streams_test::TopologyTestDriver;

use crate::Case;

/// A record: topic, key, value, timestamp.
pub(crate) type Input = (&'static str, &'static str, Option<i64>, i64);

/// What came out: key, value, timestamp.
pub(crate) type Output = (String, Option<i64>, i64);

/// When commits happen.
#[derive(Debug, Clone)]
pub(crate) enum Commits {
    /// After each record, as in Kafka's driver.
    Each,
    /// After the records in these places.
    After(BTreeSet<usize>),
}

/// How a topology is run.
#[derive(Debug, Clone)]
pub(crate) struct Mode {
    pub(crate) cache_bytes: u64,
    pub(crate) store: DslStoreKind,
    pub(crate) commits: Commits,
}

/// In memory, without a cache, committed one by one.
pub(crate) const PLAIN: Mode = Mode { cache_bytes: 0, store: DslStoreKind::InMemory, commits: Commits::Each };

/// Later than all that waits for time to pass.
const END: i64 = 3_000;

/// More than the repartition topics that one commit after the other moves results through.
const COMMITS_TO_REST: usize = 4;

/// All that a topology writes for these inputs, and for a record of an own key at the end that lets out what waits for
/// time to pass.
pub(crate) fn run(case: Case, mode: &Mode, inputs: &[Input]) -> Vec<Output> {
    let config = StreamsConfig::builder()
        .application_id("properties")
        .statestore_cache_max_bytes(mode.cache_bytes)
        .set("dsl.store.suppliers.class", mode.store.as_str())
        .build()
        .unwrap();
    let builder = StreamsBuilder::with_config(&config);
    (case.build)(&builder);
    let topology = builder.build().unwrap();
    let driver = TopologyTestDriver::builder()
        .config(&config)
        .commit_each_record(matches!(mode.commits, Commits::Each))
        .build(&topology)
        .unwrap();
    let description = topology.describe().to_string();
    let pipe = |&(topic, key, value, time): &Input| {
        if description.contains(&format!("(topics: [{topic}])")) {
            let mut topic = driver.create_input_topic::<String, Option<i64>>(topic);
            topic.pipe_input_at(key, value, time).unwrap();
        }
    };
    let rest = || (0..COMMITS_TO_REST).for_each(|_| driver.commit().unwrap());
    for (place, input) in inputs.iter().enumerate() {
        pipe(input);
        if matches!(&mode.commits, Commits::After(places) if places.contains(&place)) {
            driver.commit().unwrap();
        }
    }
    rest();
    for topic in ["left", "right"] {
        pipe(&(topic, "end", Some(1), END));
    }
    rest();
    let mut output = driver.create_output_topic::<String, Option<i64>>("out");
    let records = output.read_records_to_list().unwrap();
    records.into_iter().map(|record| (record.key, record.value, record.timestamp.unwrap())).collect()
}

/// The table that updates add up to.
pub(crate) fn final_table(updates: Vec<Output>) -> BTreeMap<String, i64> {
    let mut table = BTreeMap::new();
    for (key, value, _) in updates {
        match value {
            Some(value) => table.insert(key, value),
            None => table.remove(&key),
        };
    }
    table
}
