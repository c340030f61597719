//! Stream time, wall clock, punctuations, and waiting for empty partitions.

mod common;

use std::time::Duration;

use common::{Each, Text, TextContext, Ticker};
use streams_core::PunctuationType::{StreamTime, WallClockTime};
use streams_core::{PunctuationType, Result, Sink, Source, StreamsConfig, Topology};
use streams_test::{TestOutputTopic, TopologyTestDriver};

fn ticking(kind: PunctuationType) -> Result<Topology> {
    let ticker = move || Ticker { interval: Duration::from_millis(10), kind, name: "tick" };
    let mut topology = Topology::new();
    topology
        .add_source(Source::<String, String>::new("in", ["in"]))?
        .add_processor("ticker", ticker, ["in"])?
        .add_sink(Sink::<String, String>::to("out", "out"), ["ticker"])?;
    Ok(topology)
}

fn times(output: &mut TestOutputTopic<String, String>) -> Vec<i64> {
    output
        .read_records_to_list()
        .expect("records that can be read")
        .iter()
        .filter_map(|record| record.timestamp)
        .collect()
}

#[test]
fn stream_time_punctuations_stand_on_a_grid_from_zero_and_fire_once_for_a_jump() -> Result<()> {
    let driver = TopologyTestDriver::new(&ticking(StreamTime)?)?;
    let mut input = driver.create_input_topic::<String, String>("in");
    let mut output = driver.create_output_topic::<String, String>("out");
    for time in [3, 9, 10, 45, 49, 12, 50] {
        input.pipe_input_at("k", "v", time)?;
    }
    assert_eq!(times(&mut output), [3, 10, 45, 50]);
    driver.advance_wall_clock_time(Duration::from_secs(1))?;
    assert!(output.is_empty()?);
    Ok(())
}

#[test]
fn wall_clock_punctuations_stand_on_a_grid_from_the_start() -> Result<()> {
    let driver = TopologyTestDriver::builder().wall_clock_ms(1_003).build(&ticking(WallClockTime)?)?;
    let mut output = driver.create_output_topic::<String, String>("out");
    for ms in [9, 1, 25, 4, 1] {
        driver.advance_wall_clock_time(Duration::from_millis(ms))?;
    }
    assert_eq!(times(&mut output), [1_013, 1_038, 1_043]);
    Ok(())
}

#[test]
fn a_punctuation_has_no_source_record() -> Result<()> {
    let driver = TopologyTestDriver::new(&ticking(StreamTime)?)?;
    driver.create_input_topic::<String, String>("in").pipe_input_at("k", "v", 0)?;
    let mut output = driver.create_output_topic::<String, String>("out");
    let record = output.read_record()?;
    assert_eq!((record.value.as_str(), record.headers.len()), ("nowhere", 0));
    Ok(())
}

#[test]
fn stream_time_is_the_tasks_and_never_goes_back() -> Result<()> {
    let tell = || {
        Each(|record: Text, ctx: &mut TextContext<'_>| {
            let times = format!("{} {}", ctx.current_stream_time_ms(), ctx.current_system_time_ms());
            Ok(ctx.forward(record.with_value(times))?)
        })
    };
    let mut topology = Topology::new();
    topology
        .add_source(Source::<String, String>::new("a", ["a"]))?
        .add_source(Source::<String, String>::new("b", ["b"]))?
        .add_processor("tell", tell, ["a", "b"])?
        .add_sink(Sink::<String, String>::to("out", "out"), ["tell"])?;
    let driver = TopologyTestDriver::builder().wall_clock_ms(7).build(&topology)?;
    let mut a = driver.create_input_topic::<String, String>("a");
    let mut b = driver.create_input_topic::<String, String>("b");
    a.pipe_input_at("k", "v", 20)?;
    b.pipe_input_at("k", "v", 10)?;
    driver.advance_wall_clock_time(Duration::from_millis(1))?;
    b.pipe_input_at("k", "v", 30)?;
    let mut output = driver.create_output_topic::<String, String>("out");
    assert_eq!(output.read_values_to_list()?, ["20 7", "20 7", "30 8"]);
    Ok(())
}

#[test]
fn with_an_idle_time_a_record_waits_for_the_other_topic_until_the_clock_has_moved() -> Result<()> {
    let mut topology = Topology::new();
    topology
        .add_source(Source::<String, String>::new("in", ["a", "b"]))?
        .add_sink(Sink::<String, String>::to("out", "out"), ["in"])?;
    let config = StreamsConfig::builder().set("max.task.idle.ms", 100).build()?;
    let driver = TopologyTestDriver::with_config(&topology, &config)?;
    let mut a = driver.create_input_topic::<String, String>("a");
    let mut b = driver.create_input_topic::<String, String>("b");
    let mut output = driver.create_output_topic::<String, String>("out");
    a.pipe_input_at("k", "a5", 5)?;
    assert!(output.is_empty()?);
    b.pipe_input_at("k", "b3", 3)?;
    // b has no record any more, so a's may not go yet.
    assert_eq!(output.read_values_to_list()?, ["b3"]);
    driver.advance_wall_clock_time(Duration::from_millis(99))?;
    assert!(output.is_empty()?);
    driver.advance_wall_clock_time(Duration::from_millis(1))?;
    assert_eq!(output.read_values_to_list()?, ["a5"]);
    Ok(())
}

#[test]
fn an_input_topic_has_a_time_of_its_own() -> Result<()> {
    let mut topology = Topology::new();
    topology
        .add_source(Source::<String, String>::new("in", ["in"]))?
        .add_sink(Sink::<String, String>::to("out", "out"), ["in"])?;
    let driver = TopologyTestDriver::builder().wall_clock_ms(50).build(&topology)?;
    let mut output = driver.create_output_topic::<String, String>("out");
    let mut plain = driver.create_input_topic::<String, String>("in");
    plain.pipe_key_value_list([("k", "v"), ("k", "v")])?;
    plain.advance_time(Duration::from_millis(5));
    plain.pipe_input("k", "v")?;
    plain.pipe_input_at("k", "v", 7)?;
    plain.pipe_input("k", "v")?;
    assert_eq!(times(&mut output), [50, 50, 55, 7, 55]);
    let mut advancing = driver.create_input_topic::<String, String>("in");
    advancing = advancing.with_start(100).with_auto_advance(Duration::from_millis(10));
    advancing.pipe_key_value_list([("k", "v"), ("k", "v")])?;
    advancing.pipe_key_value_list_from([("k", "v"), ("k", "v")], 1, Duration::from_millis(2))?;
    advancing.pipe_input("k", "v")?;
    assert_eq!(times(&mut output), [100, 110, 1, 3, 120]);
    assert!(advancing.pipe_input_at("k", "v", -1).is_err());
    Ok(())
}
