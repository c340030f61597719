//! `TableJoined`: name and partitioners of a foreign-key join.

use std::fmt;
use std::sync::Arc;

use streams_core::StreamPartitioner;

use super::Named;

/// How two tables are joined by foreign key: name and partitioners. `K` is the left table's key, `KO` the right one's.
pub struct TableJoined<K, KO> {
    pub(crate) named: Named,
    pub(crate) partitioner: Option<Arc<dyn StreamPartitioner<K, ()>>>,
    pub(crate) other_partitioner: Option<Arc<dyn StreamPartitioner<KO, ()>>>,
}

impl<K: 'static, KO: 'static> TableJoined<K, KO> {
    /// No name, and tables that are partitioned by the default partitioner.
    pub fn new() -> Self {
        Self { named: Named::none(), partitioner: None, other_partitioner: None }
    }

    /// A name: see [`TableJoined::with_name`].
    ///
    /// ```
    /// use streams_dsl::prelude::*;
    /// use streams_test::TopologyTestDriver;
    ///
    /// let builder = StreamsBuilder::new();
    /// let orders = builder.table::<String, String>("orders"); // by order: customer
    /// let customers = builder.table::<String, String>("customers");
    /// let (named, stored) = (TableJoined::as_("addressed"), Materialized::as_("addressed-orders"));
    /// let customer = |customer: &String| Some(customer.clone());
    /// orders.join_foreign_key_with(&customers, customer, |_, name| name.clone(), named, stored);
    ///
    /// let driver = TopologyTestDriver::new(&builder.build()?)?;
    /// driver.create_input_topic::<String, String>("customers").pipe_input("c1", "Anna")?;
    /// driver.create_input_topic::<String, String>("orders").pipe_input("o1", "c1")?;
    /// let topics = driver.produced_topic_names()?;
    /// assert!(topics.contains("test-addressed-subscription-registration-topic"));
    /// let mut store = driver.timestamped_key_value_store::<String, String>("addressed-orders")?;
    /// assert_eq!(store.get(&"o1".to_owned())?.map(|name| name.value).as_deref(), Some("Anna"));
    /// # Ok::<(), Error>(())
    /// ```
    pub fn as_(name: impl Into<String>) -> Self {
        Self::new().with_name(name)
    }

    /// Names the operators, the store `<name>-subscription-store` and the topics `<name>-subscription-registration-topic`
    /// and `<name>-subscription-response-topic`.
    #[must_use]
    pub fn with_name(mut self, name: impl Into<String>) -> Self {
        self.named = Named::as_(name);
        self
    }

    /// How the left table's topic is partitioned: answers go to its partitions.
    ///
    /// ```
    /// use streams_dsl::prelude::*;
    /// use streams_test::TopologyTestDriver;
    ///
    /// let builder = StreamsBuilder::new();
    /// let orders = builder.table::<String, String>("orders"); // by order: customer
    /// let customers = builder.table::<String, String>("customers");
    /// let by_first_letter = |key: &str, count: i32| Partitions::One(i32::from(key.as_bytes()[0]) % count);
    /// let partitioned = TableJoined::as_("addressed")
    ///     .with_partitioner(move |_: &str, key: &String, _: &(), count: i32| by_first_letter(key, count))
    ///     .with_other_partitioner(move |_: &str, key: &String, _: &(), count: i32| by_first_letter(key, count));
    /// let customer = |customer: &String| Some(customer.clone());
    /// let joined = orders.join_foreign_key_with(&customers, customer, |_, name| name.clone(), partitioned, Materialized::new());
    /// joined.to_stream_of_values().to("out");
    ///
    /// let driver = TopologyTestDriver::new(&builder.build()?)?;
    /// driver.create_input_topic::<String, String>("customers").pipe_input("c1", "Anna")?;
    /// driver.create_input_topic::<String, String>("orders").pipe_input("o1", "c1")?;
    /// assert_eq!(driver.create_output_topic::<String, String>("out").read_value()?, "Anna");
    /// # Ok::<(), Error>(())
    /// ```
    #[must_use]
    pub fn with_partitioner(mut self, partitioner: impl StreamPartitioner<K, ()>) -> Self {
        self.partitioner = Some(Arc::new(partitioner));
        self
    }

    /// How the right table's topic is partitioned: subscriptions go to its partitions.
    #[must_use]
    pub fn with_other_partitioner(mut self, partitioner: impl StreamPartitioner<KO, ()>) -> Self {
        self.other_partitioner = Some(Arc::new(partitioner));
        self
    }
}

impl<K: 'static, KO: 'static> Default for TableJoined<K, KO> {
    fn default() -> Self {
        Self::new()
    }
}

impl<K, KO> fmt::Debug for TableJoined<K, KO> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TableJoined").field("named", &self.named).finish_non_exhaustive()
    }
}
