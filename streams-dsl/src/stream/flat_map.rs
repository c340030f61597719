//! `flat_map`: any number of records for each record.

use streams_core::{BoxError, Record};

use super::KStream;
use super::map::take_both;
use crate::graph::Changes;
use crate::{Data, Named, prefixes};

impl<K: Data, V: Data> KStream<K, V> {
    /// For each record those that `f` makes of it, in order. Whatever needs the key afterwards repartitions; use
    /// [`KStream::flat_map_values`] where the key stays.
    ///
    /// ```
    /// use streams_dsl::prelude::*;
    /// use streams_test::TopologyTestDriver;
    ///
    /// let builder = StreamsBuilder::new();
    /// builder.stream::<String, i64>("in").flat_map(|key, n| [(format!("{key}1"), n), (format!("{key}2"), n)]).to("out");
    ///
    /// let driver = TopologyTestDriver::new(&builder.build()?)?;
    /// let mut input = driver.create_input_topic::<String, i64>("in");
    /// let mut output = driver.create_output_topic::<String, i64>("out");
    /// input.pipe_input("a", 7)?;
    /// assert_eq!(output.read_key_values_to_list()?, [("a1".to_owned(), 7), ("a2".to_owned(), 7)]);
    /// # Ok::<(), Error>(())
    /// ```
    pub fn flat_map<K2: Data, V2: Data, I: IntoIterator<Item = (K2, V2)>>(
        &self,
        f: impl Fn(K, V) -> I + Send + Sync + 'static,
    ) -> KStream<K2, V2> {
        self.flat_map_with(f, Named::none())
    }

    /// As [`KStream::flat_map`], with a name.
    pub fn flat_map_with<K2: Data, V2: Data, I: IntoIterator<Item = (K2, V2)>>(
        &self,
        f: impl Fn(K, V) -> I + Send + Sync + 'static,
        named: Named,
    ) -> KStream<K2, V2> {
        self.try_flat_map_with::<_, _, _, BoxError>(move |key, value| Ok(f(key, value)), named)
    }

    /// As [`KStream::flat_map`], with a function that may fail.
    ///
    /// ```
    /// use streams_dsl::prelude::*;
    /// use streams_test::TopologyTestDriver;
    ///
    /// let builder = StreamsBuilder::new();
    /// let pairs = |_: i64, line: String| {
    ///     let (key, values) = line.split_once(':').ok_or("no key")?;
    ///     let pair = |value: &str| (key.to_owned(), value.to_owned());
    ///     Ok::<Vec<_>, &str>(values.split(',').map(pair).collect())
    /// };
    /// builder.stream::<i64, String>("in").try_flat_map(pairs).to("out");
    ///
    /// let driver = TopologyTestDriver::new(&builder.build()?)?;
    /// let mut input = driver.create_input_topic::<i64, String>("in");
    /// input.pipe_input(1, "a:x,y")?;
    /// assert!(input.pipe_input(2, "z").is_err());
    /// assert_eq!(driver.create_output_topic::<String, String>("out").read_values_to_list()?, ["x", "y"]);
    /// # Ok::<(), Error>(())
    /// ```
    pub fn try_flat_map<K2: Data, V2: Data, I: IntoIterator<Item = (K2, V2)>, E: Into<BoxError>>(
        &self,
        f: impl Fn(K, V) -> Result<I, E> + Send + Sync + 'static,
    ) -> KStream<K2, V2> {
        self.try_flat_map_with(f, Named::none())
    }

    /// As [`KStream::try_flat_map`], with a name.
    pub fn try_flat_map_with<K2: Data, V2: Data, I: IntoIterator<Item = (K2, V2)>, E: Into<BoxError>>(
        &self,
        f: impl Fn(K, V) -> Result<I, E> + Send + Sync + 'static,
        named: Named,
    ) -> KStream<K2, V2> {
        let name = self.graph.name(&named, prefixes::FLAT_MAP);
        let mapped = self.stateless(name, Changes::Key, move |record, ctx| {
            let (record, (key, value)) = take_both(record);
            for (key, value) in f(key, value).map_err(Into::into)? {
                let headers = record.headers.clone();
                ctx.forward(Record { key, value, timestamp: record.timestamp, headers })?;
            }
            Ok(())
        });
        KStream { repartition_required: true, ..mapped }
    }
}
