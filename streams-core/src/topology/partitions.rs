//! How many partitions internal topics have, and how many tasks a sub-topology has.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::build::{BuiltTopology, Subtopology};
use super::internal_topics::InternalTopicKind;
use crate::error::{Error, ErrorKind, Result};

/// Numbers of partitions and tasks, worked out from those of the input topics.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct PartitionCounts {
    /// Partitions of each internal topic, by full name.
    pub internal_topics: BTreeMap<Arc<str>, i32>,
    /// Tasks of each sub-topology.
    pub tasks: BTreeMap<i32, i32>,
}

/// Counts of repartition topics that are known so far.
type Known = BTreeMap<Arc<str>, i32>;

impl BuiltTopology {
    /// Works out how many partitions the internal topics need, when the topics of the cluster have as many as
    /// `cluster` says.
    ///
    /// A repartition topic without a fixed number gets that of the largest topic upstream; co-partitioned topics are
    /// made equal; a changelog has one partition for each task.
    ///
    /// # Errors
    /// [`ErrorKind::Retry`]: an input topic is missing. [`ErrorKind::Topology`]: co-partitioned input topics have
    /// different numbers of partitions, or a fixed number contradicts them.
    pub fn partition_counts(&self, cluster: &BTreeMap<String, i32>) -> Result<PartitionCounts> {
        let mut known = self.upstream_counts(cluster)?;
        for group in &self.equal_partitions {
            self.make_equal(group, cluster, &mut known)?;
        }
        let mut counts = PartitionCounts::default();
        for subtopology in self.subtopologies.values() {
            let tasks =
                self.largest_source(subtopology, cluster, &known).ok_or_else(|| missing(subtopology))?;
            counts.tasks.insert(subtopology.id, tasks);
            for changelog in &subtopology.changelog_topics {
                if self.kind(changelog) == Some(InternalTopicKind::Changelog) {
                    counts.internal_topics.insert(Arc::clone(changelog), tasks);
                }
            }
        }
        counts.internal_topics.extend(known);
        Ok(counts)
    }

    fn kind(&self, topic: &str) -> Option<InternalTopicKind> {
        self.internal_topics.get(topic).map(|topic| topic.kind)
    }

    fn is_repartition(&self, topic: &str) -> bool {
        self.kind(topic) == Some(InternalTopicKind::Repartition)
    }

    fn fixed(&self, topic: &str) -> Option<i32> {
        self.internal_topics.get(topic)?.partitions
    }

    /// Fixed numbers, and from upstream the others, until nothing is left to find.
    fn upstream_counts(&self, cluster: &BTreeMap<String, i32>) -> Result<Known> {
        let topics: Vec<&Arc<str>> =
            self.internal_topics.keys().filter(|topic| self.is_repartition(topic)).collect();
        let mut known: Known =
            topics.iter().filter_map(|topic| Some((Arc::clone(topic), self.fixed(topic)?))).collect();
        while known.len() < topics.len() {
            let before = known.len();
            for topic in topics.iter().filter(|topic| !known.contains_key(**topic)).collect::<Vec<_>>() {
                let upstream = self.subtopologies.values().filter(|up| up.sink_topics.contains(*topic));
                let largest = upstream.filter_map(|up| self.largest_source(up, cluster, &known)).max();
                if let Some(count) = largest {
                    known.insert(Arc::clone(topic), count);
                }
            }
            if known.len() == before {
                let unknown: Vec<&str> = topics
                    .iter()
                    .filter(|topic| !known.contains_key(**topic))
                    .map(|topic| &***topic)
                    .collect();
                return Err(Error::new(
                    ErrorKind::Retry,
                    format!(
                        "cannot tell how many partitions the repartition topics {} need: create all input topics, and \
                         make sure that each pattern matches one",
                        unknown.join(", ")
                    ),
                ));
            }
        }
        Ok(known)
    }

    /// The largest number of partitions among the sources of a sub-topology, as far as known.
    fn largest_source(
        &self,
        subtopology: &Subtopology,
        cluster: &BTreeMap<String, i32>,
        known: &Known,
    ) -> Option<i32> {
        let named = subtopology.source_topics.iter().filter_map(|topic| {
            if self.is_repartition(topic) {
                known.get(topic).copied()
            } else {
                cluster.get(&**topic).copied()
            }
        });
        let matched = cluster.iter().filter_map(|(topic, count)| {
            subtopology.source_patterns.iter().any(|pattern| pattern.matches(topic)).then_some(*count)
        });
        named.chain(matched).max()
    }

    fn make_equal(
        &self,
        group: &BTreeSet<Arc<str>>,
        cluster: &BTreeMap<String, i32>,
        known: &mut Known,
    ) -> Result<()> {
        let (inner, outer): (Vec<&Arc<str>>, Vec<&Arc<str>>) =
            group.iter().partition(|topic| self.is_repartition(topic));
        let mut set: BTreeMap<&str, i32> = BTreeMap::new();
        for topic in outer {
            let count = cluster.get(&**topic).ok_or_else(|| {
                Error::new(ErrorKind::Retry, format!("the input topic `{topic}` does not exist: create it"))
            })?;
            set.insert(topic, *count);
        }
        set.extend(inner.iter().filter_map(|topic| Some((&***topic, self.fixed(topic)?))));
        let counts: BTreeSet<i32> = set.values().copied().collect();
        if counts.len() > 1 {
            let list: Vec<String> =
                set.iter().map(|(topic, count)| format!("`{topic}` has {count}")).collect();
            return Err(Error::topology(format!(
                "topics that are joined must have the same number of partitions: {}",
                list.join(", ")
            )));
        }
        let largest = inner.iter().filter_map(|topic| known.get(*topic).copied()).max();
        if let Some(count) = counts.first().copied().or(largest) {
            known.extend(inner.into_iter().map(|topic| (Arc::clone(topic), count)));
        }
        Ok(())
    }
}

fn missing(subtopology: &Subtopology) -> Error {
    let topics: Vec<&str> = subtopology
        .source_topics
        .iter()
        .map(|topic| &**topic)
        .chain(subtopology.source_patterns.iter().map(super::pattern::TopicPattern::as_str))
        .collect();
    Error::new(
        ErrorKind::Retry,
        format!("none of the input topics {} of sub-topology {} exists", topics.join(", "), subtopology.id),
    )
}
