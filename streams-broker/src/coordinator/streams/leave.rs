//! Members that go, or are taken to be gone.

use super::group::{MemberState, StreamsGroup};
use super::messages::{StreamsGroupHeartbeatRequest, StreamsGroupHeartbeatResponse};
use crate::coordinator::outcome::{Cx, GroupTimer};
use crate::coordinator::records::{GroupRecord, StreamsGroupMetadataValue};
use kafka_protocol::ResponseError;

impl StreamsGroup {
    /// Handles a heartbeat with epoch -1 or -2.
    pub(crate) fn leave(
        &mut self,
        cx: &mut Cx<'_>,
        request: &StreamsGroupHeartbeatRequest,
    ) -> Result<StreamsGroupHeartbeatResponse, (ResponseError, String)> {
        if !self.members.contains_key(&request.member_id) {
            let text = format!("Member {} is not a member of group {}.", request.member_id, self.id);
            return Err((ResponseError::UnknownMemberId, text));
        }
        self.remove(cx, &request.member_id);
        if request.shutdown_application {
            self.shutdown_requested_by.get_or_insert_with(|| request.member_id.clone());
        }
        Ok(StreamsGroupHeartbeatResponse {
            member_id: request.member_id.clone(),
            member_epoch: request.member_epoch,
            status: Some(Vec::new()),
            ..StreamsGroupHeartbeatResponse::default()
        })
    }

    /// Takes a member out; its tasks go to others with their next heartbeats.
    fn remove(&mut self, cx: &mut Cx<'_>, member: &str) {
        cx.timers.cancel(&GroupTimer::session(&self.id, member));
        cx.timers.cancel(&GroupTimer::revoke(&self.id, member));
        let (group, member) = (self.id.clone(), member.to_owned());
        if self.members.get(&member).is_some_and(|m| m.metadata.user_endpoint.is_some()) {
            self.endpoint_epoch += 1;
        }
        cx.record(GroupRecord::StreamsCurrent { group: group.clone(), member: member.clone(), value: None });
        cx.record(GroupRecord::StreamsTargetMember {
            group: group.clone(),
            member: member.clone(),
            value: None,
        });
        cx.record(GroupRecord::StreamsMember { group, member, value: None });
        if self.members.len() == 1 {
            self.delayed_until = None;
            cx.timers.cancel(&GroupTimer::InitialDelay { group: self.id.clone() });
        }
        self.next_epoch(cx);
    }

    fn next_epoch(&self, cx: &mut Cx<'_>) {
        let value = StreamsGroupMetadataValue {
            epoch: self.epoch.saturating_add(1),
            metadata_hash: self.metadata_hash,
            validated_topology_epoch: self.validated_topology_epoch,
            last_assignment_configs: self.last_assignment_configs.clone(),
        };
        cx.record(GroupRecord::StreamsMetadata { group: self.id.clone(), value: Some(value) });
    }

    /// A member has not been heard of for its session.
    pub(crate) fn session_deadline(&mut self, cx: &mut Cx<'_>, member: &str) {
        if self.members.contains_key(member) {
            self.remove(cx, member);
        }
    }

    /// A member has not given up its tasks in time.
    pub(crate) fn revoke_deadline(&mut self, cx: &mut Cx<'_>, member: &str) {
        if self.members.get(member).is_some_and(|m| m.state == MemberState::UnrevokedTasks) {
            self.remove(cx, member);
        }
    }

    /// The first assignment need not be held back any longer: the next heartbeat makes it.
    pub(crate) fn delay_deadline(&mut self) {
        self.delayed_until = None;
    }

    /// After a restart every member has a whole session to be heard of again.
    pub(crate) fn loaded(&self, cx: &mut Cx<'_>, session_timeout_ms: i64) {
        for (id, member) in &self.members {
            cx.timers.set(GroupTimer::session(&self.id, id), cx.now + session_timeout_ms);
            if member.state == MemberState::UnrevokedTasks {
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
            cx.record(GroupRecord::StreamsTargetMember { group: group(), member, value: None });
        }
        cx.record(GroupRecord::StreamsTargetMetadata { group: group(), value: None });
        cx.record(GroupRecord::StreamsTopology { group: group(), value: None });
        cx.record(GroupRecord::StreamsMetadata { group: group(), value: None });
    }
}
