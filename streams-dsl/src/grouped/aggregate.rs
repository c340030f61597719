//! `aggregate`: an aggregate of any type.

use streams_core::{BoxError, DefaultSerde};

use super::{Aggregate, KGroupedStream};
use crate::params::{Materialized, Named, StoredParams};
use crate::{Data, KTable, prefixes};

impl<K: Data, V: Data> KGroupedStream<K, V> {
    /// For each key what `aggregator` makes of each of its values and the aggregate so far, beginning with what
    /// `initializer` returns. A result that its serde writes as null deletes the aggregate.
    ///
    /// ```
    /// use streams_dsl::prelude::*;
    /// use streams_test::TopologyTestDriver;
    ///
    /// let builder = StreamsBuilder::new();
    /// let lengths = builder
    ///     .stream::<String, String>("in")
    ///     .group_by_key()
    ///     .aggregate(|| 0_i64, |_, text, sum| sum + text.len() as i64);
    /// lengths.to_stream_of_values().to("out");
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
    ) -> KTable<K, VA> {
        self.aggregate_with(initializer, aggregator, (Named::none(), Materialized::of_values()))
    }

    /// As [`KGroupedStream::aggregate`], with a name, a store, or both.
    pub fn aggregate_with<VA: Data>(
        &self,
        initializer: impl Fn() -> VA + Send + Sync + 'static,
        aggregator: impl Fn(&K, V, VA) -> VA + Send + Sync + 'static,
        params: impl StoredParams<K, VA>,
    ) -> KTable<K, VA> {
        let aggregator =
            move |key: &K, value, aggregate| Ok::<_, BoxError>(aggregator(key, value, aggregate));
        self.try_aggregate_with(initializer, aggregator, params)
    }

    /// As [`KGroupedStream::aggregate`], with an aggregator that may fail.
    ///
    /// ```
    /// use streams_dsl::prelude::*;
    /// use streams_test::TopologyTestDriver;
    ///
    /// let builder = StreamsBuilder::new();
    /// let sum = |_: &String, text: String, sum: i64| text.parse::<i64>().map(|n| sum + n);
    /// let grouped = builder.stream::<String, String>("in").group_by_key();
    /// grouped.try_aggregate(|| 0, sum).to_stream_of_values().to("sums");
    ///
    /// let driver = TopologyTestDriver::new(&builder.build()?)?;
    /// let mut input = driver.create_input_topic::<String, String>("in");
    /// input.pipe_input("a", "1")?;
    /// assert!(input.pipe_input("a", "one").is_err());
    /// input.pipe_input("a", "2")?;
    /// assert_eq!(driver.create_output_topic::<String, i64>("sums").read_values_to_list()?, [1, 3]);
    /// # Ok::<(), Error>(())
    /// ```
    pub fn try_aggregate<VA: Data + DefaultSerde, E: Into<BoxError>>(
        &self,
        initializer: impl Fn() -> VA + Send + Sync + 'static,
        aggregator: impl Fn(&K, V, VA) -> Result<VA, E> + Send + Sync + 'static,
    ) -> KTable<K, VA> {
        self.try_aggregate_with(initializer, aggregator, (Named::none(), Materialized::of_values()))
    }

    /// As [`KGroupedStream::try_aggregate`], with a name, a store, or both.
    pub fn try_aggregate_with<VA: Data, E: Into<BoxError>>(
        &self,
        initializer: impl Fn() -> VA + Send + Sync + 'static,
        aggregator: impl Fn(&K, V, VA) -> Result<VA, E> + Send + Sync + 'static,
        params: impl StoredParams<K, VA>,
    ) -> KTable<K, VA> {
        let fold = Aggregate { initializer, aggregator };
        self.aggregated(fold, prefixes::AGGREGATE, params.into_parts())
    }
}
