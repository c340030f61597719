//! A node of the logical graph.

use std::fmt;
use std::sync::Arc;

use streams_core::{AutoOffsetReset, Result};

use super::lower::{Lowering, NodeAt};
use super::repartition::Repartition;
use crate::topics::Topics;

/// Where a node stands in the graph's list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct NodeId(pub(super) usize);

/// Writes a node into the topology. May be called for several builds of one graph.
pub(crate) type Write = Arc<dyn Fn(&mut Lowering<'_>, &NodeAt) -> Result<()>>;

/// What the passes need to know of a node beyond its place.
#[derive(Clone)]
pub(crate) enum Role {
    /// The node above all sources.
    Root,
    /// Anything that the passes do not look at.
    Plain,
    /// The source of a stream: merged with others of the same topics.
    StreamSource {
        /// What it reads.
        topics: Topics,
        /// Where it starts without a committed offset.
        reset: Option<AutoOffsetReset>,
    },
    /// A repartition topic.
    Repartition(Repartition),
    /// The merge of two streams.
    Merge,
    /// A stream-stream join, below the two nodes that keep its sides' records.
    StreamJoin {
        /// The node that keeps the left side's records.
        this_windowed: NodeId,
        /// The node that keeps the right side's records.
        other_windowed: NodeId,
    },
    /// A suppression, which refuses versioned tables.
    Suppress,
}

/// A logical node that is about to be added.
pub(crate) struct NewNode {
    pub(crate) name: Arc<str>,
    pub(crate) role: Role,
    pub(crate) write: Write,
    pub(crate) changes: Changes,
    pub(crate) output_versioned: Option<bool>,
    pub(crate) relaxes_null_keys: bool,
    pub(crate) closes_after_ms: Option<i64>,
}

/// What an operator may change about a record.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum Changes {
    /// Neither key nor value, or nothing that the passes care about.
    #[default]
    Nothing,
    /// The key.
    Key,
    /// The value.
    Value,
    /// Both (`process` under `__enable.process.processValue.fix__`).
    KeyAndValue,
}

impl NewNode {
    /// A node of no special role. `name` is what children call their parent.
    pub(crate) fn new(
        name: Arc<str>,
        write: impl Fn(&mut Lowering<'_>, &NodeAt) -> Result<()> + 'static,
    ) -> Self {
        Self {
            name,
            role: Role::Plain,
            write: Arc::new(write),
            changes: Changes::Nothing,
            output_versioned: None,
            relaxes_null_keys: false,
            closes_after_ms: None,
        }
    }

    pub(crate) fn role(mut self, role: Role) -> Self {
        self.role = role;
        self
    }

    pub(crate) fn changing(mut self, changes: Changes) -> Self {
        self.changes = changes;
        self
    }

    /// Whether the table that comes out keeps versions; `None` leaves it as it is above.
    pub(crate) fn output_versioned(mut self, versioned: Option<bool>) -> Self {
        self.output_versioned = versioned;
        self
    }

    /// Repartition topics above let null keys through (KIP-962).
    pub(crate) fn relaxing_null_keys(mut self) -> Self {
        self.relaxes_null_keys = true;
        self
    }

    /// A windowed aggregation: results are final this many milliseconds after the end of their window.
    pub(crate) fn closing_after(mut self, ms: i64) -> Self {
        self.closes_after_ms = Some(ms);
        self
    }
}

/// A node in its place. Parents and children are sets in the order in which they were added.
#[derive(Clone)]
pub(super) struct GraphNode {
    pub(super) name: Arc<str>,
    pub(super) priority: u64,
    pub(super) parents: Vec<NodeId>,
    pub(super) children: Vec<NodeId>,
    pub(super) role: Role,
    pub(super) write: Write,
    pub(super) changes: Changes,
    pub(super) output_versioned: Option<bool>,
    pub(super) relaxes_null_keys: bool,
    pub(super) closes_after_ms: Option<i64>,
}

impl GraphNode {
    pub(super) fn of(node: NewNode) -> Self {
        let NewNode { name, role, write, changes, output_versioned, relaxes_null_keys, closes_after_ms } =
            node;
        Self {
            name,
            priority: 0,
            parents: Vec::new(),
            children: Vec::new(),
            role,
            write,
            changes,
            output_versioned,
            relaxes_null_keys,
            closes_after_ms,
        }
    }

    pub(super) fn changes_key(&self) -> bool {
        matches!(self.changes, Changes::Key | Changes::KeyAndValue)
    }

    pub(super) fn changes_value(&self) -> bool {
        matches!(self.changes, Changes::Value | Changes::KeyAndValue)
    }

    pub(super) fn repartition(&self) -> Option<&Repartition> {
        match &self.role {
            Role::Repartition(repartition) => Some(repartition),
            _ => None,
        }
    }
}

impl fmt::Debug for GraphNode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} -> {:?}", self.name, self.children)
    }
}
