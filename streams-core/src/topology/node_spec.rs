//! A node as the topology keeps it: erased, not yet made.

use std::any::TypeId;
use std::fmt;
use std::sync::Arc;

use super::java_hash::JavaHashSet;
use super::offset_reset::AutoOffsetReset;
use super::plan::{NodeFactory, SourceTopics};
use crate::processor::{ProcessorWrapper, RecordView, WrappedNode};
use crate::record::Record;

/// The type of the records that a node takes or gives.
#[derive(Clone, Copy)]
pub(super) struct RecordType {
    id: TypeId,
    /// How a processor wrapper looks into such records.
    pub(super) view: RecordView,
}

impl RecordType {
    pub(super) fn of<K: 'static, V: 'static>() -> Self {
        Self { id: TypeId::of::<Record<K, V>>(), view: RecordView::of::<K, V>() }
    }
}

impl PartialEq for RecordType {
    fn eq(&self, other: &Self) -> bool {
        self.id == other.id
    }
}

impl fmt::Display for RecordType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.view.name())
    }
}

/// Where a sink writes to.
#[derive(Debug, Clone)]
pub(super) enum SinkTarget {
    /// A topic; an internal one without the application's id.
    Topic(Arc<str>),
    /// Topics found by an extractor; this is its description.
    Computed(String),
}

/// What kind of node it is.
#[derive(Debug, Clone)]
pub(super) enum NodeKind {
    Source {
        topics: SourceTopics,
        reset: Option<AutoOffsetReset>,
        global: bool,
    },
    Processor {
        /// The local (or, for the processor that fills it, the global) stores that the node is connected to.
        stores: JavaHashSet,
    },
    Sink(SinkTarget),
}

/// Makes the factory of a node, given the full name of the topic that it writes to (empty for all but sinks).
pub(super) type MakeFactory = Arc<dyn Fn(Arc<str>) -> NodeFactory + Send + Sync>;

/// A node of the topology.
#[derive(Clone)]
pub(super) struct NodeSpec {
    pub(super) name: Arc<str>,
    pub(super) parents: Vec<Arc<str>>,
    pub(super) input: Option<RecordType>,
    pub(super) output: Option<RecordType>,
    pub(super) kind: NodeKind,
    pub(super) make: MakeFactory,
}

impl NodeSpec {
    /// Puts the interceptors of a wrapper around the node, if it is a processor.
    pub(super) fn wrap(&mut self, wrapper: &Arc<dyn ProcessorWrapper>) {
        let (NodeKind::Processor { .. }, Some(input)) = (&self.kind, self.input) else { return };
        let (name, wrapper, make) = (Arc::clone(&self.name), Arc::clone(wrapper), Arc::clone(&self.make));
        self.make = Arc::new(move |topic| {
            let (name, wrapper, make_node) = (Arc::clone(&name), Arc::clone(&wrapper), make(topic));
            Arc::new(move || match wrapper.interceptor(&name) {
                Some(interceptor) => Box::new(WrappedNode::new(make_node(), interceptor, input.view)),
                None => make_node(),
            })
        });
    }
}

impl fmt::Debug for NodeSpec {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} <- {:?}", self.name, self.parents)
    }
}
