//! `to_stream`: a table's updates as a stream.

use std::rc::Rc;
use std::sync::Arc;

use streams_core::{OptionSerde, ProcessorContext, Record, Serde};

use super::{Change, KTable};
use crate::stream::stateless_node;
use crate::{Data, KStream, Named, prefixes};

impl<K: Data, V: Data> KTable<K, V> {
    /// The stream of the table's updates: new values, and `None` for deletions.
    ///
    /// ```
    /// use streams_dsl::prelude::*;
    /// use streams_test::TopologyTestDriver;
    ///
    /// let builder = StreamsBuilder::new();
    /// builder.table::<String, i64>("in").to_stream().to("out");
    ///
    /// let driver = TopologyTestDriver::new(&builder.build()?)?;
    /// let mut input = driver.create_input_topic::<String, Option<i64>>("in");
    /// let mut output = driver.create_output_topic::<String, Option<i64>>("out");
    /// input.pipe_input("a", 1)?;
    /// input.pipe_input("a", None)?;
    /// assert_eq!(output.read_values_to_list()?, [Some(1), None]);
    /// # Ok::<(), Error>(())
    /// ```
    pub fn to_stream(&self) -> KStream<K, Option<V>> {
        self.to_stream_with(Named::none())
    }

    /// As [`KTable::to_stream`], with a name.
    pub fn to_stream_with(&self, named: Named) -> KStream<K, Option<V>> {
        let stream = self.updates(named, Some);
        let value_serde = self.value_serde.clone().map(|serde| Serde::new(OptionSerde::new(serde)));
        KStream { value_serde, ..stream }
    }

    /// The stream of the table's updates in a type that has a place for deletions, made from `None`.
    ///
    /// ```
    /// use streams_dsl::prelude::*;
    /// use streams_test::TopologyTestDriver;
    ///
    /// let builder = StreamsBuilder::new();
    /// builder.table::<String, i64>("in").to_stream_into::<Option<i64>>().to("out");
    ///
    /// let driver = TopologyTestDriver::new(&builder.build()?)?;
    /// let mut input = driver.create_input_topic::<String, Option<i64>>("in");
    /// let mut output = driver.create_output_topic::<String, Option<i64>>("out");
    /// input.pipe_input("a", None)?;
    /// assert_eq!(output.read_value()?, None);
    /// # Ok::<(), Error>(())
    /// ```
    pub fn to_stream_into<V2: Data + From<Option<V>>>(&self) -> KStream<K, V2> {
        self.to_stream_into_with(Named::none())
    }

    /// As [`KTable::to_stream_into`], with a name.
    pub fn to_stream_into_with<V2: Data + From<Option<V>>>(&self, named: Named) -> KStream<K, V2> {
        self.updates(named, |new| Some(V2::from(new)))
    }

    /// The stream of the table's new values, without deletions.
    ///
    /// ```
    /// use streams_dsl::prelude::*;
    /// use streams_test::TopologyTestDriver;
    ///
    /// let builder = StreamsBuilder::new();
    /// builder.table::<String, i64>("in").to_stream_of_values().to("out");
    ///
    /// let driver = TopologyTestDriver::new(&builder.build()?)?;
    /// let mut input = driver.create_input_topic::<String, Option<i64>>("in");
    /// let mut output = driver.create_output_topic::<String, i64>("out");
    /// input.pipe_input("a", 1)?;
    /// input.pipe_input("a", None)?;
    /// assert_eq!(output.read_values_to_list()?, [1]);
    /// # Ok::<(), Error>(())
    /// ```
    pub fn to_stream_of_values(&self) -> KStream<K, V> {
        self.to_stream_of_values_with(Named::none())
    }

    /// As [`KTable::to_stream_of_values`], with a name.
    pub fn to_stream_of_values_with(&self, named: Named) -> KStream<K, V> {
        KStream { value_serde: self.value_serde.clone(), ..self.updates(named, |new| new) }
    }

    fn updates<V2: Data>(
        &self,
        named: Named,
        value: impl Fn(Option<V>) -> Option<V2> + Send + Sync + 'static,
    ) -> KStream<K, V2> {
        let name = self.graph.name(&named, prefixes::TABLE_TO_STREAM);
        let node = stateless_node(
            Arc::clone(&name),
            move |record: Record<K, Change<V>>, ctx: &mut ProcessorContext<'_, K, V2>| {
                let Record { key, value: change, timestamp, headers } = record;
                let Some(value) = value(change.new) else { return Ok(()) };
                Ok(ctx.forward(Record { key, value, timestamp, headers: headers.detach() })?)
            },
        );
        KStream {
            node: self.graph.add(&[self.node], node),
            graph: self.graph.clone(),
            name,
            sources: Rc::clone(&self.sources),
            repartition_required: false,
            key_serde: self.key_serde.clone(),
            value_serde: None,
        }
    }
}
