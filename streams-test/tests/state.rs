//! Stores in the driver: contents, changelogs, restarts, several partitions, global stores.

mod common;

use common::Count;
use streams_core::{
    BoxError, KeyValueStore, KeyValueStoreBuilder, Processor, ProcessorContext, Record, Result, Sink, Source,
    StoreRef, Topology,
};
use streams_test::{TestOutputTopic, TopologyTestDriver};

fn counting(store: KeyValueStoreBuilder<String, i64>) -> Result<Topology> {
    let mut topology = Topology::new();
    topology
        .add_source(Source::<String, String>::new("in", ["in"]))?
        .add_processor("count", Count::default, ["in"])?
        .add_state_store(store, ["count"])?
        .add_sink(Sink::<String, i64>::to("out", "out"), ["count"])?;
    Ok(topology)
}

fn both() -> [KeyValueStoreBuilder<String, i64>; 2] {
    [KeyValueStoreBuilder::in_memory("counts"), KeyValueStoreBuilder::persistent("counts")]
}

#[test]
fn changelog_records_can_be_read_as_bytes_with_the_records_time() -> Result<()> {
    for store in both() {
        let driver = TopologyTestDriver::new(&counting(store)?)?;
        driver.create_input_topic::<String, String>("in").pipe_input_at("a", "x", 17)?;
        let records = driver.take_produced_to("test-counts-changelog")?;
        assert_eq!(records.len(), 1);
        assert_eq!(records[0].key(), Some(&b"a"[..]));
        assert_eq!(records[0].value(), Some(&1_i64.to_be_bytes()[..]));
        assert_eq!((records[0].timestamp, records[0].partition), (Some(17), 0));
    }
    Ok(())
}

#[test]
fn a_restart_keeps_the_state() -> Result<()> {
    for store in both() {
        let driver = TopologyTestDriver::new(&counting(store)?)?;
        let mut input = driver.create_input_topic::<String, String>("in");
        let mut output = driver.create_output_topic::<String, i64>("out");
        input.pipe_key_value_list([("a", "x"), ("a", "x"), ("b", "x")])?;
        driver.restart()?;
        input.pipe_key_value_list([("a", "x"), ("b", "x")])?;
        assert_eq!(output.read_values_to_list()?, [1, 2, 1, 3, 2]);
        driver.restart()?;
        assert_eq!(driver.key_value_store::<String, i64>("counts")?.get(&"a".to_owned())?, Some(3));
    }
    Ok(())
}

#[test]
fn a_store_in_memory_beside_one_on_disk_comes_back_as_a_whole() -> Result<()> {
    let mut topology = counting(KeyValueStoreBuilder::in_memory("counts"))?;
    let on_disk = KeyValueStoreBuilder::<String, i64>::persistent("other");
    topology.add_state_store(on_disk, ["count"])?;
    let driver = TopologyTestDriver::new(&topology)?;
    let mut input = driver.create_input_topic::<String, String>("in");
    input.pipe_key_value_list([("a", "x"), ("b", "x")])?;
    driver.key_value_store::<String, i64>("other")?.put(&"o".to_owned(), &1)?;
    driver.restart()?;
    input.pipe_input("a", "x")?;
    driver.restart()?;
    assert_eq!(driver.key_value_store::<String, i64>("counts")?.get(&"a".to_owned())?, Some(2));
    assert_eq!(driver.key_value_store::<String, i64>("counts")?.get(&"b".to_owned())?, Some(1));
    Ok(())
}

#[test]
fn after_a_crash_what_was_not_committed_is_processed_again() -> Result<()> {
    for store in both() {
        let driver = TopologyTestDriver::builder().commit_each_record(false).build(&counting(store)?)?;
        let mut input = driver.create_input_topic::<String, String>("in");
        let mut output = driver.create_output_topic::<String, i64>("out");
        input.pipe_key_value_list([("a", "x"), ("a", "x")])?;
        driver.commit()?;
        input.pipe_input("a", "x")?;
        assert_eq!(output.read_values_to_list()?, [1, 2, 3]);
        driver.crash_and_restart()?;
        // At-least-once: the third record had reached the changelog, and counts twice.
        assert_eq!(output.read_values_to_list()?, [4]);
    }
    Ok(())
}

#[test]
fn the_temporary_state_directory_is_removed_with_the_driver() -> Result<()> {
    let topology = counting(KeyValueStoreBuilder::persistent("counts"))?;
    for close in [true, false] {
        let driver = TopologyTestDriver::new(&topology)?;
        driver.create_input_topic::<String, String>("in").pipe_input("a", "x")?;
        let directory = driver.state_directory()?;
        assert!(directory.is_dir());
        if close {
            driver.close()?
        } else {
            drop(driver)
        }
        assert!(!directory.exists());
    }
    Ok(())
}

#[test]
fn drivers_with_one_state_directory_share_persistent_stores() -> Result<()> {
    let directory = tempfile::tempdir().expect("a temporary directory");
    let topology = counting(KeyValueStoreBuilder::persistent("counts"))?;
    for expected in [1, 2] {
        let driver = TopologyTestDriver::builder().state_directory(directory.path()).build(&topology)?;
        driver.create_input_topic::<String, String>("in").pipe_input("a", "x")?;
        let count = driver.key_value_store::<String, i64>("counts")?.get(&"a".to_owned())?;
        assert_eq!(count, Some(expected));
        driver.close()?;
    }
    Ok(())
}

#[test]
fn with_several_partitions_each_has_a_task_and_a_store_of_its_own() -> Result<()> {
    let topology = counting(KeyValueStoreBuilder::in_memory("counts"))?;
    let driver = TopologyTestDriver::builder().partitions("in", 2).build(&topology)?;
    let mut first = driver.create_input_topic::<String, String>("in").with_partition(0);
    let mut second = driver.create_input_topic::<String, String>("in").with_partition(1);
    first.pipe_key_value_list([("a", "x"), ("a", "x")])?;
    second.pipe_input("a", "x")?;
    let count = |partition| -> Result<Option<i64>> {
        driver.store_of_partition::<KeyValueStore<String, i64>>("counts", partition)?.get(&"a".to_owned())
    };
    assert_eq!((count(0)?, count(1)?), (Some(2), Some(1)));
    let changelog = driver.take_produced_to("test-counts-changelog")?;
    let partitions: Vec<i32> = changelog.iter().map(|record| record.partition).collect();
    assert_eq!(partitions, [0, 0, 1]);
    assert!(
        driver.create_input_topic::<String, String>("in").with_partition(2).pipe_input("a", "x").is_err()
    );
    // Without a chosen partition, equal keys meet.
    let mut keyed = driver.create_input_topic::<String, String>("in");
    keyed.pipe_key_value_list((0..20).map(|n| (format!("k{n}"), "x")))?;
    driver.restart()?;
    let stored: u64 = (0..2)
        .map(|partition| {
            let store = driver.store_of_partition::<KeyValueStore<String, i64>>("counts", partition)?;
            store.approximate_num_entries()
        })
        .sum::<Result<u64>>()?;
    assert_eq!(stored, 22);
    Ok(())
}

/// Puts what comes in into the global store.
#[derive(Default)]
struct Update(Option<StoreRef<KeyValueStore<String, String>>>);

impl Processor<String, String, (), ()> for Update {
    fn init(&mut self, ctx: &mut ProcessorContext<'_, (), ()>) -> std::result::Result<(), BoxError> {
        self.0 = Some(ctx.store_ref("names")?);
        Ok(())
    }

    fn process(
        &mut self,
        record: Record<String, String>,
        ctx: &mut ProcessorContext<'_, (), ()>,
    ) -> std::result::Result<(), BoxError> {
        ctx.store(self.0.as_ref().expect("made in init"))?.put(&record.key, &record.value)?;
        Ok(())
    }
}

/// Looks values up in the global store.
#[derive(Default)]
struct Lookup(Option<StoreRef<KeyValueStore<String, String>>>);

impl Processor<String, String, String, String> for Lookup {
    fn init(&mut self, ctx: &mut ProcessorContext<'_, String, String>) -> std::result::Result<(), BoxError> {
        self.0 = Some(ctx.store_ref("names")?);
        Ok(())
    }

    fn process(
        &mut self,
        record: Record<String, String>,
        ctx: &mut ProcessorContext<'_, String, String>,
    ) -> std::result::Result<(), BoxError> {
        let names = ctx.store(self.0.as_ref().expect("made in init"))?;
        let name = names.get(&record.value)?.unwrap_or_default();
        Ok(ctx.forward(record.with_value(name))?)
    }
}

#[test]
fn a_global_store_is_updated_at_once_and_seen_by_all_processors_also_after_a_restart() -> Result<()> {
    let mut topology = Topology::new();
    topology.add_global_store(
        KeyValueStoreBuilder::<String, String>::in_memory("names").with_logging_disabled(),
        Source::<String, String>::new("names-source", ["names"]),
        "names-update",
        Update::default,
    )?;
    topology
        .add_source(Source::<String, String>::new("in", ["in"]))?
        .add_processor("lookup", Lookup::default, ["in"])?
        .add_sink(Sink::<String, String>::to("out", "out"), ["lookup"])?;
    let driver = TopologyTestDriver::new(&topology)?;
    let mut names = driver.create_input_topic::<String, String>("names");
    let mut input = driver.create_input_topic::<String, String>("in");
    let mut output: TestOutputTopic<String, String> = driver.create_output_topic("out");
    input.pipe_input("k", "1")?;
    names.pipe_input("1", "anna")?;
    input.pipe_input("k", "1")?;
    driver.restart()?;
    input.pipe_input("k", "1")?;
    assert_eq!(output.read_values_to_list()?, ["", "anna", "anna"]);
    assert_eq!(driver.state_store_names()?, ["names"]);
    Ok(())
}

#[test]
fn a_topic_that_is_read_to_a_map_keeps_the_last_value_of_each_key() -> Result<()> {
    let driver = TopologyTestDriver::new(&counting(KeyValueStoreBuilder::in_memory("counts"))?)?;
    let mut input = driver.create_input_topic::<String, String>("in");
    input.pipe_key_value_list([("a", "x"), ("b", "x"), ("a", "x")])?;
    let mut output = driver.create_output_topic::<String, i64>("out");
    let map = output.read_key_values_to_map()?;
    assert_eq!(map.into_iter().collect::<Vec<_>>(), [("a".to_owned(), 2), ("b".to_owned(), 1)]);
    assert!(output.read_record().unwrap_err().to_string().contains("topic `out`"));
    Ok(())
}
