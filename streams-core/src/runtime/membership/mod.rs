//! Membership in the application's group: which tasks this thread has, and commits in the group's name.

mod classic;
mod others;
mod tasks;

use std::collections::BTreeMap;
use std::sync::Arc;

use rdkafka::TopicPartitionList;

pub(crate) use classic::ClassicMembership;

use super::events::TopicPartition;
use super::producer::StreamProducer;
use super::topics::ClusterTopics;
use crate::error::Result;
use crate::task::CommitOffset;
use crate::task_id::TaskId;

/// The tasks of a thread, each with the partitions that it reads.
pub(crate) type Assignment = BTreeMap<TaskId, Vec<TopicPartition>>;

/// What happened to a thread's tasks. The thread answers each between polls: gives up, or takes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum GroupEvent {
    /// All tasks must be given up with [`Membership::give_up`]: committed first, unless they are `lost` to others already.
    Revoked { lost: bool },
    /// These are the tasks now, to be taken with [`Membership::take`].
    Assigned(Assignment),
}

/// A thread's membership in the group of the application.
///
/// There is one implementation for the plain consumer group; one for the streams rebalance protocol (KIP-1071), where the
/// broker assigns tasks, fits the same calls.
pub(crate) trait Membership {
    /// The topics of the cluster; `None` while input topics are missing. Blocks.
    fn cluster(&mut self) -> Result<Option<Arc<ClusterTopics>>>;

    /// Joins the group.
    fn join(&mut self) -> Result<()>;

    /// What happened since the last call. May block for questions to the cluster.
    ///
    /// # Errors
    /// Of kind [`Retry`](crate::ErrorKind::Retry): ask again. Otherwise the thread cannot go on.
    fn next_event(&mut self) -> Result<Option<GroupEvent>>;

    /// Starts reading these partitions at the offsets that stand beside them.
    fn take(&mut self, partitions: &TopicPartitionList) -> Result<()>;

    /// Stops reading all partitions.
    fn give_up(&mut self) -> Result<()>;

    /// Commits offsets in the name of the member, and waits for the answer.
    ///
    /// # Errors
    /// Of kind [`Fenced`](crate::ErrorKind::Fenced): the tasks belong to others now.
    fn commit(&mut self, offsets: &[CommitOffset]) -> Result<()>;

    /// Commits the producer's transaction with these offsets in it, fenced by the member's generation (KIP-447).
    ///
    /// # Errors
    /// As [`StreamProducer::commit_transaction`].
    fn commit_transaction(&mut self, producer: &StreamProducer, offsets: &[CommitOffset]) -> Result<()>;

    /// Leaves and joins anew, after the member was fenced.
    fn rejoin(&mut self) -> Result<()>;

    /// Leaves the group for good.
    fn leave(&mut self);
}
