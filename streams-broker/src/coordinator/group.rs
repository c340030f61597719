//! A group of any protocol.

use super::classic::ClassicGroup;
use super::consumer::ConsumerGroup;
use super::outcome::Cx;
use super::records::GroupRecord;
use super::streams::StreamsGroup;
use super::topics::TopicImage;
use kafka_protocol::ResponseError;

/// Who commits offsets, as the request says.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Committer<'a> {
    pub(crate) member_id: &'a str,
    pub(crate) instance_id: Option<&'a str>,
    /// Generation or member epoch, -1 for nobody in particular.
    pub(crate) generation: i32,
    /// Within a transaction.
    pub(crate) transactional: bool,
    /// Version of the request: before v9 clients do not know the errors of member epochs.
    pub(crate) version: i16,
}

impl Committer<'_> {
    /// The error for an epoch that does not fit: members of the classic protocol, and transactions, know but 22.
    pub(crate) fn stale(&self, modern: bool) -> ResponseError {
        if self.transactional || !modern {
            ResponseError::IllegalGeneration
        } else {
            ResponseError::StaleMemberEpoch
        }
    }
}

/// What a committer may commit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Scope {
    /// Offsets of all partitions.
    Everything,
    /// Those of partitions that it has had since its epoch or longer: that epoch is one of before.
    Held,
}

/// Whether the next target assignment may be made: the first at once, another not sooner than the interval after the
/// last, so that members that come or go together cost one rebalance.
pub(crate) fn is_assignment_due(last_ms: i64, interval_ms: i64, now_ms: i64) -> bool {
    last_ms == 0 || now_ms >= last_ms.saturating_add(interval_ms)
}

/// A group of any protocol.
#[derive(Debug, Clone)]
pub(crate) enum Group {
    Classic(ClassicGroup),
    Consumer(ConsumerGroup),
    Streams(StreamsGroup),
}

impl Group {
    /// The name of its type in ListGroups v5.
    pub(crate) fn type_name(&self) -> &'static str {
        match self {
            Self::Classic(_) => "classic",
            Self::Consumer(_) => "consumer",
            Self::Streams(_) => "streams",
        }
    }

    /// The name of its state in ListGroups v4+.
    pub(crate) fn state_name(&self) -> &'static str {
        match self {
            Self::Classic(g) => g.state.name(),
            Self::Consumer(g) => g.state_name(),
            Self::Streams(g) => g.state_name(),
        }
    }

    pub(crate) fn protocol_type(&self) -> String {
        match self {
            Self::Classic(g) => g.protocol_type.clone().unwrap_or_default(),
            Self::Consumer(_) => "consumer".to_owned(),
            Self::Streams(_) => "streams".to_owned(),
        }
    }

    /// Whether it has no members, so that it may be deleted.
    pub(crate) fn is_empty(&self) -> bool {
        match self {
            Self::Classic(g) => g.is_empty(),
            Self::Consumer(g) => g.is_empty(),
            Self::Streams(g) => g.is_empty(),
        }
    }

    /// Whether its members read the topic, whose offsets must then stay.
    pub(crate) fn is_subscribed(&self, topic: &str) -> bool {
        match self {
            Self::Classic(g) => g.is_subscribed(topic),
            Self::Consumer(g) => g.members.values().any(|m| m.reads(topic)),
            Self::Streams(g) => g.is_subscribed(topic),
        }
    }

    /// Whether it is known which topics the members read.
    pub(crate) fn knows_subscriptions(&self) -> bool {
        match self {
            Self::Classic(g) => g.is_consumer(),
            Self::Consumer(_) | Self::Streams(_) => true,
        }
    }

    /// What the committer may commit now.
    pub(crate) fn validate_commit(&self, committer: Committer<'_>) -> Result<Scope, ResponseError> {
        match self {
            Self::Classic(g) => g.validate_commit(committer).map(|()| Scope::Everything),
            Self::Consumer(g) => g.validate_commit(committer),
            Self::Streams(g) => g.validate_commit(committer),
        }
    }

    /// Whether the committer has had a partition since its epoch, or longer.
    pub(crate) fn validate_held(
        &self,
        committer: Committer<'_>,
        topic: &TopicImage,
        partition: i32,
    ) -> Result<(), ResponseError> {
        match self {
            Self::Classic(_) => Ok(()),
            Self::Consumer(g) => g.validate_held(committer, &(topic.id, partition)),
            Self::Streams(g) => g.validate_held(committer, &topic.name, partition),
        }
    }

    /// Whether a member may ask for offsets (OffsetFetch v9+ says who asks).
    pub(crate) fn validate_fetch(&self, member: &str, epoch: i32) -> Result<(), ResponseError> {
        match self {
            Self::Classic(_) => Ok(()),
            Self::Consumer(g) => g.validate_fetch(member, epoch),
            Self::Streams(g) => g.validate_fetch(member, epoch),
        }
    }

    /// Since when an offset has been of no use, `None` while it is.
    pub(crate) fn unused_since(&self, topic: &str, committed: i64) -> Option<i64> {
        match self {
            Self::Classic(g) => g.unused_since(topic, committed),
            Self::Streams(g) if !g.is_empty() && g.is_subscribed(topic) => None,
            Self::Consumer(g) if g.members.values().any(|m| m.reads(topic)) => None,
            Self::Consumer(_) | Self::Streams(_) => Some(committed),
        }
    }

    /// Writes the tombstones that remove the group itself.
    pub(crate) fn forget(&self, cx: &mut Cx<'_>) {
        match self {
            Self::Classic(g) => cx.record(GroupRecord::Classic { group: g.id.clone(), value: None }),
            Self::Consumer(g) => g.forget(cx),
            Self::Streams(g) => g.forget(cx),
        }
    }
}
