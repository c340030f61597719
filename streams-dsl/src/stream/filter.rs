//! `filter`, `filter_not`: records that a predicate (does not) hold for.

use streams_core::BoxError;

use super::KStream;
use crate::graph::Changes;
use crate::{Data, Named, prefixes};

impl<K: Data, V: Data> KStream<K, V> {
    /// The records that `predicate` holds for.
    ///
    /// ```
    /// use streams_dsl::prelude::*;
    /// use streams_test::TopologyTestDriver;
    ///
    /// let builder = StreamsBuilder::new();
    /// builder.stream::<String, i64>("in").filter(|_, n| *n > 1).to("out");
    ///
    /// let driver = TopologyTestDriver::new(&builder.build()?)?;
    /// let mut input = driver.create_input_topic::<String, i64>("in");
    /// let mut output = driver.create_output_topic::<String, i64>("out");
    /// input.pipe_input("a", 1)?;
    /// input.pipe_input("b", 2)?;
    /// assert_eq!(output.read_key_values_to_list()?, [("b".to_owned(), 2)]);
    /// # Ok::<(), Error>(())
    /// ```
    pub fn filter(&self, predicate: impl Fn(&K, &V) -> bool + Send + Sync + 'static) -> Self {
        self.filter_with(predicate, Named::none())
    }

    /// As [`KStream::filter`], with a name.
    pub fn filter_with(
        &self,
        predicate: impl Fn(&K, &V) -> bool + Send + Sync + 'static,
        named: Named,
    ) -> Self {
        self.try_filter_with::<BoxError>(move |key, value| Ok(predicate(key, value)), named)
    }

    /// The records that `predicate` does not hold for.
    ///
    /// ```
    /// use streams_dsl::prelude::*;
    /// use streams_test::TopologyTestDriver;
    ///
    /// let builder = StreamsBuilder::new();
    /// builder.stream::<String, i64>("in").filter_not(|_, n| *n > 1).to("out");
    ///
    /// let driver = TopologyTestDriver::new(&builder.build()?)?;
    /// let mut input = driver.create_input_topic::<String, i64>("in");
    /// let mut output = driver.create_output_topic::<String, i64>("out");
    /// input.pipe_input("a", 1)?;
    /// input.pipe_input("b", 2)?;
    /// assert_eq!(output.read_key_values_to_list()?, [("a".to_owned(), 1)]);
    /// # Ok::<(), Error>(())
    /// ```
    pub fn filter_not(&self, predicate: impl Fn(&K, &V) -> bool + Send + Sync + 'static) -> Self {
        self.filter_not_with(predicate, Named::none())
    }

    /// As [`KStream::filter_not`], with a name.
    pub fn filter_not_with(
        &self,
        predicate: impl Fn(&K, &V) -> bool + Send + Sync + 'static,
        named: Named,
    ) -> Self {
        self.filter_with(move |key, value| !predicate(key, value), named)
    }

    /// As [`KStream::filter`], with a predicate that may fail.
    ///
    /// ```
    /// use streams_dsl::prelude::*;
    /// use streams_test::TopologyTestDriver;
    ///
    /// let builder = StreamsBuilder::new();
    /// let even = |_: &String, text: &String| text.parse::<i64>().map(|n| n % 2 == 0);
    /// builder.stream::<String, String>("in").try_filter(even).to("out");
    ///
    /// let driver = TopologyTestDriver::new(&builder.build()?)?;
    /// let mut input = driver.create_input_topic::<String, String>("in");
    /// let mut output = driver.create_output_topic::<String, String>("out");
    /// input.pipe_input("a", "2")?;
    /// assert_eq!(output.read_value()?, "2");
    /// assert!(input.pipe_input("a", "two").is_err());
    /// # Ok::<(), Error>(())
    /// ```
    pub fn try_filter<E: Into<BoxError>>(
        &self,
        predicate: impl Fn(&K, &V) -> Result<bool, E> + Send + Sync + 'static,
    ) -> Self {
        self.try_filter_with(predicate, Named::none())
    }

    /// As [`KStream::try_filter`], with a name.
    pub fn try_filter_with<E: Into<BoxError>>(
        &self,
        predicate: impl Fn(&K, &V) -> Result<bool, E> + Send + Sync + 'static,
        named: Named,
    ) -> Self {
        let name = self.graph.name(&named, prefixes::FILTER);
        let filtered = self.stateless(name, Changes::Nothing, move |mut record, ctx| {
            if predicate(&record.key, &record.value).map_err(Into::into)? {
                // As in Kafka, siblings do not see what is done to the headers below.
                record.headers = record.headers.detach();
                ctx.forward(record)?;
            }
            Ok(())
        });
        Self { key_serde: self.key_serde.clone(), value_serde: self.value_serde.clone(), ..filtered }
    }
}
