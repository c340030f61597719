//! What bad records and failing code do, and who decides about them.

mod common;

use common::{Count, Each, Text, TextContext};
use streams_core::{
    ErrorKind, Headers, KeyValueStoreBuilder, LogAndContinue, LogAndSkipOnInvalidTimestamp,
    RawTimestampExtractor, Record, Result, Sink, Source, StreamsConfig, Topology,
    UsePartitionTimeOnInvalidTimestamp,
};
use streams_test::TopologyTestDriver;

fn lenient(topology: &Topology) -> Result<TopologyTestDriver> {
    let config = StreamsConfig::builder()
        .processing_exception_handler(LogAndContinue)
        .deserialization_exception_handler(LogAndContinue)
        .production_exception_handler(LogAndContinue)
        .build()?;
    TopologyTestDriver::with_config(topology, &config)
}

fn with_extractor(extractor: impl RawTimestampExtractor) -> Result<TopologyTestDriver> {
    let config = StreamsConfig::builder().default_timestamp_extractor(extractor).build()?;
    TopologyTestDriver::with_config(&numbers()?, &config)
}

/// Fails at the value `bad` and panics at `worse`; everything else goes to `out`.
fn picky() -> Result<Topology> {
    let picky = || {
        Each(|record: Text, ctx: &mut TextContext<'_>| match record.value.as_str() {
            "bad" => Err("a bad value".into()),
            "worse" => panic!("a worse value"),
            _ => Ok(ctx.forward(record)?),
        })
    };
    let mut topology = Topology::new();
    topology
        .add_source(Source::<String, String>::new("in", ["in"]))?
        .add_processor("picky", picky, ["in"])?
        .add_sink(Sink::<String, String>::to("out", "out"), ["picky"])?
        .add_sink(Sink::<String, String>::to("copy", "copy"), ["in"])?;
    Ok(topology)
}

#[test]
fn an_error_comes_back_from_pipe_input_and_says_where_it_happened() -> Result<()> {
    let driver = TopologyTestDriver::new(&picky()?)?;
    let mut input = driver.create_input_topic::<String, String>("in");
    input.pipe_input("k", "good")?;
    for (value, text) in [("bad", "a bad value"), ("worse", "a worse value")] {
        let error = input.pipe_input("k", value).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Processing);
        let message = error.to_string();
        for part in [text, "topic `in`, partition 0, offset", "processor `picky`", "task 0_0"] {
            assert!(message.contains(part), "{message}");
        }
    }
    Ok(())
}

#[test]
fn a_lenient_handler_drops_the_record_for_the_failed_node_and_siblings_still_get_it() -> Result<()> {
    let driver = lenient(&picky()?)?;
    let mut input = driver.create_input_topic::<String, String>("in");
    input.pipe_key_value_list([("k", "good"), ("k", "bad"), ("k", "worse"), ("k", "fine")])?;
    let values = |topic| driver.create_output_topic::<String, String>(topic).read_values_to_list();
    assert_eq!(values("out")?, ["good", "fine"]);
    assert_eq!(values("copy")?, ["good", "bad", "worse", "fine"]);
    assert_eq!(driver.dropped_records()?, 2);
    Ok(())
}

fn numbers() -> Result<Topology> {
    let mut topology = Topology::new();
    topology
        .add_source(Source::<String, i64>::new("in", ["in"]))?
        .add_sink(Sink::<String, i64>::to("out", "out"), ["in"])?;
    Ok(topology)
}

#[test]
fn an_undecodable_record_stops_the_task_or_is_dropped_as_the_handler_says() -> Result<()> {
    let strict = TopologyTestDriver::new(&numbers()?)?;
    let error = strict.pipe_raw("in", Some(b"k"), Some(b"seven"), 0, Headers::new()).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Data);
    let message = error.to_string();
    for part in ["value of topic `in`, partition 0, offset 0", "source `in`"] {
        assert!(message.contains(part), "{message}");
    }

    let driver = lenient(&numbers()?)?;
    driver.pipe_raw("in", Some(b"k"), Some(b"seven"), 0, Headers::new())?;
    driver.pipe_raw("in", Some(b"k"), None, 0, Headers::new())?;
    driver.create_input_topic::<String, i64>("in").pipe_input("k", 7)?;
    let mut output = driver.create_output_topic::<String, i64>("out");
    assert_eq!(output.read_key_values_to_list()?, [("k".to_owned(), 7)]);
    assert_eq!(driver.dropped_records()?, 2);
    Ok(())
}

#[test]
fn a_negative_timestamp_stops_the_task_is_dropped_or_replaced_as_the_extractor_says() -> Result<()> {
    let pipe = |driver: &TopologyTestDriver, time| {
        driver.pipe_raw("in", Some(b"k"), Some(&7_i64.to_be_bytes()), time, Headers::new())
    };
    let times = |driver: &TopologyTestDriver| -> Vec<Option<i64>> {
        driver.take_produced().unwrap().iter().map(|record| record.timestamp).collect()
    };
    let strict = TopologyTestDriver::new(&numbers()?)?;
    assert_eq!(pipe(&strict, -1).unwrap_err().kind(), ErrorKind::Data);

    let skipping = with_extractor(LogAndSkipOnInvalidTimestamp)?;
    pipe(&skipping, -1)?;
    pipe(&skipping, 4)?;
    assert_eq!(times(&skipping), [Some(4)]);
    assert_eq!(skipping.dropped_records()?, 1);

    let partition_time = with_extractor(UsePartitionTimeOnInvalidTimestamp)?;
    pipe(&partition_time, 9)?;
    pipe(&partition_time, 4)?;
    pipe(&partition_time, -1)?;
    assert_eq!(times(&partition_time), [Some(9), Some(4), Some(9)]);
    Ok(())
}

#[test]
fn an_injected_store_failure_comes_out_of_the_store_once() -> Result<()> {
    let mut topology = Topology::new();
    topology
        .add_source(Source::<String, String>::new("in", ["in"]))?
        .add_processor("count", Count::default, ["in"])?
        .add_state_store(KeyValueStoreBuilder::<String, i64>::in_memory("counts"), ["count"])?
        .add_sink(Sink::<String, i64>::to("out", "out"), ["count"])?;
    let driver = TopologyTestDriver::new(&topology)?;
    let mut input = driver.create_input_topic::<String, String>("in");
    driver.inject_store_failure("counts", 1)?;
    input.pipe_input("k", "v")?;
    let error = input.pipe_input("k", "v").unwrap_err();
    assert_eq!(error.kind(), ErrorKind::State);
    assert!(error.to_string().contains("injected failure of state store `counts`"), "{error}");
    input.pipe_input("k", "v")?;
    assert_eq!(driver.create_output_topic::<String, i64>("out").read_values_to_list()?, [1, 2]);
    assert!(driver.inject_store_failure("other", 0).is_err());
    Ok(())
}

#[test]
fn a_store_that_is_not_connected_is_refused_at_the_start() -> Result<()> {
    let mut topology = Topology::new();
    topology.add_source(Source::<String, String>::new("in", ["in"]))?.add_processor(
        "count",
        Count::default,
        ["in"],
    )?;
    let error = TopologyTestDriver::new(&topology).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Topology);
    assert!(error.to_string().contains("processor `count` has no access to state store `counts`"), "{error}");
    Ok(())
}

#[test]
fn a_borrowed_store_makes_piping_an_error_not_a_panic() -> Result<()> {
    let mut topology = Topology::new();
    topology
        .add_source(Source::<String, String>::new("in", ["in"]))?
        .add_processor("count", Count::default, ["in"])?
        .add_state_store(KeyValueStoreBuilder::<String, i64>::in_memory("counts"), ["count"])?;
    let driver = TopologyTestDriver::new(&topology)?;
    let mut input = driver.create_input_topic::<String, String>("in");
    let store = driver.key_value_store::<String, i64>("counts")?;
    assert_eq!(input.pipe_input("k", "v").unwrap_err().kind(), ErrorKind::Argument);
    drop(store);
    input.pipe_input("k", "v")?;
    drop(driver);
    assert_eq!(input.pipe_input("k", "v").unwrap_err().kind(), ErrorKind::Closed);
    Ok(())
}

#[test]
fn a_record_that_a_processor_makes_has_the_time_that_it_was_given() -> Result<()> {
    let forward = || {
        Each(|record: Text, ctx: &mut TextContext<'_>| {
            Ok(ctx.forward(Record::new(record.key, record.value, 0))?)
        })
    };
    let mut topology = Topology::new();
    topology
        .add_source(Source::<String, String>::new("in", ["in"]))?
        .add_processor("zero", forward, ["in"])?
        .add_sink(Sink::<String, String>::to("out", "out"), ["zero"])?;
    let driver = TopologyTestDriver::new(&topology)?;
    driver.create_input_topic::<String, String>("in").pipe_input_at("k", "v", 5)?;
    assert_eq!(driver.create_output_topic::<String, String>("out").read_record()?.timestamp, Some(0));
    Ok(())
}

#[test]
fn a_record_of_a_negative_time_is_not_forwarded() -> Result<()> {
    let shift =
        || Each(|record: Text, ctx: &mut TextContext<'_>| Ok(ctx.forward(record.with_timestamp(-1))?));
    let mut topology = Topology::new();
    topology.add_source(Source::<String, String>::new("in", ["in"]))?.add_processor(
        "shift",
        shift,
        ["in"],
    )?;
    topology.add_sink(Sink::<String, String>::to("out", "out"), ["shift"])?;
    let driver = TopologyTestDriver::new(&topology)?;
    let error = driver.create_input_topic::<String, String>("in").pipe_input("k", "v").unwrap_err();
    assert!(error.to_string().contains("negative timestamp -1"), "{error}");
    let driver = lenient(&topology)?;
    driver.create_input_topic::<String, String>("in").pipe_input("k", "v")?;
    assert!(driver.take_produced()?.is_empty());
    Ok(())
}

#[test]
fn a_negative_time_is_an_error_even_where_nobody_takes_the_record() -> Result<()> {
    let shift =
        || Each(|record: Text, ctx: &mut TextContext<'_>| Ok(ctx.forward(record.with_timestamp(-1))?));
    let mut topology = Topology::new();
    topology.add_source(Source::<String, String>::new("in", ["in"]))?.add_processor(
        "shift",
        shift,
        ["in"],
    )?;
    let driver = TopologyTestDriver::new(&topology)?;
    let error = driver.create_input_topic::<String, String>("in").pipe_input("k", "v").unwrap_err();
    assert!(error.to_string().contains("negative timestamp -1"), "{error}");
    Ok(())
}
