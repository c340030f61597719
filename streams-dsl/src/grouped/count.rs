//! `count`: how many records a key had.

use super::{Counting, KGroupedStream};
use crate::graph::GraphHandle;
use crate::params::{Materialized, Named, StoredParams};
use crate::{Data, KTable, prefixes};

impl<K: Data, V: Data> KGroupedStream<K, V> {
    /// The number of records of each key. Records with a null key or value do not count.
    ///
    /// ```
    /// use streams_dsl::prelude::*;
    /// use streams_test::TopologyTestDriver;
    ///
    /// let builder = StreamsBuilder::new();
    /// let counts = builder.stream::<String, String>("in").group_by_key().count();
    /// counts.to_stream_of_values().to("out");
    ///
    /// let driver = TopologyTestDriver::new(&builder.build()?)?;
    /// let mut input = driver.create_input_topic::<String, String>("in");
    /// let mut output = driver.create_output_topic::<String, i64>("out");
    /// input.pipe_input("a", "x")?;
    /// input.pipe_input("a", "y")?;
    /// assert_eq!(output.read_values_to_list()?, [1, 2]);
    /// # Ok::<(), Error>(())
    /// ```
    pub fn count(&self) -> KTable<K, i64> {
        self.aggregated(Counting, prefixes::AGGREGATE, (Named::none(), Materialized::of_values()))
    }

    /// As [`KGroupedStream::count`], with a name, a store, or both.
    ///
    /// ```
    /// use streams_dsl::prelude::*;
    /// use streams_test::TopologyTestDriver;
    ///
    /// let builder = StreamsBuilder::new();
    /// builder.stream::<String, String>("in").group_by_key().count_with(Materialized::as_("counts"));
    ///
    /// let driver = TopologyTestDriver::new(&builder.build()?)?;
    /// driver.create_input_topic::<String, String>("in").pipe_input("a", "x")?;
    /// let mut counts = driver.timestamped_key_value_store::<String, i64>("counts")?;
    /// assert_eq!(counts.get(&"a".to_owned())?.map(|count| count.value), Some(1));
    /// # Ok::<(), Error>(())
    /// ```
    pub fn count_with(&self, params: impl StoredParams<K, i64>) -> KTable<K, i64> {
        let params = counted(&self.stream.graph, params);
        self.aggregated(Counting, prefixes::AGGREGATE, params)
    }
}

/// The parameters of a count. A [`Materialized`] without a name uses up one number more. Kafka did so once by mistake, and
/// has had to ever since, for the numbers behind it are in the names of topics.
pub(crate) fn counted<K: 'static>(
    graph: &GraphHandle,
    params: impl StoredParams<K, i64>,
) -> (Named, Materialized<K, i64>) {
    let materialized = params.has_materialized();
    let params = params.into_parts();
    if materialized && params.1.store_name().is_none() {
        graph.generate(prefixes::STATE_STORE);
    }
    params
}
