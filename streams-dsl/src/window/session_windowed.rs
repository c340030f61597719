//! `SessionWindowedKStream`: aggregations by key and session.

use streams_core::{BoxError, DefaultSerde, Windowed};

use super::{EmitStrategy, SessionFold, SessionWindows};
use crate::grouped::{Aggregate, Counting, Fold, Reduce, counted};
use crate::params::{Materialized, Named, StoredParams};
use crate::{Data, KGroupedStream, KTable, prefixes};

/// A grouped stream by sessions.
#[derive(Debug, Clone)]
pub struct SessionWindowedKStream<K, V> {
    grouped: KGroupedStream<K, V>,
    windows: SessionWindows,
    emit: EmitStrategy,
}

impl<K: Data, V: Data> SessionWindowedKStream<K, V> {
    pub(super) fn new(grouped: &KGroupedStream<K, V>, windows: SessionWindows) -> Self {
        Self { grouped: grouped.clone(), windows, emit: EmitStrategy::default() }
    }

    /// When results go out: with every update (the default), or once, when a session closes (KIP-825).
    ///
    /// ```
    /// use std::time::Duration;
    /// use streams_dsl::prelude::*;
    /// use streams_test::TopologyTestDriver;
    ///
    /// let builder = StreamsBuilder::new();
    /// builder
    ///     .stream::<String, String>("in")
    ///     .group_by_key()
    ///     .windowed_by(SessionWindows::of_inactivity_gap_with_no_grace(Duration::from_secs(5)))
    ///     .emit_strategy(EmitStrategy::OnWindowClose)
    ///     .count()
    ///     .to_stream_of_values()
    ///     .map(|session, count| (session.key, count))
    ///     .to("out");
    ///
    /// let driver = TopologyTestDriver::new(&builder.build()?)?;
    /// let mut input = driver.create_input_topic::<String, String>("in");
    /// let mut output = driver.create_output_topic::<String, i64>("out");
    /// input.pipe_input_at("a", "x", 0)?;
    /// input.pipe_input_at("a", "y", 5_000)?;
    /// assert!(output.is_empty()?);
    /// input.pipe_input_at("a", "z", 20_000)?; // the session of the two has ended
    /// assert_eq!(output.read_values_to_list()?, [2]);
    /// # Ok::<(), Error>(())
    /// ```
    #[must_use]
    pub fn emit_strategy(self, emit: EmitStrategy) -> Self {
        Self { emit, ..self }
    }

    /// The number of records of each key and session; null values count. A session that another one swallows is deleted.
    ///
    /// ```
    /// use std::time::Duration;
    /// use streams_dsl::prelude::*;
    /// use streams_test::TopologyTestDriver;
    ///
    /// let builder = StreamsBuilder::new();
    /// let windows = SessionWindows::of_inactivity_gap_with_no_grace(Duration::from_secs(5));
    /// let counts = builder.stream::<String, String>("in").group_by_key().windowed_by(windows).count();
    /// counts.to_stream_of_values().map(|key, n| (key.key, n)).to("out");
    ///
    /// let driver = TopologyTestDriver::new(&builder.build()?)?;
    /// let mut input = driver.create_input_topic::<String, String>("in");
    /// let mut output = driver.create_output_topic::<String, i64>("out");
    /// for time in [1_000, 6_000, 20_000] {
    ///     input.pipe_input_at("a", "x", time)?;
    /// }
    /// assert_eq!(output.read_values_to_list()?, [1, 2, 1]);
    /// # Ok::<(), Error>(())
    /// ```
    pub fn count(&self) -> KTable<Windowed<K>, i64> {
        self.grouped.aggregated_by(
            (&self.windows, self.emit),
            Counting,
            prefixes::AGGREGATE,
            (Named::none(), Materialized::of_values()),
        )
    }

    /// As [`SessionWindowedKStream::count`], with a name, a store, or both.
    pub fn count_with(&self, params: impl StoredParams<K, i64>) -> KTable<Windowed<K>, i64> {
        let params = counted(&self.grouped.stream.graph, params);
        self.grouped.aggregated_by((&self.windows, self.emit), Counting, prefixes::AGGREGATE, params)
    }

    /// As [`KGroupedStream::reduce`], for each session; the results of merged sessions are reduced too.
    ///
    /// ```
    /// use std::time::Duration;
    /// use streams_dsl::prelude::*;
    /// use streams_test::TopologyTestDriver;
    ///
    /// let builder = StreamsBuilder::new();
    /// let windows = SessionWindows::of_inactivity_gap_with_no_grace(Duration::from_secs(5));
    /// let sums = builder.stream::<String, i64>("in").group_by_key().windowed_by(windows).reduce(|sum, n| sum + n);
    /// sums.to_stream_of_values().map(|key, n| (key.key, n)).to("out");
    ///
    /// let driver = TopologyTestDriver::new(&builder.build()?)?;
    /// let mut input = driver.create_input_topic::<String, i64>("in");
    /// let mut output = driver.create_output_topic::<String, i64>("out");
    /// for (n, time) in [(1, 1_000), (2, 6_000), (4, 20_000)] {
    ///     input.pipe_input_at("a", n, time)?;
    /// }
    /// assert_eq!(output.read_values_to_list()?, [1, 3, 4]);
    /// # Ok::<(), Error>(())
    /// ```
    pub fn reduce(&self, reducer: impl Fn(V, V) -> V + Send + Sync + 'static) -> KTable<Windowed<K>, V>
    where
        V: DefaultSerde,
    {
        self.reduce_with(reducer, (Named::none(), Materialized::of_values()))
    }

    /// As [`SessionWindowedKStream::reduce`], with a name, a store, or both.
    pub fn reduce_with(
        &self,
        reducer: impl Fn(V, V) -> V + Send + Sync + 'static,
        params: impl StoredParams<K, V>,
    ) -> KTable<Windowed<K>, V> {
        self.try_reduce_with(move |result, value| Ok::<_, BoxError>(reducer(result, value)), params)
    }

    /// As [`SessionWindowedKStream::reduce_with`], with a reducer that may fail.
    ///
    /// ```
    /// use std::time::Duration;
    /// use streams_dsl::prelude::*;
    /// use streams_test::TopologyTestDriver;
    ///
    /// let builder = StreamsBuilder::new();
    /// let windows = SessionWindows::of_inactivity_gap_with_no_grace(Duration::from_secs(60));
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
            (&self.windows, self.emit),
            Reduce::new(reducer),
            prefixes::REDUCE,
            params.into_parts(),
        )
    }

    /// As [`KGroupedStream::aggregate`], for each session. When sessions become one, `merger` makes one aggregate of two:
    /// it begins with what `initializer` returns and takes the sessions from the earliest to the latest.
    ///
    /// ```
    /// use std::time::Duration;
    /// use streams_dsl::prelude::*;
    /// use streams_test::TopologyTestDriver;
    ///
    /// let builder = StreamsBuilder::new();
    /// let windows = SessionWindows::of_inactivity_gap_with_no_grace(Duration::from_secs(5));
    /// let visits = builder.stream::<String, String>("in").group_by_key().windowed_by(windows).aggregate(
    ///     String::new,
    ///     |_, page, visit| visit + &page,
    ///     |_, one, other| one + &other,
    /// );
    /// visits.to_stream().map(|key, visit| (key.key, visit)).to("out");
    ///
    /// let driver = TopologyTestDriver::new(&builder.build()?)?;
    /// let mut input = driver.create_input_topic::<String, String>("in");
    /// let mut output = driver.create_output_topic::<String, Option<String>>("out");
    /// input.pipe_input_at("anna", "/a", 1_000)?;
    /// input.pipe_input_at("anna", "/b", 6_000)?;
    /// let visits = output.read_values_to_list()?;
    /// assert_eq!(visits, [Some("/a".to_owned()), None, Some("/a/b".to_owned())]);
    /// # Ok::<(), Error>(())
    /// ```
    pub fn aggregate<VA: Data + DefaultSerde>(
        &self,
        initializer: impl Fn() -> VA + Send + Sync + 'static,
        aggregator: impl Fn(&K, V, VA) -> VA + Send + Sync + 'static,
        merger: impl Fn(&K, VA, VA) -> VA + Send + Sync + 'static,
    ) -> KTable<Windowed<K>, VA> {
        self.aggregate_with(initializer, aggregator, merger, (Named::none(), Materialized::of_values()))
    }

    /// As [`SessionWindowedKStream::aggregate`], with a name, a store, or both.
    pub fn aggregate_with<VA: Data>(
        &self,
        initializer: impl Fn() -> VA + Send + Sync + 'static,
        aggregator: impl Fn(&K, V, VA) -> VA + Send + Sync + 'static,
        merger: impl Fn(&K, VA, VA) -> VA + Send + Sync + 'static,
        params: impl StoredParams<K, VA>,
    ) -> KTable<Windowed<K>, VA> {
        let aggregator =
            move |key: &K, value, aggregate| Ok::<_, BoxError>(aggregator(key, value, aggregate));
        let merger = move |key: &K, one, other| Ok::<_, BoxError>(merger(key, one, other));
        self.try_aggregate_with(initializer, aggregator, merger, params)
    }

    /// As [`SessionWindowedKStream::aggregate_with`], with an aggregator and a merger that may fail.
    ///
    /// ```
    /// use std::time::Duration;
    /// use streams_dsl::prelude::*;
    /// use streams_test::TopologyTestDriver;
    ///
    /// let builder = StreamsBuilder::new();
    /// let windows = SessionWindows::of_inactivity_gap_with_no_grace(Duration::from_secs(60));
    /// let sum = |_: &String, text: String, sum: i64| text.parse::<i64>().map(|n| sum + n);
    /// let merge = |_: &String, one: i64, other: i64| Ok(one + other);
    /// let windowed = builder.stream::<String, String>("in").group_by_key().windowed_by(windows);
    /// let sums = windowed.try_aggregate_with(|| 0, sum, merge, Materialized::as_("sums"));
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
        merger: impl Fn(&K, VA, VA) -> Result<VA, E> + Send + Sync + 'static,
        params: impl StoredParams<K, VA>,
    ) -> KTable<Windowed<K>, VA> {
        let fold = Merging { fold: Aggregate { initializer, aggregator }, merger };
        self.grouped.aggregated_by((&self.windows, self.emit), fold, prefixes::AGGREGATE, params.into_parts())
    }
}

/// A fold with a merger of its own.
pub(crate) struct Merging<F, M> {
    pub(crate) fold: F,
    pub(crate) merger: M,
}

impl<K, V, VA, F: Fold<K, V, VA>, M: Send + Sync + 'static> Fold<K, V, VA> for Merging<F, M> {
    fn start(&self) -> Result<Option<VA>, BoxError> {
        self.fold.start()
    }

    fn fold(&self, key: &K, value: V, aggregate: Option<VA>) -> Result<VA, BoxError> {
        self.fold.fold(key, value, aggregate)
    }
}

impl<K, V, VA, E, F, M> SessionFold<K, V, VA> for Merging<F, M>
where
    E: Into<BoxError>,
    F: Fold<K, V, VA>,
    M: Fn(&K, VA, VA) -> Result<VA, E> + Send + Sync + 'static,
{
    fn merge(&self, key: &K, aggregate: Option<VA>, other: VA) -> Result<VA, BoxError> {
        match aggregate {
            Some(aggregate) => (self.merger)(key, aggregate, other).map_err(Into::into),
            None => Ok(other),
        }
    }
}

impl<K, V> SessionFold<K, V, i64> for Counting {
    fn merge(&self, _: &K, count: Option<i64>, other: i64) -> Result<i64, BoxError> {
        Ok(count.unwrap_or(0).wrapping_add(other))
    }
}

impl<K, V, R, E> SessionFold<K, V, V> for Reduce<R, E>
where
    R: Fn(V, V) -> Result<V, E> + Send + Sync + 'static,
    E: Into<BoxError> + 'static,
{
    fn merge(&self, key: &K, result: Option<V>, other: V) -> Result<V, BoxError> {
        self.fold(key, other, result)
    }
}
