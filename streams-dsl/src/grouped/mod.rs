//! `KGroupedStream`: a stream to be aggregated by key, and the aggregations.

mod aggregate;
mod count;
mod fold;
mod processor;
mod reduce;

pub(crate) use count::counted;
pub(crate) use fold::{Aggregate, Counting, Fold, Reduce};
pub(crate) use processor::aggregation_node;

use std::cell::Cell;
use std::fmt;
use std::rc::Rc;
use std::sync::Arc;

use streams_core::Serde;

use crate::graph::{NewNode, NodeId, RepartitionNames, RepartitionSpec, SourceNames, repartition_node};
use crate::params::Named;
use crate::{Data, Grouped, KStream};

/// A stream whose records are grouped by key, to be aggregated.
///
/// Records with a null key are dropped by all aggregations, those with a null value by all but some windowed ones.
pub struct KGroupedStream<K, V> {
    pub(crate) stream: KStream<K, V>,
    /// Names the repartition topic.
    pub(crate) named: Named,
    /// The repartition topic that aggregations share if it is named (KIP-372).
    shared: Rc<Cell<Option<NodeId>>>,
}

impl<K: Data, V: Data> KGroupedStream<K, V> {
    pub(crate) fn new(stream: &KStream<K, V>, grouped: Grouped<K, V>) -> Self {
        let mut stream = stream.clone();
        stream.key_serde = grouped.key_serde.resolve(stream.key_serde.as_ref());
        stream.value_serde = grouped.value_serde.resolve(stream.value_serde.as_ref());
        Self { stream, named: grouped.named, shared: Rc::default() }
    }

    /// The same for clones, and for them alone.
    pub(crate) fn identity(&self) -> *const () {
        Rc::as_ptr(&self.shared).cast()
    }

    pub(crate) fn key_serde(&self) -> Option<&Serde<K>> {
        self.stream.key_serde.as_ref()
    }

    pub(crate) fn value_serde(&self) -> Option<&Serde<V>> {
        self.stream.value_serde.as_ref()
    }

    /// Adds the node of an aggregation, behind a repartition topic if there must be one. Without a name the topic is
    /// called after the store. Returns the node, and the sources that it comes from.
    pub(crate) fn add_aggregation(
        &self,
        store: &str,
        store_named: bool,
        node: NewNode,
    ) -> (NodeId, SourceNames) {
        let (parent, sources) = self.partitioned_by_key(store, store_named);
        (self.stream.graph.add(&[parent], node), sources)
    }

    /// The node whose records are partitioned by key, and the sources that they come from. All aggregations share one
    /// named repartition topic.
    fn partitioned_by_key(&self, store: &str, store_named: bool) -> (NodeId, SourceNames) {
        match self.shared.get().filter(|_| self.named.name().is_some()) {
            Some(shared) if self.stream.repartition_required => {
                let names = self.repartition_names(store);
                self.stream.graph.attach(self.stream.node, shared);
                (shared, Rc::new([names.source].into()))
            }
            _ => {
                let (node, sources) = self.repartitioned(store, store_named);
                self.shared.set(Some(node));
                (node, sources)
            }
        }
    }

    /// The same behind a repartition topic that nothing shares: as in Kafka, each cogrouped stream wants its own.
    pub(crate) fn repartitioned(&self, store: &str, store_named: bool) -> (NodeId, SourceNames) {
        let stream = &self.stream;
        if !stream.repartition_required {
            return (stream.node, Rc::clone(&stream.sources));
        }
        let names = self.repartition_names(store);
        let sources: SourceNames = Rc::new([Arc::clone(&names.source)].into());
        let serdes = (stream.key_serde.clone(), stream.value_serde.clone());
        let Some(spec) = stream.repartition_spec(&names, serdes.0, serdes.1) else {
            return (stream.node, Rc::clone(&stream.sources));
        };
        let generated_name = self.named.name().is_none() && !store_named;
        let node = repartition_node(names, RepartitionSpec { generated_name, ..spec });
        (stream.graph.add(&[stream.node], node), sources)
    }

    /// Counts the names of a repartition topic, where there must be one.
    pub(crate) fn use_up_names(&self, store: &str) {
        if self.stream.repartition_required {
            self.repartition_names(store);
        }
    }

    fn repartition_names(&self, store: &str) -> RepartitionNames {
        let graph = &self.stream.graph;
        match self.named.name() {
            Some(name) => graph.repartition_names(&graph.checked(name)),
            None => graph.repartition_names(store),
        }
    }
}

impl<K, V> Clone for KGroupedStream<K, V> {
    fn clone(&self) -> Self {
        Self { stream: self.stream.clone(), named: self.named.clone(), shared: Rc::clone(&self.shared) }
    }
}

impl<K, V> fmt::Debug for KGroupedStream<K, V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("KGroupedStream")
            .field("stream", &self.stream.name)
            .field("named", &self.named)
            .finish_non_exhaustive()
    }
}
