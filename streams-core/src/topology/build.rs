//! The finished topology of one application: names decorated, sub-topologies numbered, plans made.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::sync::Arc;

use super::builder::Topology;
use super::describe::TopologyDescription;
use super::internal_topics::{self, InternalTopic, InternalTopicKind};
use super::offset_reset::AutoOffsetReset;
use super::pattern::TopicPattern;
use super::plan::{Plan, SourceTopics};
use super::planning::Planner;
use crate::config::StreamsConfig;
use crate::error::Result;

/// A sub-topology: what one kind of task runs, and the topics that it touches, all by their full names.
#[derive(Clone)]
pub struct Subtopology {
    pub(super) id: i32,
    pub(super) source_topics: BTreeSet<Arc<str>>,
    pub(super) source_patterns: Vec<TopicPattern>,
    pub(super) sink_topics: BTreeSet<Arc<str>>,
    pub(super) changelog_topics: BTreeSet<Arc<str>>,
    pub(super) plan: Plan,
}

impl Subtopology {
    /// The number, as in task ids.
    pub fn id(&self) -> i32 {
        self.id
    }

    /// The topics that its sources name, repartition topics included.
    pub fn source_topics(&self) -> &BTreeSet<Arc<str>> {
        &self.source_topics
    }

    /// The patterns of its sources.
    pub fn source_patterns(&self) -> &[TopicPattern] {
        &self.source_patterns
    }

    /// The topics that its sinks name, repartition topics included. Computed topics are not known beforehand.
    pub fn sink_topics(&self) -> &BTreeSet<Arc<str>> {
        &self.sink_topics
    }

    /// The topics that restore its stores; source topics that serve as changelogs are among them.
    pub fn changelog_topics(&self) -> &BTreeSet<Arc<str>> {
        &self.changelog_topics
    }

    /// Whether its tasks have stores.
    pub fn is_stateful(&self) -> bool {
        !self.plan.stores.is_empty()
    }
}

impl fmt::Debug for Subtopology {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Subtopology")
            .field("id", &self.id)
            .field("source_topics", &self.source_topics)
            .field("sink_topics", &self.sink_topics)
            .finish_non_exhaustive()
    }
}

/// A topology made ready for one application: what the runtime and the test driver run.
#[derive(Debug, Clone)]
pub struct BuiltTopology {
    pub(super) application_id: Arc<str>,
    pub(super) subtopologies: BTreeMap<i32, Subtopology>,
    pub(super) whole: Plan,
    pub(super) global: Option<Plan>,
    pub(super) internal_topics: BTreeMap<Arc<str>, InternalTopic>,
    pub(super) copartition_groups: Vec<BTreeSet<Arc<str>>>,
    /// The same, with groups that share a topic merged.
    pub(super) equal_partitions: Vec<BTreeSet<Arc<str>>>,
    pub(super) offset_resets: Vec<(SourceTopics, AutoOffsetReset)>,
    pub(super) description: TopologyDescription,
}

impl Topology {
    /// Makes the topology ready for the application that `config` names.
    ///
    /// # Errors
    /// [`ErrorKind::Topology`](crate::ErrorKind::Topology): joined repartition topics have different fixed numbers of
    /// partitions, or names were made up although `ensure.explicit.internal.resource.naming` is set.
    /// [`ErrorKind::Config`](crate::ErrorKind::Config): `application.id` is missing.
    pub fn build(&self, config: &StreamsConfig) -> Result<Arc<BuiltTopology>> {
        if config.ensure_explicit_internal_resource_naming() {
            self.generated.refuse()?;
        }
        if config.processor_wrapper().is_some() && !self.is_wrapped() {
            tracing::warn!(
                "the processor wrapper of the configuration has no effect: the topology was made without it \
                 (use `Topology::with_config` or `StreamsBuilder::with_config`)"
            );
        }
        self.check_copartition()?;
        let application_id: Arc<str> = config.application_id()?.into();
        let planner = Planner::new(self, config.internal_topic_prefix().unwrap_or(&application_id));

        let mut internal_topics: BTreeMap<Arc<str>, InternalTopic> = BTreeMap::new();
        let mut subtopologies = BTreeMap::new();
        let groups = self.node_groups();
        for group in groups.iter().filter(|group| !group.global) {
            let subtopology = planner.subtopology(group);
            for topic in &subtopology.source_topics {
                if let Some(options) = planner.repartition_options(topic) {
                    let topic = internal_topics::repartition(Arc::clone(topic), options, config);
                    internal_topics.insert(Arc::clone(&topic.name), topic);
                }
            }
            for store in &subtopology.plan.stores {
                let Some(name) = store.changelog.clone() else { continue };
                let kind = if store.changelog_is_source {
                    InternalTopicKind::SourceAsChangelog
                } else {
                    InternalTopicKind::Changelog
                };
                internal_topics
                    .entry(Arc::clone(&name))
                    .or_insert_with(|| internal_topics::changelog(name, kind, &*store.builder, config));
            }
            subtopologies.insert(group.id, subtopology);
        }
        let decorate = |groups: Vec<BTreeSet<Arc<str>>>| {
            let full_names =
                |group: BTreeSet<Arc<str>>| group.iter().map(|topic| planner.full_name(topic)).collect();
            groups.into_iter().map(full_names).collect()
        };
        Ok(Arc::new(BuiltTopology {
            whole: planner.whole(),
            global: planner.global(),
            offset_resets: planner.offset_resets(),
            copartition_groups: self.told_copartition_groups(|topic| planner.full_name(topic)),
            equal_partitions: decorate(self.merged_copartition_groups()),
            description: self.describe(),
            application_id,
            subtopologies,
            internal_topics,
        }))
    }
}

impl BuiltTopology {
    /// The application's id.
    pub fn application_id(&self) -> &Arc<str> {
        &self.application_id
    }

    /// The sub-topologies by number. Numbers that are missing belong to global stores, which have no tasks.
    pub fn subtopologies(&self) -> impl Iterator<Item = &Subtopology> {
        self.subtopologies.values()
    }

    /// The sub-topology of that number.
    pub fn subtopology(&self, id: i32) -> Option<&Subtopology> {
        self.subtopologies.get(&id)
    }

    /// The recipe for tasks of a sub-topology.
    pub fn plan(&self, subtopology: i32) -> Option<&Plan> {
        self.subtopologies.get(&subtopology).map(|subtopology| &subtopology.plan)
    }

    /// All sub-topologies as the recipe of one task: what the test driver runs. Global stores are not part of it.
    pub fn whole(&self) -> &Plan {
        &self.whole
    }

    /// The recipe for the global stores, if there are any.
    pub fn global_plan(&self) -> Option<&Plan> {
        self.global.as_ref()
    }

    /// Repartition topics and changelogs by their full names, and the source topics that serve as changelogs.
    pub fn internal_topics(&self) -> &BTreeMap<Arc<str>, InternalTopic> {
        &self.internal_topics
    }

    /// Groups of topics (full names) that must have the same number of partitions.
    pub fn copartition_groups(&self) -> &[BTreeSet<Arc<str>>] {
        &self.copartition_groups
    }

    /// Where to start reading `topic` without a committed offset, if its source says so (KIP-1106).
    pub fn offset_reset(&self, topic: &str) -> Option<AutoOffsetReset> {
        let mut resets = self.offset_resets.iter();
        resets.find(|(topics, _)| topics.contains(topic)).map(|(_, reset)| *reset)
    }

    /// What the topology consists of.
    pub fn description(&self) -> &TopologyDescription {
        &self.description
    }
}
