//! Sets of partitions, by topic id.

use crate::coordinator::held::Since;
use crate::coordinator::records::{CurrentPartitions, TargetPartitions};
use std::collections::{BTreeMap, BTreeSet};
use uuid::Uuid;

/// A partition of a topic.
pub(crate) type Partition = (Uuid, i32);

/// A set of partitions.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Partitions(pub(crate) BTreeSet<Partition>);

impl Partitions {
    pub(crate) fn contains(&self, partition: &Partition) -> bool {
        self.0.contains(partition)
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(crate) fn len(&self) -> usize {
        self.0.len()
    }

    pub(crate) fn and(&self, other: &Self) -> Self {
        Self(self.0.intersection(&other.0).copied().collect())
    }

    pub(crate) fn without(&self, other: &Self) -> Self {
        Self(self.0.difference(&other.0).copied().collect())
    }

    pub(crate) fn with(&self, other: &Self) -> Self {
        Self(self.0.union(&other.0).copied().collect())
    }

    /// The partitions of each topic.
    pub(crate) fn by_topic(&self) -> BTreeMap<Uuid, Vec<i32>> {
        let mut all: BTreeMap<Uuid, Vec<i32>> = BTreeMap::new();
        for (topic, partition) in &self.0 {
            all.entry(*topic).or_default().push(*partition);
        }
        all
    }

    /// From topics with their partitions.
    pub(crate) fn of<'a>(topics: impl Iterator<Item = (Uuid, &'a [i32])>) -> Self {
        Self(topics.flat_map(|(topic, partitions)| partitions.iter().map(move |p| (topic, *p))).collect())
    }

    pub(crate) fn to_target(&self) -> Vec<TargetPartitions> {
        let one = |(topic_id, partitions)| TargetPartitions { topic_id, partitions };
        self.by_topic().into_iter().map(one).collect()
    }

    pub(crate) fn from_target(topics: &[TargetPartitions]) -> Self {
        Self::of(topics.iter().map(|t| (t.topic_id, t.partitions.as_slice())))
    }

    pub(crate) fn to_current(&self, since: &Since<Partition>) -> Vec<CurrentPartitions> {
        let one = |(topic_id, partitions): (Uuid, Vec<i32>)| {
            let assignment_epochs = since.to_record(partitions.iter().map(|p| (topic_id, *p)));
            CurrentPartitions { topic_id, partitions, assignment_epochs }
        };
        self.by_topic().into_iter().map(one).collect()
    }

    pub(crate) fn from_current(topics: &[CurrentPartitions]) -> Self {
        Self::of(topics.iter().map(|t| (t.topic_id, t.partitions.as_slice())))
    }
}
