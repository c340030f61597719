//! `Grouped`: serdes and name of a repartition topic.

use std::fmt;

use super::{Named, SerdeChoice, serde_methods};

/// How a grouped stream or table is repartitioned, should that be needed: serdes, and the name of the repartition topic
/// (`<name>-repartition`).
///
/// With a name, several aggregations of one grouped stream share the topic (KIP-372).
pub struct Grouped<K, V> {
    pub(crate) key_serde: SerdeChoice<K>,
    pub(crate) value_serde: SerdeChoice<V>,
    pub(crate) named: Named,
}

serde_methods!(Grouped);

impl<K: 'static, V: 'static> Grouped<K, V> {
    fn of(key_serde: SerdeChoice<K>, value_serde: SerdeChoice<V>) -> Self {
        Self { key_serde, value_serde, named: Named::none() }
    }

    /// Names the repartition topic, and the operator that selects the key.
    ///
    /// ```
    /// use streams_dsl::prelude::*;
    /// use streams_test::TopologyTestDriver;
    ///
    /// let builder = StreamsBuilder::new();
    /// let orders = builder.stream::<String, String>("orders"); // by order: customer
    /// let by_customer = orders.group_by_with(|_, customer| customer.clone(), Grouped::new().with_name("customer"));
    /// by_customer.count().to_stream_of_values().to("out");
    ///
    /// let driver = TopologyTestDriver::new(&builder.build()?)?;
    /// driver.create_input_topic::<String, String>("orders").pipe_input("o1", "anna")?;
    /// assert!(driver.produced_topic_names()?.contains("test-customer-repartition"));
    /// # Ok::<(), Error>(())
    /// ```
    #[must_use]
    pub fn with_name(mut self, name: impl Into<String>) -> Self {
        self.named = Named::as_(name);
        self
    }
}

impl<K, V> fmt::Debug for Grouped<K, V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Grouped").field("named", &self.named).finish_non_exhaustive()
    }
}
