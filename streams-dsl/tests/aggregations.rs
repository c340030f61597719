//! Aggregations and tables on the test driver.

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
