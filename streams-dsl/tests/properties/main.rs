//! What must not depend on caching, on where stores live, or on when commits happen: topologies of every family of
//! operators, each run as proptest likes.

#![allow(clippy::unwrap_used, reason = "a helper that panics fails its test, as it should")]

mod joins;
mod mode;
mod tables;
mod windows;

use std::time::Duration;

use proptest::collection::{btree_set, vec};
use proptest::option::weighted;
use proptest::prelude::*;
use proptest::sample::select;
use proptest::test_runner::RngSeed;
use streams_dsl::prelude::*;

use mode::{Commits, Input, Mode, PLAIN, final_table, run};

/// What a record cache and the time of commits leave as it is.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Promise {
    /// The table that the updates add up to.
    Table,
    /// Every record.
    Records,
}

/// A topology that reads `left`, `right` or both, and writes to `out`.
#[derive(Clone, Copy)]
struct Case {
    name: &'static str,
    promise: Promise,
    build: fn(&StreamsBuilder),
}

impl Case {
    const fn table(name: &'static str, build: fn(&StreamsBuilder)) -> Self {
        Self { name, promise: Promise::Table, build }
    }

    const fn records(name: &'static str, build: fn(&StreamsBuilder)) -> Self {
        Self { name, promise: Promise::Records, build }
    }
}

impl std::fmt::Debug for Case {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name)
    }
}

fn millis(ms: u64) -> Duration {
    Duration::from_millis(ms)
}

/// The records of a topic that have a value.
fn stream(builder: &StreamsBuilder, topic: &str) -> KStream<String, i64> {
    builder.stream::<String, Option<i64>>(topic).flat_map_values(|value| value)
}

fn updates(table: &KTable<String, i64>) {
    table.to_stream().to("out");
}

fn windowed_updates(table: &KTable<Windowed<String>, i64>) {
    let text = |key: Windowed<String>| format!("{}@{}/{}", key.key, key.window.start, key.window.end);
    table.to_stream().map(move |key, value| (text(key), value)).to("out");
}

fn cases() -> impl Strategy<Value = Case> {
    select([tables::CASES, windows::CASES, joins::CASES].concat())
}

fn inputs() -> impl Strategy<Value = Vec<Input>> {
    let topic = select(vec!["left", "right"]);
    let key = select(vec!["a", "b", "c"]);
    vec((topic, key, weighted(0.9, 0_i64..6), 0_i64..60), 1..30)
}

fn commits() -> impl Strategy<Value = Commits> {
    prop_oneof![1 => Just(Commits::Each), 4 => btree_set(0_usize..30, 0..30).prop_map(Commits::After)]
}

fn stores() -> impl Strategy<Value = DslStoreKind> {
    prop_oneof![3 => Just(DslStoreKind::InMemory), 1 => Just(DslStoreKind::RocksDb)]
}

/// From a cache that holds a record or two to one that is never full.
fn caches() -> impl Strategy<Value = u64> {
    prop_oneof![1_u64..2_000, Just(1 << 20)]
}

/// The same inputs each time, unless `PROPTEST_RNG_SEED` says otherwise; `PROPTEST_CASES` says how many.
fn config() -> ProptestConfig {
    let config = ProptestConfig { failure_persistence: None, ..ProptestConfig::default() };
    match config.rng_seed {
        RngSeed::Random => ProptestConfig { rng_seed: RngSeed::Fixed(0), ..config },
        RngSeed::Fixed(_) => config,
    }
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn without_a_cache_neither_stores_nor_commits_change_anything(
        case in cases(),
        inputs in inputs(),
        commits in commits(),
        store in stores(),
    ) {
        let mode = Mode { commits, store, ..PLAIN };
        prop_assert_eq!(run(case, &mode, &inputs), run(case, &PLAIN, &inputs));
    }

    #[test]
    fn a_cache_of_any_size_changes_updates_but_not_what_they_add_up_to(
        case in cases(),
        inputs in inputs(),
        commits in commits(),
        store in stores(),
        cache_bytes in caches(),
    ) {
        let mode = Mode { cache_bytes, commits, store };
        let (cached, plain) = (run(case, &mode, &inputs), run(case, &PLAIN, &inputs));
        match case.promise {
            Promise::Table => prop_assert_eq!(final_table(cached), final_table(plain)),
            Promise::Records => prop_assert_eq!(cached, plain),
        }
    }
}
