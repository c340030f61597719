//! `Repartitioned`: an explicit repartition topic.

use std::fmt;
use std::sync::Arc;

use streams_core::StreamPartitioner;

use super::{Named, SerdeChoice, serde_methods};

/// An explicit repartition topic: serdes, name, number of partitions, partitioner (KIP-221).
pub struct Repartitioned<K, V> {
    pub(crate) key_serde: SerdeChoice<K>,
    pub(crate) value_serde: SerdeChoice<V>,
    pub(crate) named: Named,
    pub(crate) partitions: Option<i32>,
    pub(crate) partitioner: Option<Arc<dyn StreamPartitioner<K, V>>>,
}

serde_methods!(Repartitioned);

impl<K: 'static, V: 'static> Repartitioned<K, V> {
    fn of(key_serde: SerdeChoice<K>, value_serde: SerdeChoice<V>) -> Self {
        Self { key_serde, value_serde, named: Named::none(), partitions: None, partitioner: None }
    }

    /// Names the topic: `<application.id>-<name>-repartition`.
    #[must_use]
    pub fn with_name(mut self, name: impl Into<String>) -> Self {
        self.named = Named::as_(name);
        self
    }

    /// Fixes the number of partitions; otherwise it is that of the largest topic that flows into this one.
    ///
    /// ```
    /// use streams_dsl::prelude::*;
    /// use streams_test::TopologyTestDriver;
    ///
    /// let builder = StreamsBuilder::new();
    /// let spread = Repartitioned::as_("spread").with_number_of_partitions(8);
    /// builder.stream::<String, String>("in").repartition_with(spread).map_values(|text| text.len() as i64).to("out");
    ///
    /// let driver = TopologyTestDriver::builder().partitions("in", 2).build(&builder.build()?)?;
    /// driver.create_input_topic::<String, String>("in").pipe_input("a", "xyz")?;
    /// assert_eq!(driver.create_output_topic::<String, i64>("out").read_value()?, 3);
    /// assert!(driver.produced_topic_names()?.contains("test-spread-repartition"));
    /// # Ok::<(), Error>(())
    /// ```
    #[must_use]
    pub fn with_number_of_partitions(mut self, partitions: i32) -> Self {
        self.partitions = Some(partitions);
        self
    }

    /// Chooses partitions, instead of the default partitioner (murmur2 of the key).
    #[must_use]
    pub fn with_stream_partitioner(mut self, partitioner: impl StreamPartitioner<K, V>) -> Self {
        self.partitioner = Some(Arc::new(partitioner));
        self
    }
}

impl<K, V> fmt::Debug for Repartitioned<K, V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Repartitioned")
            .field("named", &self.named)
            .field("partitions", &self.partitions)
            .finish_non_exhaustive()
    }
}
