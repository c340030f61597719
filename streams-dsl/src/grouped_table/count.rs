//! `count` on grouped tables: how many entries a group has.

use super::KGroupedTable;
use super::fold::GroupCount;
use crate::params::{Materialized, Named, StoredParams};
use crate::{Data, KTable, prefixes};

impl<K: Data, V: Data> KGroupedTable<K, V> {
    /// The number of entries of each group. A group that has lost all its entries stays, with 0.
    ///
    /// ```
    /// use streams_dsl::prelude::*;
    /// use streams_test::TopologyTestDriver;
    ///
    /// let builder = StreamsBuilder::new();
    /// let users = builder.table::<String, String>("in");
    /// let per_city = users.group_by(|_, city| (city.clone(), city)).count();
    /// per_city.to_stream_of_values().to("out");
    ///
    /// let driver = TopologyTestDriver::new(&builder.build()?)?;
    /// let mut input = driver.create_input_topic::<String, String>("in");
    /// let mut output = driver.create_output_topic::<String, i64>("out");
    /// input.pipe_input("anna", "Rome")?;
    /// input.pipe_input("anna", "Oslo")?;
    /// let expected = [("Rome", 1), ("Rome", 0), ("Oslo", 1)].map(|(city, n)| (city.to_owned(), n));
    /// assert_eq!(output.read_key_values_to_list()?, expected);
    /// # Ok::<(), Error>(())
    /// ```
    pub fn count(&self) -> KTable<K, i64> {
        self.count_with((Named::none(), Materialized::of_values()))
    }

    /// As [`KGroupedTable::count`], with a name, a store, or both.
    pub fn count_with(&self, params: impl StoredParams<K, i64>) -> KTable<K, i64> {
        self.aggregated(GroupCount, prefixes::TABLE_AGGREGATE, params.into_parts())
    }
}
