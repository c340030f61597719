//! `CogroupedKStream`: several grouped streams that feed one aggregate (KIP-150).

mod build;
mod input;
mod session;
mod time;

pub use session::SessionWindowedCogroupedKStream;
pub use time::TimeWindowedCogroupedKStream;

use std::cell::RefCell;
use std::fmt;
use std::rc::Rc;
use std::sync::Arc;

use streams_core::{BoxError, DefaultSerde, Serde};

use crate::graph::{GraphHandle, NodeId};
use crate::params::{Materialized, Named, StoredParams};
use crate::store::StoreSpec;
use crate::table::StoredView;
use crate::window::WindowDefinition;
use crate::{Data, KGroupedStream, KTable, prefixes};
use input::{CogroupInput, Input, Shape};

/// What makes the first aggregate of a key.
type Initializer<VA> = Arc<dyn Fn() -> VA + Send + Sync>;

/// Grouped streams, each with an aggregator, that feed one aggregate.
pub struct CogroupedKStream<K, VA> {
    graph: GraphHandle,
    inputs: Vec<Rc<dyn CogroupInput<K, VA>>>,
    parents: Parents<K, VA>,
}

/// The inputs that were aggregated, each with the node that its records come from. Streams with more inputs and windowed
/// ones have the same ones, as in Kafka.
type Parents<K, VA> = Rc<RefCell<Vec<(Rc<dyn CogroupInput<K, VA>>, NodeId)>>>;

impl<K: Data, V: Data> KGroupedStream<K, V> {
    /// Begins to cogroup: this stream's records change the aggregate by `aggregator`.
    ///
    /// ```
    /// use streams_dsl::prelude::*;
    /// use streams_test::TopologyTestDriver;
    ///
    /// let builder = StreamsBuilder::new();
    /// let clicks = builder.stream::<String, String>("clicks").group_by_key();
    /// let payments = builder.stream::<String, i64>("payments").group_by_key();
    /// let scores = clicks
    ///     .cogroup(|_, _, score| score + 1)
    ///     .cogroup(&payments, |_, amount, score| score + amount)
    ///     .aggregate(|| 0_i64);
    /// scores.to_stream_of_values().to("scores");
    ///
    /// let driver = TopologyTestDriver::new(&builder.build()?)?;
    /// let mut clicks = driver.create_input_topic::<String, String>("clicks");
    /// let mut payments = driver.create_input_topic::<String, i64>("payments");
    /// let mut scores = driver.create_output_topic::<String, i64>("scores");
    /// clicks.pipe_input("anna", "/home")?;
    /// payments.pipe_input("anna", 50)?;
    /// assert_eq!(scores.read_values_to_list()?, [1, 51]);
    /// # Ok::<(), Error>(())
    /// ```
    pub fn cogroup<VA: Data>(
        &self,
        aggregator: impl Fn(&K, V, VA) -> VA + Send + Sync + 'static,
    ) -> CogroupedKStream<K, VA> {
        let graph = self.stream.graph.clone();
        CogroupedKStream { graph, inputs: Vec::new(), parents: Rc::default() }.cogroup(self, aggregator)
    }
}

impl<K: Data, VA: Data> CogroupedKStream<K, VA> {
    /// Adds a stream, whose records change the aggregate by `aggregator`. All streams must have the same number of
    /// partitions, unless they are repartitioned. If the stream is there already, the new aggregator replaces its old one.
    ///
    /// ```
    /// use streams_dsl::prelude::*;
    /// use streams_test::TopologyTestDriver;
    ///
    /// let builder = StreamsBuilder::new();
    /// let in_cents = builder.stream::<String, i64>("cents").group_by_key();
    /// let in_euros = builder.stream::<String, f64>("euros").group_by_key();
    /// let sums = in_cents
    ///     .cogroup(|_, cents, sum: i64| sum + cents)
    ///     .cogroup(&in_euros, |_, euros, sum| sum + (euros * 100.0) as i64)
    ///     .aggregate(|| 0);
    /// sums.to_stream_of_values().to("sums");
    ///
    /// let driver = TopologyTestDriver::new(&builder.build()?)?;
    /// driver.create_input_topic::<String, i64>("cents").pipe_input("anna", 50)?;
    /// driver.create_input_topic::<String, f64>("euros").pipe_input("anna", 2.5)?;
    /// assert_eq!(driver.create_output_topic::<String, i64>("sums").read_values_to_list()?, [50, 300]);
    /// # Ok::<(), Error>(())
    /// ```
    #[must_use]
    pub fn cogroup<V: Data>(
        &self,
        stream: &KGroupedStream<K, V>,
        aggregator: impl Fn(&K, V, VA) -> VA + Send + Sync + 'static,
    ) -> Self {
        let aggregator =
            move |key: &K, value, aggregate| Ok::<_, BoxError>(aggregator(key, value, aggregate));
        self.try_cogroup(stream, aggregator)
    }

    /// As [`CogroupedKStream::cogroup`], with an aggregator that may fail.
    ///
    /// ```
    /// use streams_dsl::prelude::*;
    /// use streams_test::TopologyTestDriver;
    ///
    /// let builder = StreamsBuilder::new();
    /// let numbers = builder.stream::<String, i64>("numbers").group_by_key();
    /// let texts = builder.stream::<String, String>("texts").group_by_key();
    /// let add = |_: &String, text: String, sum: i64| text.parse::<i64>().map(|n| sum + n);
    /// let sums = numbers.cogroup(|_, n, sum: i64| sum + n).try_cogroup(&texts, add).aggregate(|| 0);
    /// sums.to_stream_of_values().to("sums");
    ///
    /// let driver = TopologyTestDriver::new(&builder.build()?)?;
    /// let mut texts = driver.create_input_topic::<String, String>("texts");
    /// driver.create_input_topic::<String, i64>("numbers").pipe_input("a", 1)?;
    /// texts.pipe_input("a", "2")?;
    /// assert!(texts.pipe_input("a", "two").is_err());
    /// assert_eq!(driver.create_output_topic::<String, i64>("sums").read_values_to_list()?, [1, 3]);
    /// # Ok::<(), Error>(())
    /// ```
    #[must_use]
    pub fn try_cogroup<V: Data, E: Into<BoxError>>(
        &self,
        stream: &KGroupedStream<K, V>,
        aggregator: impl Fn(&K, V, VA) -> Result<VA, E> + Send + Sync + 'static,
    ) -> Self {
        let mut inputs = self.inputs.clone();
        let input: Rc<dyn CogroupInput<K, VA>> = Rc::new(Input::new(stream, aggregator));
        match inputs.iter_mut().find(|there| there.identity() == input.identity()) {
            Some(there) => *there = input,
            None => inputs.push(input),
        }
        Self { inputs, ..self.clone() }
    }

    /// For each key the aggregate that all streams' records have made, beginning with what `initializer` returns.
    ///
    /// ```
    /// use streams_dsl::prelude::*;
    /// use streams_test::TopologyTestDriver;
    ///
    /// let builder = StreamsBuilder::new();
    /// let clicks = builder.stream::<String, String>("clicks").group_by_key();
    /// let scores = clicks.cogroup(|_, _, score| score + 1).aggregate(|| 100_i64);
    /// scores.to_stream_of_values().to("scores");
    ///
    /// let driver = TopologyTestDriver::new(&builder.build()?)?;
    /// driver.create_input_topic::<String, String>("clicks").pipe_input("anna", "/home")?;
    /// assert_eq!(driver.create_output_topic::<String, i64>("scores").read_value()?, 101);
    /// # Ok::<(), Error>(())
    /// ```
    pub fn aggregate(&self, initializer: impl Fn() -> VA + Send + Sync + 'static) -> KTable<K, VA>
    where
        VA: DefaultSerde,
    {
        self.aggregate_with(initializer, (Named::none(), Materialized::of_values()))
    }

    /// As [`CogroupedKStream::aggregate`], with a name, a store, or both.
    pub fn aggregate_with(
        &self,
        initializer: impl Fn() -> VA + Send + Sync + 'static,
        params: impl StoredParams<K, VA>,
    ) -> KTable<K, VA> {
        let (named, materialized) = params.into_parts();
        let versioned = materialized.is_versioned();
        let spec = self.spec(materialized);
        let view = StoredView::of(&spec);
        let shape = Shape { spec: &spec, initializer: Arc::new(initializer), send_old: &view.send_old };
        let (node, name) =
            self.add_nodes::<K>(&named, &spec, Some(versioned), |input, name| input.node(name, &shape));
        self.table(node, name, &spec, |keys| keys, view)
    }

    /// The aggregates of each key by windows.
    ///
    /// ```
    /// use std::time::Duration;
    /// use streams_dsl::prelude::*;
    /// use streams_test::TopologyTestDriver;
    ///
    /// let builder = StreamsBuilder::new();
    /// let clicks = builder.stream::<String, String>("clicks").group_by_key();
    /// let payments = builder.stream::<String, i64>("payments").group_by_key();
    /// let scores = clicks
    ///     .cogroup(|_, _, score| score + 1)
    ///     .cogroup(&payments, |_, amount, score| score + amount)
    ///     .windowed_by(TimeWindows::of_size_with_no_grace(Duration::from_secs(60)))
    ///     .aggregate(|| 0_i64);
    /// scores.to_stream_of_values().map(|key, score| (key.key, score)).to("scores");
    ///
    /// let driver = TopologyTestDriver::new(&builder.build()?)?;
    /// let mut clicks = driver.create_input_topic::<String, String>("clicks");
    /// let mut payments = driver.create_input_topic::<String, i64>("payments");
    /// let mut scores = driver.create_output_topic::<String, i64>("scores");
    /// clicks.pipe_input_at("anna", "/home", 0)?;
    /// payments.pipe_input_at("anna", 50, 59_999)?;
    /// clicks.pipe_input_at("anna", "/home", 60_000)?;
    /// assert_eq!(scores.read_values_to_list()?, [1, 51, 1]);
    /// # Ok::<(), Error>(())
    /// ```
    pub fn windowed_by<W: WindowDefinition>(&self, windows: W) -> W::Cogrouped<K, VA> {
        windows.window_cogrouped(self)
    }

    fn graph(&self) -> &GraphHandle {
        &self.graph
    }

    fn key_serde(&self) -> Option<&Serde<K>> {
        self.inputs.iter().find_map(|input| input.key_serde())
    }

    fn spec(&self, materialized: Materialized<K, VA>) -> Rc<StoreSpec<K, VA>> {
        let upstream = (self.key_serde(), None);
        Rc::new(StoreSpec::new(self.graph(), materialized, prefixes::COGROUP_AGGREGATE, upstream))
    }
}

impl<K, VA> Clone for CogroupedKStream<K, VA> {
    fn clone(&self) -> Self {
        Self { graph: self.graph.clone(), inputs: self.inputs.clone(), parents: Rc::clone(&self.parents) }
    }
}

impl<K, VA> fmt::Debug for CogroupedKStream<K, VA> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CogroupedKStream").field("inputs", &self.inputs.len()).finish()
    }
}
