//! `select_key`: another key for each record.

use streams_core::BoxError;

use super::KStream;
use crate::graph::Changes;
use crate::{Data, Named, prefixes};

impl<K: Data, V: Data> KStream<K, V> {
    /// Each record with the key that `f` finds for it. Whatever needs the key afterwards repartitions.
    ///
    /// ```
    /// use streams_dsl::prelude::*;
    /// use streams_test::TopologyTestDriver;
    ///
    /// let builder = StreamsBuilder::new();
    /// builder.stream::<String, i64>("in").select_key(|_, n| *n).to("out");
    ///
    /// let driver = TopologyTestDriver::new(&builder.build()?)?;
    /// let mut input = driver.create_input_topic::<String, i64>("in");
    /// let mut output = driver.create_output_topic::<i64, i64>("out");
    /// input.pipe_input("a", 7)?;
    /// assert_eq!(output.read_key_value()?, (7, 7));
    /// # Ok::<(), Error>(())
    /// ```
    pub fn select_key<K2: Data>(&self, f: impl Fn(&K, &V) -> K2 + Send + Sync + 'static) -> KStream<K2, V> {
        self.select_key_with(f, Named::none())
    }

    /// As [`KStream::select_key`], with a name.
    pub fn select_key_with<K2: Data>(
        &self,
        f: impl Fn(&K, &V) -> K2 + Send + Sync + 'static,
        named: Named,
    ) -> KStream<K2, V> {
        self.try_select_key_with::<_, BoxError>(move |key, value| Ok(f(key, value)), named)
    }

    /// As [`KStream::select_key`], with a function that may fail.
    ///
    /// ```
    /// use streams_dsl::prelude::*;
    /// use streams_test::TopologyTestDriver;
    ///
    /// let builder = StreamsBuilder::new();
    /// builder.stream::<String, String>("in").try_select_key(|_, value| value.parse::<i64>()).to("out");
    ///
    /// let driver = TopologyTestDriver::new(&builder.build()?)?;
    /// let mut input = driver.create_input_topic::<String, String>("in");
    /// input.pipe_input("a", "1")?;
    /// assert!(input.pipe_input("a", "one").is_err());
    /// let out = driver.create_output_topic::<i64, String>("out").read_key_values_to_list()?;
    /// assert_eq!(out, [(1, "1".to_owned())]);
    /// # Ok::<(), Error>(())
    /// ```
    pub fn try_select_key<K2: Data, E: Into<BoxError>>(
        &self,
        f: impl Fn(&K, &V) -> Result<K2, E> + Send + Sync + 'static,
    ) -> KStream<K2, V> {
        self.try_select_key_with(f, Named::none())
    }

    /// As [`KStream::try_select_key`], with a name.
    pub fn try_select_key_with<K2: Data, E: Into<BoxError>>(
        &self,
        f: impl Fn(&K, &V) -> Result<K2, E> + Send + Sync + 'static,
        named: Named,
    ) -> KStream<K2, V> {
        let name = self.graph.name(&named, prefixes::KEY_SELECT);
        let selected = self.stateless(name, Changes::Key, move |record, ctx| {
            let key = f(&record.key, &record.value).map_err(Into::into)?;
            Ok(ctx.forward(record.with_key(key))?)
        });
        KStream { repartition_required: true, value_serde: self.value_serde.clone(), ..selected }
    }
}
