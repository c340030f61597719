//! What must not depend on caching, on where stores live, or on when commits happen.

#![allow(clippy::unwrap_used, reason = "a helper that panics fails its test, as it should")]

use std::collections::BTreeMap;
use std::time::Duration;

use proptest::collection::vec;
use proptest::option::weighted;
use proptest::prelude::*;
use streams_dsl::prelude::*;
use streams_test::TopologyTestDriver;

/// A record: key, value, timestamp.
type Input = (String, Option<i64>, i64);

/// The topologies that are looked at. Each writes updates of a table to `out`, by text keys.
const TOPOLOGIES: [fn(&StreamsBuilder); 7] = [
    |builder| updates(builder.table::<String, i64>("in").filter(|_, n| n % 2 == 0)),
    |builder| updates(stream(builder).group_by_key().count()),
    |builder| updates(stream(builder).group_by(|_, n| parity(n)).reduce(|sum, n| sum + n)),
    |builder| {
        let groups = builder.table::<String, i64>("in").group_by(|_, n| (parity(&n), n));
        // A group that came and went between two commits has never been, or has a sum of 0.
        updates(groups.reduce(|sum, n| sum + n, |sum, n| sum - n).filter(|_, sum| *sum != 0));
    },
    |builder| {
        let windows = TimeWindows::of_size_and_grace(millis(20), millis(1000)).advance_by(millis(10));
        windowed_updates(stream(builder).group_by_key().windowed_by(windows).count());
    },
    |builder| {
        let windows = SlidingWindows::of_time_difference_and_grace(millis(10), millis(1000));
        windowed_updates(stream(builder).group_by_key().windowed_by(windows).reduce(|sum, n| sum + n));
    },
    |builder| {
        let windows = SessionWindows::of_inactivity_gap_and_grace(millis(5), millis(1000));
        windowed_updates(stream(builder).group_by_key().windowed_by(windows).count());
    },
];

fn millis(ms: u64) -> Duration {
    Duration::from_millis(ms)
}

fn parity(n: &i64) -> String {
    if n % 2 == 0 { "even" } else { "odd" }.to_owned()
}

fn stream(builder: &StreamsBuilder) -> KStream<String, i64> {
    builder.stream::<String, Option<i64>>("in").flat_map_values(|value| value)
}

fn updates(table: KTable<String, i64>) {
    table.to_stream().to("out");
}

fn windowed_updates(table: KTable<Windowed<String>, i64>) {
    let text = |key: Windowed<String>| format!("{}@{}/{}", key.key, key.window.start, key.window.end);
    table.to_stream().map(move |key, value| (text(key), value)).to("out");
}

/// How a topology is run.
#[derive(Debug, Clone, Copy)]
struct Mode {
    cache_bytes: u64,
    store: DslStoreKind,
    /// Commit after every so many records; `None`: after each one, as Kafka's driver does.
    commit_every: Option<usize>,
}

/// Updates in memory, without a cache, committed one by one.
const PLAIN: Mode = Mode { cache_bytes: 0, store: DslStoreKind::InMemory, commit_every: None };

/// All updates that a topology writes for these inputs.
fn run(topology: usize, mode: Mode, inputs: &[Input]) -> Vec<(String, Option<i64>)> {
    let config = StreamsConfig::builder()
        .application_id("properties")
        .statestore_cache_max_bytes(mode.cache_bytes)
        .set("dsl.store.suppliers.class", mode.store.as_str())
        .build()
        .unwrap();
    let builder = StreamsBuilder::new();
    TOPOLOGIES[topology](&builder);
    let topology = builder.build_with(&config).unwrap();
    let driver = TopologyTestDriver::builder()
        .config(&config)
        .commit_each_record(mode.commit_every.is_none())
        .build(&topology)
        .unwrap();
    let mut input = driver.create_input_topic::<String, Option<i64>>("in");
    let mut output = driver.create_output_topic::<String, Option<i64>>("out");
    for (place, (key, value, time)) in inputs.iter().enumerate() {
        input.pipe_input_at(key.as_str(), *value, *time).unwrap();
        if mode.commit_every.is_some_and(|every| place % every == 0) {
            driver.commit().unwrap();
        }
    }
    // The first commit may send records through a repartition topic, whose results wait for the second.
    driver.commit().unwrap();
    driver.commit().unwrap();
    output.read_key_values_to_list().unwrap()
}

/// The table that updates add up to.
fn table(updates: Vec<(String, Option<i64>)>) -> BTreeMap<String, i64> {
    let mut table = BTreeMap::new();
    for (key, value) in updates {
        match value {
            Some(value) => table.insert(key, value),
            None => table.remove(&key),
        };
    }
    table
}

fn inputs() -> impl Strategy<Value = Vec<Input>> {
    let key = prop_oneof!["a", "b", "c"].prop_map(String::from);
    vec((key, weighted(0.9, 0_i64..6), 0_i64..60), 1..30)
}

fn topologies() -> impl Strategy<Value = usize> {
    0..TOPOLOGIES.len()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 60, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn caching_changes_updates_but_not_what_they_add_up_to(topology in topologies(), inputs in inputs()) {
        let cached = Mode { cache_bytes: 1 << 20, ..PLAIN };
        prop_assert_eq!(table(run(topology, cached, &inputs)), table(run(topology, PLAIN, &inputs)));
    }

    #[test]
    fn commits_change_nothing_at_all_without_a_cache(
        topology in topologies(),
        inputs in inputs(),
        every in 1_usize..10,
    ) {
        let seldom = Mode { commit_every: Some(every), ..PLAIN };
        prop_assert_eq!(run(topology, seldom, &inputs), run(topology, PLAIN, &inputs));
    }

    #[test]
    fn commits_at_any_time_leave_the_same_table_with_a_cache(
        topology in topologies(),
        inputs in inputs(),
        every in 1_usize..10,
    ) {
        let seldom = Mode { cache_bytes: 1 << 20, commit_every: Some(every), ..PLAIN };
        prop_assert_eq!(table(run(topology, seldom, &inputs)), table(run(topology, PLAIN, &inputs)));
    }

    #[test]
    fn stores_on_disk_and_in_memory_give_the_same_updates(topology in topologies(), inputs in inputs()) {
        let disk = Mode { store: DslStoreKind::RocksDb, ..PLAIN };
        prop_assert_eq!(run(topology, disk, &inputs), run(topology, PLAIN, &inputs));
    }
}
