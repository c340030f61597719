//! What a record cache over windowed stores lets be seen, as Kafka Streams 4.3.1 does it.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

use std::time::Duration;

use streams_dsl::prelude::*;
use streams_test::{TestOutputTopic, TopologyTestDriver};

/// A driver with a cache and stores in memory.
fn driver(builder: &StreamsBuilder) -> TopologyTestDriver {
    let config = StreamsConfig::builder()
        .application_id("caching")
        .statestore_cache_max_bytes(1 << 20)
        .set("dsl.store.suppliers.class", "memory")
        .build()
        .unwrap();
    TopologyTestDriver::with_config(&builder.build_with(&config).unwrap(), &config).unwrap()
}

fn windows_to_text(table: &KTable<Windowed<String>, i64>) {
    let text = |key: Windowed<String>| format!("{}@{}/{}", key.key, key.window.start, key.window.end);
    table.to_stream().map(move |key, count| (text(key), count)).to("out");
}

fn read(output: &mut TestOutputTopic<String, Option<i64>>) -> Vec<(String, Option<i64>)> {
    output.read_key_values_to_list().unwrap()
}

#[test]
fn a_window_that_a_jump_of_time_pushes_out_of_retention_is_still_emitted() {
    let builder = StreamsBuilder::new();
    let windows = TimeWindows::of_size_with_no_grace(Duration::from_millis(10));
    let grouped = builder.stream::<String, String>("in").group_by_key();
    windows_to_text(&grouped.windowed_by(windows).emit_strategy(EmitStrategy::OnWindowClose).count());
    let driver = driver(&builder);
    let mut input = driver.create_input_topic::<String, String>("in");
    let mut output = driver.create_output_topic("out");
    input.pipe_input_at("a", "x", 25).unwrap();
    input.pipe_input_at("b", "x", 35).unwrap();
    assert_eq!(read(&mut output), [("a@20/30".to_owned(), Some(1))]);
}

#[test]
fn a_session_that_expired_below_the_cache_leaves_no_tombstone_when_it_is_merged() {
    let builder = StreamsBuilder::new();
    let windows = SessionWindows::of_inactivity_gap_with_no_grace(Duration::from_millis(8));
    windows_to_text(&builder.stream::<String, String>("in").group_by_key().windowed_by(windows).count());
    let driver = driver(&builder);
    let mut input = driver.create_input_topic::<String, String>("in");
    let mut output = driver.create_output_topic("out");
    input.pipe_input_at("c", "x", 23).unwrap();
    input.pipe_input_at("b", "x", 37).unwrap();
    read(&mut output);
    input.pipe_input_at("c", "y", 30).unwrap();
    assert_eq!(read(&mut output), [("c@23/30".to_owned(), Some(2))]);
}

#[test]
fn a_cache_keeps_the_timestamps_that_the_store_below_does_not_keep() {
    let builder = StreamsBuilder::new();
    let plain = KeyValueStoreSupplier::persistent("plain");
    let table = builder.table_with::<String, i64>(
        "in",
        Consumed::new(),
        Materialized::as_("plain").with_supplier(plain),
    );
    table.to_stream().to("out");
    let driver = driver(&builder);
    let mut output = driver.create_output_topic::<String, Option<i64>>("out");
    driver.create_input_topic::<String, i64>("in").pipe_input_at("a", 1, 7).unwrap();
    assert_eq!(output.read_record().unwrap().timestamp, Some(7));
}

#[test]
fn evicted_caches_give_out_the_last_update_of_each_key_and_a_crash_still_repeats_what_was_not_committed() {
    let config = StreamsConfig::builder().application_id("app").statestore_cache_max_bytes(1 << 20);
    let builder = StreamsBuilder::new();
    builder.stream::<String, String>("in").group_by_key().count().to_stream().to("out");
    let driver = TopologyTestDriver::builder().config(&config.build().unwrap()).commit_each_record(false);
    let driver = driver.partitions("in", 2).build(&builder.build().unwrap()).unwrap();
    let mut input = driver.create_input_topic::<String, String>("in");
    let mut output = driver.create_output_topic("out");
    let mut evicted = || {
        driver.evict_caches().unwrap();
        let mut counts = read(&mut output);
        counts.sort_unstable();
        counts.into_iter().map(|(key, count)| format!("{key}={}", count.unwrap())).collect::<Vec<_>>()
    };
    for key in ["a", "b", "c", "a", "d"] {
        input.pipe_input(key, "x").unwrap();
    }
    assert_eq!(evicted(), ["a=2", "b=1", "c=1", "d=1"]);
    assert!(evicted().is_empty());
    driver.crash_and_restart().unwrap();
    assert_eq!(evicted().len(), 4);
    driver.commit().unwrap();
    driver.crash_and_restart().unwrap();
    assert!(evicted().is_empty());
}
