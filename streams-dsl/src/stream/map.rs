//! `map`: another key and another value for each record.

use streams_core::BoxError;

use super::KStream;
use crate::graph::Changes;
use crate::{Data, Named, prefixes};

impl<K: Data, V: Data> KStream<K, V> {
    /// Each record with the key and the value that `f` makes of it. Whatever needs the key afterwards repartitions; use
    /// [`KStream::map_values`] where the key stays.
    ///
    /// ```
    /// use streams_dsl::prelude::*;
    /// use streams_test::TopologyTestDriver;
    ///
    /// let builder = StreamsBuilder::new();
    /// builder.stream::<String, i64>("in").map(|key, n| (n, key)).to("out");
    ///
    /// let driver = TopologyTestDriver::new(&builder.build()?)?;
    /// let mut input = driver.create_input_topic::<String, i64>("in");
    /// let mut output = driver.create_output_topic::<i64, String>("out");
    /// input.pipe_input("a", 1)?;
    /// assert_eq!(output.read_key_value()?, (1, "a".to_owned()));
    /// # Ok::<(), Error>(())
    /// ```
    pub fn map<K2: Data, V2: Data>(
        &self,
        f: impl Fn(K, V) -> (K2, V2) + Send + Sync + 'static,
    ) -> KStream<K2, V2> {
        self.map_with(f, Named::none())
    }

    /// As [`KStream::map`], with a name.
    pub fn map_with<K2: Data, V2: Data>(
        &self,
        f: impl Fn(K, V) -> (K2, V2) + Send + Sync + 'static,
        named: Named,
    ) -> KStream<K2, V2> {
        self.try_map_with::<_, _, BoxError>(move |key, value| Ok(f(key, value)), named)
    }

    /// As [`KStream::map`], with a function that may fail.
    ///
    /// ```
    /// use streams_dsl::prelude::*;
    /// use streams_test::TopologyTestDriver;
    ///
    /// let builder = StreamsBuilder::new();
    /// let by_number = |key: String, value: String| Ok::<_, std::num::ParseIntError>((key.parse::<i64>()?, value));
    /// builder.stream::<String, String>("in").try_map(by_number).to("out");
    ///
    /// let driver = TopologyTestDriver::new(&builder.build()?)?;
    /// let mut input = driver.create_input_topic::<String, String>("in");
    /// input.pipe_input("1", "x")?;
    /// assert!(input.pipe_input("one", "x").is_err());
    /// let out = driver.create_output_topic::<i64, String>("out").read_key_values_to_list()?;
    /// assert_eq!(out, [(1, "x".to_owned())]);
    /// # Ok::<(), Error>(())
    /// ```
    pub fn try_map<K2: Data, V2: Data, E: Into<BoxError>>(
        &self,
        f: impl Fn(K, V) -> Result<(K2, V2), E> + Send + Sync + 'static,
    ) -> KStream<K2, V2> {
        self.try_map_with(f, Named::none())
    }

    /// As [`KStream::try_map`], with a name.
    pub fn try_map_with<K2: Data, V2: Data, E: Into<BoxError>>(
        &self,
        f: impl Fn(K, V) -> Result<(K2, V2), E> + Send + Sync + 'static,
        named: Named,
    ) -> KStream<K2, V2> {
        let name = self.graph.name(&named, prefixes::MAP);
        let mapped = self.stateless(name, Changes::Key, move |record, ctx| {
            let (record, (key, value)) = take_both(record);
            let (key, value) = f(key, value).map_err(Into::into)?;
            Ok(ctx.forward(record.with_key(key).with_value(value))?)
        });
        KStream { repartition_required: true, ..mapped }
    }
}

/// Splits key and value off a record.
pub(super) fn take_both<K, V>(record: streams_core::Record<K, V>) -> (streams_core::Record<(), ()>, (K, V)) {
    let streams_core::Record { key, value, timestamp, headers } = record;
    (streams_core::Record { key: (), value: (), timestamp, headers }, (key, value))
}
