//! A consumer group: its members, and who shall read what.

use super::partitions::{Partition, Partitions};
use crate::coordinator::group::{Committer, Scope};
use crate::coordinator::held::Since;
use crate::coordinator::records::ConsumerMemberMetadataValue;
use kafka_protocol::ResponseError;
use std::cmp::Ordering;
use std::collections::BTreeMap;

/// The epoch of a static member that is away for a while.
pub(crate) const AWAY: i32 = -2;

/// The hash of the topics when a member has left and nobody has looked since.
pub(super) const UNKNOWN_HASH: i64 = i64::MIN;

/// Where a member is on its way to the target assignment, with Kafka's numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum MemberState {
    /// It has what it shall have.
    #[default]
    Stable = 1,
    /// It must give partitions up first.
    UnrevokedPartitions = 2,
    /// It waits for others to give partitions up.
    UnreleasedPartitions = 3,
}

impl MemberState {
    pub(crate) fn from_number(number: i8) -> Self {
        match number {
            2 => Self::UnrevokedPartitions,
            3 => Self::UnreleasedPartitions,
            _ => Self::Stable,
        }
    }
}

/// A member of a consumer group.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct ConsumerMember {
    pub(crate) metadata: ConsumerMemberMetadataValue,
    pub(crate) epoch: i32,
    pub(crate) previous_epoch: i32,
    pub(crate) state: MemberState,
    /// What it reads.
    pub(crate) assigned: Partitions,
    /// What it has to give up.
    pub(crate) pending_revocation: Partitions,
    /// Since when it has each of them.
    pub(crate) since: Since<Partition>,
}

/// A group of the consumer protocol.
#[derive(Debug, Clone, Default)]
pub(crate) struct ConsumerGroup {
    pub(crate) id: String,
    pub(crate) epoch: i32,
    pub(crate) metadata_hash: i64,
    pub(crate) members: BTreeMap<String, ConsumerMember>,
    /// The group epoch that the target assignment was made for.
    pub(crate) target_epoch: i32,
    /// When it was made; 0 if never.
    pub(crate) target_timestamp: i64,
    pub(crate) target: BTreeMap<String, Partitions>,
}

impl ConsumerGroup {
    pub(crate) fn new(id: &str) -> Self {
        Self { id: id.to_owned(), ..Self::default() }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.members.is_empty()
    }

    /// The state's name in ListGroups and ConsumerGroupDescribe.
    pub(crate) fn state_name(&self) -> &'static str {
        let settled = |m: &ConsumerMember| m.state == MemberState::Stable && m.epoch == self.target_epoch;
        if self.is_empty() {
            "Empty"
        } else if self.epoch > self.target_epoch {
            "Assigning"
        } else if self.members.values().all(settled) {
            "Stable"
        } else {
            "Reconciling"
        }
    }

    /// The member with an instance id.
    pub(crate) fn static_member(&self, instance: &str) -> Option<(&String, &ConsumerMember)> {
        self.members.iter().find(|(_, m)| m.metadata.instance_id.as_deref() == Some(instance))
    }

    /// The assignor that most members ask for; `uniform` where nobody cares.
    pub(crate) fn assignor(&self) -> &str {
        let mut votes: BTreeMap<&str, usize> = BTreeMap::new();
        for member in self.members.values() {
            if let Some(name) = member.metadata.server_assignor.as_deref() {
                *votes.entry(name).or_default() += 1;
            }
        }
        votes.into_iter().max_by_key(|(_, count)| *count).map_or("uniform", |(name, _)| name)
    }

    /// What the committer may commit as a member with an epoch of now or before: 25, 22 or 113 if it is none, and
    /// 35 for a version that members of this protocol may not use.
    pub(crate) fn validate_commit(&self, c: Committer<'_>) -> Result<Scope, ResponseError> {
        let nobody = c.generation < 0 && c.member_id.is_empty();
        if c.generation < 0 && self.is_empty() || nobody && c.transactional {
            return Ok(Scope::Everything);
        }
        let member = self.members.get(c.member_id).ok_or(ResponseError::UnknownMemberId)?;
        let modern = member.metadata.classic.is_none();
        if modern && !c.transactional && c.version < 9 {
            return Err(ResponseError::UnsupportedVersion);
        }
        match c.generation.cmp(&member.epoch) {
            Ordering::Equal => Ok(Scope::Everything),
            Ordering::Less => Ok(Scope::Held),
            Ordering::Greater => Err(c.stale(modern)),
        }
    }

    /// Whether the member has had the partition since the committer's epoch, or longer.
    pub(crate) fn validate_held(&self, c: Committer<'_>, partition: &Partition) -> Result<(), ResponseError> {
        let member = self.members.get(c.member_id).ok_or(ResponseError::UnknownMemberId)?;
        let covered = member.since.covers(partition, c.generation);
        if covered { Ok(()) } else { Err(c.stale(member.metadata.classic.is_none())) }
    }

    /// Whether the member may ask for offsets.
    pub(crate) fn validate_fetch(&self, member: &str, epoch: i32) -> Result<(), ResponseError> {
        let member = self.members.get(member).ok_or(ResponseError::UnknownMemberId)?;
        match member.epoch == epoch {
            true => Ok(()),
            false if member.metadata.classic.is_some() => Err(ResponseError::IllegalGeneration),
            false => Err(ResponseError::StaleMemberEpoch),
        }
    }
}
