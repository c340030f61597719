//! A classic group: its state and the questions that handlers ask of it.

use super::member::ClassicMember;
use crate::coordinator::codec::Reader;
use crate::coordinator::outcome::GroupTimer;
use crate::coordinator::records::{GroupMetadataValue, GroupRecord, MemberMetadata};
use bytes::Bytes;
use kafka_protocol::ResponseError;
use std::collections::{BTreeMap, BTreeSet};

/// Where a classic group is in its life.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ClassicState {
    /// No members; it may have offsets.
    Empty,
    /// Waiting for its members to join.
    PreparingRebalance,
    /// Waiting for the leader's assignment.
    CompletingRebalance,
    /// Every member has its assignment.
    Stable,
}

impl ClassicState {
    /// The state's name in DescribeGroups and ListGroups.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Empty => "Empty",
            Self::PreparingRebalance => "PreparingRebalance",
            Self::CompletingRebalance => "CompletingRebalance",
            Self::Stable => "Stable",
        }
    }
}

/// A group of the classic protocol.
#[derive(Debug, Clone)]
pub(crate) struct ClassicGroup {
    pub(crate) id: String,
    pub(crate) state: ClassicState,
    /// When it came into its state, ms since the epoch.
    pub(crate) state_timestamp: i64,
    pub(crate) protocol_type: Option<String>,
    pub(crate) protocol: Option<String>,
    pub(crate) generation: i32,
    pub(crate) leader: Option<String>,
    pub(crate) members: BTreeMap<String, ClassicMember>,
    /// Member ids by `group.instance.id`.
    pub(crate) static_members: BTreeMap<String, String>,
    /// Ids that were given out (error 79) and not yet joined with.
    pub(crate) pending_join: BTreeSet<String>,
    /// Members of the new generation that have not sent SyncGroup.
    pub(crate) pending_sync: BTreeSet<String>,
    /// The rebalance began from the empty state: the initial delay applies.
    pub(crate) initial_rebalance: bool,
    /// Somebody joined since the initial delay last began.
    pub(crate) member_added: bool,
}

impl ClassicGroup {
    /// An empty group.
    pub(crate) fn new(id: &str, now: i64) -> Self {
        Self {
            id: id.to_owned(),
            state: ClassicState::Empty,
            state_timestamp: now,
            protocol_type: None,
            protocol: None,
            generation: 0,
            leader: None,
            members: BTreeMap::new(),
            static_members: BTreeMap::new(),
            pending_join: BTreeSet::new(),
            pending_sync: BTreeSet::new(),
            initial_rebalance: false,
            member_added: false,
        }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.state == ClassicState::Empty
    }

    /// Checks who is speaking: 25 for a stranger, 82 for a static member that was replaced.
    pub(crate) fn validate_member(&self, member: &str, instance: Option<&str>) -> Result<(), ResponseError> {
        if let Some(instance) = instance {
            match self.static_members.get(instance) {
                None => return Err(ResponseError::UnknownMemberId),
                Some(current) if current != member => return Err(ResponseError::FencedInstanceId),
                Some(_) => {}
            }
        }
        if self.members.contains_key(member) { Ok(()) } else { Err(ResponseError::UnknownMemberId) }
    }

    /// Checks who is speaking and in which generation: 22 for another one.
    pub(crate) fn validate_generation(
        &self,
        member: &str,
        instance: Option<&str>,
        generation: i32,
    ) -> Result<(), ResponseError> {
        self.validate_member(member, instance)?;
        if generation == self.generation { Ok(()) } else { Err(ResponseError::IllegalGeneration) }
    }

    /// Whether a member with these protocols may join: an empty group takes any, others want one in common.
    pub(crate) fn supports(&self, protocol_type: &str, protocols: &[(String, Bytes)]) -> bool {
        if self.is_empty() {
            return !protocol_type.is_empty() && !protocols.is_empty();
        }
        self.protocol_type.as_deref() == Some(protocol_type)
            && protocols.iter().any(|(name, _)| self.members.values().all(|m| m.supports(name)))
    }

    /// The protocol for the next generation: each member votes for its first that all others have too.
    pub(crate) fn select_protocol(&self) -> Option<String> {
        let mut votes: BTreeMap<&str, usize> = BTreeMap::new();
        for member in self.members.values() {
            let choice =
                member.protocols.iter().find(|(name, _)| self.members.values().all(|m| m.supports(name)));
            if let Some((name, _)) = choice {
                *votes.entry(name).or_default() += 1;
            }
        }
        votes.into_iter().max_by_key(|(_, count)| *count).map(|(name, _)| name.to_owned())
    }

    /// The longest rebalance timeout of its members.
    pub(crate) fn rebalance_timeout_ms(&self) -> i64 {
        self.members.values().map(|m| i64::from(m.rebalance_timeout_ms)).max().unwrap_or(0)
    }

    /// Whether members of the group read the topic, as far as their subscriptions can be read.
    pub(crate) fn is_subscribed(&self, topic: &str) -> bool {
        if self.protocol_type.as_deref() != Some("consumer") {
            return false;
        }
        let Some(protocol) = self.protocol.as_deref() else { return !self.is_empty() };
        self.members.values().any(|m| {
            subscribed_topics(&m.metadata(protocol)).is_none_or(|topics| topics.iter().any(|t| t == topic))
        })
    }

    /// Whether it is a group of consumers, whose subscriptions say which topics it reads.
    pub(crate) fn is_consumer(&self) -> bool {
        self.protocol_type.as_deref() == Some("consumer")
    }

    /// The group's record with the given assignments.
    pub(crate) fn record(&self, assignment: impl Fn(&ClassicMember) -> Bytes) -> GroupRecord {
        let protocol = self.protocol.as_deref().unwrap_or_default();
        let members = self.members.values().map(|m| MemberMetadata {
            member_id: m.id.clone(),
            instance_id: m.instance_id.clone(),
            client_id: m.client_id.clone(),
            client_host: m.client_host.clone(),
            rebalance_timeout_ms: m.rebalance_timeout_ms,
            session_timeout_ms: m.session_timeout_ms,
            subscription: m.metadata(protocol),
            assignment: assignment(m),
        });
        GroupRecord::Classic {
            group: self.id.clone(),
            value: Some(GroupMetadataValue {
                protocol_type: self.protocol_type.clone().unwrap_or_default(),
                generation: self.generation,
                protocol: self.protocol.clone(),
                leader: self.leader.clone(),
                state_timestamp: self.state_timestamp,
                members: members.collect(),
            }),
        }
    }

    pub(crate) fn session_timer(&self, member: &str) -> GroupTimer {
        GroupTimer::session(&self.id, member)
    }

    pub(crate) fn join_timer(&self) -> GroupTimer {
        GroupTimer::Join { group: self.id.clone() }
    }

    pub(crate) fn sync_timer(&self) -> GroupTimer {
        GroupTimer::Sync { group: self.id.clone() }
    }
}

/// The topics in a consumer's subscription (ConsumerProtocolSubscription, any version).
pub(crate) fn subscribed_topics(metadata: &[u8]) -> Option<Vec<String>> {
    let mut r = Reader::new(metadata);
    r.i16().ok()?;
    let count = r.array_len().ok()?;
    (0..count).map(|_| r.string().ok()).collect()
}
