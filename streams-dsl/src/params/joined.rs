//! `Joined`: serdes, name and grace period of a join of a stream with a table.

use std::fmt;
use std::time::Duration;

use super::{Named, SerdeChoice, serde_methods};

/// How a stream is joined with a table: serdes of the stream, name, grace period.
pub struct Joined<K, V> {
    pub(crate) key_serde: SerdeChoice<K>,
    pub(crate) value_serde: SerdeChoice<V>,
    pub(crate) named: Named,
    pub(crate) grace: Option<Duration>,
}

serde_methods!(Joined);

impl<K: 'static, V: 'static> Joined<K, V> {
    fn of(key_serde: SerdeChoice<K>, value_serde: SerdeChoice<V>) -> Self {
        Self { key_serde, value_serde, named: Named::none(), grace: None }
    }

    /// Names the operator and, should the stream need one, its repartition topic (`<name>-repartition`).
    #[must_use]
    pub fn with_name(mut self, name: impl Into<String>) -> Self {
        self.named = Named::as_(name);
        self
    }

    /// Records of the stream wait until stream time has passed them by `grace`, so that they meet table updates that come
    /// late (KIP-923). The table must have a versioned store whose history is at least as long. Not for global tables.
    ///
    /// ```
    /// use std::time::Duration;
    /// use streams_dsl::prelude::*;
    /// use streams_test::TopologyTestDriver;
    ///
    /// let builder = StreamsBuilder::new();
    /// let history = VersionedKeyValueStoreSupplier::persistent("prices", Duration::from_secs(3600));
    /// let stored = Materialized::as_("prices").with_supplier(history);
    /// let prices = builder.table_with::<String, i64>("prices", Consumed::new(), stored);
    /// let orders = builder.stream::<String, i64>("orders");
    /// let waits = Joined::new().with_grace_period(Duration::from_secs(10));
    /// orders.join_table_with(&prices, |pieces, cents| pieces * cents, waits).to("totals");
    ///
    /// let driver = TopologyTestDriver::new(&builder.build()?)?;
    /// let mut orders = driver.create_input_topic::<String, i64>("orders");
    /// orders.pipe_input_at("tea", 2, 5_000)?; // waits
    /// driver.create_input_topic::<String, i64>("prices").pipe_input_at("tea", 250, 4_000)?; // comes late
    /// orders.pipe_input_at("tea", 1, 15_000)?;
    /// assert_eq!(driver.create_output_topic::<String, i64>("totals").read_values_to_list()?, [500]);
    /// # Ok::<(), Error>(())
    /// ```
    #[must_use]
    pub fn with_grace_period(mut self, grace: Duration) -> Self {
        self.grace = Some(grace);
        self
    }
}

impl<K, V> fmt::Debug for Joined<K, V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Joined")
            .field("named", &self.named)
            .field("grace", &self.grace)
            .finish_non_exhaustive()
    }
}
