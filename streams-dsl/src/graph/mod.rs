//! The logical graph: what the DSL's calls build up, and what becomes a topology only at `build()`.
//!
//! Calls only add nodes. At the build the graph is copied, equal sources are merged, the optimisation passes run, and
//! the nodes are written into a topology in Kafka's order (see [`lower`]); so names, numbers and the order of children
//! are those of Kafka Streams.

mod lower;
mod names;
mod node;
mod passes;
mod repartition;

pub(crate) use lower::{Lowering, NodeAt};
pub(crate) use names::GeneratedNames;
pub(crate) use node::{Changes, NewNode, NodeId, Role};
pub(crate) use repartition::{RepartitionNames, RepartitionSpec, repartition_node};

use std::cell::{RefCell, RefMut};
use std::collections::{BTreeSet, HashMap};
use std::rc::Rc;
use std::sync::Arc;

use streams_core::{Error, Result, Topology, validate_name};

use crate::params::Named;
use crate::settings::BuildSettings;
use node::GraphNode;

/// Names of the source nodes that a stream or table comes from: what is co-partitioned with what.
pub(crate) type SourceNames = Rc<BTreeSet<Arc<str>>>;

/// The graph behind a [`StreamsBuilder`](crate::StreamsBuilder).
#[derive(Clone, Debug)]
pub(crate) struct Graph {
    nodes: Vec<GraphNode>,
    names: GeneratedNames,
    priorities: u64,
    /// Key-changing nodes and the mergeable repartition topics below each, in the order in which they were added.
    key_changers: Vec<(NodeId, Vec<NodeId>)>,
    /// Source nodes, by name, whose topics must have the same number of partitions.
    copartitioned: Vec<SourceNames>,
    /// The repartition topic that was last made for joins of a stream, by the stream's node.
    join_repartitions: HashMap<NodeId, NodeId>,
    /// The first thing that went wrong: what `build()` returns.
    error: Option<Rc<Error>>,
    /// `__enable.process.processValue.fix__`: processors count as changing what they may change (KAFKA-19668).
    processors_change_records: bool,
}

/// A handle on the graph that a builder, its streams and its tables share.
#[derive(Clone, Debug)]
pub(crate) struct GraphHandle(Rc<RefCell<Graph>>);

impl Graph {
    fn new() -> Self {
        let root = NewNode::new("root".into(), |_, _| Ok(())).role(Role::Root);
        Self {
            nodes: vec![GraphNode::of(root)],
            names: GeneratedNames::default(),
            priorities: 0,
            key_changers: Vec::new(),
            copartitioned: Vec::new(),
            join_repartitions: HashMap::new(),
            error: None,
            processors_change_records: false,
        }
    }

    fn node(&self, id: NodeId) -> &GraphNode {
        &self.nodes[id.0]
    }

    fn node_mut(&mut self, id: NodeId) -> &mut GraphNode {
        &mut self.nodes[id.0]
    }

    fn push(&mut self, node: NewNode) -> NodeId {
        self.nodes.push(GraphNode::of(node));
        NodeId(self.nodes.len() - 1)
    }

    fn link(&mut self, parent: NodeId, child: NodeId) {
        if !self.node(parent).children.contains(&child) {
            self.node_mut(parent).children.push(child);
        }
        if !self.node(child).parents.contains(&parent) {
            self.node_mut(child).parents.push(parent);
        }
    }

    fn unlink(&mut self, parent: NodeId, child: NodeId) {
        self.node_mut(parent).children.retain(|id| *id != child);
        self.node_mut(child).parents.retain(|id| *id != parent);
    }

    /// Puts a node below one more parent. As in Kafka, each such call gives the node a new, later priority.
    fn attach(&mut self, parent: NodeId, child: NodeId) {
        self.link(parent, child);
        self.node_mut(child).priority = self.priorities;
        self.priorities += 1;
        self.note_for_merging(child);
    }

    fn note_for_merging(&mut self, node: NodeId) {
        if self.node(node).changes_key() {
            if !self.key_changers.iter().any(|(changer, _)| *changer == node) {
                self.key_changers.push((node, Vec::new()));
            }
            return;
        }
        if !self.node(node).repartition().is_some_and(|repartition| repartition.mergeable) {
            return;
        }
        let Some(changer) = self.key_changer_above(node) else { return };
        if let Some((_, below)) = self.key_changers.iter_mut().find(|(id, _)| *id == changer)
            && !below.contains(&node)
        {
            below.push(node);
        }
    }

    /// The nearest key-changing node above, unless a value-changing one lies between.
    fn key_changer_above(&self, node: NodeId) -> Option<NodeId> {
        let keys_or_values = self.find_above(node, &|node| node.changes_key() || node.changes_value())?;
        let keys = self.find_above(node, &GraphNode::changes_key)?;
        (keys == keys_or_values).then_some(keys)
    }

    fn closes_after_ms(&self, node: NodeId) -> Option<i64> {
        let node = self.node(node);
        let above = || {
            let times: Option<Vec<i64>> =
                node.parents.iter().map(|parent| self.closes_after_ms(*parent)).collect();
            times?.into_iter().max()
        };
        node.closes_after_ms.or_else(above)
    }

    /// The first node that matches: this one, or one above it, depth first.
    fn find_above(&self, start: NodeId, matches: &dyn Fn(&GraphNode) -> bool) -> Option<NodeId> {
        if matches(self.node(start)) {
            return Some(start);
        }
        for parent in &self.node(start).parents {
            if matches(self.node(*parent)) {
                return Some(*parent);
            }
            if let Some(found) = self.find_above(*parent, matches) {
                return Some(found);
            }
        }
        None
    }
}

/// The node that has no parent.
pub(crate) const ROOT: NodeId = NodeId(0);

impl GraphHandle {
    pub(crate) fn new() -> Self {
        Self(Rc::new(RefCell::new(Graph::new())))
    }

    fn graph(&self) -> RefMut<'_, Graph> {
        self.0.borrow_mut()
    }

    /// Adds a node below its parents.
    pub(crate) fn add(&self, parents: &[NodeId], node: NewNode) -> NodeId {
        let mut graph = self.graph();
        let id = graph.push(node);
        parents.iter().for_each(|parent| graph.attach(*parent, id));
        id
    }

    /// Puts a node that is there already below a parent (once more).
    pub(crate) fn attach(&self, parent: NodeId, child: NodeId) {
        self.graph().attach(parent, child);
    }

    /// A new name with that prefix and the next number.
    pub(crate) fn generate(&self, prefix: &str) -> Arc<str> {
        self.graph().names.next(prefix)
    }

    /// The name that was given, or a new one. As in Kafka, a number is used up in either case.
    pub(crate) fn name(&self, named: &Named, prefix: &str) -> Arc<str> {
        let generated = self.generate(prefix);
        match named.name() {
            Some(name) => self.checked(name),
            None => generated,
        }
    }

    /// As [`GraphHandle::name`], with `suffix` behind a name that was given.
    pub(crate) fn suffixed_name(&self, named: &Named, suffix: &str, prefix: &str) -> Arc<str> {
        let generated = self.generate(prefix);
        match named.name() {
            Some(name) => self.checked(&format!("{}{suffix}", self.checked(name))),
            None => generated,
        }
    }

    /// The name, which `build()` refuses if it is not a legal one.
    pub(crate) fn checked(&self, name: &str) -> Arc<str> {
        self.check(validate_name(name));
        name.into()
    }

    /// What the merging of repartition topics takes a user's processor to change: nothing, unless the configuration asks
    /// for the fix of KAFKA-19668 (feature D119).
    pub(crate) fn changes_of_processors(&self, truth: Changes) -> Changes {
        if self.graph().processors_change_records { truth } else { Changes::Nothing }
    }

    /// See [`GraphHandle::changes_of_processors`].
    pub(crate) fn set_processors_change_records(&self, change: bool) {
        self.graph().processors_change_records = change;
    }

    /// Keeps the first error for `build()`.
    pub(crate) fn fail(&self, error: Error) {
        self.graph().error.get_or_insert_with(|| Rc::new(error));
    }

    /// Keeps the error, if it is one, for `build()`.
    pub(crate) fn check<T>(&self, result: Result<T>) -> Option<T> {
        result.map_err(|error| self.fail(error)).ok()
    }

    /// The topics of these sources must have the same number of partitions.
    pub(crate) fn copartition(&self, sources: SourceNames) {
        self.graph().copartitioned.push(sources);
    }

    /// The node of the repartition topic that was last made for joins of this stream.
    pub(crate) fn join_repartition(&self, stream: NodeId) -> Option<NodeId> {
        self.graph().join_repartitions.get(&stream).copied()
    }

    /// See [`GraphHandle::join_repartition`].
    pub(crate) fn remember_join_repartition(&self, stream: NodeId, repartition: NodeId) {
        self.graph().join_repartitions.insert(stream, repartition);
    }

    /// How long after the end of a window the results that come out of a node are final, in milliseconds: as the windowed
    /// aggregation above says, the slowest one if there are several.
    pub(crate) fn closes_after_ms(&self, node: NodeId) -> Option<i64> {
        self.graph().closes_after_ms(node)
    }

    /// Lowers a copy of the graph.
    pub(crate) fn lower(&self, settings: &BuildSettings) -> Result<Topology> {
        let graph = self.0.borrow().clone();
        if let Some(error) = &graph.error {
            return Err(Error::new(error.kind(), error.to_string()));
        }
        passes::run(graph, settings).and_then(|graph| lower::lower(&graph, settings))
    }
}
