//! `stream`: topics as a stream.

use std::rc::Rc;
use std::sync::Arc;

use streams_core::{DefaultSerde, Source};

use super::StreamsBuilder;
use crate::graph::{NewNode, ROOT, Role};
use crate::stream::missing_serde;
use crate::{Consumed, Data, KStream, Topics, prefixes};

impl StreamsBuilder {
    /// The records of a topic, of several, or of all that match a pattern, as a stream.
    ///
    /// Null keys or values need nullable types: `stream::<Option<String>, Option<Order>>`. Two streams of the same topics
    /// share one source node.
    ///
    /// ```
    /// use streams_dsl::prelude::*;
    /// use streams_test::TopologyTestDriver;
    ///
    /// let builder = StreamsBuilder::new();
    /// builder.stream::<Option<String>, String>(["in", "other"]).to("out");
    ///
    /// let driver = TopologyTestDriver::new(&builder.build()?)?;
    /// let mut input = driver.create_input_topic::<Option<String>, String>("in");
    /// let mut output = driver.create_output_topic::<Option<String>, String>("out");
    /// input.pipe_value("no key")?;
    /// assert_eq!(output.read_key_value()?, (None, "no key".to_owned()));
    /// # Ok::<(), Error>(())
    /// ```
    pub fn stream<K: Data + DefaultSerde, V: Data + DefaultSerde>(
        &self,
        topics: impl Into<Topics>,
    ) -> KStream<K, V> {
        self.stream_with(topics, Consumed::new())
    }

    /// As [`StreamsBuilder::stream`], with name, serdes, timestamp extractor or offset reset.
    pub fn stream_with<K: Data, V: Data>(
        &self,
        topics: impl Into<Topics>,
        consumed: Consumed<K, V>,
    ) -> KStream<K, V> {
        let topics = topics.into().each_once();
        let name = self.graph.name(&consumed.named, prefixes::SOURCE);
        let serdes = consumed.serdes();
        if serdes.is_none() {
            self.graph.fail(missing_serde::<(K, V)>("records", &name));
        }
        let (read, reset, extractor) = (serdes.clone(), consumed.reset, consumed.extractor);
        let role = Role::StreamSource { topics: topics.clone(), reset };
        let node = NewNode::new(Arc::clone(&name), move |to, at| {
            let Some((keys, values)) = read.clone() else { return Ok(()) };
            let name = Arc::clone(&at.name);
            let mut source = match &topics {
                Topics::Names(topics) => Source::with_serdes(name, topics.iter().cloned(), keys, values),
                Topics::Pattern(pattern) => Source::matching_with_serdes(name, pattern.clone(), keys, values),
            };
            if let Some(extractor) = &extractor {
                source = source.with_shared_timestamp_extractor(Arc::clone(extractor));
            }
            if let Some(reset) = reset {
                source = source.with_offset_reset(reset);
            }
            to.add_source(&at.name, source)
        });
        let node = self.graph.add(&[ROOT], node.role(role));
        let (key_serde, value_serde) = serdes.unzip();
        KStream {
            graph: self.graph.clone(),
            node,
            sources: Rc::new([Arc::clone(&name)].into()),
            name,
            repartition_required: false,
            key_serde,
            value_serde,
        }
    }
}
