//! Plans: nodes and stores of a group, in the order in which a task makes them.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use super::build::Subtopology;
use super::builder::Topology;
use super::grouping::NodeGroup;
use super::internal_topics::RepartitionOptions;
use super::node_spec::{NodeKind, SinkTarget};
use super::offset_reset::AutoOffsetReset;
use super::plan::{NodePlan, Plan, SourcePlan, SourceTopics, StorePlan};

/// Makes plans of a topology for one prefix of internal topics.
pub(super) struct Planner<'a> {
    topology: &'a Topology,
    prefix: &'a str,
    no_topic: Arc<str>,
}

impl<'a> Planner<'a> {
    pub(super) fn new(topology: &'a Topology, prefix: &'a str) -> Self {
        Self { topology, prefix, no_topic: "".into() }
    }

    /// The full name of a topic: internal ones begin with the prefix.
    pub(super) fn full_name(&self, topic: &Arc<str>) -> Arc<str> {
        if self.topology.repartition_topics.contains_key(topic) {
            format!("{}-{topic}", self.prefix).into()
        } else {
            Arc::clone(topic)
        }
    }

    /// What is fixed about the repartition topic of that full name, if it is one.
    pub(super) fn repartition_options(&self, full_name: &str) -> Option<RepartitionOptions> {
        let name = full_name.strip_prefix(self.prefix)?.strip_prefix('-')?;
        self.topology.repartition_topics.get(name).copied()
    }

    pub(super) fn subtopology(&self, group: &NodeGroup) -> Subtopology {
        let nodes: Vec<usize> =
            self.node_indices(|node| group.names.contains(&self.topology.nodes[node].name));
        let plan = self.plan(&nodes);
        let mut subtopology = Subtopology {
            id: group.id,
            source_topics: BTreeSet::new(),
            source_patterns: Vec::new(),
            sink_topics: BTreeSet::new(),
            changelog_topics: plan.stores.iter().filter_map(|store| store.changelog.clone()).collect(),
            plan,
        };
        for source in &subtopology.plan.sources {
            match &source.topics {
                SourceTopics::Names(names) => subtopology.source_topics.extend(names.iter().cloned()),
                SourceTopics::Pattern(pattern) => subtopology.source_patterns.push(pattern.clone()),
            }
        }
        for node in nodes {
            if let NodeKind::Sink(SinkTarget::Topic(topic)) = &self.topology.nodes[node].kind {
                subtopology.sink_topics.insert(self.full_name(topic));
            }
        }
        subtopology
    }

    /// All nodes but those of global stores.
    pub(super) fn whole(&self) -> Plan {
        self.plan(&self.node_indices(|node| !self.is_global(node)))
    }

    pub(super) fn global(&self) -> Option<Plan> {
        if self.topology.global_stores.is_empty() {
            return None;
        }
        Some(self.plan(&self.node_indices(|node| self.is_global(node))))
    }

    pub(super) fn offset_resets(&self) -> Vec<(SourceTopics, AutoOffsetReset)> {
        let nodes = self.topology.nodes.iter();
        nodes
            .filter_map(|node| match &node.kind {
                NodeKind::Source { topics, reset: Some(reset), .. } => {
                    Some((self.full_names(topics), *reset))
                }
                _ => None,
            })
            .collect()
    }

    fn node_indices(&self, wanted: impl Fn(usize) -> bool) -> Vec<usize> {
        (0..self.topology.nodes.len()).filter(|node| wanted(*node)).collect()
    }

    /// Whether the node belongs to a global store: its source, or a child of that.
    fn is_global(&self, node: usize) -> bool {
        let spec = &self.topology.nodes[node];
        match &spec.kind {
            NodeKind::Source { global, .. } => *global,
            _ => spec.parents.iter().any(|parent| self.is_global(self.topology.by_name[parent])),
        }
    }

    /// The plan of some nodes, given in the order in which they were added.
    fn plan(&self, nodes: &[usize]) -> Plan {
        let places: HashMap<usize, usize> =
            nodes.iter().enumerate().map(|(place, node)| (*node, place)).collect();
        let mut plan = Plan::default();
        for (place, node) in nodes.iter().enumerate() {
            let spec = &self.topology.nodes[*node];
            for parent in &spec.parents {
                if let Some(parent) = places.get(&self.topology.by_name[parent]) {
                    plan.nodes[*parent].children.push(place);
                }
            }
            let topic = match &spec.kind {
                NodeKind::Sink(SinkTarget::Topic(topic)) => self.full_name(topic),
                _ => Arc::clone(&self.no_topic),
            };
            if let NodeKind::Source { topics, .. } = &spec.kind {
                plan.sources.push(SourcePlan { node: place, topics: self.full_names(topics) });
            }
            plan.nodes.push(NodePlan {
                name: Arc::clone(&spec.name),
                children: Vec::new(),
                stores: self.visible_stores(&spec.kind),
                factory: (spec.make)(topic),
            });
            self.add_stores(&spec.kind, &mut plan);
        }
        plan
    }

    fn full_names(&self, topics: &SourceTopics) -> SourceTopics {
        match topics {
            SourceTopics::Names(names) => {
                SourceTopics::Names(names.iter().map(|name| self.full_name(name)).collect())
            }
            SourceTopics::Pattern(pattern) => SourceTopics::Pattern(pattern.clone()),
        }
    }

    /// The stores that a node is connected to, and all global ones.
    fn visible_stores(&self, kind: &NodeKind) -> Vec<Arc<str>> {
        let NodeKind::Processor { stores } = kind else { return Vec::new() };
        let mut visible: Vec<Arc<str>> = stores.iter().cloned().collect();
        for global in &self.topology.global_stores {
            if !visible.contains(&global.name) {
                visible.push(Arc::clone(&global.name));
            }
        }
        visible
    }

    /// Adds the stores of a node that no node before it has.
    fn add_stores(&self, kind: &NodeKind, plan: &mut Plan) {
        let NodeKind::Processor { stores } = kind else { return };
        for name in stores.iter() {
            if plan.stores.iter().all(|store| store.builder.name() != &**name) {
                plan.stores.extend(self.store_plan(name));
            }
        }
    }

    fn store_plan(&self, name: &str) -> Option<StorePlan> {
        if let Some(global) = self.topology.global_stores.iter().find(|store| &*store.name == name) {
            let changelog = Some(Arc::clone(&global.topic));
            return Some(StorePlan {
                builder: Arc::clone(&global.builder),
                changelog,
                changelog_is_source: true,
            });
        }
        let store = self.topology.stores.iter().find(|store| &*store.name == name)?;
        let builder = Arc::clone(&store.builder);
        Some(match &store.source_topic {
            Some(topic) => {
                StorePlan { builder, changelog: Some(self.full_name(topic)), changelog_is_source: true }
            }
            None => {
                let changelog =
                    builder.logging_enabled().then(|| format!("{}-{name}-changelog", self.prefix).into());
                StorePlan { builder, changelog, changelog_is_source: false }
            }
        })
    }
}
