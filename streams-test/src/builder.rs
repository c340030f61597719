//! What a driver can be told before it starts.

use std::collections::BTreeMap;
use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;

use streams_core::{Clock, Result, StreamsConfig, SystemClock, Topology};

use crate::driver::TopologyTestDriver;
use crate::engine::Engine;
use crate::settings::Settings;

/// How often, by the wall clock, results that only time brings about are looked for. A test wants them at once.
const EMIT_INTERVALS: [&str; 2] = [
    "__emit.interval.ms.kstreams.windowed.aggregation__",
    "__emit.interval.ms.kstreams.outer.join.spurious.results.fix__",
];

/// Everything that a [`TopologyTestDriver`] can be told.
///
/// ```
/// use streams_core::{Sink, Source, StreamsConfig, Topology};
/// use streams_test::TopologyTestDriver;
///
/// let mut topology = Topology::new();
/// topology
///     .add_source(Source::<String, String>::new("in", ["in"]))?
///     .add_sink(Sink::<String, String>::to("out", "out"), ["in"])?;
/// let driver = TopologyTestDriver::builder()
///     .config(&StreamsConfig::builder().application_id("copy").build()?)
///     .wall_clock_ms(1_000_000)
///     .build(&topology)?;
/// assert_eq!(driver.wall_clock_time()?, 1_000_000);
/// # Ok::<(), streams_core::Error>(())
/// ```
#[derive(Default)]
#[must_use]
pub struct TopologyTestDriverBuilder {
    config: Option<StreamsConfig>,
    wall_clock_ms: Option<i64>,
    partitions: BTreeMap<String, i32>,
    commit_on_demand: bool,
    state_directory: Option<PathBuf>,
}

impl TopologyTestDriverBuilder {
    /// The application's configuration. Without one, or without an `application.id` in it, the application is called
    /// `test`.
    pub fn config(mut self, config: &StreamsConfig) -> Self {
        self.config = Some(config.clone());
        self
    }

    /// The wall clock at the start, in milliseconds since the epoch. Default: the present time.
    pub fn wall_clock_ms(mut self, now: i64) -> Self {
        self.wall_clock_ms = Some(now);
        self
    }

    /// Gives a topic several partitions. The driver then makes a task for each sub-topology and partition, as the runtime
    /// does, and repartition topics get as many partitions as they would have there; topics that are not named have one.
    pub fn partitions(mut self, topic: &str, count: i32) -> Self {
        self.partitions.insert(topic.to_owned(), count);
        self
    }

    /// Whether each record is followed by a commit, as in Kafka's driver (the default). Otherwise commits are explicit
    /// ([`TopologyTestDriver::commit`]), and record caches are flushed by those or when they are full.
    pub fn commit_each_record(mut self, commit: bool) -> Self {
        self.commit_on_demand = !commit;
        self
    }

    /// Keeps the state in this directory, and leaves it there, instead of in a temporary one: two drivers, one after the
    /// other, then share persistent stores.
    pub fn state_directory(mut self, directory: impl Into<PathBuf>) -> Self {
        self.state_directory = Some(directory.into());
        self
    }

    /// Builds the topology and starts it.
    ///
    /// # Errors
    /// The topology cannot be built, a number of partitions does not fit, a store cannot be opened, or a processor
    /// refuses to start.
    pub fn build(self, topology: &Topology) -> Result<TopologyTestDriver> {
        let mut config = self.config.unwrap_or_default();
        if config.application_id().is_err() {
            config = config.to_builder().application_id("test").build()?;
        }
        for key in EMIT_INTERVALS {
            if config.get(key).is_none() {
                config = config.to_builder().set(key, 0).build()?;
            }
        }
        let settings = Settings {
            config: Arc::new(config),
            wall_clock: self.wall_clock_ms.unwrap_or_else(|| SystemClock.now_ms()),
            partitions: self.partitions,
            commit_each_record: !self.commit_on_demand,
            state_directory: self.state_directory,
        };
        Ok(TopologyTestDriver::from_engine(Engine::start(topology, settings)?))
    }
}

impl fmt::Debug for TopologyTestDriverBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TopologyTestDriverBuilder")
            .field("config", &self.config)
            .field("wall_clock_ms", &self.wall_clock_ms)
            .field("partitions", &self.partitions)
            .finish_non_exhaustive()
    }
}
