//! A static member (KIP-345) that comes back under a new member id.

use super::join::join_error;
use super::sync::sync_error;
use super::{ClassicGroup, ClassicState, Joining};
use crate::coordinator::outcome::{Cx, Reply};
use kafka_protocol::ResponseError;
use kafka_protocol::protocol::StrBytes;

impl ClassicGroup {
    /// Puts the returning member in the place of the one with the same instance id. If nothing changed for the
    /// others, it gets its old assignment and nobody else notices.
    pub(super) fn replace_static(&mut self, cx: &mut Cx<'_>, old: &str, new: String, joining: Joining) {
        let old_leader = self.leader.clone().unwrap_or_default();
        self.swap_member_id(cx, old, &new);
        self.update_member(cx, &new, &joining);
        cx.timers.set(self.session_timer(&new), cx.now + i64::from(joining.session_timeout_ms));
        let unchanged = self.state == ClassicState::Stable && self.select_protocol() == self.protocol;
        if !unchanged {
            return self.rebalance_or_complete(cx);
        }
        if let Some(member) = self.members.get_mut(&new) {
            member.awaiting_join = None;
        }
        let leads = self.leader.as_deref() == Some(new.as_str());
        let mut answer = self.join_answer(&new, joining.skip_assignment && leads);
        if joining.skip_assignment {
            answer.skip_assignment = leads;
        } else {
            // A client that cannot skip must not think that it leads, else it would compute an assignment
            // that nobody asked for: it is told the id that it had before.
            answer.leader = StrBytes::from_string(old_leader);
        }
        cx.reply(joining.reply, Reply::Join(answer));
        cx.record(self.record(|m| m.assignment.clone()));
    }

    fn swap_member_id(&mut self, cx: &mut Cx<'_>, old: &str, new: &str) {
        let Some(mut member) = self.members.remove(old) else { return };
        cx.timers.cancel(&self.session_timer(old));
        self.pending_sync.remove(old);
        if let Some(reply) = member.awaiting_join.take() {
            cx.reply(reply, Reply::Join(join_error(old, ResponseError::FencedInstanceId)));
        }
        if let Some(reply) = member.awaiting_sync.take() {
            cx.reply(reply, Reply::Sync(sync_error(ResponseError::FencedInstanceId)));
        }
        new.clone_into(&mut member.id);
        if let Some(instance) = &member.instance_id {
            self.static_members.insert(instance.clone(), new.to_owned());
        }
        if self.leader.as_deref() == Some(old) {
            self.leader = Some(new.to_owned());
        }
        self.members.insert(new.to_owned(), member);
    }
}
