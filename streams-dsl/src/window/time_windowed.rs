//! `TimeWindowedKStream`: aggregations by key and window.

use streams_core::{BoxError, DefaultSerde, Windowed};

use super::windowed_by::check_emit;
use super::{EmitStrategy, TimeKind};
use crate::grouped::{Aggregate, Counting, Reduce, counted};
use crate::params::{Materialized, Named, StoredParams};
use crate::{Data, KGroupedStream, KTable, prefixes};

/// A grouped stream by tumbling, hopping, sliding, unlimited or user-defined windows.
#[derive(Debug, Clone)]
pub struct TimeWindowedKStream<K, V> {
    grouped: KGroupedStream<K, V>,
    kind: TimeKind,
    emit: EmitStrategy,
}

impl<K: Data, V: Data> TimeWindowedKStream<K, V> {
    pub(super) fn new(grouped: &KGroupedStream<K, V>, kind: TimeKind) -> Self {
        grouped.stream.graph.check(kind.validate());
        Self { grouped: grouped.clone(), kind, emit: EmitStrategy::default() }
    }

    /// When results go out: with every update (the default), or once, when a window closes (KIP-825).
    ///
    /// ```
    /// use std::time::Duration;
    /// use streams_dsl::prelude::*;
    /// use streams_test::TopologyTestDriver;
    ///
    /// let builder = StreamsBuilder::new();
    /// let windows = TimeWindows::of_size_with_no_grace(Duration::from_secs(60));
    /// let finals = builder
    ///     .stream::<String, String>("in")
    ///     .group_by_key()
    ///     .windowed_by(windows)
    ///     .emit_strategy(EmitStrategy::OnWindowClose)
    ///     .count();
    /// finals.to_stream_of_values().map(|key, count| (key.key, count)).to("out");
    ///
    /// let driver = TopologyTestDriver::new(&builder.build()?)?;
    /// let mut input = driver.create_input_topic::<String, String>("in");
    /// let mut output = driver.create_output_topic::<String, i64>("out");
    /// for time in [1_000, 2_000, 60_000] {
    ///     input.pipe_input_at("a", "x", time)?;
    /// }
    /// assert_eq!(output.read_values_to_list()?, [2]);
    /// # Ok::<(), Error>(())
    /// ```
    #[must_use]
    pub fn emit_strategy(self, emit: EmitStrategy) -> Self {
        self.grouped.stream.graph.check(check_emit(&self.kind, emit));
        Self { emit, ..self }
    }

    /// The number of records of each key and window; null values count, except over sliding windows.
    ///
    /// ```
    /// use std::time::Duration;
    /// use streams_dsl::prelude::*;
    /// use streams_test::TopologyTestDriver;
    ///
    /// let builder = StreamsBuilder::new();
    /// let windows = SlidingWindows::of_time_difference_with_no_grace(Duration::from_secs(5));
    /// let counts = builder.stream::<String, String>("in").group_by_key().windowed_by(windows).count();
    /// counts.to_stream_of_values().map(|key, n| (key.key, format!("{n} from {}", key.window.start))).to("out");
    ///
    /// let driver = TopologyTestDriver::new(&builder.build()?)?;
    /// let mut input = driver.create_input_topic::<String, String>("in");
    /// let mut output = driver.create_output_topic::<String, String>("out");
    /// input.pipe_input_at("a", "x", 10_000)?;
    /// input.pipe_input_at("a", "y", 12_000)?;
    /// // The second record also makes a window of its own: the one that starts right behind the first record.
    /// let expected = ["1 from 5000", "1 from 10001", "2 from 7000"];
    /// assert_eq!(output.read_values_to_list()?, expected);
    /// # Ok::<(), Error>(())
    /// ```
    pub fn count(&self) -> KTable<Windowed<K>, i64> {
        self.grouped.aggregated_by(
            (&self.kind, self.emit),
            Counting,
            prefixes::AGGREGATE,
            (Named::none(), Materialized::of_values()),
        )
    }

    /// As [`TimeWindowedKStream::count`], with a name, a store, or both.
    pub fn count_with(&self, params: impl StoredParams<K, i64>) -> KTable<Windowed<K>, i64> {
        let params = match self.kind {
            TimeKind::Aligned(_) => counted(&self.grouped.stream.graph, params),
            TimeKind::Sliding(_) => params.into_parts(),
        };
        self.grouped.aggregated_by((&self.kind, self.emit), Counting, prefixes::AGGREGATE, params)
    }

    /// As [`KGroupedStream::reduce`], for each window.
    ///
    /// ```
    /// use std::time::Duration;
    /// use streams_dsl::prelude::*;
    /// use streams_test::TopologyTestDriver;
    ///
    /// let builder = StreamsBuilder::new();
    /// let windows = TimeWindows::of_size_with_no_grace(Duration::from_secs(60));
    /// let highest = builder.stream::<String, i64>("in").group_by_key().windowed_by(windows).reduce(i64::max);
    /// highest.to_stream_of_values().map(|key, n| (key.key, n)).to("out");
    ///
    /// let driver = TopologyTestDriver::new(&builder.build()?)?;
    /// let mut input = driver.create_input_topic::<String, i64>("in");
    /// let mut output = driver.create_output_topic::<String, i64>("out");
    /// for (n, time) in [(3, 0), (1, 30_000), (2, 60_000)] {
    ///     input.pipe_input_at("a", n, time)?;
    /// }
    /// assert_eq!(output.read_values_to_list()?, [3, 3, 2]);
    /// # Ok::<(), Error>(())
    /// ```
    pub fn reduce(&self, reducer: impl Fn(V, V) -> V + Send + Sync + 'static) -> KTable<Windowed<K>, V>
    where
        V: DefaultSerde,
    {
        self.reduce_with(reducer, (Named::none(), Materialized::of_values()))
    }

    /// As [`TimeWindowedKStream::reduce`], with a name, a store, or both.
    pub fn reduce_with(
        &self,
        reducer: impl Fn(V, V) -> V + Send + Sync + 'static,
        params: impl StoredParams<K, V>,
    ) -> KTable<Windowed<K>, V> {
        self.try_reduce_with(move |result, value| Ok::<_, BoxError>(reducer(result, value)), params)
    }

    /// As [`TimeWindowedKStream::reduce_with`], with a reducer that may fail.
    ///
    /// ```
    /// use std::time::Duration;
    /// use streams_dsl::prelude::*;
    /// use streams_test::TopologyTestDriver;
    ///
    /// let builder = StreamsBuilder::new();
    /// let windows = TimeWindows::of_size_with_no_grace(Duration::from_secs(60));
    /// let sum = |sum: i64, n: i64| sum.checked_add(n).ok_or("too much");
    /// let windowed = builder.stream::<String, i64>("in").group_by_key().windowed_by(windows);
    /// let sums = windowed.try_reduce_with(sum, Materialized::as_("sums"));
    /// sums.to_stream_of_values().map(|window, sum| (window.key, sum)).to("out");
    ///
    /// let driver = TopologyTestDriver::new(&builder.build()?)?;
    /// let mut input = driver.create_input_topic::<String, i64>("in");
    /// input.pipe_input_at("a", 1, 0)?;
    /// assert!(input.pipe_input_at("a", i64::MAX, 9).is_err());
    /// assert_eq!(driver.create_output_topic::<String, i64>("out").read_values_to_list()?, [1]);
    /// # Ok::<(), Error>(())
    /// ```
    pub fn try_reduce_with<E: Into<BoxError> + 'static>(
        &self,
        reducer: impl Fn(V, V) -> Result<V, E> + Send + Sync + 'static,
        params: impl StoredParams<K, V>,
    ) -> KTable<Windowed<K>, V> {
        self.grouped.aggregated_by(
            (&self.kind, self.emit),
            Reduce::new(reducer),
            prefixes::REDUCE,
            params.into_parts(),
        )
    }

    /// As [`KGroupedStream::aggregate`], for each window.
    ///
    /// ```
    /// use streams_dsl::prelude::*;
    /// use streams_test::TopologyTestDriver;
    ///
    /// let builder = StreamsBuilder::new();
    /// let forever = builder.stream::<String, String>("in").group_by_key().windowed_by(UnlimitedWindows::of());
    /// let lengths = forever.aggregate(|| 0_i64, |_, text, sum| sum + text.len() as i64);
    /// lengths.to_stream_of_values().map(|key, n| (key.key, n)).to("out");
    ///
    /// let driver = TopologyTestDriver::new(&builder.build()?)?;
    /// let mut input = driver.create_input_topic::<String, String>("in");
    /// let mut output = driver.create_output_topic::<String, i64>("out");
    /// input.pipe_input("a", "xy")?;
    /// input.pipe_input("a", "z")?;
    /// assert_eq!(output.read_values_to_list()?, [2, 3]);
    /// # Ok::<(), Error>(())
    /// ```
    pub fn aggregate<VA: Data + DefaultSerde>(
        &self,
        initializer: impl Fn() -> VA + Send + Sync + 'static,
        aggregator: impl Fn(&K, V, VA) -> VA + Send + Sync + 'static,
    ) -> KTable<Windowed<K>, VA> {
        self.aggregate_with(initializer, aggregator, (Named::none(), Materialized::of_values()))
    }

    /// As [`TimeWindowedKStream::aggregate`], with a name, a store, or both.
    pub fn aggregate_with<VA: Data>(
        &self,
        initializer: impl Fn() -> VA + Send + Sync + 'static,
        aggregator: impl Fn(&K, V, VA) -> VA + Send + Sync + 'static,
        params: impl StoredParams<K, VA>,
    ) -> KTable<Windowed<K>, VA> {
        let aggregator =
            move |key: &K, value, aggregate| Ok::<_, BoxError>(aggregator(key, value, aggregate));
        self.try_aggregate_with(initializer, aggregator, params)
    }

    /// As [`TimeWindowedKStream::aggregate_with`], with an aggregator that may fail.
    ///
    /// ```
    /// use std::time::Duration;
    /// use streams_dsl::prelude::*;
    /// use streams_test::TopologyTestDriver;
    ///
    /// let builder = StreamsBuilder::new();
    /// let windows = TimeWindows::of_size_with_no_grace(Duration::from_secs(60));
    /// let sum = |_: &String, text: String, sum: i64| text.parse::<i64>().map(|n| sum + n);
    /// let windowed = builder.stream::<String, String>("in").group_by_key().windowed_by(windows);
    /// let sums = windowed.try_aggregate_with(|| 0, sum, Materialized::as_("sums"));
    /// sums.to_stream_of_values().map(|window, sum| (window.key, sum)).to("out");
    ///
    /// let driver = TopologyTestDriver::new(&builder.build()?)?;
    /// let mut input = driver.create_input_topic::<String, String>("in");
    /// input.pipe_input_at("a", "1", 0)?;
    /// assert!(input.pipe_input_at("a", "one", 9).is_err());
    /// assert_eq!(driver.create_output_topic::<String, i64>("out").read_values_to_list()?, [1]);
    /// # Ok::<(), Error>(())
    /// ```
    pub fn try_aggregate_with<VA: Data, E: Into<BoxError>>(
        &self,
        initializer: impl Fn() -> VA + Send + Sync + 'static,
        aggregator: impl Fn(&K, V, VA) -> Result<VA, E> + Send + Sync + 'static,
        params: impl StoredParams<K, VA>,
    ) -> KTable<Windowed<K>, VA> {
        self.grouped.aggregated_by(
            (&self.kind, self.emit),
            Aggregate { initializer, aggregator },
            prefixes::AGGREGATE,
            params.into_parts(),
        )
    }
}
