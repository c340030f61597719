//! `reduce` on grouped tables: an aggregate of the values' own type.

use streams_core::{BoxError, DefaultSerde};

use super::KGroupedTable;
use super::fold::GroupReduce;
use crate::params::{Materialized, Named, StoredParams};
use crate::{Data, KTable, prefixes};

impl<K: Data, V: Data> KGroupedTable<K, V> {
    /// For each group what `adder` makes of the result so far and each new value, and `subtractor` of the result and each
    /// value that is replaced or deleted. The first value is taken as it is.
    ///
    /// ```
    /// use streams_dsl::prelude::*;
    /// use streams_test::TopologyTestDriver;
    ///
    /// let builder = StreamsBuilder::new();
    /// // Stock by product; how much there is in each room, by the first letter of the product.
    /// let stock = builder.table::<String, i64>("in");
    /// let rooms = stock.group_by(|product, pieces| (product[..1].to_owned(), pieces));
    /// rooms.reduce(|sum, n| sum + n, |sum, n| sum - n).to_stream_of_values().to("out");
    ///
    /// let driver = TopologyTestDriver::new(&builder.build()?)?;
    /// let mut input = driver.create_input_topic::<String, i64>("in");
    /// let mut output = driver.create_output_topic::<String, i64>("out");
    /// input.pipe_input("pen", 5)?;
    /// input.pipe_input("pot", 2)?;
    /// input.pipe_input("pen", 1)?;
    /// assert_eq!(output.read_values_to_list()?, [5, 7, 3]);
    /// # Ok::<(), Error>(())
    /// ```
    pub fn reduce(
        &self,
        adder: impl Fn(V, V) -> V + Send + Sync + 'static,
        subtractor: impl Fn(V, V) -> V + Send + Sync + 'static,
    ) -> KTable<K, V>
    where
        V: DefaultSerde,
    {
        self.reduce_with(adder, subtractor, (Named::none(), Materialized::of_values()))
    }

    /// As [`KGroupedTable::reduce`], with a name, a store, or both.
    pub fn reduce_with(
        &self,
        adder: impl Fn(V, V) -> V + Send + Sync + 'static,
        subtractor: impl Fn(V, V) -> V + Send + Sync + 'static,
        params: impl StoredParams<K, V>,
    ) -> KTable<K, V> {
        let adder = move |result, value| Ok::<_, BoxError>(adder(result, value));
        let subtractor = move |result, value| Ok::<_, BoxError>(subtractor(result, value));
        self.try_reduce_with(adder, subtractor, params)
    }

    /// As [`KGroupedTable::reduce_with`], with functions that may fail.
    ///
    /// ```
    /// use streams_dsl::prelude::*;
    /// use streams_test::TopologyTestDriver;
    ///
    /// let builder = StreamsBuilder::new();
    /// let add = |sum: i64, n: i64| sum.checked_add(n).ok_or("too much");
    /// let subtract = |sum: i64, n: i64| sum.checked_sub(n).ok_or("too little");
    /// let groups = builder.table::<String, i64>("in").group_by(|_, n| ("all".to_owned(), n));
    /// groups.try_reduce_with(add, subtract, Materialized::as_("sums")).to_stream_of_values().to("out");
    ///
    /// let driver = TopologyTestDriver::new(&builder.build()?)?;
    /// let mut input = driver.create_input_topic::<String, i64>("in");
    /// input.pipe_input("a", 1)?;
    /// assert!(input.pipe_input("b", i64::MAX).is_err());
    /// assert_eq!(driver.create_output_topic::<String, i64>("out").read_values_to_list()?, [1]);
    /// # Ok::<(), Error>(())
    /// ```
    pub fn try_reduce_with<E: Into<BoxError> + 'static>(
        &self,
        adder: impl Fn(V, V) -> Result<V, E> + Send + Sync + 'static,
        subtractor: impl Fn(V, V) -> Result<V, E> + Send + Sync + 'static,
        params: impl StoredParams<K, V>,
    ) -> KTable<K, V> {
        let fold = GroupReduce::new(adder, subtractor);
        self.aggregated(fold, prefixes::TABLE_REDUCE, params.into_parts())
    }
}
