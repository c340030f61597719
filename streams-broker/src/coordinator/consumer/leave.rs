//! Members that go, for good or for a while, or are taken to be gone.

use super::group::{AWAY, ConsumerGroup, ConsumerMember, MemberState, UNKNOWN_HASH};
use super::heartbeat::{current_record, removal};
use super::validate::Refusal;
use crate::coordinator::outcome::{Cx, GroupTimer};
use crate::coordinator::records::{ConsumerGroupMetadataValue, GroupRecord};
use kafka_protocol::messages::{ConsumerGroupHeartbeatRequest, ConsumerGroupHeartbeatResponse};

impl ConsumerGroup {
    /// Handles a heartbeat with epoch -1, or -2 of a static member, whose partitions are kept for it until its
    /// session ends.
    pub(crate) fn leave(
        &mut self,
        cx: &mut Cx<'_>,
        request: &ConsumerGroupHeartbeatRequest,
    ) -> Result<ConsumerGroupHeartbeatResponse, Refusal> {
        self.check_member(&request.member_id, request.instance_id.as_deref())?;
        if request.member_epoch == AWAY {
            if let Some(member) = self.members.get(request.member_id.as_str()) {
                let away = ConsumerMember { epoch: AWAY, previous_epoch: member.epoch, ..member.clone() };
                cx.record(current_record(&self.id, &request.member_id, &away));
            }
        } else {
            self.remove(cx, &request.member_id);
        }
        Ok(ConsumerGroupHeartbeatResponse::default()
            .with_member_id(Some(request.member_id.clone()))
            .with_member_epoch(request.member_epoch))
    }

    /// Takes a member out; its partitions go to others with their next heartbeats.
    fn remove(&self, cx: &mut Cx<'_>, member: &str) {
        cx.timers.cancel(&GroupTimer::session(&self.id, member));
        cx.timers.cancel(&GroupTimer::revoke(&self.id, member));
        cx.timers.cancel(&GroupTimer::rejoin(&self.id, member));
        cx.timers.cancel(&GroupTimer::resync(&self.id, member));
        for record in removal(&self.id, member) {
            cx.record(record);
        }
        let value =
            ConsumerGroupMetadataValue { epoch: self.epoch.saturating_add(1), metadata_hash: UNKNOWN_HASH };
        cx.record(GroupRecord::ConsumerMetadata { group: self.id.clone(), value: Some(value) });
    }

    /// A member has not been heard of for its session.
    pub(crate) fn session_deadline(&self, cx: &mut Cx<'_>, member: &str) {
        if self.members.contains_key(member) {
            self.remove(cx, member);
        }
    }

    /// A member has not given up its partitions in time.
    pub(crate) fn revoke_deadline(&self, cx: &mut Cx<'_>, member: &str) {
        if self.members.get(member).is_some_and(|m| m.state == MemberState::UnrevokedPartitions) {
            self.remove(cx, member);
        }
    }

    /// A member of the classic protocol has not joined again, or not asked for its assignment, in time.
    pub(crate) fn rejoin_deadline(&self, cx: &mut Cx<'_>, member: &str) {
        if self.members.get(member).is_some_and(|m| m.metadata.classic.is_some()) {
            self.remove(cx, member);
        }
    }

    /// After a restart every member has a whole session to be heard of again: the group's, or, as a member of the
    /// classic protocol, its own.
    pub(crate) fn loaded(&self, cx: &mut Cx<'_>, session_timeout_ms: i64) {
        for (id, member) in &self.members {
            let own = member.metadata.classic.as_ref().map(|classic| i64::from(classic.session_timeout_ms));
            let session = own.unwrap_or(session_timeout_ms);
            cx.timers.set(GroupTimer::session(&self.id, id), cx.now + session);
            if member.state == MemberState::UnrevokedPartitions {
                let patience = i64::from(member.metadata.rebalance_timeout_ms.max(0));
                cx.timers.set(GroupTimer::revoke(&self.id, id), cx.now + patience);
            }
        }
    }

    /// Writes the tombstones that remove the group.
    pub(crate) fn forget(&self, cx: &mut Cx<'_>) {
        let group = || self.id.clone();
        for member in self.target.keys() {
            let member = member.clone();
            cx.record(GroupRecord::ConsumerTargetMember { group: group(), member, value: None });
        }
        cx.record(GroupRecord::ConsumerTargetMetadata { group: group(), value: None });
        cx.record(GroupRecord::ConsumerMetadata { group: group(), value: None });
    }
}
