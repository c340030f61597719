//! What a task does between its callers: queues, offsets, caches, retries. (Whole topologies are tested with the test
//! driver.)

mod caches;

use std::collections::BTreeMap;
use std::sync::Arc;

use super::{StreamTask, TaskOptions, TaskStatus};
use crate::error::{Error, ErrorKind, Result};
use crate::handler::{DeserializationDecision, DeserializationExceptionHandler, ErrorHandlerContext};
use crate::processor::RawRecord;
use crate::record::{Headers, RawPayload};
use crate::store::{StateOptions, TaskState};
use crate::topology::{Sink, Source, Topology};
use crate::{OutgoingRecord, RecordCollector, StreamsConfig, TaskId};

/// Keeps "topic=value" of what is sent; can be away.
#[derive(Default)]
struct Sent {
    records: Vec<String>,
    failures: Vec<ErrorKind>,
}

impl RecordCollector for Sent {
    fn send(&mut self, record: OutgoingRecord<'_>) -> Result<()> {
        if let Some(kind) = self.failures.pop() {
            return Err(Error::new(kind, "the broker is away"));
        }
        let value = String::from_utf8_lossy(record.value.unwrap_or_default());
        self.records.push(format!("{}={value}", record.topic));
        Ok(())
    }

    fn partition_count(&mut self, _topic: &str) -> Result<i32> {
        Ok(1)
    }
}

fn copy(topics: &[&'static str]) -> Topology {
    let mut topology = Topology::new();
    topology.add_source(Source::<String, String>::new("in", topics.iter().copied())).unwrap();
    topology.add_sink(Sink::<String, String>::to("out", "out"), ["in"]).unwrap();
    topology
}

fn task_with(topology: &Topology, topics: &[&str], config: &[(&str, &str)]) -> StreamTask {
    let config = StreamsConfig::builder().application_id("app").set_all(config.iter().copied());
    let config = Arc::new(config.build().unwrap());
    let state = TaskState::new("/nonexistent", StateOptions::default());
    let mut options = TaskOptions::from_config(&config, state, Box::new(Sent::default())).unwrap();
    options.partitions = topics.iter().map(|topic| (Arc::from(*topic), 0)).collect();
    let mut task =
        StreamTask::new(topology.build(&config).unwrap().whole(), TaskId::new(0, 0), options).unwrap();
    task.start(0).unwrap();
    task
}

fn raw(offset: i64, timestamp: i64, value: &str) -> RawRecord {
    let payload = RawPayload::new(Some(b"k"), Some(value.as_bytes()));
    RawRecord { offset, timestamp, payload, headers: Headers::new() }
}

fn drain(task: &mut StreamTask) {
    while task.process_one(0).unwrap() {}
}

fn sent(task: &mut StreamTask) -> Vec<String> {
    std::mem::take(&mut task.collector::<Sent>().unwrap().records)
}

fn offsets(task: &StreamTask) -> BTreeMap<String, i64> {
    let offsets = task.committable_offsets();
    offsets.into_iter().map(|offset| (offset.topic.to_string(), offset.offset)).collect()
}

#[test]
fn the_committable_offset_is_that_of_the_next_record_or_one_behind_the_last() {
    let mut task = task_with(&copy(&["a"]), &["a"], &[]);
    assert!(task.committable_offsets().is_empty());
    task.add_records("a", 0, [raw(3, 30, "x"), raw(7, 20, "y")]).unwrap();
    assert!(task.committable_offsets().is_empty());
    task.process_one(0).unwrap();
    assert_eq!(offsets(&task)["a"], 7);
    task.process_one(0).unwrap();
    assert_eq!(offsets(&task)["a"], 8);
    let metadata = task.committable_offsets()[0].metadata.clone();

    let mut heir = task_with(&copy(&["a"]), &["a"], &[]);
    heir.restore_partition_time("a", 0, &metadata).unwrap();
    assert_eq!(heir.stream_time(), 30);
    heir.restore_partition_time("a", 0, "from elsewhere").unwrap();
    assert_eq!(heir.stream_time(), 30);
}

#[test]
fn a_task_waits_for_an_empty_partition_only_while_it_may_have_records() {
    let mut task = task_with(&copy(&["a", "b"]), &["a", "b"], &[]);
    task.add_records("a", 0, [raw(0, 0, "x")]).unwrap();
    assert!(!task.process_one(0).unwrap(), "the lag of b is unknown");
    task.set_lag("b", 0, Some(2)).unwrap();
    assert!(!task.process_one(0).unwrap(), "b has records that were not fetched");
    task.set_lag("b", 0, Some(0)).unwrap();
    assert!(task.process_one(0).unwrap());
    assert_eq!(task.enforced_turns(), 1);
}

#[test]
fn with_idling_disabled_a_task_waits_for_nothing() {
    let mut task = task_with(&copy(&["a", "b"]), &["a", "b"], &[("max.task.idle.ms", "-1")]);
    task.add_records("a", 0, [raw(0, 0, "x")]).unwrap();
    assert!(task.process_one(0).unwrap());
}

#[test]
fn the_idle_time_starts_anew_when_records_came_in_between() {
    let mut task = task_with(&copy(&["a", "b"]), &["a", "b"], &[("max.task.idle.ms", "10")]);
    task.set_lag("a", 0, Some(0)).unwrap();
    task.set_lag("b", 0, Some(0)).unwrap();
    task.add_records("a", 0, [raw(0, 5, "x"), raw(1, 6, "y")]).unwrap();
    assert!(!task.process_one(0).unwrap());
    task.add_records("b", 0, [raw(0, 4, "z")]).unwrap();
    assert!(task.process_one(9).unwrap(), "both have a record");
    assert!(!task.process_one(11).unwrap(), "b is empty since 9 at the earliest");
    assert!(task.process_one(21).unwrap());
}

#[test]
fn after_an_error_that_may_pass_the_record_is_tried_again() {
    let mut task = task_with(&copy(&["a"]), &["a"], &[]);
    task.add_records("a", 0, [raw(0, 9, "x"), raw(1, 8, "y")]).unwrap();
    task.collector::<Sent>().unwrap().failures.push(ErrorKind::Retry);
    let error = task.process_one(0).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Retry);
    assert!(error.to_string().contains("topic `a`, partition 0, offset 0"), "{error}");
    assert!(task.committable_offsets().is_empty());
    assert_eq!(task.buffered(), 2);
    drain(&mut task);
    assert_eq!(sent(&mut task), ["out=x", "out=y"]);
    assert_eq!(offsets(&task)["a"], 2);
}

#[test]
fn a_record_that_need_not_wait_is_processed_by_the_call_that_brings_it() {
    let mut task = task_with(&copy(&["a", "b"]), &["a", "b"], &[]);
    let (a, b) = (task.queue_of("a", 0).unwrap(), task.queue_of("b", 0).unwrap());
    task.set_lag("b", 0, Some(0)).unwrap();
    assert!(task.process_record(a, raw(0, 5, "x"), 0).unwrap());
    assert_eq!(sent(&mut task), ["out=x"]);
    assert_eq!((offsets(&task)["a"], task.enforced_turns(), task.stream_time()), (1, 1, 5));

    task.set_lag("b", 0, Some(1)).unwrap();
    assert!(!task.process_record(a, raw(1, 6, "y"), 0).unwrap(), "b has a record that was not fetched");
    assert_eq!(task.buffered(), 1);
    assert!(task.process_record(b, raw(0, 2, "z"), 0).unwrap(), "the older one goes first");
    task.set_lag("b", 0, Some(0)).unwrap();
    drain(&mut task);
    assert_eq!(sent(&mut task), ["out=z", "out=y"]);
    assert!(task.process_record(7, raw(0, 0, ""), 0).is_err());
}

#[test]
fn a_record_that_went_through_no_queue_can_be_skipped_and_tried_again() {
    let mut task = task_with(&copy(&["a"]), &["a"], &[]);
    task.context.handlers = Arc::new(crate::ErrorHandlers {
        deserialization: Arc::new(Lenient),
        ..crate::ErrorHandlers::default()
    });
    let mut bad = raw(0, 0, "");
    bad.payload = RawPayload::new(Some(b"k"), Some(b"\xff"));
    assert!(task.process_record(0, bad, 0).unwrap());
    assert_eq!((offsets(&task)["a"], task.dropped_records(), task.processed_records()), (1, 1, 0));

    task.collector::<Sent>().unwrap().failures.push(ErrorKind::Retry);
    let error = task.process_record(0, raw(1, 8, "x"), 0).unwrap_err();
    assert_eq!((error.kind(), task.buffered()), (ErrorKind::Retry, 1));
    drain(&mut task);
    assert_eq!((sent(&mut task), offsets(&task)["a"]), (vec!["out=x".to_owned()], 2));
}

struct Lenient;

impl DeserializationExceptionHandler for Lenient {
    fn handle(&self, context: &ErrorHandlerContext<'_>, _: &Error) -> DeserializationDecision {
        assert_eq!(context.record.source_raw.value(), Some(&b"\xff"[..]));
        DeserializationDecision::Continue
    }
}

#[test]
fn the_offset_of_an_unreadable_record_at_the_end_is_committed() {
    let topology = copy(&["a"]);
    let mut task = task_with(&topology, &["a"], &[]);
    task.context.handlers = Arc::new(crate::ErrorHandlers {
        deserialization: Arc::new(Lenient),
        ..crate::ErrorHandlers::default()
    });
    let mut bad = raw(1, 0, "");
    bad.payload = RawPayload::new(Some(b"k"), Some(b"\xff"));
    task.add_records("a", 0, [raw(0, 0, "x"), bad]).unwrap();
    drain(&mut task);
    assert_eq!(sent(&mut task), ["out=x"]);
    assert_eq!((offsets(&task)["a"], task.dropped_records(), task.processed_records()), (2, 1, 1));
}

#[test]
fn records_before_one_that_stops_the_task_are_processed_and_committable() {
    let mut task = task_with(&copy(&["a"]), &["a"], &[]);
    let mut bad = raw(1, 0, "");
    bad.payload = RawPayload::new(Some(b"k"), None);
    task.add_records("a", 0, [raw(0, 0, "x"), bad]).unwrap();
    assert!(task.process_one(0).unwrap());
    assert_eq!(offsets(&task)["a"], 1);
    assert_eq!(task.process_one(0).unwrap_err().kind(), ErrorKind::Data);
    assert_eq!(sent(&mut task), ["out=x"]);
}

#[test]
fn a_task_has_a_life() {
    let mut task = task_with(&copy(&["a"]), &["a"], &[]);
    assert_eq!(task.status(), TaskStatus::Running);
    task.add_records("a", 0, [raw(0, 0, "x")]).unwrap();
    task.suspend().unwrap();
    assert_eq!(task.buffered(), 0);
    assert_eq!(task.process_one(0).unwrap_err().kind(), ErrorKind::Closed);
    task.start(0).unwrap();
    task.add_records("a", 0, [raw(0, 0, "x")]).unwrap();
    assert!(task.process_one(0).unwrap());
    task.close(true).unwrap();
    task.close(true).unwrap();
    assert_eq!(task.status(), TaskStatus::Closed);
    assert_eq!(task.start(0).unwrap_err().kind(), ErrorKind::Closed);
}

#[test]
fn partitions_that_are_no_inputs_are_refused() {
    let mut task = task_with(&copy(&["a"]), &["a"], &[]);
    let error = task.add_records("b", 0, [raw(0, 0, "x")]).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Argument);
    assert!(error.to_string().contains("partition 0 of topic `b`"), "{error}");
    assert!(task.add_partition(&"b".into(), 0).is_err());
    assert!(task.reads("a") && !task.reads("b"));
}
