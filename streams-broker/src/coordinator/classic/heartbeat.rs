//! Heartbeat, and what happens when none comes.

use super::{ClassicGroup, ClassicState};
use crate::coordinator::outcome::Cx;
use kafka_protocol::ResponseError;
use kafka_protocol::messages::HeartbeatRequest;

impl ClassicGroup {
    /// Handles Heartbeat: 27 tells the member to join again.
    pub(crate) fn heartbeat(
        &mut self,
        cx: &mut Cx<'_>,
        request: &HeartbeatRequest,
    ) -> Result<(), ResponseError> {
        let instance = request.group_instance_id.as_deref();
        self.validate_generation(&request.member_id, instance, request.generation_id)?;
        match self.state {
            ClassicState::Empty => return Err(ResponseError::UnknownMemberId),
            ClassicState::PreparingRebalance => {
                self.extend_session(cx, &request.member_id);
                return Err(ResponseError::RebalanceInProgress);
            }
            ClassicState::CompletingRebalance | ClassicState::Stable => {}
        }
        self.extend_session(cx, &request.member_id);
        Ok(())
    }

    /// The member was heard of: its session begins anew.
    pub(crate) fn extend_session(&self, cx: &mut Cx<'_>, member_id: &str) {
        if let Some(member) = self.members.get(member_id) {
            cx.timers.set(self.session_timer(member_id), cx.now + i64::from(member.session_timeout_ms));
        }
    }

    /// A session has run out. A member that waits for an answer of ours is not late; we are.
    pub(crate) fn session_deadline(&mut self, cx: &mut Cx<'_>, member_id: &str) {
        if self.pending_join.remove(member_id) {
            return self.joiner_gone(cx);
        }
        let waits =
            |m: &super::ClassicMember| !m.is_new && (m.awaiting_join.is_some() || m.awaiting_sync.is_some());
        if self.members.get(member_id).is_some_and(|m| !waits(m)) {
            self.drop_member(cx, member_id);
            self.rebalance_or_complete(cx);
        }
    }
}
