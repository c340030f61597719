//! `Produced`: how a topic is written.

use std::fmt;
use std::sync::Arc;

use streams_core::StreamPartitioner;

use super::{Named, SerdeChoice, serde_methods};

/// How a topic is written: serdes, partitioner, and the name of the sink.
pub struct Produced<K, V> {
    pub(crate) key_serde: SerdeChoice<K>,
    pub(crate) value_serde: SerdeChoice<V>,
    pub(crate) named: Named,
    pub(crate) partitioner: Option<Arc<dyn StreamPartitioner<K, V>>>,
}

serde_methods!(Produced);

impl<K: 'static, V: 'static> Produced<K, V> {
    fn of(key_serde: SerdeChoice<K>, value_serde: SerdeChoice<V>) -> Self {
        Self { key_serde, value_serde, named: Named::none(), partitioner: None }
    }

    /// Names the sink.
    #[must_use]
    pub fn with_name(mut self, name: impl Into<String>) -> Self {
        self.named = Named::as_(name);
        self
    }

    /// Chooses partitions, instead of the default partitioner (murmur2 of the key).
    ///
    /// ```
    /// use streams_dsl::prelude::*;
    /// use streams_test::TopologyTestDriver;
    ///
    /// let builder = StreamsBuilder::new();
    /// let by_first_letter =
    ///     |_: &str, key: &String, _: &String, count: i32| Partitions::One(i32::from(key.as_bytes()[0]) % count);
    /// let produced = Produced::new().with_stream_partitioner(by_first_letter);
    /// builder.stream::<String, String>("in").to_with("out", produced);
    ///
    /// let driver = TopologyTestDriver::builder().partitions("out", 4).build(&builder.build()?)?;
    /// driver.create_input_topic::<String, String>("in").pipe_input("anna", "x")?;
    /// assert_eq!(driver.take_produced_to("out")?[0].partition, 97 % 4);
    /// # Ok::<(), Error>(())
    /// ```
    #[must_use]
    pub fn with_stream_partitioner(mut self, partitioner: impl StreamPartitioner<K, V>) -> Self {
        self.partitioner = Some(Arc::new(partitioner));
        self
    }
}

impl<K, V> fmt::Debug for Produced<K, V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Produced").field("named", &self.named).finish_non_exhaustive()
    }
}
