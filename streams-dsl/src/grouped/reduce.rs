//! `reduce`: an aggregate of the values' own type.

use streams_core::{BoxError, DefaultSerde};

use super::{KGroupedStream, Reduce};
use crate::params::{Materialized, Named, StoredParams};
use crate::{Data, KTable, prefixes};

impl<K: Data, V: Data> KGroupedStream<K, V> {
    /// For each key what `reducer` makes of the result so far and each further value; the first value is taken as it is.
    /// A result that its serde writes as null deletes the entry.
    ///
    /// ```
    /// use streams_dsl::prelude::*;
    /// use streams_test::TopologyTestDriver;
    ///
    /// let builder = StreamsBuilder::new();
    /// let longest = builder
    ///     .stream::<String, String>("in")
    ///     .group_by_key()
    ///     .reduce(|longest, text| if text.len() > longest.len() { text } else { longest });
    /// longest.to_stream_of_values().to("out");
    ///
    /// let driver = TopologyTestDriver::new(&builder.build()?)?;
    /// let mut input = driver.create_input_topic::<String, String>("in");
    /// let mut output = driver.create_output_topic::<String, String>("out");
    /// input.pipe_input("a", "xy")?;
    /// input.pipe_input("a", "z")?;
    /// assert_eq!(output.read_values_to_list()?, ["xy", "xy"]);
    /// # Ok::<(), Error>(())
    /// ```
    pub fn reduce(&self, reducer: impl Fn(V, V) -> V + Send + Sync + 'static) -> KTable<K, V>
    where
        V: DefaultSerde,
    {
        self.reduce_with(reducer, (Named::none(), Materialized::of_values()))
    }

    /// As [`KGroupedStream::reduce`], with a name, a store, or both.
    pub fn reduce_with(
        &self,
        reducer: impl Fn(V, V) -> V + Send + Sync + 'static,
        params: impl StoredParams<K, V>,
    ) -> KTable<K, V> {
        self.try_reduce_with(move |result, value| Ok::<_, BoxError>(reducer(result, value)), params)
    }

    /// As [`KGroupedStream::reduce`], with a reducer that may fail.
    ///
    /// ```
    /// use streams_dsl::prelude::*;
    /// use streams_test::TopologyTestDriver;
    ///
    /// let builder = StreamsBuilder::new();
    /// let sum = |sum: i64, n: i64| sum.checked_add(n).ok_or("too much");
    /// builder.stream::<String, i64>("in").group_by_key().try_reduce(sum).to_stream_of_values().to("sums");
    ///
    /// let driver = TopologyTestDriver::new(&builder.build()?)?;
    /// let mut input = driver.create_input_topic::<String, i64>("in");
    /// input.pipe_input("a", 1)?;
    /// assert!(input.pipe_input("a", i64::MAX).is_err());
    /// input.pipe_input("a", 2)?; // to the sum as it was
    /// assert_eq!(driver.create_output_topic::<String, i64>("sums").read_values_to_list()?, [1, 3]);
    /// # Ok::<(), Error>(())
    /// ```
    pub fn try_reduce<E: Into<BoxError> + 'static>(
        &self,
        reducer: impl Fn(V, V) -> Result<V, E> + Send + Sync + 'static,
    ) -> KTable<K, V>
    where
        V: DefaultSerde,
    {
        self.try_reduce_with(reducer, (Named::none(), Materialized::of_values()))
    }

    /// As [`KGroupedStream::try_reduce`], with a name, a store, or both.
    pub fn try_reduce_with<E: Into<BoxError> + 'static>(
        &self,
        reducer: impl Fn(V, V) -> Result<V, E> + Send + Sync + 'static,
        params: impl StoredParams<K, V>,
    ) -> KTable<K, V> {
        self.aggregated(Reduce::new(reducer), prefixes::REDUCE, params.into_parts())
    }
}
