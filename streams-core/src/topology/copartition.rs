//! Topics that must have the same number of partitions because their records meet.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::builder::Topology;
use super::java_hash::JavaHashSet;
use super::node_spec::NodeKind;
use super::plan::SourceTopics;
use crate::error::{Error, Result};

impl Topology {
    /// For the DSL: the topics of these sources (or topics, by name) meet in a join or an aggregation, and must have
    /// the same number of partitions.
    ///
    /// # Errors
    /// [`ErrorKind::Topology`](crate::ErrorKind::Topology): a name is neither a source nor a topic that a source reads.
    pub fn copartition(
        &mut self,
        sources_or_topics: impl IntoIterator<Item = impl AsRef<str>>,
    ) -> Result<&mut Self> {
        let names: Vec<Arc<str>> = sources_or_topics.into_iter().map(|name| name.as_ref().into()).collect();
        let mut topics: Vec<Arc<str>> = Vec::new();
        for name in JavaHashSet::copy_of(&names).iter() {
            let name = &**name;
            match self.by_name.get(name).map(|node| &self.nodes[*node].kind) {
                Some(NodeKind::Source { topics: SourceTopics::Names(names), .. }) => {
                    topics.extend(names.iter().cloned());
                }
                Some(NodeKind::Source { .. }) => {}
                _ => match self.source_topics.get_key_value(name) {
                    Some((topic, _)) => topics.push(Arc::clone(topic)),
                    None => {
                        return Err(Error::topology(format!(
                            "`{name}` cannot be co-partitioned: it is neither a source nor a topic that a source reads"
                        )));
                    }
                },
            }
        }
        self.copartitioned.push(topics);
        Ok(self)
    }

    /// The groups as Kafka tells them: a group joins the one that the first of its topics was in, in the order in which
    /// the JVM walks its topics, and takes the other topics along without their groups.
    pub(super) fn told_copartition_groups(
        &self,
        full_name: impl Fn(&Arc<str>) -> Arc<str>,
    ) -> Vec<BTreeSet<Arc<str>>> {
        let mut groups: Vec<BTreeSet<Arc<str>>> = Vec::new();
        let mut group_of: BTreeMap<Arc<str>, usize> = BTreeMap::new();
        for topics in &self.copartitioned {
            let mut walked = JavaHashSet::new();
            for topic in topics {
                walked.insert(full_name(topic));
            }
            let known = walked.iter().find_map(|topic| group_of.get(topic).copied());
            let group = known.unwrap_or_else(|| {
                groups.push(BTreeSet::new());
                groups.len() - 1
            });
            groups[group].extend(walked.iter().cloned());
            group_of.extend(walked.iter().map(|topic| (Arc::clone(topic), group)));
        }
        let told: BTreeSet<usize> = group_of.into_values().collect();
        let told: BTreeSet<BTreeSet<Arc<str>>> =
            told.into_iter().map(|group| groups[group].clone()).collect();
        // A topic by itself has nothing to agree with.
        told.into_iter().filter(|group| group.len() > 1).collect()
    }

    /// The groups, with groups that share a topic merged.
    pub(super) fn merged_copartition_groups(&self) -> Vec<BTreeSet<Arc<str>>> {
        let mut groups: Vec<BTreeSet<Arc<str>>> = Vec::new();
        for topics in &self.copartitioned {
            let mut merged: BTreeSet<Arc<str>> = topics.iter().cloned().collect();
            if merged.len() < 2 {
                continue;
            }
            groups.retain(|group| {
                let apart = group.is_disjoint(&merged);
                if !apart {
                    merged.extend(group.iter().cloned());
                }
                apart
            });
            groups.push(merged);
        }
        // A topic by itself has nothing to agree with.
        groups.retain(|group| group.len() > 1);
        groups.sort();
        groups
    }

    /// Refuses groups whose repartition topics have different fixed numbers of partitions. Groups that also have topics
    /// without a fixed number are judged when those are known.
    pub(super) fn check_copartition(&self) -> Result<()> {
        for group in &self.copartitioned {
            let fixed: Option<BTreeSet<(&str, i32)>> = group
                .iter()
                .map(|topic| Some((&**topic, self.repartition_topics.get(topic)?.partitions?)))
                .collect();
            let Some(fixed) = fixed else { continue };
            let counts: BTreeSet<i32> = fixed.iter().map(|(_, count)| *count).collect();
            if counts.len() > 1 {
                let list: Vec<String> =
                    fixed.iter().map(|(topic, count)| format!("`{topic}` has {count}")).collect();
                return Err(Error::topology(format!(
                    "topics that are joined must have the same number of partitions: {}",
                    list.join(", ")
                )));
            }
        }
        Ok(())
    }
}
