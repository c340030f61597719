//! `filter`, `filter_not` on tables: entries that a predicate (does not) hold for.

use std::sync::Arc;

use streams_core::{BoxError, Stores};

use super::KTable;
use super::derived::{Derivation, Operator};
use crate::params::{Named, ViewParams};
use crate::{Data, prefixes};

impl<K: Data, V: Data> KTable<K, V> {
    /// The entries that `predicate` holds for. An update to a value that it does not hold for is a deletion; so every
    /// rejected update is forwarded as one, unless the former value is known to be rejected too.
    ///
    /// ```
    /// use streams_dsl::prelude::*;
    /// use streams_test::TopologyTestDriver;
    ///
    /// let builder = StreamsBuilder::new();
    /// let stock = builder.table_with("in", Consumed::new(), Materialized::as_("stock"));
    /// let low = stock.filter(|_: &String, pieces: &i64| *pieces < 10);
    /// low.to_stream().to("out");
    ///
    /// let driver = TopologyTestDriver::new(&builder.build()?)?;
    /// let mut input = driver.create_input_topic::<String, i64>("in");
    /// let mut output = driver.create_output_topic::<String, Option<i64>>("out");
    /// input.pipe_input("pens", 50)?;
    /// input.pipe_input("pens", 5)?;
    /// input.pipe_input("pens", 40)?;
    /// assert_eq!(output.read_values_to_list()?, [Some(5), None]);
    /// # Ok::<(), Error>(())
    /// ```
    pub fn filter(&self, predicate: impl Fn(&K, &V) -> bool + Send + Sync + 'static) -> Self {
        self.filter_with(predicate, Named::none())
    }

    /// As [`KTable::filter`], with a name, a store, or both.
    pub fn filter_with(
        &self,
        predicate: impl Fn(&K, &V) -> bool + Send + Sync + 'static,
        params: impl ViewParams<K, V>,
    ) -> Self {
        let (named, materialized) = params.into_parts();
        let predicate = Arc::new(predicate);
        self.derived(Operator {
            prefix: prefixes::TABLE_FILTER,
            named,
            materialized,
            value_serde: self.value_serde.clone(),
            make: Arc::new(move || Box::new(Filter(Arc::clone(&predicate)))),
            skips_nothing: true,
            wants_old_values: true,
            stores: Vec::new(),
        })
    }

    /// The entries that `predicate` does not hold for.
    ///
    /// ```
    /// use streams_dsl::prelude::*;
    /// use streams_test::TopologyTestDriver;
    ///
    /// let builder = StreamsBuilder::new();
    /// builder.table::<String, i64>("in").filter_not(|_, n| *n > 10).to_stream().to("out");
    ///
    /// let driver = TopologyTestDriver::new(&builder.build()?)?;
    /// let mut input = driver.create_input_topic::<String, i64>("in");
    /// let mut output = driver.create_output_topic::<String, Option<i64>>("out");
    /// input.pipe_input("a", 5)?;
    /// input.pipe_input("a", 15)?;
    /// assert_eq!(output.read_values_to_list()?, [Some(5), None]);
    /// # Ok::<(), Error>(())
    /// ```
    pub fn filter_not(&self, predicate: impl Fn(&K, &V) -> bool + Send + Sync + 'static) -> Self {
        self.filter_not_with(predicate, Named::none())
    }

    /// As [`KTable::filter_not`], with a name, a store, or both.
    pub fn filter_not_with(
        &self,
        predicate: impl Fn(&K, &V) -> bool + Send + Sync + 'static,
        params: impl ViewParams<K, V>,
    ) -> Self {
        self.filter_with(move |key, value| !predicate(key, value), params)
    }
}

struct Filter<P>(Arc<P>);

impl<K, V, P: Fn(&K, &V) -> bool + Send + Sync> Derivation<K, V, V> for Filter<P> {
    fn derive(&mut self, _: &mut Stores, key: &K, value: Option<V>) -> Result<Option<V>, BoxError> {
        Ok(value.filter(|value| self.0(key, value)))
    }
}
