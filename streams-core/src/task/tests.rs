//! What a task does between its callers: queues, offsets, caches, retries. (Whole topologies are tested with the test
//! driver.)

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;

use super::{StreamTask, TaskOptions, TaskStatus};
use crate::error::{BoxError, Error, ErrorKind, Result};
use crate::handler::{DeserializationDecision, DeserializationExceptionHandler, ErrorHandlerContext};
use crate::processor::{Processor, ProcessorContext, PunctuationId, PunctuationType, RawRecord};
use crate::record::{Headers, Record};
use crate::store::{KeyValueStore, KeyValueStoreBuilder, StateOptions, StoreRef, TaskState};
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
    let bytes = |text: &str| Some(Bytes::copy_from_slice(text.as_bytes()));
    RawRecord { offset, timestamp, key: bytes("k"), value: bytes(value), headers: Headers::new() }
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
    bad.value = Some(Bytes::from_static(b"\xff"));
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
        assert_eq!(context.record.source_raw_value.as_deref(), Some(&b"\xff"[..]));
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
    bad.value = Some(Bytes::from_static(b"\xff"));
    task.add_records("a", 0, [raw(0, 0, "x"), bad]).unwrap();
    drain(&mut task);
    assert_eq!(sent(&mut task), ["out=x"]);
    assert_eq!((offsets(&task)["a"], task.dropped_records(), task.processed_records()), (2, 1, 1));
}

#[test]
fn records_before_one_that_stops_the_task_are_processed_and_committable() {
    let mut task = task_with(&copy(&["a"]), &["a"], &[]);
    let mut bad = raw(1, 0, "");
    bad.value = None;
    task.add_records("a", 0, [raw(0, 0, "x"), bad]).unwrap();
    assert!(task.process_one(0).unwrap());
    assert_eq!(offsets(&task)["a"], 1);
    assert_eq!(task.process_one(0).unwrap_err().kind(), ErrorKind::Data);
    assert_eq!(sent(&mut task), ["out=x"]);
}

/// Counts per key in a caching store and forwards counts when the cache is flushed.
struct CachedCount {
    name: &'static str,
    store: Option<StoreRef<KeyValueStore<String, String>>>,
}

impl Processor<String, String, String, String> for CachedCount {
    fn init(&mut self, ctx: &mut ProcessorContext<'_, String, String>) -> Result<(), BoxError> {
        let store = ctx.store_ref(self.name)?;
        ctx.own_cache(&store);
        self.store = Some(store);
        Ok(())
    }

    fn process(
        &mut self,
        record: Record<String, String>,
        ctx: &mut ProcessorContext<'_, String, String>,
    ) -> Result<(), BoxError> {
        let store = ctx.store(self.store.as_ref().unwrap())?;
        let value = format!("{}+{}", store.get(&record.key)?.unwrap_or_default(), record.value);
        store.put(&record.key, &value)?;
        if record.value == "commit" {
            ctx.commit();
        }
        Ok(())
    }

    fn flush_cache(&mut self, ctx: &mut ProcessorContext<'_, String, String>) -> Result<(), BoxError> {
        for entry in ctx.store(self.store.as_ref().unwrap())?.drain_dirty()? {
            ctx.forward(Record::new(entry.key, entry.new.unwrap_or_default(), 0))?;
        }
        Ok(())
    }
}

/// `first` forwards to `second`; the store of `second` is the first of the topology.
fn cached() -> Topology {
    let count = |name: &'static str| move || CachedCount { name, store: None };
    let store = |name: &str| KeyValueStoreBuilder::<String, String>::in_memory(name).with_caching_enabled();
    let mut topology = copy(&["a"]);
    topology.add_processor("first", count("s1"), ["in"]).unwrap();
    topology.add_processor("second", count("s2"), ["first"]).unwrap();
    topology.add_state_store(store("s2"), ["second"]).unwrap();
    topology.add_state_store(store("s1"), ["first"]).unwrap();
    topology.add_sink(Sink::<String, String>::to("counts", "counts"), ["second"]).unwrap();
    topology
}

#[test]
fn caches_are_flushed_until_all_are_empty_whatever_their_order() {
    let mut task = task_with(&cached(), &["a"], &[]);
    task.add_records("a", 0, [raw(0, 0, "x"), raw(1, 0, "y")]).unwrap();
    drain(&mut task);
    assert_eq!(sent(&mut task), ["out=x", "out=y"]);
    task.prepare_commit().unwrap();
    let expected = ["app-s1-changelog=+x+y", "app-s2-changelog=++x+y", "counts=++x+y"];
    let mut flushed = sent(&mut task);
    flushed.sort_unstable();
    assert_eq!(flushed, expected);
    task.prepare_commit().unwrap();
    assert!(sent(&mut task).is_empty());
}

#[test]
fn a_flush_that_was_cut_short_is_not_for_repeating() {
    let mut task = task_with(&cached(), &["a"], &[]);
    task.add_records("a", 0, [raw(0, 0, "x")]).unwrap();
    drain(&mut task);
    task.collector::<Sent>().unwrap().failures.push(ErrorKind::Retry);
    let error = task.prepare_commit().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Fenced, "what left the cache would be missing: {error}");
}

#[test]
fn a_full_cache_is_flushed_before_the_commit() {
    let mut task = task_with(&cached(), &["a"], &[("statestore.cache.max.bytes", "1")]);
    task.add_records("a", 0, [raw(0, 0, "x")]).unwrap();
    drain(&mut task);
    assert!(sent(&mut task).contains(&"counts=++x".to_owned()));
}

/// Writes to its caching store when time passes.
struct Fill;

impl Processor<String, String, String, String> for Fill {
    fn init(&mut self, ctx: &mut ProcessorContext<'_, String, String>) -> Result<(), BoxError> {
        ctx.schedule(Duration::from_millis(10), PunctuationType::WallClockTime)?;
        Ok(())
    }

    fn process(
        &mut self,
        _: Record<String, String>,
        _: &mut ProcessorContext<'_, String, String>,
    ) -> Result<(), BoxError> {
        Ok(())
    }

    fn punctuate(
        &mut self,
        _: PunctuationId,
        timestamp: i64,
        ctx: &mut ProcessorContext<'_, String, String>,
    ) -> Result<(), BoxError> {
        let store = ctx.store_ref::<KeyValueStore<String, String>>("filled")?;
        Ok(ctx.store(&store)?.put(&"k".to_owned(), &timestamp.to_string())?)
    }
}

#[test]
fn a_cache_that_punctuations_fill_is_flushed_too() {
    let mut topology = copy(&["a"]);
    topology.add_processor("fill", || Fill, ["in"]).unwrap();
    let store = KeyValueStoreBuilder::<String, String>::in_memory("filled").with_caching_enabled();
    topology.add_state_store(store, ["fill"]).unwrap();
    let mut task = task_with(&topology, &["a"], &[]);
    task.punctuate_wall_clock(10).unwrap();
    assert!(sent(&mut task).is_empty());
    task.set_cache_max_bytes(1);
    task.punctuate_wall_clock(20).unwrap();
    assert_eq!(sent(&mut task), ["app-filled-changelog=20"]);
}

#[test]
fn evicted_caches_are_empty_and_nothing_is_committed() {
    let mut task = task_with(&cached(), &["a"], &[]);
    task.add_records("a", 0, [raw(0, 0, "x")]).unwrap();
    drain(&mut task);
    task.evict_caches().unwrap();
    assert!(sent(&mut task).contains(&"counts=++x".to_owned()));
    assert!(task.commit_needed());
    task.prepare_commit().unwrap();
    assert!(sent(&mut task).is_empty());
}

#[test]
fn the_cache_that_has_waited_longest_is_flushed_first_and_the_rest_may_stay() {
    let count = |name: &'static str| move || CachedCount { name, store: None };
    let store = |name: &str| KeyValueStoreBuilder::<String, String>::in_memory(name).with_caching_enabled();
    let mut topology = Topology::new();
    for (topic, counts) in [("a", "s1"), ("b", "s2")] {
        topology.add_source(Source::<String, String>::new(topic, [topic])).unwrap();
        topology.add_processor(counts, count(counts), [topic]).unwrap();
        topology.add_state_store(store(counts), [counts]).unwrap();
        topology.add_sink(Sink::<String, String>::to(format!("to-{counts}"), counts), [counts]).unwrap();
    }
    let mut task = task_with(&topology, &["a", "b"], &[("max.task.idle.ms", "-1")]);
    // `s2` holds changes first, though `s1` stands before it.
    for (offset, topic) in ["b", "a", "b", "b"].into_iter().enumerate() {
        task.add_records(topic, 0, [raw(offset as i64, offset as i64, "x")]).unwrap();
        drain(&mut task);
    }
    assert!(sent(&mut task).is_empty());
    let held = |task: &mut StreamTask, store| task.stores().at(store).unwrap().cached_bytes();
    let (first, second) = (held(&mut task, 0), held(&mut task, 1));
    assert!(first > 0 && second > 0);

    task.set_cache_max_bytes(first + second - 1);
    task.add_records("a", 0, [raw(9, 9, "x")]).unwrap();
    drain(&mut task);
    let flushed = sent(&mut task);
    assert!(flushed.iter().any(|record| record.starts_with("s2=")), "{flushed:?}");
    assert!(flushed.iter().all(|record| !record.starts_with("s1=")), "{flushed:?}");
    assert_eq!(held(&mut task, 1), 0);
    task.prepare_commit().unwrap();
    assert!(sent(&mut task).iter().any(|record| record.starts_with("s1=")));
}

#[test]
fn a_processor_may_ask_for_a_commit() {
    let mut task = task_with(&cached(), &["a"], &[]);
    task.add_records("a", 0, [raw(0, 0, "x"), raw(1, 0, "commit")]).unwrap();
    task.process_one(0).unwrap();
    assert!(task.commit_needed() && !task.commit_requested());
    task.process_one(0).unwrap();
    assert!(task.commit_requested());
    task.prepare_commit().unwrap();
    task.post_commit([]).unwrap();
    assert!(!task.commit_needed() && !task.commit_requested());
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
