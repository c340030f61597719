//! Which nodes belong together: sub-topologies and their numbers.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::builder::Topology;
use super::java_hash::JavaHashSet;
use super::node_spec::NodeKind;

/// Union-find over nodes.
#[derive(Debug, Clone, Default)]
pub(super) struct Groups {
    parent: Vec<usize>,
}

impl Groups {
    pub(super) fn add(&mut self) {
        self.parent.push(self.parent.len());
    }

    pub(super) fn unite(&mut self, a: usize, b: usize) {
        let (a, b) = (self.root(a), self.root(b));
        self.parent[b] = a;
    }

    pub(super) fn root(&self, node: usize) -> usize {
        let mut root = node;
        while self.parent[root] != root {
            root = self.parent[root];
        }
        root
    }
}

/// One group of connected nodes: a sub-topology, or a global store with its source and its processor.
#[derive(Debug, Clone)]
pub(super) struct NodeGroup {
    pub(super) id: i32,
    /// The names, in the order in which Kafka Streams walks them.
    pub(super) names: JavaHashSet,
    pub(super) global: bool,
}

impl Topology {
    /// The groups by number: in the order of their first nodes.
    pub(super) fn node_groups(&self) -> Vec<NodeGroup> {
        let mut groups: Vec<NodeGroup> = Vec::new();
        let mut by_root = BTreeMap::new();
        for node in 0..self.nodes.len() {
            let place = *by_root.entry(self.groups.root(node)).or_insert_with(|| {
                let id = i32::try_from(groups.len()).unwrap_or(i32::MAX);
                groups.push(NodeGroup { id, names: JavaHashSet::new(), global: false });
                groups.len() - 1
            });
            let group = &mut groups[place];
            group.names.insert(Arc::clone(&self.nodes[node].name));
            group.global |= matches!(self.nodes[node].kind, NodeKind::Source { global: true, .. });
        }
        groups
    }
}

/// `String.compareTo`: by UTF-16 code units.
pub(super) fn java_order(a: &str, b: &str) -> std::cmp::Ordering {
    a.encode_utf16().cmp(b.encode_utf16())
}
