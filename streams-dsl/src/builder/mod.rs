//! `StreamsBuilder`: where topologies begin.

mod state_stores;
mod stream;
mod table;

use std::fmt;

use streams_core::{Result, StreamsConfig, Topology};

use crate::graph::GraphHandle;
use crate::settings::BuildSettings;

/// Builds a topology out of streams and tables.
///
/// ```
/// use streams_dsl::prelude::*;
///
/// let builder = StreamsBuilder::new();
/// builder.stream::<String, String>("text").map_values(|line| line.to_uppercase()).to("shouts");
/// let topology = builder.build()?;
/// println!("{}", topology.describe());
/// # Ok::<(), Error>(())
/// ```
///
/// The builder and the streams and tables that come from it share one graph; all of them are cheap handles. They are
/// used by one thread; the topology that is built can be sent to others.
#[derive(Clone)]
pub struct StreamsBuilder {
    pub(crate) graph: GraphHandle,
    settings: BuildSettings,
}

impl StreamsBuilder {
    /// A builder of a new topology.
    pub fn new() -> Self {
        Self { graph: GraphHandle::new(), settings: BuildSettings::default() }
    }

    /// As [`StreamsBuilder::new`], for settings that act while the DSL is used. [`StreamsBuilder::build`] uses the same
    /// configuration.
    ///
    /// ```
    /// use streams_dsl::prelude::*;
    /// use streams_test::TopologyTestDriver;
    ///
    /// let config = StreamsConfig::builder()
    ///     .application_id("app")
    ///     .set("ensure.explicit.internal.resource.naming", true)
    ///     .build()?;
    /// let builder = StreamsBuilder::with_config(&config);
    /// let groups = builder.stream::<String, i64>("in").group_by_key();
    /// groups.reduce_with(|sum, n| sum + n, Materialized::as_("sums")).to_stream_of_values().to("out");
    ///
    /// let driver = TopologyTestDriver::with_config(&builder.build()?, &config)?;
    /// driver.create_input_topic::<String, i64>("in").pipe_input("a", 1)?;
    /// assert_eq!(driver.create_output_topic::<String, i64>("out").read_value()?, 1);
    /// # Ok::<(), Error>(())
    /// ```
    pub fn with_config(config: &StreamsConfig) -> Self {
        let builder = Self { graph: GraphHandle::new(), settings: BuildSettings::new(config) };
        let fix = config.get("__enable.process.processValue.fix__") == Some("true");
        builder.graph.set_processors_change_records(fix);
        builder
    }

    /// The topology. Optimizations and the kind of stores are those of the configuration that the builder was made with;
    /// without one there is no optimization, and stores are in RocksDB.
    ///
    /// # Errors
    /// Whatever was wrong in the use of the DSL, first mistake first; the message names the operator.
    pub fn build(&self) -> Result<Topology> {
        self.graph.lower(&self.settings)
    }

    /// The topology, with `topology.optimization`, `dsl.store.suppliers.class` and the processor wrapper of this
    /// configuration. (Kafka's rule:
    /// these settings act here, not where the topology is run.)
    ///
    /// # Errors
    /// As [`StreamsBuilder::build`].
    pub fn build_with(&self, config: &StreamsConfig) -> Result<Topology> {
        self.graph.lower(&BuildSettings::new(config))
    }
}

impl Default for StreamsBuilder {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for StreamsBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.graph.fmt(f)
    }
}
