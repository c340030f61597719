//! `KGroupedTable`: a table's entries by another key, to be aggregated.

mod aggregate;
mod change_serde;
mod count;
mod fold;
mod processor;
mod reduce;

use std::cell::Cell;
use std::fmt;
use std::rc::Rc;
use std::sync::Arc;

use streams_core::{FailOnInvalidTimestamp, GeneratedName, RepartitionOptions, Serde, Sink, Source};

use crate::graph::{GraphHandle, NewNode, NodeId};
use crate::params::Named;
use crate::stream::missing_serde;
use crate::{Change, Data};
use change_serde::ChangeSerde;

/// A table's entries grouped by another key, to be aggregated.
///
/// Updates reach the aggregation by way of a repartition topic. There an adder takes new entries into a group's aggregate,
/// and a subtractor takes old ones out.
pub struct KGroupedTable<K, V> {
    pub(crate) graph: GraphHandle,
    pub(crate) node: NodeId,
    pub(crate) named: Named,
    pub(crate) key_serde: Option<Serde<K>>,
    pub(crate) value_serde: Option<Serde<V>>,
    /// The repartition topic that aggregations share if it is named.
    pub(crate) shared: Rc<Cell<Option<NodeId>>>,
}

/// The names around a repartition topic.
struct Names {
    topic: Arc<str>,
    sink: Arc<str>,
    source: Arc<str>,
    generated: bool,
}

impl<K: Data, V: Data> KGroupedTable<K, V> {
    /// The repartition topic, below which an aggregation goes.
    fn repartitioned(&self, names: Names) -> NodeId {
        if let Some(shared) = self.shared.get().filter(|_| self.named.name().is_some()) {
            self.graph.attach(self.node, shared);
            return shared;
        }
        let serdes = self.key_serde.clone().zip(self.value_serde.clone());
        if serdes.is_none() {
            self.graph.fail(missing_serde::<(K, V)>("entries", &names.topic));
        }
        let node = NewNode::new(Arc::clone(&names.source), move |to, at| {
            let Some((keys, values)) = serdes.clone() else { return Ok(()) };
            let values: Serde<Change<V>> = Serde::new(ChangeSerde(values));
            let Names { topic, sink, source, generated } = &names;
            to.topology.add_repartition_topic(Arc::clone(topic), RepartitionOptions::default())?;
            if *generated {
                to.topology.note_generated_name(GeneratedName::Repartition, &**topic);
            }
            let out = Sink::to_with_serdes(Arc::clone(sink), Arc::clone(topic), keys.clone(), values.clone());
            to.topology.add_sink(out, at.parents.clone())?;
            let back = Source::with_serdes(Arc::clone(source), [Arc::clone(topic)], keys, values)
                .with_timestamp_extractor(FailOnInvalidTimestamp);
            to.add_source(source, back)
        });
        let node = self.graph.add(&[self.node], node);
        self.shared.set(Some(node));
        node
    }
}

impl<K, V> Clone for KGroupedTable<K, V> {
    fn clone(&self) -> Self {
        Self {
            graph: self.graph.clone(),
            node: self.node,
            named: self.named.clone(),
            key_serde: self.key_serde.clone(),
            value_serde: self.value_serde.clone(),
            shared: Rc::clone(&self.shared),
        }
    }
}

impl<K, V> fmt::Debug for KGroupedTable<K, V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("KGroupedTable").field("named", &self.named).finish_non_exhaustive()
    }
}
