//! Sets of tasks. A task is a sub-topology and a partition.

use super::messages::TaskIds;
use crate::coordinator::held::Since;
use crate::coordinator::records::StreamsTaskIds;
use std::collections::{BTreeMap, BTreeSet};

/// A task.
pub(crate) type Task = (String, i32);

/// Tasks of one kind.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct TaskSet(pub(crate) BTreeSet<Task>);

impl TaskSet {
    pub(crate) fn contains(&self, task: &Task) -> bool {
        self.0.contains(task)
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(crate) fn len(&self) -> usize {
        self.0.len()
    }

    pub(crate) fn and(&self, other: &Self) -> Self {
        Self(self.0.intersection(&other.0).cloned().collect())
    }

    pub(crate) fn without(&self, other: &Self) -> Self {
        Self(self.0.difference(&other.0).cloned().collect())
    }

    pub(crate) fn with(&self, other: &Self) -> Self {
        Self(self.0.union(&other.0).cloned().collect())
    }

    fn by_subtopology(&self) -> BTreeMap<&str, Vec<i32>> {
        let mut all: BTreeMap<&str, Vec<i32>> = BTreeMap::new();
        for (subtopology, partition) in &self.0 {
            all.entry(subtopology).or_default().push(*partition);
        }
        all
    }

    /// In the form of the protocol's messages.
    pub(crate) fn to_message(&self) -> Vec<TaskIds> {
        let ids = |(id, partitions): (&str, Vec<i32>)| TaskIds { subtopology_id: id.to_owned(), partitions };
        self.by_subtopology().into_iter().map(ids).collect()
    }

    /// From the form of the protocol's messages.
    pub(crate) fn from_message(ids: &[TaskIds]) -> Self {
        let one =
            |t: &TaskIds| t.partitions.iter().map(|p| (t.subtopology_id.clone(), *p)).collect::<Vec<_>>();
        Self(ids.iter().flat_map(one).collect())
    }

    /// In the form of the records.
    pub(crate) fn to_record(&self) -> Vec<StreamsTaskIds> {
        let ids = |(id, partitions): (&str, Vec<i32>)| StreamsTaskIds {
            subtopology_id: id.to_owned(),
            partitions,
            assignment_epochs: None,
        };
        self.by_subtopology().into_iter().map(ids).collect()
    }

    /// In the form of the records, with the epochs since which a member has them.
    pub(crate) fn to_current(&self, since: &Since<Task>) -> Vec<StreamsTaskIds> {
        let ids = |(id, partitions): (&str, Vec<i32>)| StreamsTaskIds {
            subtopology_id: id.to_owned(),
            assignment_epochs: since.to_record(partitions.iter().map(|p| (id.to_owned(), *p))),
            partitions,
        };
        self.by_subtopology().into_iter().map(ids).collect()
    }

    /// From the form of the records.
    pub(crate) fn from_record(ids: &[StreamsTaskIds]) -> Self {
        let one = |t: &StreamsTaskIds| {
            t.partitions.iter().map(|p| (t.subtopology_id.clone(), *p)).collect::<Vec<_>>()
        };
        Self(ids.iter().flat_map(one).collect())
    }
}

impl FromIterator<Task> for TaskSet {
    fn from_iter<I: IntoIterator<Item = Task>>(tasks: I) -> Self {
        Self(tasks.into_iter().collect())
    }
}

/// Tasks of all kinds.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Tasks {
    /// Tasks that process records.
    pub(crate) active: TaskSet,
    /// Copies that follow the changelogs, to take over quickly.
    pub(crate) standby: TaskSet,
    /// Copies that will become active once they have caught up. Nothing makes them in 4.3; they are kept as they
    /// come.
    pub(crate) warmup: TaskSet,
}

impl Tasks {
    pub(crate) fn is_empty(&self) -> bool {
        self.active.is_empty() && self.standby.is_empty() && self.warmup.is_empty()
    }

    /// Combines each kind with the other's.
    pub(crate) fn each(&self, other: &Self, combine: impl Fn(&TaskSet, &TaskSet) -> TaskSet) -> Self {
        Self {
            active: combine(&self.active, &other.active),
            standby: combine(&self.standby, &other.standby),
            warmup: combine(&self.warmup, &other.warmup),
        }
    }
}
