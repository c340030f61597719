//! `to`: the end of a stream in a topic.

use std::sync::Arc;

use streams_core::{DefaultSerde, Serde, Sink, TopicNameExtractor};

use super::KStream;
use crate::graph::NewNode;
use crate::{Data, Produced, prefixes};

impl<K: Data, V: Data> KStream<K, V> {
    /// Writes all records to `topic`, which must exist.
    ///
    /// ```
    /// use streams_dsl::prelude::*;
    /// use streams_test::TopologyTestDriver;
    ///
    /// let builder = StreamsBuilder::new();
    /// builder.stream::<String, i64>("in").to("out");
    ///
    /// let driver = TopologyTestDriver::new(&builder.build()?)?;
    /// let mut input = driver.create_input_topic::<String, i64>("in");
    /// let mut output = driver.create_output_topic::<String, i64>("out");
    /// input.pipe_input("a", 1)?;
    /// assert_eq!(output.read_key_value()?, ("a".to_owned(), 1));
    /// # Ok::<(), Error>(())
    /// ```
    pub fn to(&self, topic: impl Into<Arc<str>>)
    where
        K: DefaultSerde,
        V: DefaultSerde,
    {
        self.to_with(topic, Produced::new());
    }

    /// As [`KStream::to`], with name, serdes or partitioner.
    pub fn to_with(&self, topic: impl Into<Arc<str>>, produced: Produced<K, V>) {
        let topic: Arc<str> = topic.into();
        self.sink(produced, move |name, keys, values| {
            Sink::to_with_serdes(name, Arc::clone(&topic), keys, values)
        });
    }

    /// Writes each record to the topic that `extractor` finds for it (KIP-303). The topics must exist.
    ///
    /// ```
    /// use streams_dsl::prelude::*;
    /// use streams_test::TopologyTestDriver;
    ///
    /// let builder = StreamsBuilder::new();
    /// builder
    ///     .stream::<String, i64>("in")
    ///     .to_computed(|record: &Record<String, i64>, _: &RecordContext| format!("numbers-of-{}", record.key));
    ///
    /// let driver = TopologyTestDriver::new(&builder.build()?)?;
    /// let mut input = driver.create_input_topic::<String, i64>("in");
    /// let mut output = driver.create_output_topic::<String, i64>("numbers-of-a");
    /// input.pipe_input("a", 1)?;
    /// assert_eq!(output.read_value()?, 1);
    /// # Ok::<(), Error>(())
    /// ```
    pub fn to_computed(&self, extractor: impl TopicNameExtractor<K, V>)
    where
        K: DefaultSerde,
        V: DefaultSerde,
    {
        self.to_computed_with(extractor, Produced::new());
    }

    /// As [`KStream::to_computed`], with name, serdes or partitioner.
    pub fn to_computed_with(&self, extractor: impl TopicNameExtractor<K, V>, produced: Produced<K, V>) {
        let extractor: Arc<dyn TopicNameExtractor<K, V>> = Arc::new(extractor);
        self.sink(produced, move |name, keys, values| {
            Sink::to_computed_with_serdes(name, Arc::clone(&extractor), keys, values)
        });
    }

    fn sink(
        &self,
        produced: Produced<K, V>,
        make: impl Fn(Arc<str>, Serde<K>, Serde<V>) -> Sink<K, V> + 'static,
    ) {
        let name = self.graph.name(&produced.named, prefixes::SINK);
        let key_serde = produced.key_serde.resolve(self.key_serde.as_ref());
        let value_serde = produced.value_serde.resolve(self.value_serde.as_ref());
        let key_serde = self.required(key_serde, "keys", &name);
        let value_serde = self.required(value_serde, "values", &name);
        let (Some(key_serde), Some(value_serde)) = (key_serde, value_serde) else { return };
        let partitioner = produced.partitioner;
        let node = NewNode::new(name, move |to, at| {
            let mut sink = make(Arc::clone(&at.name), key_serde.clone(), value_serde.clone());
            if let Some(partitioner) = &partitioner {
                sink = sink.with_shared_partitioner(Arc::clone(partitioner));
            }
            to.topology.add_sink(sink, at.parents.clone())?;
            Ok(())
        });
        self.graph.add(&[self.node], node);
    }
}
