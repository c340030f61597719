//! `map_values` on tables: another value for each entry.

use std::sync::Arc;

use streams_core::{BoxError, Stores};

use super::KTable;
use super::derived::{Derivation, Operator};
use crate::params::{Named, ViewParams};
use crate::{Data, prefixes};

impl<K: Data, V: Data> KTable<K, V> {
    /// Each entry with the value that `f` makes of its value. Without a store, `f` is called whenever the value is needed:
    /// it must always make the same of the same.
    ///
    /// ```
    /// use streams_dsl::prelude::*;
    /// use streams_test::TopologyTestDriver;
    ///
    /// let builder = StreamsBuilder::new();
    /// builder.table::<String, i64>("in").map_values(|n| n * 2).to_stream().to("out");
    ///
    /// let driver = TopologyTestDriver::new(&builder.build()?)?;
    /// let mut input = driver.create_input_topic::<String, Option<i64>>("in");
    /// let mut output = driver.create_output_topic::<String, Option<i64>>("out");
    /// input.pipe_input("a", 1)?;
    /// input.pipe_input("a", None)?;
    /// assert_eq!(output.read_values_to_list()?, [Some(2), None]);
    /// # Ok::<(), Error>(())
    /// ```
    pub fn map_values<V2: Data>(&self, f: impl Fn(V) -> V2 + Send + Sync + 'static) -> KTable<K, V2> {
        self.map_values_with(f, Named::none())
    }

    /// As [`KTable::map_values`], with a name, a store, or both.
    pub fn map_values_with<V2: Data>(
        &self,
        f: impl Fn(V) -> V2 + Send + Sync + 'static,
        params: impl ViewParams<K, V2>,
    ) -> KTable<K, V2> {
        self.map_values_keyed_with(move |_, value| f(value), params)
    }

    /// As [`KTable::map_values`], with a function that also sees the key.
    ///
    /// ```
    /// use streams_dsl::prelude::*;
    /// use streams_test::TopologyTestDriver;
    ///
    /// let builder = StreamsBuilder::new();
    /// let texts = builder.table::<String, i64>("in").map_values_keyed(|key, n| format!("{key}={n}"));
    /// texts.to_stream_of_values().to("out");
    ///
    /// let driver = TopologyTestDriver::new(&builder.build()?)?;
    /// let mut input = driver.create_input_topic::<String, i64>("in");
    /// let mut output = driver.create_output_topic::<String, String>("out");
    /// input.pipe_input("a", 1)?;
    /// assert_eq!(output.read_value()?, "a=1");
    /// # Ok::<(), Error>(())
    /// ```
    pub fn map_values_keyed<V2: Data>(
        &self,
        f: impl Fn(&K, V) -> V2 + Send + Sync + 'static,
    ) -> KTable<K, V2> {
        self.map_values_keyed_with(f, Named::none())
    }

    /// As [`KTable::map_values_keyed`], with a name, a store, or both.
    pub fn map_values_keyed_with<V2: Data>(
        &self,
        f: impl Fn(&K, V) -> V2 + Send + Sync + 'static,
        params: impl ViewParams<K, V2>,
    ) -> KTable<K, V2> {
        self.filter_map_values_keyed_with(move |key, value| Some(f(key, value)), params)
    }

    /// As [`KTable::map_values`], with a function that may find that there is no value: the entry is then deleted.
    ///
    /// ```
    /// use streams_dsl::prelude::*;
    /// use streams_test::TopologyTestDriver;
    ///
    /// let builder = StreamsBuilder::new();
    /// let numbers = builder.table::<String, String>("in").filter_map_values(|text| text.parse::<i64>().ok());
    /// numbers.to_stream().to("out");
    ///
    /// let driver = TopologyTestDriver::new(&builder.build()?)?;
    /// let mut input = driver.create_input_topic::<String, String>("in");
    /// let mut output = driver.create_output_topic::<String, Option<i64>>("out");
    /// input.pipe_input("a", "1")?;
    /// input.pipe_input("a", "one")?;
    /// assert_eq!(output.read_values_to_list()?, [Some(1), None]);
    /// # Ok::<(), Error>(())
    /// ```
    pub fn filter_map_values<V2: Data>(
        &self,
        f: impl Fn(V) -> Option<V2> + Send + Sync + 'static,
    ) -> KTable<K, V2> {
        self.filter_map_values_with(f, Named::none())
    }

    /// As [`KTable::filter_map_values`], with a name, a store, or both.
    pub fn filter_map_values_with<V2: Data>(
        &self,
        f: impl Fn(V) -> Option<V2> + Send + Sync + 'static,
        params: impl ViewParams<K, V2>,
    ) -> KTable<K, V2> {
        self.filter_map_values_keyed_with(move |_, value| f(value), params)
    }

    /// As [`KTable::filter_map_values`], with a function that also sees the key.
    ///
    /// ```
    /// use streams_dsl::prelude::*;
    /// use streams_test::TopologyTestDriver;
    ///
    /// let builder = StreamsBuilder::new();
    /// let share = |parts: &i64, n: i64| n.checked_div(*parts);
    /// builder.table::<i64, i64>("in").filter_map_values_keyed(share).to_stream().to("out");
    ///
    /// let driver = TopologyTestDriver::new(&builder.build()?)?;
    /// let mut input = driver.create_input_topic::<i64, i64>("in");
    /// input.pipe_input(3, 12)?;
    /// input.pipe_input(0, 12)?; // there is no value
    /// let out = driver.create_output_topic::<i64, Option<i64>>("out").read_key_values_to_list()?;
    /// assert_eq!(out, [(3, Some(4)), (0, None)]);
    /// # Ok::<(), Error>(())
    /// ```
    pub fn filter_map_values_keyed<V2: Data>(
        &self,
        f: impl Fn(&K, V) -> Option<V2> + Send + Sync + 'static,
    ) -> KTable<K, V2> {
        self.filter_map_values_keyed_with(f, Named::none())
    }

    /// As [`KTable::filter_map_values_keyed`], with a name, a store, or both.
    pub fn filter_map_values_keyed_with<V2: Data>(
        &self,
        f: impl Fn(&K, V) -> Option<V2> + Send + Sync + 'static,
        params: impl ViewParams<K, V2>,
    ) -> KTable<K, V2> {
        self.try_filter_map_values_keyed_with::<_, BoxError>(move |key, value| Ok(f(key, value)), params)
    }

    /// As [`KTable::map_values`], with a function that may fail.
    ///
    /// ```
    /// use streams_dsl::prelude::*;
    /// use streams_test::TopologyTestDriver;
    ///
    /// let builder = StreamsBuilder::new();
    /// let numbers = builder.table::<String, String>("in").try_map_values(|text| text.parse::<i64>());
    /// numbers.to_stream_of_values().to("out");
    ///
    /// let driver = TopologyTestDriver::new(&builder.build()?)?;
    /// let mut input = driver.create_input_topic::<String, String>("in");
    /// input.pipe_input("a", "1")?;
    /// assert!(input.pipe_input("a", "one").is_err());
    /// assert_eq!(driver.create_output_topic::<String, i64>("out").read_values_to_list()?, [1]);
    /// # Ok::<(), Error>(())
    /// ```
    pub fn try_map_values<V2: Data, E: Into<BoxError>>(
        &self,
        f: impl Fn(V) -> Result<V2, E> + Send + Sync + 'static,
    ) -> KTable<K, V2> {
        self.try_map_values_with(f, Named::none())
    }

    /// As [`KTable::try_map_values`], with a name, a store, or both.
    pub fn try_map_values_with<V2: Data, E: Into<BoxError>>(
        &self,
        f: impl Fn(V) -> Result<V2, E> + Send + Sync + 'static,
        params: impl ViewParams<K, V2>,
    ) -> KTable<K, V2> {
        self.try_filter_map_values_keyed_with(move |_, value| f(value).map(Some), params)
    }

    /// As [`KTable::filter_map_values_keyed`], with a function that may fail.
    ///
    /// ```
    /// use streams_dsl::prelude::*;
    /// use streams_test::TopologyTestDriver;
    ///
    /// let builder = StreamsBuilder::new();
    /// let of_key = |key: &String, text: String| match text.split_once('=') {
    ///     Some((name, n)) if name == key => n.parse::<i64>().map(Some),
    ///     _ => Ok(None),
    /// };
    /// builder.table::<String, String>("in").try_filter_map_values_keyed(of_key).to_stream().to("out");
    ///
    /// let driver = TopologyTestDriver::new(&builder.build()?)?;
    /// let mut input = driver.create_input_topic::<String, String>("in");
    /// input.pipe_input("a", "a=1")?;
    /// input.pipe_input("a", "b=2")?; // there is no value
    /// assert!(input.pipe_input("a", "a=one").is_err());
    /// let out = driver.create_output_topic::<String, Option<i64>>("out").read_values_to_list()?;
    /// assert_eq!(out, [Some(1), None]);
    /// # Ok::<(), Error>(())
    /// ```
    pub fn try_filter_map_values_keyed<V2: Data, E: Into<BoxError>>(
        &self,
        f: impl Fn(&K, V) -> Result<Option<V2>, E> + Send + Sync + 'static,
    ) -> KTable<K, V2> {
        self.try_filter_map_values_keyed_with(f, Named::none())
    }

    /// As [`KTable::try_filter_map_values_keyed`], with a name, a store, or both.
    pub fn try_filter_map_values_keyed_with<V2: Data, E: Into<BoxError>>(
        &self,
        f: impl Fn(&K, V) -> Result<Option<V2>, E> + Send + Sync + 'static,
        params: impl ViewParams<K, V2>,
    ) -> KTable<K, V2> {
        let (named, materialized) = params.into_parts();
        let f = Arc::new(f);
        self.derived(Operator {
            prefix: prefixes::TABLE_MAP_VALUES,
            named,
            materialized,
            value_serde: None,
            make: Arc::new(move || Box::new(MapValues(Arc::clone(&f)))),
            skips_nothing: false,
            wants_old_values: false,
            stores: Vec::new(),
        })
    }
}

struct MapValues<F>(Arc<F>);

impl<K, V, V2, E, F> Derivation<K, V, V2> for MapValues<F>
where
    E: Into<BoxError>,
    F: Fn(&K, V) -> Result<Option<V2>, E> + Send + Sync,
{
    fn derive(&mut self, _: &mut Stores, key: &K, value: Option<V>) -> Result<Option<V2>, BoxError> {
        match value {
            Some(value) => self.0(key, value).map_err(Into::into),
            None => Ok(None),
        }
    }
}
