//! The group's record applied: at once after it was written, and at start.

use super::{ClassicGroup, ClassicMember, ClassicState};
use crate::coordinator::outcome::Cx;
use crate::coordinator::records::GroupMetadataValue;
use std::collections::BTreeMap;

impl ClassicGroup {
    /// Takes over what the record says. What it does not say (who waits for an answer, which protocols a member
    /// offers besides the chosen one) stays with the members that are known already.
    pub(crate) fn replay(&mut self, value: GroupMetadataValue) {
        self.protocol_type = Some(value.protocol_type).filter(|t| !t.is_empty());
        self.generation = value.generation;
        self.protocol = value.protocol;
        self.leader = value.leader;
        self.state_timestamp = value.state_timestamp;
        self.state = if value.members.is_empty() { ClassicState::Empty } else { ClassicState::Stable };
        let mut members = BTreeMap::new();
        for m in value.members {
            let protocol = self.protocol.clone().unwrap_or_default();
            let mut member = self.members.remove(&m.member_id).unwrap_or_else(|| ClassicMember {
                id: m.member_id.clone(),
                protocols: vec![(protocol, m.subscription)],
                ..ClassicMember::default()
            });
            member.instance_id = m.instance_id;
            member.client_id = m.client_id;
            member.client_host = m.client_host;
            member.rebalance_timeout_ms = m.rebalance_timeout_ms;
            member.session_timeout_ms = m.session_timeout_ms;
            member.assignment = m.assignment;
            members.insert(m.member_id, member);
        }
        self.members = members;
        self.static_members = self
            .members
            .values()
            .filter_map(|m| m.instance_id.clone().map(|instance| (instance, m.id.clone())))
            .collect();
    }

    /// After a restart every member has a whole session to be heard of again.
    pub(crate) fn loaded(&self, cx: &mut Cx<'_>) {
        for id in self.members.keys() {
            self.extend_session(cx, id);
        }
    }
}
