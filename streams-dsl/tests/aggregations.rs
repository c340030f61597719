//! Aggregations and tables on the test driver.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

use std::time::Duration;

use streams_dsl::prelude::*;
use streams_test::TopologyTestDriver;

#[test]
fn words_are_counted() {
    let builder = StreamsBuilder::new();
    builder
        .stream::<String, String>("lines")
        .flat_map_values(|line| line.split_whitespace().map(str::to_owned).collect::<Vec<_>>())
        .group_by(|_, word| word.clone())
        .count_with(Materialized::as_("counts"))
        .to_stream()
        .to("word-counts");
    let topology = builder.build().unwrap();

    let driver = TopologyTestDriver::new(&topology).unwrap();
    let mut lines = driver.create_input_topic::<String, String>("lines");
    let mut counts = driver.create_output_topic::<String, i64>("word-counts");
    lines.pipe_input("line", "the cat and the dog").unwrap();
    let counts = counts.read_key_values_to_list().unwrap();
    assert_eq!(counts.len(), 5);
}

#[test]
fn an_unmaterialized_filter_turns_rejected_updates_into_deletions() {
    let builder = StreamsBuilder::new();
    let table = builder.table::<String, i64>("numbers");
    table.filter(|_, n| *n > 1).map_values(|n| n * 2).to_stream().to("doubled");
    let driver = TopologyTestDriver::new(&builder.build().unwrap()).unwrap();
    let mut numbers = driver.create_input_topic::<String, Option<i64>>("numbers");
    let mut doubled = driver.create_output_topic::<String, Option<i64>>("doubled");
    for n in [Some(1), Some(2), None] {
        numbers.pipe_input("a", n).unwrap();
    }
    let values: Vec<_> = doubled.read_values_to_list().unwrap();
    assert_eq!(values, [None, Some(4), None]);
}

#[test]
fn final_results_are_not_emitted_again_after_a_restart() {
    let windows = TimeWindows::of_size_with_no_grace(Duration::from_millis(10));
    let builder = StreamsBuilder::new();
    builder
        .stream::<String, String>("in")
        .group_by_key()
        .windowed_by(windows)
        .emit_strategy(EmitStrategy::OnWindowClose)
        .count()
        .to_stream_of_values()
        .map(|key, count| (key.key, count))
        .to("out");
    let driver = TopologyTestDriver::new(&builder.build().unwrap()).unwrap();
    let mut input = driver.create_input_topic::<String, String>("in");
    let mut output = driver.create_output_topic::<String, i64>("out");
    for time in [1, 2, 10] {
        input.pipe_input_at("a", "x", time).unwrap();
    }
    assert_eq!(output.read_values_to_list().unwrap(), [2]);
    driver.restart().unwrap();
    input.pipe_input_at("a", "x", 20).unwrap();
    assert_eq!(output.read_values_to_list().unwrap(), [1]);
}
