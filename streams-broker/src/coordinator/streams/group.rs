//! A streams group: its members, its topology, and who shall run what.

use super::messages::{Endpoint, KeyValue, Subtopology, Topology};
use super::tasks::{Task, Tasks};
use super::topology::Configured;
use crate::coordinator::group::{Committer, Scope};
use crate::coordinator::held::Since;
use crate::coordinator::records::{StreamsMemberMetadataValue, StreamsTopologyValue};
use kafka_protocol::ResponseError;
use std::cmp::Ordering;
use std::collections::BTreeMap;

/// Where a member is on its way to the target assignment, with Kafka's numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum MemberState {
    /// It has what it shall have.
    #[default]
    Stable = 1,
    /// It must give tasks up first.
    UnrevokedTasks = 2,
    /// It waits for others to give tasks up.
    UnreleasedTasks = 3,
}

impl MemberState {
    pub(crate) fn from_number(number: i8) -> Self {
        match number {
            2 => Self::UnrevokedTasks,
            3 => Self::UnreleasedTasks,
            _ => Self::Stable,
        }
    }
}

/// A member of a streams group.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct StreamsMember {
    pub(crate) metadata: StreamsMemberMetadataValue,
    pub(crate) epoch: i32,
    pub(crate) previous_epoch: i32,
    pub(crate) state: MemberState,
    /// What it runs.
    pub(crate) assigned: Tasks,
    /// What it has to give up.
    pub(crate) pending_revocation: Tasks,
    /// Since when it has each active one of them.
    pub(crate) since: Since<Task>,
}

impl Subtopology {
    /// Whether it reads the topic.
    fn reads(&self, topic: &str) -> bool {
        self.source_topics.iter().any(|t| t == topic)
            || self.repartition_source_topics.iter().any(|t| t.name == topic)
    }
}

/// The epoch of a new group and of its empty assignment; the first member brings the next.
const FIRST_EPOCH: i32 = 1;

/// A group of the streams protocol.
#[derive(Debug, Clone, Default)]
pub(crate) struct StreamsGroup {
    pub(crate) id: String,
    pub(crate) epoch: i32,
    pub(crate) metadata_hash: i64,
    pub(crate) validated_topology_epoch: i32,
    /// The settings that the current epoch is for.
    pub(crate) last_assignment_configs: Option<Vec<KeyValue>>,
    pub(crate) topology: Option<StreamsTopologyValue>,
    pub(crate) members: BTreeMap<String, StreamsMember>,
    /// The group epoch that the target assignment was made for.
    pub(crate) target_epoch: i32,
    /// When it was made; 0 if never.
    pub(crate) target_timestamp: i64,
    pub(crate) target: BTreeMap<String, Tasks>,
    /// Soft state: what the topology needs of the topics, as last looked at.
    pub(crate) configured: Option<Configured>,
    /// Soft state: until when the first assignment is held back.
    pub(crate) delayed_until: Option<i64>,
    /// Soft state: grows when an endpoint or what it serves changes.
    pub(crate) endpoint_epoch: i32,
    /// Soft state: who asked for the whole application to stop.
    pub(crate) shutdown_requested_by: Option<String>,
}

impl StreamsGroup {
    pub(crate) fn new(id: &str) -> Self {
        Self {
            id: id.to_owned(),
            epoch: FIRST_EPOCH,
            target_epoch: FIRST_EPOCH,
            validated_topology_epoch: -1,
            ..Self::default()
        }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.members.is_empty()
    }

    /// The state's name in ListGroups and StreamsGroupDescribe.
    pub(crate) fn state_name(&self) -> &'static str {
        // After a restart nobody has looked at the topics yet: the last validation counts.
        let ready = match &self.configured {
            Some(configured) => configured.problem.is_none(),
            None => self.validated_topology_epoch >= 0,
        };
        if self.is_empty() {
            "Empty"
        } else if !ready {
            "NotReady"
        } else if self.epoch > self.target_epoch {
            "Assigning"
        } else if self
            .members
            .values()
            .all(|m| m.state == MemberState::Stable && m.epoch == self.target_epoch)
        {
            "Stable"
        } else {
            "Reconciling"
        }
    }

    /// Whether the topology reads the topic.
    pub(crate) fn is_subscribed(&self, topic: &str) -> bool {
        self.topology.iter().flat_map(|t| &t.subtopologies).any(|s| s.reads(topic))
    }

    /// What the committer may commit as a member with an epoch of now or before: 25, 22 or 113 if it is none, and
    /// 35 for a version that members of this protocol may not use.
    pub(crate) fn validate_commit(&self, c: Committer<'_>) -> Result<Scope, ResponseError> {
        if c.generation < 0 && self.is_empty()
            || c.transactional && c.member_id.is_empty() && c.generation < 0
        {
            return Ok(Scope::Everything);
        }
        let member = self.members.get(c.member_id).ok_or(ResponseError::UnknownMemberId)?;
        if !c.transactional && c.version < 9 {
            return Err(ResponseError::UnsupportedVersion);
        }
        match c.generation.cmp(&member.epoch) {
            Ordering::Equal => Ok(Scope::Everything),
            Ordering::Less => Ok(Scope::Held),
            Ordering::Greater => Err(c.stale(true)),
        }
    }

    /// Whether the member has run the task that reads the partition since the committer's epoch, or longer.
    pub(crate) fn validate_held(
        &self,
        c: Committer<'_>,
        topic: &str,
        partition: i32,
    ) -> Result<(), ResponseError> {
        let member = self.members.get(c.member_id).ok_or(ResponseError::UnknownMemberId)?;
        let mut subtopologies = self.topology.iter().flat_map(|t| &t.subtopologies);
        let covered = subtopologies.find(|s| s.reads(topic)).is_some_and(|s| {
            let task = (s.subtopology_id.clone(), partition);
            member.since.covers(&task, c.generation)
        });
        if covered { Ok(()) } else { Err(c.stale(true)) }
    }

    /// Whether the member may ask for offsets.
    pub(crate) fn validate_fetch(&self, member: &str, epoch: i32) -> Result<(), ResponseError> {
        let member = self.members.get(member).ok_or(ResponseError::UnknownMemberId)?;
        if member.epoch == epoch { Ok(()) } else { Err(ResponseError::StaleMemberEpoch) }
    }

    /// Whether a topology is the one that the group runs.
    pub(crate) fn runs(&self, topology: &Topology) -> bool {
        self.topology
            .as_ref()
            .is_some_and(|t| t.epoch == topology.epoch && t.subtopologies == topology.subtopologies)
    }

    /// The endpoints of the members, for interactive queries.
    pub(crate) fn endpoints(&self) -> impl Iterator<Item = (&Endpoint, &StreamsMember)> {
        self.members.values().filter_map(|m| m.metadata.user_endpoint.as_ref().map(|e| (e, m)))
    }
}
