//! LeaveGroup, and the removal of members in general.

use super::join::join_error;
use super::sync::sync_error;
use super::{ClassicGroup, ClassicState};
use crate::coordinator::outcome::{Cx, Reply};
use kafka_protocol::ResponseError;

impl ClassicGroup {
    /// Removes one member, by its id, or by its instance id when the member id is empty.
    pub(crate) fn leave(
        &mut self,
        cx: &mut Cx<'_>,
        member_id: &str,
        instance_id: Option<&str>,
    ) -> Result<(), ResponseError> {
        let id = match instance_id {
            None => member_id.to_owned(),
            Some(instance) => {
                let id = self.static_members.get(instance).ok_or(ResponseError::UnknownMemberId)?;
                if !member_id.is_empty() && member_id != id {
                    return Err(ResponseError::FencedInstanceId);
                }
                id.clone()
            }
        };
        if self.pending_join.remove(&id) {
            cx.timers.cancel(&self.session_timer(&id));
            self.joiner_gone(cx);
            return Ok(());
        }
        if !self.members.contains_key(&id) {
            return Err(ResponseError::UnknownMemberId);
        }
        self.drop_member(cx, &id);
        self.rebalance_or_complete(cx);
        Ok(())
    }

    /// Somebody whom the rebalance waited for will not come.
    pub(super) fn joiner_gone(&mut self, cx: &mut Cx<'_>) {
        if self.state == ClassicState::PreparingRebalance {
            self.rebalance_or_complete(cx);
        }
    }

    /// Takes a member out; what it waited for is answered with 25. The caller sees to the rebalance.
    pub(super) fn drop_member(&mut self, cx: &mut Cx<'_>, id: &str) {
        let Some(member) = self.members.remove(id) else { return };
        cx.timers.cancel(&self.session_timer(id));
        self.pending_sync.remove(id);
        if let Some(instance) = &member.instance_id {
            self.static_members.remove(instance);
        }
        if let Some(reply) = member.awaiting_join {
            cx.reply(reply, Reply::Join(join_error(id, ResponseError::UnknownMemberId)));
        }
        if let Some(reply) = member.awaiting_sync {
            cx.reply(reply, Reply::Sync(sync_error(ResponseError::UnknownMemberId)));
        }
        if self.leader.as_deref() == Some(id) {
            self.leader = self.members.values().find(|m| m.awaiting_join.is_some()).map(|m| m.id.clone());
        }
    }
}
