//! The topics between the two tables: registration and response.

use std::sync::Arc;

use streams_core::{
    FailOnInvalidTimestamp, GeneratedName, RepartitionOptions, Serde, Sink, Source, StreamPartitioner,
};

use crate::Data;
use crate::graph::NewNode;

/// A topic between the two tables.
pub(super) struct InternalTopic<K, V> {
    pub(super) topic: Arc<str>,
    /// Whether the topic's name was made up (KIP-1111).
    pub(super) generated: bool,
    pub(super) keys: Serde<K>,
    pub(super) values: Serde<V>,
}

impl<K: Data, V: Data> InternalTopic<K, V> {
    /// The node that writes to the topic.
    pub(super) fn sink(
        &self,
        name: &Arc<str>,
        partitioner: Option<Arc<dyn StreamPartitioner<K, V>>>,
    ) -> NewNode {
        let (keys, values, topic) = (self.keys.clone(), self.values.clone(), Arc::clone(&self.topic));
        let generated = self.generated;
        NewNode::new(Arc::clone(name), move |to, at| {
            to.topology.add_repartition_topic(Arc::clone(&topic), RepartitionOptions::default())?;
            if generated {
                to.topology.note_generated_name(GeneratedName::Repartition, &*topic);
            }
            let (keys, values) = (keys.clone(), values.clone());
            let sink = Sink::to_with_serdes(Arc::clone(&at.name), Arc::clone(&topic), keys, values);
            let sink = match &partitioner {
                Some(partitioner) => sink.with_shared_partitioner(Arc::clone(partitioner)),
                None => sink,
            };
            to.topology.add_sink(sink, at.parents.clone())?;
            Ok(())
        })
    }

    /// The node that reads from the topic.
    pub(super) fn source(&self, name: &Arc<str>) -> NewNode {
        let (keys, values, topic) = (self.keys.clone(), self.values.clone(), Arc::clone(&self.topic));
        NewNode::new(Arc::clone(name), move |to, at| {
            let (keys, values) = (keys.clone(), values.clone());
            let source = Source::with_serdes(Arc::clone(&at.name), [Arc::clone(&topic)], keys, values);
            to.add_source(&at.name, source.with_timestamp_extractor(FailOnInvalidTimestamp))
        })
    }
}
