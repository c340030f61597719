//! `group_by`, `group_by_key`: streams to be aggregated.

use streams_core::DefaultSerde;

use super::KStream;
use crate::{Data, Grouped, KGroupedStream};

impl<K: Data, V: Data> KStream<K, V> {
    /// Groups the records by the key that `f` finds for them, to be aggregated. The aggregation repartitions.
    ///
    /// ```
    /// use streams_dsl::prelude::*;
    /// use streams_test::TopologyTestDriver;
    ///
    /// let builder = StreamsBuilder::new();
    /// let by_parity = builder.stream::<String, i64>("in").group_by(|_, n| n % 2);
    /// by_parity.count().to_stream_of_values().to("out");
    ///
    /// let driver = TopologyTestDriver::new(&builder.build()?)?;
    /// let mut input = driver.create_input_topic::<String, i64>("in");
    /// let mut output = driver.create_output_topic::<i64, i64>("out");
    /// input.pipe_input("a", 3)?;
    /// input.pipe_input("b", 5)?;
    /// assert_eq!(output.read_key_values_to_list()?, [(1, 1), (1, 2)]);
    /// # Ok::<(), Error>(())
    /// ```
    pub fn group_by<K2: Data + DefaultSerde>(
        &self,
        f: impl Fn(&K, &V) -> K2 + Send + Sync + 'static,
    ) -> KGroupedStream<K2, V>
    where
        V: DefaultSerde,
    {
        self.group_by_with(f, Grouped::new())
    }

    /// As [`KStream::group_by`], with serdes, and a name for the repartition topic.
    pub fn group_by_with<K2: Data>(
        &self,
        f: impl Fn(&K, &V) -> K2 + Send + Sync + 'static,
        grouped: Grouped<K2, V>,
    ) -> KGroupedStream<K2, V> {
        let selected = self.select_key_with(f, grouped.named.clone());
        KGroupedStream::new(&selected, grouped)
    }

    /// Groups the records by their key, to be aggregated. The aggregation repartitions only if the key was changed since
    /// the records were last partitioned by it.
    ///
    /// ```
    /// use streams_dsl::prelude::*;
    /// use streams_test::TopologyTestDriver;
    ///
    /// let builder = StreamsBuilder::new();
    /// let by_user = builder.stream::<String, i64>("in").group_by_key();
    /// by_user.reduce(|total, n| total + n).to_stream_of_values().to("out");
    ///
    /// let driver = TopologyTestDriver::new(&builder.build()?)?;
    /// let mut input = driver.create_input_topic::<String, i64>("in");
    /// let mut output = driver.create_output_topic::<String, i64>("out");
    /// input.pipe_input("a", 1)?;
    /// input.pipe_input("a", 2)?;
    /// assert_eq!(output.read_values_to_list()?, [1, 3]);
    /// # Ok::<(), Error>(())
    /// ```
    pub fn group_by_key(&self) -> KGroupedStream<K, V>
    where
        K: DefaultSerde,
        V: DefaultSerde,
    {
        self.group_by_key_with(Grouped::new())
    }

    /// As [`KStream::group_by_key`], with serdes, and a name for the repartition topic.
    pub fn group_by_key_with(&self, grouped: Grouped<K, V>) -> KGroupedStream<K, V> {
        KGroupedStream::new(self, grouped)
    }
}
