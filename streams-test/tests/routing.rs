//! How records travel: order of children, shared headers, queues, repartition topics, dynamic sinks, patterns.

mod common;

use common::{Each, Text, TextContext};
use streams_core::{
    ErrorKind, FixedKeyProcessor, FixedKeyProcessorContext, FixedKeyRecord, Record, RepartitionOptions,
    Result, Sink, Source, Topology,
};
use streams_test::{TestRecord, TopologyTestDriver};

fn source(name: &'static str, topic: &'static str) -> Source<String, String> {
    Source::new(name, [topic])
}

fn pass() -> Each<impl FnMut(Text, &mut TextContext<'_>) -> Result<(), streams_core::BoxError> + Send> {
    Each(|record: Text, ctx: &mut TextContext<'_>| Ok(ctx.forward(record)?))
}

fn produced(driver: &TopologyTestDriver) -> Vec<(String, String)> {
    let text = |bytes: Option<&[u8]>| String::from_utf8(bytes.unwrap_or_default().to_vec()).expect("text");
    let records = driver.take_produced().expect("an open driver");
    records.into_iter().map(|record| (record.topic().to_owned(), text(record.value()))).collect()
}

#[test]
fn children_run_depth_first_in_the_order_in_which_they_were_added() -> Result<()> {
    let mut topology = Topology::new();
    topology.add_source(source("in", "in"))?.add_processor("a", pass, ["in"])?.add_processor(
        "b",
        pass,
        ["in"],
    )?;
    topology.add_sink(Sink::<String, String>::to("b1", "b1"), ["b"])?;
    topology.add_sink(Sink::<String, String>::to("a1", "a1"), ["a"])?;
    topology.add_sink(Sink::<String, String>::to("a2", "a2"), ["a"])?;
    let driver = TopologyTestDriver::new(&topology)?;
    driver.create_input_topic::<String, String>("in").pipe_input("k", "v")?;
    let topics: Vec<String> = produced(&driver).into_iter().map(|(topic, _)| topic).collect();
    assert_eq!(topics, ["a1", "a2", "b1"]);
    Ok(())
}

struct Tag;

impl FixedKeyProcessor<String, String, String> for Tag {
    fn process(
        &mut self,
        mut record: FixedKeyRecord<String, String>,
        ctx: &mut FixedKeyProcessorContext<'_, String, String>,
    ) -> std::result::Result<(), streams_core::BoxError> {
        record.headers.add("tag", Some("1"));
        Ok(ctx.forward(record)?)
    }
}

#[test]
fn a_header_added_by_a_fixed_key_processor_is_not_seen_by_siblings() -> Result<()> {
    let mut topology = Topology::new();
    topology.add_source(source("in", "in"))?.add_fixed_key_processor("tag", || Tag, ["in"])?;
    topology.add_sink(Sink::<String, String>::to("tagged", "tagged"), ["tag"])?;
    topology.add_sink(Sink::<String, String>::to("plain", "plain"), ["in"])?;
    let driver = TopologyTestDriver::new(&topology)?;
    driver.create_input_topic::<String, String>("in").pipe_input("k", "v")?;
    for (topic, tags) in [("tagged", 1), ("plain", 0)] {
        let record = driver.create_output_topic::<String, String>(topic).read_record()?;
        assert_eq!(record.headers.len(), tags, "{topic}");
    }
    Ok(())
}

#[test]
fn a_header_added_in_place_is_seen_by_later_siblings_and_not_by_earlier_ones() -> Result<()> {
    let tag = || {
        Each(|mut record: Text, ctx: &mut TextContext<'_>| {
            record.headers.add("tag", Some("1"));
            Ok(ctx.forward(record)?)
        })
    };
    let mut topology = Topology::new();
    topology.add_source(source("in", "in"))?;
    topology.add_processor("first", pass, ["in"])?.add_processor("tag", tag, ["in"])?.add_processor(
        "last",
        pass,
        ["in"],
    )?;
    for name in ["first", "tag", "last"] {
        topology.add_sink(Sink::<String, String>::to(format!("{name}-sink"), name), [name])?;
    }
    let driver = TopologyTestDriver::new(&topology)?;
    driver.create_input_topic::<String, String>("in").pipe_input("k", "v")?;
    let headers: Vec<usize> = driver.take_produced()?.iter().map(|record| record.headers.len()).collect();
    assert_eq!(headers, [0, 1, 1]);
    Ok(())
}

#[test]
fn headers_and_timestamps_go_through_a_repartition_topic() -> Result<()> {
    let mut topology = Topology::new();
    topology.add_repartition_topic("middle-repartition", RepartitionOptions::default())?;
    topology.add_source(source("in", "in"))?;
    topology.add_sink(Sink::<String, String>::to("to-middle", "middle-repartition"), ["in"])?;
    topology.add_source(source("from-middle", "middle-repartition"))?;
    let describe = || {
        Each(|record: Text, ctx: &mut TextContext<'_>| {
            let metadata = ctx.record_metadata().expect("it has a source");
            let place = format!("{}/{}/{}", metadata.topic, metadata.partition, metadata.offset);
            Ok(ctx.forward(record.with_value(place))?)
        })
    };
    topology.add_processor("describe", describe, ["from-middle"])?;
    topology.add_sink(Sink::<String, String>::to("out", "out"), ["describe"])?;
    let driver = TopologyTestDriver::new(&topology)?;
    let mut input = driver.create_input_topic::<String, String>("in");
    let mut output = driver.create_output_topic::<String, String>("out");
    input.pipe_input_at("k", "v", 1)?;
    input.pipe_record(TestRecord::new("k".to_owned(), "v".to_owned()).at(5)?.with_header("h", "1"))?;
    output.read_record()?;
    let expected = TestRecord::new("k".to_owned(), "test-middle-repartition/0/1".to_owned());
    assert_eq!(output.read_record()?, expected.at(5)?.with_header("h", "1"));
    assert!(driver.produced_topic_names()?.contains("test-middle-repartition"));
    Ok(())
}

/// Three topics get a record of the same time at once; the heap's order is first, last, middle (SPEC 7).
#[test]
fn queues_of_the_same_time_take_turns_as_in_javas_priority_queue() -> Result<()> {
    let mut topology = Topology::new();
    topology.add_source(source("in", "in"))?;
    for name in ["a", "b", "c"] {
        topology.add_sink(Sink::<String, String>::to(format!("to-{name}"), name), ["in"])?;
    }
    for name in ["a", "b", "c"] {
        topology.add_source(Source::<String, String>::new(format!("from-{name}"), [name]))?;
        topology.add_sink(
            Sink::<String, String>::to(format!("{name}-sink"), format!("{name}-out")),
            [format!("from-{name}")],
        )?;
    }
    let driver = TopologyTestDriver::new(&topology)?;
    driver.create_input_topic::<String, String>("in").pipe_input_at("k", "v", 0)?;
    let topics: Vec<String> = produced(&driver).into_iter().map(|(topic, _)| topic).collect();
    assert_eq!(topics, ["a", "b", "c", "a-out", "c-out", "b-out"]);
    Ok(())
}

#[test]
fn the_queue_with_the_smallest_head_goes_first() -> Result<()> {
    let shift = |by: i64| {
        move || {
            Each(move |record: Text, ctx: &mut TextContext<'_>| {
                let time = record.timestamp + by;
                Ok(ctx.forward(record.with_timestamp(time))?)
            })
        }
    };
    let mut topology = Topology::new();
    topology.add_source(source("in", "in"))?;
    topology.add_processor("late", shift(10), ["in"])?.add_processor("early", shift(0), ["in"])?;
    for name in ["late", "early"] {
        topology
            .add_sink(Sink::<String, String>::to(format!("to-{name}"), format!("{name}-topic")), [name])?;
        let from = format!("from-{name}");
        topology.add_source(Source::<String, String>::new(from.clone(), [format!("{name}-topic")]))?;
        topology
            .add_sink(Sink::<String, String>::to(format!("{name}-sink"), format!("{name}-out")), [from])?;
    }
    let driver = TopologyTestDriver::new(&topology)?;
    driver.create_input_topic::<String, String>("in").pipe_input_at("k", "v", 0)?;
    let topics: Vec<String> = produced(&driver).into_iter().map(|(topic, _)| topic).collect();
    assert_eq!(topics, ["late-topic", "early-topic", "early-out", "late-out"]);
    Ok(())
}

#[test]
fn a_sink_may_compute_its_topic() -> Result<()> {
    let mut topology = Topology::new();
    topology.add_source(source("in", "in"))?;
    let by_value =
        |record: &Record<String, String>, _: &streams_core::RecordContext| format!("to-{}", record.value);
    topology.add_sink(Sink::to_computed("out", by_value), ["in"])?;
    let driver = TopologyTestDriver::new(&topology)?;
    let mut input = driver.create_input_topic::<String, String>("in");
    input.pipe_value_list(["x", "y", "x"]).unwrap_err();
    input.pipe_key_value_list([("k", "x"), ("k", "y"), ("k", "x")])?;
    assert_eq!(driver.create_output_topic::<String, String>("to-x").queue_size()?, 2);
    assert_eq!(driver.create_output_topic::<String, String>("to-y").queue_size()?, 1);
    Ok(())
}

#[test]
fn a_pattern_reads_every_topic_that_it_matches() -> Result<()> {
    let mut topology = Topology::new();
    topology.add_source(Source::<String, String>::matching("in", "events-.*")?)?;
    topology.add_sink(Sink::<String, String>::to("out", "all"), ["in"])?;
    let driver = TopologyTestDriver::new(&topology)?;
    driver.create_input_topic::<String, String>("events-a").pipe_input("k", "1")?;
    driver.create_input_topic::<String, String>("events-b").pipe_input("k", "2")?;
    let mut all = driver.create_output_topic::<String, String>("all");
    assert_eq!(all.read_values_to_list()?, ["1", "2"]);
    let unmatched = driver.create_input_topic::<String, String>("other").pipe_input("k", "3").unwrap_err();
    assert_eq!(unmatched.kind(), ErrorKind::Argument);
    assert!(unmatched.to_string().contains("`other`"), "{unmatched}");
    Ok(())
}

#[test]
fn a_record_can_be_sent_to_one_child_by_name() -> Result<()> {
    let route = || {
        Each(|record: Text, ctx: &mut TextContext<'_>| {
            let child = record.value.clone();
            Ok(ctx.forward_to(&child, record)?)
        })
    };
    let mut topology = Topology::new();
    topology.add_source(source("in", "in"))?.add_processor("route", route, ["in"])?;
    topology.add_sink(Sink::<String, String>::to("left", "left"), ["route"])?;
    topology.add_sink(Sink::<String, String>::to("right", "right"), ["route"])?;
    let driver = TopologyTestDriver::new(&topology)?;
    let mut input = driver.create_input_topic::<String, String>("in");
    input.pipe_input("k", "right")?;
    assert_eq!(produced(&driver), [("right".to_owned(), "right".to_owned())]);
    let error = input.pipe_input("k", "up").unwrap_err();
    assert!(error.to_string().contains("no child `up`"), "{error}");
    Ok(())
}
