//! A node as the topology keeps it: erased, not yet made.

use std::any::{TypeId, type_name};
use std::fmt;
use std::sync::Arc;

use super::java_hash::JavaHashSet;
use super::offset_reset::AutoOffsetReset;
use super::plan::{NodeFactory, SourceTopics};
use crate::record::Record;

/// The type of the records that a node takes or gives.
#[derive(Clone, Copy)]
pub(super) struct RecordType {
    id: TypeId,
    name: &'static str,
}

impl RecordType {
    pub(super) fn of<K: 'static, V: 'static>() -> Self {
        Self { id: TypeId::of::<Record<K, V>>(), name: type_name::<(K, V)>() }
    }
}

impl PartialEq for RecordType {
    fn eq(&self, other: &Self) -> bool {
        self.id == other.id
    }
}

impl fmt::Display for RecordType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name)
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

impl fmt::Debug for NodeSpec {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} <- {:?}", self.name, self.parents)
    }
}
