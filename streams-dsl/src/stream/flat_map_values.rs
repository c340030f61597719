//! `flat_map_values`: any number of values for each record.

use streams_core::{BoxError, Record};

use super::KStream;
use super::map_values::take_value;
use crate::graph::Changes;
use crate::{Data, Named, prefixes};

impl<K: Data, V: Data> KStream<K, V> {
    /// For each record one with each of the values that `f` makes of its value, in order.
    ///
    /// ```
    /// use streams_dsl::prelude::*;
    /// use streams_test::TopologyTestDriver;
    ///
    /// let builder = StreamsBuilder::new();
    /// builder.stream::<String, i64>("in").flat_map_values(|n| 0..n).to("out");
    ///
    /// let driver = TopologyTestDriver::new(&builder.build()?)?;
    /// let mut input = driver.create_input_topic::<String, i64>("in");
    /// let mut output = driver.create_output_topic::<String, i64>("out");
    /// input.pipe_input("a", 3)?;
    /// assert_eq!(output.read_values_to_list()?, [0, 1, 2]);
    /// # Ok::<(), Error>(())
    /// ```
    pub fn flat_map_values<V2: Data, I: IntoIterator<Item = V2>>(
        &self,
        f: impl Fn(V) -> I + Send + Sync + 'static,
    ) -> KStream<K, V2> {
        self.flat_map_values_with(f, Named::none())
    }

    /// As [`KStream::flat_map_values`], with a name.
    pub fn flat_map_values_with<V2: Data, I: IntoIterator<Item = V2>>(
        &self,
        f: impl Fn(V) -> I + Send + Sync + 'static,
        named: Named,
    ) -> KStream<K, V2> {
        self.flat_map_values_keyed_with(move |_, value| f(value), named)
    }

    /// As [`KStream::flat_map_values`], with a function that also sees the key.
    ///
    /// ```
    /// use streams_dsl::prelude::*;
    /// use streams_test::TopologyTestDriver;
    ///
    /// let builder = StreamsBuilder::new();
    /// builder.stream::<i64, i64>("in").flat_map_values_keyed(|key, n| [*key, n]).to("out");
    ///
    /// let driver = TopologyTestDriver::new(&builder.build()?)?;
    /// driver.create_input_topic::<i64, i64>("in").pipe_input(7, 1)?;
    /// let out = driver.create_output_topic::<i64, i64>("out").read_key_values_to_list()?;
    /// assert_eq!(out, [(7, 7), (7, 1)]);
    /// # Ok::<(), Error>(())
    /// ```
    pub fn flat_map_values_keyed<V2: Data, I: IntoIterator<Item = V2>>(
        &self,
        f: impl Fn(&K, V) -> I + Send + Sync + 'static,
    ) -> KStream<K, V2> {
        self.flat_map_values_keyed_with(f, Named::none())
    }

    /// As [`KStream::flat_map_values_keyed`], with a name.
    pub fn flat_map_values_keyed_with<V2: Data, I: IntoIterator<Item = V2>>(
        &self,
        f: impl Fn(&K, V) -> I + Send + Sync + 'static,
        named: Named,
    ) -> KStream<K, V2> {
        self.try_flat_map_values_keyed_with::<_, _, BoxError>(move |key, value| Ok(f(key, value)), named)
    }

    /// As [`KStream::flat_map_values`], with a function that may fail.
    ///
    /// ```
    /// use streams_dsl::prelude::*;
    /// use streams_test::TopologyTestDriver;
    ///
    /// let builder = StreamsBuilder::new();
    /// let numbers = |line: String| line.split(' ').map(str::parse::<i64>).collect::<Result<Vec<_>, _>>();
    /// builder.stream::<String, String>("in").try_flat_map_values(numbers).to("out");
    ///
    /// let driver = TopologyTestDriver::new(&builder.build()?)?;
    /// let mut input = driver.create_input_topic::<String, String>("in");
    /// input.pipe_input("a", "1 2")?;
    /// assert!(input.pipe_input("a", "3 four").is_err());
    /// assert_eq!(driver.create_output_topic::<String, i64>("out").read_values_to_list()?, [1, 2]);
    /// # Ok::<(), Error>(())
    /// ```
    pub fn try_flat_map_values<V2: Data, I: IntoIterator<Item = V2>, E: Into<BoxError>>(
        &self,
        f: impl Fn(V) -> Result<I, E> + Send + Sync + 'static,
    ) -> KStream<K, V2> {
        self.try_flat_map_values_with(f, Named::none())
    }

    /// As [`KStream::try_flat_map_values`], with a name.
    pub fn try_flat_map_values_with<V2: Data, I: IntoIterator<Item = V2>, E: Into<BoxError>>(
        &self,
        f: impl Fn(V) -> Result<I, E> + Send + Sync + 'static,
        named: Named,
    ) -> KStream<K, V2> {
        self.try_flat_map_values_keyed_with(move |_, value| f(value), named)
    }

    /// As [`KStream::flat_map_values_keyed`], with a function that may fail.
    ///
    /// ```
    /// use streams_dsl::prelude::*;
    /// use streams_test::TopologyTestDriver;
    ///
    /// let builder = StreamsBuilder::new();
    /// let parts = |key: &i64, n: i64| n.checked_div(*key).map(|part| vec![part; *key as usize]).ok_or("no parts");
    /// builder.stream::<i64, i64>("in").try_flat_map_values_keyed(parts).to("out");
    ///
    /// let driver = TopologyTestDriver::new(&builder.build()?)?;
    /// let mut input = driver.create_input_topic::<i64, i64>("in");
    /// input.pipe_input(3, 12)?;
    /// assert!(input.pipe_input(0, 12).is_err());
    /// assert_eq!(driver.create_output_topic::<i64, i64>("out").read_values_to_list()?, [4, 4, 4]);
    /// # Ok::<(), Error>(())
    /// ```
    pub fn try_flat_map_values_keyed<V2: Data, I: IntoIterator<Item = V2>, E: Into<BoxError>>(
        &self,
        f: impl Fn(&K, V) -> Result<I, E> + Send + Sync + 'static,
    ) -> KStream<K, V2> {
        self.try_flat_map_values_keyed_with(f, Named::none())
    }

    /// As [`KStream::try_flat_map_values_keyed`], with a name.
    pub fn try_flat_map_values_keyed_with<V2: Data, I: IntoIterator<Item = V2>, E: Into<BoxError>>(
        &self,
        f: impl Fn(&K, V) -> Result<I, E> + Send + Sync + 'static,
        named: Named,
    ) -> KStream<K, V2> {
        let name = self.graph.name(&named, prefixes::FLAT_MAP_VALUES);
        let mapped = self.stateless(name, Changes::Value, move |record, ctx| {
            let (record, value) = take_value(record);
            let mut values = f(&record.key, value).map_err(Into::into)?.into_iter().peekable();
            while let Some(value) = values.next() {
                if values.peek().is_none() {
                    return Ok(ctx.forward(record.with_value(value))?);
                }
                let (key, headers) = (record.key.clone(), record.headers.clone());
                ctx.forward(Record { key, value, timestamp: record.timestamp, headers })?;
            }
            Ok(())
        });
        KStream { key_serde: self.key_serde.clone(), ..mapped }
    }
}
