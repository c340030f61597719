//! The test driver.

use std::cell::{RefCell, RefMut};
use std::collections::BTreeSet;
use std::fmt;
use std::path::PathBuf;
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use streams_core::{BuiltTopology, DefaultSerde, Error, Headers, Result, Serde, StreamsConfig, Topology};

use crate::builder::TopologyTestDriverBuilder;
use crate::engine::{Engine, Incoming};
use crate::input::TestInputTopic;
use crate::output::TestOutputTopic;
use crate::produced::{Place, ProducedRecord};

/// Runs a topology in the test's own thread: no broker, no threads, and time that moves only when told to.
///
/// A record that is piped in goes through the whole topology, repartition topics included, before the call returns; an
/// error that no exception handler forgives comes back from that call. As Kafka's driver does, it runs all sub-topologies
/// as one task, with one partition for every topic, and commits after every record.
///
/// ```
/// use streams_core::{BoxError, KeyValueStore, KeyValueStoreBuilder, Processor, ProcessorContext};
/// use streams_core::{Record, Sink, Source, StoreRef, Topology};
/// use streams_test::TopologyTestDriver;
///
/// #[derive(Default)]
/// struct Count {
///     counts: Option<StoreRef<KeyValueStore<String, i64>>>,
/// }
///
/// impl Processor<String, String, String, i64> for Count {
///     fn init(&mut self, ctx: &mut ProcessorContext<'_, String, i64>) -> Result<(), BoxError> {
///         self.counts = Some(ctx.store_ref("counts")?);
///         Ok(())
///     }
///
///     fn process(
///         &mut self,
///         record: Record<String, String>,
///         ctx: &mut ProcessorContext<'_, String, i64>,
///     ) -> Result<(), BoxError> {
///         let counts = ctx.store(self.counts.as_ref().expect("made in init"))?;
///         let count = counts.get(&record.key)?.unwrap_or(0) + 1;
///         counts.put(&record.key, &count)?;
///         Ok(ctx.forward(record.with_value(count))?)
///     }
/// }
///
/// let mut topology = Topology::new();
/// topology
///     .add_source(Source::<String, String>::new("clicks", ["clicks"]))?
///     .add_processor("count", Count::default, ["clicks"])?
///     .add_state_store(KeyValueStoreBuilder::<String, i64>::in_memory("counts"), ["count"])?
///     .add_sink(Sink::<String, i64>::to("totals", "totals"), ["count"])?;
///
/// let driver = TopologyTestDriver::new(&topology)?;
/// let mut clicks = driver.create_input_topic::<String, String>("clicks");
/// let mut totals = driver.create_output_topic::<String, i64>("totals");
///
/// clicks.pipe_input("anna", "/home")?;
/// clicks.pipe_input("anna", "/cart")?;
/// assert_eq!(totals.read_key_values_to_list()?, [("anna".into(), 1), ("anna".into(), 2)]);
/// assert_eq!(driver.key_value_store::<String, i64>("counts")?.get(&"anna".into())?, Some(2));
/// # Ok::<(), streams_core::Error>(())
/// ```
pub struct TopologyTestDriver {
    pub(crate) engine: Rc<RefCell<Engine>>,
}

impl TopologyTestDriver {
    /// A driver with the default configuration, its wall clock at the present time.
    ///
    /// # Errors
    /// The topology cannot be built, or a processor refuses to start.
    pub fn new(topology: &Topology) -> Result<Self> {
        Self::builder().build(topology)
    }

    /// A driver for an application's configuration, its wall clock at the present time.
    ///
    /// # Errors
    /// As [`TopologyTestDriver::new`].
    pub fn with_config(topology: &Topology, config: &StreamsConfig) -> Result<Self> {
        Self::builder().config(config).build(topology)
    }

    /// Everything else that a driver can be told.
    pub fn builder() -> TopologyTestDriverBuilder {
        TopologyTestDriverBuilder::default()
    }

    pub(crate) fn from_engine(engine: Engine) -> Self {
        Self { engine: Rc::new(RefCell::new(engine)) }
    }

    /// An input topic of types that have a default serde. Its time starts at the driver's wall clock.
    pub fn create_input_topic<K: DefaultSerde, V: DefaultSerde>(&self, topic: &str) -> TestInputTopic<K, V> {
        self.create_input_topic_with(topic, K::default_serde(), V::default_serde())
    }

    /// An input topic with explicit serdes.
    pub fn create_input_topic_with<K: 'static, V: 'static>(
        &self,
        topic: &str,
        key_serde: Serde<K>,
        value_serde: Serde<V>,
    ) -> TestInputTopic<K, V> {
        let time = self.engine.try_borrow().map_or(0, |engine| engine.wall_clock);
        TestInputTopic::new(Rc::clone(&self.engine), topic, key_serde, value_serde, time)
    }

    /// An output topic of types that have a default serde. The topic need not exist yet.
    pub fn create_output_topic<K: DefaultSerde, V: DefaultSerde>(
        &self,
        topic: &str,
    ) -> TestOutputTopic<K, V> {
        self.create_output_topic_with(topic, K::default_serde(), V::default_serde())
    }

    /// An output topic with explicit serdes.
    pub fn create_output_topic_with<K: 'static, V: 'static>(
        &self,
        topic: &str,
        key_serde: Serde<K>,
        value_serde: Serde<V>,
    ) -> TestOutputTopic<K, V> {
        TestOutputTopic::new(Rc::clone(&self.engine), topic, key_serde, value_serde)
    }

    /// Pipes bytes into partition 0 of a topic: for records that typed topics cannot write, negative timestamps included.
    ///
    /// # Errors
    /// The topology does not read the topic, or whatever it returned.
    pub fn pipe_raw(
        &self,
        topic: &str,
        key: Option<&[u8]>,
        value: Option<&[u8]>,
        timestamp: i64,
        headers: Headers,
    ) -> Result<()> {
        let mut engine = borrow(&self.engine)?;
        let topic = engine.topic(topic)?;
        let bytes = [key.unwrap_or_default(), value.unwrap_or_default()].concat();
        let place = Place::new(0, key.map(<[u8]>::len), value.map(<[u8]>::len));
        let partition = engine.partition_of(topic, &bytes, &place);
        engine.pipe(Incoming { topic, partition, bytes: &bytes, place, timestamp, headers })
    }

    /// Moves the wall clock, runs the punctuations that this makes due, and lets the topology come to rest. Records that
    /// wait because of `max.task.idle.ms` may go on by this.
    ///
    /// # Errors
    /// Whatever the topology returned.
    pub fn advance_wall_clock_time(&self, by: Duration) -> Result<()> {
        let ms = i64::try_from(by.as_millis()).unwrap_or(i64::MAX);
        borrow(&self.engine)?.advance_wall_clock(ms)
    }

    /// The wall clock, in milliseconds since the epoch.
    ///
    /// # Errors
    /// The driver is in use: a store of it is borrowed.
    pub fn wall_clock_time(&self) -> Result<i64> {
        Ok(borrow(&self.engine)?.wall_clock)
    }

    /// All records, as bytes, that the topology wrote to any topic and that were not read yet, in the order in which it
    /// wrote them. They count as read after this.
    ///
    /// # Errors
    /// As [`TopologyTestDriver::wall_clock_time`].
    pub fn take_produced(&self) -> Result<Vec<ProducedRecord>> {
        Ok(borrow(&self.engine)?.topics.take_unread(None))
    }

    /// The records, as bytes, that the topology wrote to one topic and that were not read yet. They count as read after
    /// this.
    ///
    /// # Errors
    /// As [`TopologyTestDriver::wall_clock_time`].
    pub fn take_produced_to(&self, topic: &str) -> Result<Vec<ProducedRecord>> {
        let mut engine = borrow(&self.engine)?;
        let number = engine.topics.find(topic);
        Ok(number.map_or_else(Vec::new, |number| engine.topics.take_unread(Some(number))))
    }

    /// The names of all topics that the topology wrote to so far, internal ones included.
    ///
    /// # Errors
    /// As [`TopologyTestDriver::wall_clock_time`].
    pub fn produced_topic_names(&self) -> Result<BTreeSet<String>> {
        Ok(borrow(&self.engine)?.produced_topics())
    }

    /// The topology as it was built: sub-topologies, internal topics, description.
    ///
    /// # Errors
    /// As [`TopologyTestDriver::wall_clock_time`].
    pub fn topology(&self) -> Result<Arc<BuiltTopology>> {
        Ok(Arc::clone(&borrow(&self.engine)?.built))
    }

    /// The directory that persistent stores live in, one sub-directory for each application, and in it one for each task.
    ///
    /// # Errors
    /// As [`TopologyTestDriver::wall_clock_time`].
    pub fn state_directory(&self) -> Result<PathBuf> {
        Ok(borrow(&self.engine)?.directory.clone())
    }

    /// Commits all tasks: record caches are flushed. Needed only by drivers that do not commit after every record
    /// ([`TopologyTestDriverBuilder::commit_each_record`]).
    ///
    /// # Errors
    /// Whatever the topology returned.
    pub fn commit(&self) -> Result<()> {
        borrow(&self.engine)?.commit()
    }

    /// Empties the record caches of all tasks, as if there were no more memory for them: the last update of each key goes
    /// on to the store, its changelog and the operators below. Unlike [`TopologyTestDriver::commit`], it commits nothing:
    /// [`TopologyTestDriver::crash_and_restart`] then still loses what was not committed, and offsets stay where they are. Drivers that
    /// commit after every record have nothing in their caches.
    ///
    /// ```
    /// use streams_core::{
    ///     BoxError, KeyValueStore, KeyValueStoreBuilder, Processor, ProcessorContext, Record, Source, StreamsConfig, Topology,
    /// };
    /// use streams_test::TopologyTestDriver;
    ///
    /// /// Keeps the last value of each key.
    /// struct Keep;
    ///
    /// impl Processor<String, String, (), ()> for Keep {
    ///     fn process(
    ///         &mut self,
    ///         record: Record<String, String>,
    ///         ctx: &mut ProcessorContext<'_, (), ()>,
    ///     ) -> Result<(), BoxError> {
    ///         let last = ctx.store_ref::<KeyValueStore<String, String>>("last")?;
    ///         Ok(ctx.store(&last)?.put(&record.key, &record.value)?)
    ///     }
    /// }
    ///
    /// let mut topology = Topology::new();
    /// topology.add_source(Source::<String, String>::new("in", ["in"]))?;
    /// topology.add_processor("keep", || Keep, ["in"])?;
    /// let last = KeyValueStoreBuilder::<String, String>::in_memory("last").with_caching_enabled();
    /// topology.add_state_store(last, ["keep"])?;
    /// let config = StreamsConfig::builder().application_id("app").statestore_cache_max_bytes(1 << 20).build()?;
    /// let driver = TopologyTestDriver::builder().config(&config).commit_each_record(false).build(&topology)?;
    ///
    /// let mut input = driver.create_input_topic::<String, String>("in");
    /// for value in ["1", "2", "3"] {
    ///     input.pipe_input("a", value)?;
    /// }
    /// assert!(driver.take_produced_to("app-last-changelog")?.is_empty()); // all is in the cache
    /// driver.evict_caches()?;
    /// assert_eq!(driver.take_produced_to("app-last-changelog")?.len(), 1);
    /// # Ok::<(), streams_core::Error>(())
    /// ```
    ///
    /// # Errors
    /// Whatever the topology returned.
    pub fn evict_caches(&self) -> Result<()> {
        borrow(&self.engine)?.evict_caches()
    }

    /// Commits, closes all tasks and starts them anew, as a restart of the application does: in-memory stores come back
    /// from their changelogs, persistent ones from disk, global ones from their topics.
    ///
    /// # Errors
    /// Records wait for other partitions; or whatever the topology returned.
    pub fn restart(&self) -> Result<()> {
        borrow(&self.engine)?.restart(true)
    }

    /// Drops all tasks without a commit and starts them anew, as after a crash under at-least-once: records that were not
    /// committed are processed a second time.
    ///
    /// # Errors
    /// Whatever the topology returned.
    pub fn crash_and_restart(&self) -> Result<()> {
        borrow(&self.engine)?.restart(false)
    }

    /// The number of records that were dropped (`dropped-records`) since the last start.
    ///
    /// # Errors
    /// As [`TopologyTestDriver::wall_clock_time`].
    pub fn dropped_records(&self) -> Result<u64> {
        Ok(borrow(&self.engine)?.tasks.iter().map(streams_core::StreamTask::dropped_records).sum())
    }

    /// Closes processors and stores and removes the temporary state directory. Dropping the driver does the same, but
    /// cannot report an error.
    ///
    /// # Errors
    /// A store cannot be closed or the directory cannot be removed.
    pub fn close(self) -> Result<()> {
        borrow(&self.engine)?.close()
    }
}

impl Drop for TopologyTestDriver {
    fn drop(&mut self) {
        // Topics may live longer than the driver, and with them the engine: so it is closed here.
        if let Ok(mut engine) = self.engine.try_borrow_mut()
            && let Err(error) = engine.close()
        {
            tracing::warn!(%error, "the test driver was not closed properly");
        }
    }
}

impl fmt::Debug for TopologyTestDriver {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TopologyTestDriver").field("engine", &self.engine).finish()
    }
}

/// The engine, unless it is in use.
pub(crate) fn borrow(engine: &RefCell<Engine>) -> Result<RefMut<'_, Engine>> {
    engine.try_borrow_mut().map_err(|_| {
        Error::argument("the driver is in use: drop the store that was borrowed from it before you go on")
    })
}
