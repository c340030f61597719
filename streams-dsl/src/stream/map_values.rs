//! `map_values`: another value for each record.

use streams_core::{BoxError, Record};

use super::KStream;
use crate::graph::Changes;
use crate::{Data, Named, prefixes};

impl<K: Data, V: Data> KStream<K, V> {
    /// Each record with the value that `f` makes of its value.
    ///
    /// ```
    /// use streams_dsl::prelude::*;
    /// use streams_test::TopologyTestDriver;
    ///
    /// let builder = StreamsBuilder::new();
    /// builder.stream::<String, i64>("in").map_values(|n| n.to_string()).to("out");
    ///
    /// let driver = TopologyTestDriver::new(&builder.build()?)?;
    /// let mut input = driver.create_input_topic::<String, i64>("in");
    /// let mut output = driver.create_output_topic::<String, String>("out");
    /// input.pipe_input("a", 1)?;
    /// assert_eq!(output.read_key_value()?, ("a".to_owned(), "1".to_owned()));
    /// # Ok::<(), Error>(())
    /// ```
    pub fn map_values<V2: Data>(&self, f: impl Fn(V) -> V2 + Send + Sync + 'static) -> KStream<K, V2> {
        self.map_values_with(f, Named::none())
    }

    /// As [`KStream::map_values`], with a name.
    pub fn map_values_with<V2: Data>(
        &self,
        f: impl Fn(V) -> V2 + Send + Sync + 'static,
        named: Named,
    ) -> KStream<K, V2> {
        self.map_values_keyed_with(move |_, value| f(value), named)
    }

    /// As [`KStream::map_values`], with a function that also sees the key.
    ///
    /// ```
    /// use streams_dsl::prelude::*;
    /// use streams_test::TopologyTestDriver;
    ///
    /// let builder = StreamsBuilder::new();
    /// builder.stream::<String, i64>("in").map_values_keyed(|key, n| format!("{key}={n}")).to("out");
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
    ) -> KStream<K, V2> {
        self.map_values_keyed_with(f, Named::none())
    }

    /// As [`KStream::map_values_keyed`], with a name.
    pub fn map_values_keyed_with<V2: Data>(
        &self,
        f: impl Fn(&K, V) -> V2 + Send + Sync + 'static,
        named: Named,
    ) -> KStream<K, V2> {
        self.try_map_values_keyed_with::<_, BoxError>(move |key, value| Ok(f(key, value)), named)
    }

    /// As [`KStream::map_values`], with a function that may fail.
    ///
    /// ```
    /// use streams_dsl::prelude::*;
    /// use streams_test::TopologyTestDriver;
    ///
    /// let builder = StreamsBuilder::new();
    /// builder.stream::<String, String>("in").try_map_values(|text| text.parse::<i64>()).to("out");
    ///
    /// let driver = TopologyTestDriver::new(&builder.build()?)?;
    /// let mut input = driver.create_input_topic::<String, String>("in");
    /// let mut output = driver.create_output_topic::<String, i64>("out");
    /// input.pipe_input("a", "1")?;
    /// assert_eq!(output.read_value()?, 1);
    /// let error = input.pipe_input("a", "one").unwrap_err();
    /// assert!(error.to_string().contains("KSTREAM-MAPVALUES-0000000001"));
    /// # Ok::<(), Error>(())
    /// ```
    pub fn try_map_values<V2: Data, E: Into<BoxError>>(
        &self,
        f: impl Fn(V) -> Result<V2, E> + Send + Sync + 'static,
    ) -> KStream<K, V2> {
        self.try_map_values_with(f, Named::none())
    }

    /// As [`KStream::try_map_values`], with a name.
    pub fn try_map_values_with<V2: Data, E: Into<BoxError>>(
        &self,
        f: impl Fn(V) -> Result<V2, E> + Send + Sync + 'static,
        named: Named,
    ) -> KStream<K, V2> {
        self.try_map_values_keyed_with(move |_, value| f(value), named)
    }

    /// As [`KStream::map_values_keyed`], with a function that may fail.
    ///
    /// ```
    /// use streams_dsl::prelude::*;
    /// use streams_test::TopologyTestDriver;
    ///
    /// let builder = StreamsBuilder::new();
    /// let share = |parts: &i64, n: i64| n.checked_div(*parts).ok_or("no parts");
    /// builder.stream::<i64, i64>("in").try_map_values_keyed(share).to("out");
    ///
    /// let driver = TopologyTestDriver::new(&builder.build()?)?;
    /// let mut input = driver.create_input_topic::<i64, i64>("in");
    /// input.pipe_input(3, 12)?;
    /// assert!(input.pipe_input(0, 12).is_err());
    /// assert_eq!(driver.create_output_topic::<i64, i64>("out").read_values_to_list()?, [4]);
    /// # Ok::<(), Error>(())
    /// ```
    pub fn try_map_values_keyed<V2: Data, E: Into<BoxError>>(
        &self,
        f: impl Fn(&K, V) -> Result<V2, E> + Send + Sync + 'static,
    ) -> KStream<K, V2> {
        self.try_map_values_keyed_with(f, Named::none())
    }

    /// As [`KStream::try_map_values_keyed`], with a name.
    pub fn try_map_values_keyed_with<V2: Data, E: Into<BoxError>>(
        &self,
        f: impl Fn(&K, V) -> Result<V2, E> + Send + Sync + 'static,
        named: Named,
    ) -> KStream<K, V2> {
        let name = self.graph.name(&named, prefixes::MAP_VALUES);
        let mapped = self.stateless(name, Changes::Value, move |record, ctx| {
            let (record, value) = take_value(record);
            let value = f(&record.key, value).map_err(Into::into)?;
            Ok(ctx.forward(record.with_value(value))?)
        });
        KStream { key_serde: self.key_serde.clone(), ..mapped }
    }
}

/// Splits the value off a record.
pub(super) fn take_value<K, V>(record: Record<K, V>) -> (Record<K, ()>, V) {
    let Record { key, value, timestamp, headers } = record;
    (Record { key, value: (), timestamp, headers }, value)
}
