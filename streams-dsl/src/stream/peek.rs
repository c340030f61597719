//! `peek`: a look at each record.

use super::KStream;
use crate::graph::Changes;
use crate::{Data, Named, prefixes};

impl<K: Data, V: Data> KStream<K, V> {
    /// Shows each record to `f` and hands it on as it is.
    ///
    /// ```
    /// use streams_dsl::prelude::*;
    /// use streams_test::TopologyTestDriver;
    ///
    /// let builder = StreamsBuilder::new();
    /// builder.stream::<String, i64>("in").peek(|key, n| println!("{key} has {n}")).to("out");
    ///
    /// let driver = TopologyTestDriver::new(&builder.build()?)?;
    /// let mut input = driver.create_input_topic::<String, i64>("in");
    /// let mut output = driver.create_output_topic::<String, i64>("out");
    /// input.pipe_input("a", 1)?;
    /// assert_eq!(output.read_value()?, 1);
    /// # Ok::<(), Error>(())
    /// ```
    pub fn peek(&self, f: impl Fn(&K, &V) + Send + Sync + 'static) -> Self {
        self.peek_with(f, Named::none())
    }

    /// As [`KStream::peek`], with a name.
    pub fn peek_with(&self, f: impl Fn(&K, &V) + Send + Sync + 'static, named: Named) -> Self {
        let name = self.graph.name(&named, prefixes::PEEK);
        let same = self.stateless(name, Changes::Nothing, move |mut record, ctx| {
            f(&record.key, &record.value);
            // As in Kafka, siblings do not see what is done to the headers below.
            record.headers = record.headers.detach();
            Ok(ctx.forward(record)?)
        });
        Self { key_serde: self.key_serde.clone(), value_serde: self.value_serde.clone(), ..same }
    }
}
