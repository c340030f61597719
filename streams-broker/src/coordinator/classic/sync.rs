//! SyncGroup: the leader brings the assignment, the others fetch theirs.

use super::{ClassicGroup, ClassicMember, ClassicState};
use crate::coordinator::outcome::{Cx, Reply, ReplyId};
use bytes::Bytes;
use kafka_protocol::ResponseError;
use kafka_protocol::messages::{SyncGroupRequest, SyncGroupResponse};
use kafka_protocol::protocol::StrBytes;
use std::collections::HashMap;

/// An answer to SyncGroup that says only what went wrong.
pub(crate) fn sync_error(error: ResponseError) -> SyncGroupResponse {
    SyncGroupResponse::default().with_error_code(error.code())
}

impl ClassicGroup {
    /// Handles SyncGroup. The answer comes at once, or with the leader's assignment.
    pub(crate) fn sync(&mut self, cx: &mut Cx<'_>, reply: ReplyId, request: &SyncGroupRequest) {
        if let Err(error) = self.validate_sync(request) {
            return cx.reply(reply, Reply::Sync(sync_error(error)));
        }
        let member_id = request.member_id.as_str();
        match self.state {
            ClassicState::Empty => cx.reply(reply, Reply::Sync(sync_error(ResponseError::UnknownMemberId))),
            ClassicState::PreparingRebalance => {
                cx.reply(reply, Reply::Sync(sync_error(ResponseError::RebalanceInProgress)));
            }
            ClassicState::Stable => {
                self.seen_sync(cx, member_id);
                let assignment =
                    self.members.get(member_id).map(|m| m.assignment.clone()).unwrap_or_default();
                cx.reply(reply, Reply::Sync(self.sync_answer(assignment)));
            }
            ClassicState::CompletingRebalance => {
                self.seen_sync(cx, member_id);
                if let Some(member) = self.members.get_mut(member_id) {
                    member.awaiting_sync = Some(reply);
                }
                if self.leader.as_deref() == Some(member_id) {
                    self.distribute(cx, request);
                }
            }
        }
    }

    fn validate_sync(&self, request: &SyncGroupRequest) -> Result<(), ResponseError> {
        let instance = request.group_instance_id.as_deref();
        self.validate_generation(&request.member_id, instance, request.generation_id)?;
        let differs = |asked: &Option<StrBytes>, ours: &Option<String>| {
            asked.as_ref().is_some_and(|asked| ours.as_deref() != Some(asked.as_str()))
        };
        // v5+ names type and protocol, so that a confused member is found out.
        if differs(&request.protocol_type, &self.protocol_type)
            || differs(&request.protocol_name, &self.protocol)
        {
            return Err(ResponseError::InconsistentGroupProtocol);
        }
        Ok(())
    }

    fn seen_sync(&mut self, cx: &mut Cx<'_>, member_id: &str) {
        self.pending_sync.remove(member_id);
        if self.pending_sync.is_empty() {
            cx.timers.cancel(&self.sync_timer());
        }
        self.extend_session(cx, member_id);
    }

    /// Writes the leader's assignment and answers those who wait. Replaying the record makes the group stable.
    fn distribute(&mut self, cx: &mut Cx<'_>, request: &SyncGroupRequest) {
        let given: HashMap<&str, &Bytes> =
            request.assignments.iter().map(|a| (a.member_id.as_str(), &a.assignment)).collect();
        let assignment =
            |m: &ClassicMember| given.get(m.id.as_str()).map(|a| (*a).clone()).unwrap_or_default();
        self.state_timestamp = cx.now;
        cx.record(self.record(assignment));
        let mut waiting = Vec::new();
        for member in self.members.values_mut() {
            if let Some(reply) = member.awaiting_sync.take() {
                waiting.push((reply, assignment(member), member.id.clone()));
            }
        }
        for (reply, assignment, id) in waiting {
            self.extend_session(cx, &id);
            cx.reply(reply, Reply::Sync(self.sync_answer(assignment)));
        }
    }

    fn sync_answer(&self, assignment: Bytes) -> SyncGroupResponse {
        SyncGroupResponse::default()
            .with_protocol_type(self.protocol_type.clone().map(StrBytes::from_string))
            .with_protocol_name(self.protocol.clone().map(StrBytes::from_string))
            .with_assignment(assignment)
    }
}
