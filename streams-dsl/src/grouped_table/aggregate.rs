//! `aggregate` on grouped tables: an aggregate of any type.

use streams_core::{BoxError, DefaultSerde};

use super::KGroupedTable;
use super::fold::GroupAggregate;
use crate::params::{Materialized, Named, StoredParams};
use crate::{Data, KTable, prefixes};

impl<K: Data, V: Data> KGroupedTable<K, V> {
    /// For each group what `adder` makes of the aggregate so far and each new value, and `subtractor` of the aggregate and
    /// each value that is replaced or deleted, beginning with what `initializer` returns. An update within a group
    /// subtracts first.
    ///
    /// ```
    /// use streams_dsl::prelude::*;
    /// use streams_test::TopologyTestDriver;
    ///
    /// let builder = StreamsBuilder::new();
    /// let texts = builder.table::<String, String>("in").group_by(|_, text| ("all".to_owned(), text));
    /// let length = texts.aggregate(
    ///     || 0_i64,
    ///     |_, text, sum| sum + text.len() as i64,
    ///     |_, text, sum| sum - text.len() as i64,
    /// );
    /// length.to_stream_of_values().to("out");
    ///
    /// let driver = TopologyTestDriver::new(&builder.build()?)?;
    /// let mut input = driver.create_input_topic::<String, String>("in");
    /// let mut output = driver.create_output_topic::<String, i64>("out");
    /// input.pipe_input("a", "long text")?;
    /// input.pipe_input("a", "short")?;
    /// assert_eq!(output.read_values_to_list()?, [9, 5]);
    /// # Ok::<(), Error>(())
    /// ```
    pub fn aggregate<VA: Data + DefaultSerde>(
        &self,
        initializer: impl Fn() -> VA + Send + Sync + 'static,
        adder: impl Fn(&K, V, VA) -> VA + Send + Sync + 'static,
        subtractor: impl Fn(&K, V, VA) -> VA + Send + Sync + 'static,
    ) -> KTable<K, VA> {
        self.aggregate_with(initializer, adder, subtractor, (Named::none(), Materialized::of_values()))
    }

    /// As [`KGroupedTable::aggregate`], with a name, a store, or both.
    pub fn aggregate_with<VA: Data>(
        &self,
        initializer: impl Fn() -> VA + Send + Sync + 'static,
        adder: impl Fn(&K, V, VA) -> VA + Send + Sync + 'static,
        subtractor: impl Fn(&K, V, VA) -> VA + Send + Sync + 'static,
        params: impl StoredParams<K, VA>,
    ) -> KTable<K, VA> {
        let adder = move |key: &K, value, aggregate| Ok::<_, BoxError>(adder(key, value, aggregate));
        let subtractor =
            move |key: &K, value, aggregate| Ok::<_, BoxError>(subtractor(key, value, aggregate));
        self.try_aggregate_with(initializer, adder, subtractor, params)
    }

    /// As [`KGroupedTable::aggregate_with`], with functions that may fail.
    ///
    /// ```
    /// use streams_dsl::prelude::*;
    /// use streams_test::TopologyTestDriver;
    ///
    /// let builder = StreamsBuilder::new();
    /// let add = |_: &String, text: String, sum: i64| text.parse::<i64>().map(|n| sum + n);
    /// let subtract = |_: &String, text: String, sum: i64| text.parse::<i64>().map(|n| sum - n);
    /// let groups = builder.table::<String, String>("in").group_by(|_, text| ("all".to_owned(), text));
    /// let sums = groups.try_aggregate_with(|| 0, add, subtract, Materialized::as_("sums"));
    /// sums.to_stream_of_values().to("out");
    ///
    /// let driver = TopologyTestDriver::new(&builder.build()?)?;
    /// let mut input = driver.create_input_topic::<String, String>("in");
    /// input.pipe_input("a", "1")?;
    /// assert!(input.pipe_input("b", "one").is_err());
    /// assert_eq!(driver.create_output_topic::<String, i64>("out").read_values_to_list()?, [1]);
    /// # Ok::<(), Error>(())
    /// ```
    pub fn try_aggregate_with<VA: Data, E: Into<BoxError>>(
        &self,
        initializer: impl Fn() -> VA + Send + Sync + 'static,
        adder: impl Fn(&K, V, VA) -> Result<VA, E> + Send + Sync + 'static,
        subtractor: impl Fn(&K, V, VA) -> Result<VA, E> + Send + Sync + 'static,
        params: impl StoredParams<K, VA>,
    ) -> KTable<K, VA> {
        let fold = GroupAggregate { initializer, adder, subtractor };
        self.aggregated(fold, prefixes::TABLE_AGGREGATE, params.into_parts())
    }
}
