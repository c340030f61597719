//! Record caches in a task: when they are flushed, and what is committed then.

use std::time::Duration;

use super::{Sent, copy, drain, raw, sent, task_with};
use crate::error::{BoxError, ErrorKind};
use crate::processor::{Processor, ProcessorContext, PunctuationId, PunctuationType};
use crate::record::Record;
use crate::store::{KeyValueStore, KeyValueStoreBuilder, StoreRef};
use crate::task::StreamTask;
use crate::topology::{Sink, Source, Topology};

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
