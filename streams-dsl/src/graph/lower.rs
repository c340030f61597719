//! Lowering: the graph's nodes become nodes of a topology, in Kafka's order.

use std::cmp::Reverse;
use std::collections::{BTreeSet, BinaryHeap, HashMap};
use std::sync::Arc;

use streams_core::{Result, Source, StoreBuilder, Topology};

use super::passes::{leads_to_relaxed_join, versioned_above};
use super::{Graph, NodeId, ROOT};
use crate::Data;
use crate::settings::BuildSettings;

/// A topology that is being written.
pub(crate) struct Lowering<'a> {
    pub(crate) topology: Topology,
    pub(crate) settings: &'a BuildSettings,
    /// Builders of stores that several processors may share, by the address of what describes the store.
    pub(crate) shared_stores: HashMap<usize, Arc<dyn StoreBuilder>>,
    sources: BTreeSet<Arc<str>>,
}

impl Lowering<'_> {
    /// Adds a source called `name`, and remembers the name for co-partitioning.
    pub(crate) fn add_source<K: Data, V: Data>(
        &mut self,
        name: &Arc<str>,
        source: Source<K, V>,
    ) -> Result<()> {
        self.topology.add_source(source)?;
        self.sources.insert(Arc::clone(name));
        Ok(())
    }
}

/// A node as it is written: its place, and what the passes found out about it.
#[derive(Debug, Clone)]
pub(crate) struct NodeAt {
    pub(crate) name: Arc<str>,
    /// Names of the parents, in the order in which the node was put below them.
    pub(crate) parents: Vec<Arc<str>>,
    /// For each parent, whether the table that it forwards keeps versions (KIP-914).
    pub(crate) parents_versioned: Vec<bool>,
    /// Of a repartition topic: null keys go through.
    pub(crate) null_keys_pass: bool,
}

/// Writes all nodes. The queue holds nodes by priority; one that is taken out is written if all its parents are, and
/// then its children enter the queue.
pub(super) fn lower(graph: &Graph, settings: &BuildSettings) -> Result<Topology> {
    let mut lowering = Lowering {
        topology: settings.config.as_ref().map(Topology::with_config).unwrap_or_default(),
        settings,
        shared_stores: HashMap::new(),
        sources: BTreeSet::new(),
    };
    let mut written = vec![false; graph.nodes.len()];
    let mut queue = BinaryHeap::from([Reverse((0, ROOT))]);
    while let Some(Reverse((_, id))) = queue.pop() {
        let node = graph.node(id);
        if written[id.0] || !node.parents.iter().all(|parent| written[parent.0]) {
            continue;
        }
        (node.write)(&mut lowering, &place(graph, id))?;
        written[id.0] = true;
        queue.extend(node.children.iter().map(|child| Reverse((graph.node(*child).priority, *child))));
    }
    for sources in &graph.copartitioned {
        let known = sources.iter().filter(|source| lowering.sources.contains(*source));
        lowering.topology.copartition(known)?;
    }
    Ok(lowering.topology)
}

fn place(graph: &Graph, id: NodeId) -> NodeAt {
    let node = graph.node(id);
    let parents = || node.parents.iter().filter(|parent| **parent != ROOT);
    NodeAt {
        name: Arc::clone(&node.name),
        parents: parents().map(|parent| Arc::clone(&graph.node(*parent).name)).collect(),
        parents_versioned: parents().map(|parent| versioned_above(graph, *parent)).collect(),
        null_keys_pass: node.repartition().is_some() && leads_to_relaxed_join(graph, id),
    }
}
