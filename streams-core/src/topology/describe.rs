//! `describe()`: the topology as text, to the letter what Kafka Streams prints (KIP-120).

use std::cmp::Ordering;
use std::collections::HashMap;
use std::fmt::{self, Write as _};
use std::sync::Arc;

use super::builder::Topology;
use super::grouping::{NodeGroup, java_order};
use super::java_hash::JavaHashSet;
use super::node_spec::{NodeKind, SinkTarget};
use super::plan::SourceTopics;
use super::size_set::SizeSet;

/// A node as [`TopologyDescription`] shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NodeDescription {
    /// The node's name.
    pub name: Arc<str>,
    /// What kind of node it is.
    pub kind: NodeDescriptionKind,
    /// Names of the nodes it takes records from.
    pub predecessors: Vec<Arc<str>>,
    /// Names of the nodes it forwards records to.
    pub successors: Vec<Arc<str>>,
}

/// The kind of a node, and what belongs to it.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum NodeDescriptionKind {
    /// A source of these topics.
    Source(Vec<Arc<str>>),
    /// A source of all topics that match the pattern.
    SourcePattern(String),
    /// A processor with these stores.
    Processor(Vec<Arc<str>>),
    /// A sink to this topic.
    Sink(Arc<str>),
    /// A sink to topics that an extractor of this description finds.
    ComputedSink(String),
}

/// A sub-topology, or a global store with its source and its processor.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SubtopologyDescription {
    /// Its number.
    pub id: i32,
    /// Whether it is a global store, for which there are no tasks.
    pub global: bool,
    /// The nodes, those with the largest tree below them first.
    pub nodes: Vec<NodeDescription>,
}

/// What a topology consists of. Its text is, to the letter, the one that Kafka Streams prints.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TopologyDescription {
    /// Sub-topologies and global stores by number.
    pub subtopologies: Vec<SubtopologyDescription>,
}

impl Topology {
    /// What the topology consists of.
    ///
    /// ```
    /// use streams_core::{Sink, Source, Topology};
    ///
    /// let mut topology = Topology::new();
    /// topology
    ///     .add_source(Source::<String, String>::new("in", ["from"]))?
    ///     .add_sink(Sink::<String, String>::to("out", "to"), ["in"])?;
    /// let text = "Topologies:\n   Sub-topology: 0\n    Source: in (topics: [from])\n      --> out\n    \
    ///             Sink: out (topic: to)\n      <-- in\n\n";
    /// assert_eq!(topology.describe().to_string(), text);
    /// # Ok::<(), streams_core::Error>(())
    /// ```
    pub fn describe(&self) -> TopologyDescription {
        let subtopologies = self.node_groups().iter().map(|group| self.describe_group(group)).collect();
        TopologyDescription { subtopologies }
    }

    fn describe_group(&self, group: &NodeGroup) -> SubtopologyDescription {
        let neighbours = Neighbours::of(self, group);
        let mut order: Vec<usize> = (0..neighbours.names.len()).collect();
        order.sort_by(|a, b| neighbours.compare(*a, *b));
        let mut nodes: Vec<NodeDescription> = order
            .into_iter()
            .map(|node| NodeDescription {
                name: Arc::clone(&neighbours.names[node]),
                kind: self.describe_kind(&neighbours.names[node]),
                predecessors: neighbours.list(&neighbours.predecessors[node]),
                successors: neighbours.list(&neighbours.successors[node]),
            })
            .collect();
        if group.global {
            nodes.sort_by_key(|node| !node.predecessors.is_empty());
        }
        SubtopologyDescription { id: group.id, global: group.global, nodes }
    }

    fn describe_kind(&self, name: &str) -> NodeDescriptionKind {
        let walk = |names: &mut dyn Iterator<Item = &Arc<str>>| -> Vec<Arc<str>> {
            JavaHashSet::copy_of(names).iter().cloned().collect()
        };
        match &self.nodes[self.by_name[name]].kind {
            NodeKind::Source { topics: SourceTopics::Names(topics), .. } => {
                NodeDescriptionKind::Source(walk(&mut topics.iter()))
            }
            NodeKind::Source { topics: SourceTopics::Pattern(pattern), .. } => {
                NodeDescriptionKind::SourcePattern(pattern.as_str().to_owned())
            }
            NodeKind::Processor { stores } => NodeDescriptionKind::Processor(walk(&mut stores.iter())),
            NodeKind::Sink(SinkTarget::Topic(topic)) => NodeDescriptionKind::Sink(Arc::clone(topic)),
            NodeKind::Sink(SinkTarget::Computed(text)) => NodeDescriptionKind::ComputedSink(text.clone()),
        }
    }
}

/// The neighbours of the nodes of a group. Sizes grow while the sets are filled, and the sets are ordered by size:
/// see [`SizeSet`].
struct Neighbours {
    names: Vec<Arc<str>>,
    /// All nodes, children before their parents.
    children_first: Vec<usize>,
    sizes: Vec<usize>,
    predecessors: Vec<SizeSet>,
    successors: Vec<SizeSet>,
}

impl Neighbours {
    fn of(topology: &Topology, group: &NodeGroup) -> Self {
        // A map is filled in the order in which the set is walked, and walked itself.
        let mut by_name = JavaHashSet::new();
        for name in group.names.iter() {
            by_name.insert(Arc::clone(name));
        }
        let names: Vec<Arc<str>> = by_name.iter().cloned().collect();
        let places: HashMap<&str, usize> = names.iter().enumerate().map(|(i, name)| (&**name, i)).collect();
        let count = names.len();
        let mut children_first: Vec<usize> = (0..count).collect();
        children_first.sort_by_key(|node| std::cmp::Reverse(topology.by_name[&names[*node]]));
        let mut all = Self {
            sizes: vec![1; count],
            predecessors: vec![SizeSet::default(); count],
            successors: vec![SizeSet::default(); count],
            names: names.clone(),
            children_first,
        };
        for (node, name) in names.iter().enumerate() {
            for parent in &topology.nodes[topology.by_name[name]].parents {
                if let Some(parent) = places.get(&**parent) {
                    all.connect(*parent, node);
                }
            }
        }
        all
    }

    fn connect(&mut self, parent: usize, node: usize) {
        let mut set = std::mem::take(&mut self.predecessors[node]);
        set.insert(parent, |a, b| self.compare(a, b));
        self.predecessors[node] = set;
        let mut set = std::mem::take(&mut self.successors[parent]);
        set.insert(node, |a, b| self.compare(a, b));
        self.successors[parent] = set;
        self.add_size(parent, self.sizes[node]);
    }

    /// Adds to the size of a node and of all above it, once for each path to it.
    fn add_size(&mut self, node: usize, more: usize) {
        let mut paths = vec![0_usize; self.names.len()];
        paths[node] = 1;
        for &at in &self.children_first {
            if paths[at] == 0 {
                continue;
            }
            self.sizes[at] = self.sizes[at].saturating_add(more.saturating_mul(paths[at]));
            for parent in self.predecessors[at].items() {
                paths[parent] = paths[parent].saturating_add(paths[at]);
            }
        }
    }

    /// The larger tree first; among equals, by name.
    fn compare(&self, a: usize, b: usize) -> Ordering {
        self.sizes[b].cmp(&self.sizes[a]).then_with(|| java_order(&self.names[a], &self.names[b]))
    }

    fn list(&self, set: &SizeSet) -> Vec<Arc<str>> {
        set.items().into_iter().map(|node| Arc::clone(&self.names[node])).collect()
    }
}

impl fmt::Display for TopologyDescription {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Topologies:\n ")?;
        self.subtopologies.iter().try_for_each(|subtopology| write!(f, "  {subtopology}"))
    }
}

impl fmt::Display for SubtopologyDescription {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let what = if self.global { " for global store (will not generate tasks)" } else { "" };
        writeln!(f, "Sub-topology: {}{what}", self.id)?;
        self.nodes.iter().try_for_each(|node| writeln!(f, "    {node}"))?;
        // Kafka Streams prints an empty line behind a sub-topology, and none behind a global store.
        if self.global { Ok(()) } else { f.write_char('\n') }
    }
}

impl fmt::Display for NodeDescription {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (name, list) = (&self.name, |names: &[Arc<str>]| names.join(", "));
        match &self.kind {
            NodeDescriptionKind::Source(topics) => write!(f, "Source: {name} (topics: [{}])", list(topics))?,
            NodeDescriptionKind::SourcePattern(pattern) => write!(f, "Source: {name} (topics: {pattern})")?,
            NodeDescriptionKind::Processor(stores) => {
                write!(f, "Processor: {name} (stores: [{}])", list(stores))?;
            }
            NodeDescriptionKind::Sink(topic) => write!(f, "Sink: {name} (topic: {topic})")?,
            NodeDescriptionKind::ComputedSink(text) => write!(f, "Sink: {name} (extractor class: {text})")?,
        }
        let neighbours = |names: &[Arc<str>]| {
            if names.is_empty() { "none".to_owned() } else { list(names) }
        };
        let (is_source, is_sink) = match &self.kind {
            NodeDescriptionKind::Source(_) | NodeDescriptionKind::SourcePattern(_) => (true, false),
            NodeDescriptionKind::Processor(_) => (false, false),
            NodeDescriptionKind::Sink(_) | NodeDescriptionKind::ComputedSink(_) => (false, true),
        };
        if !is_sink {
            write!(f, "\n      --> {}", neighbours(&self.successors))?;
        }
        if !is_source {
            write!(f, "\n      <-- {}", neighbours(&self.predecessors))?;
        }
        Ok(())
    }
}
