//! JoinGroup: a member comes in, or comes again.

use super::{ClassicGroup, ClassicMember, ClassicState};
use crate::coordinator::outcome::{Cx, Reply, ReplyId};
use bytes::Bytes;
use kafka_protocol::ResponseError;
use kafka_protocol::messages::JoinGroupResponse;
use kafka_protocol::messages::join_group_response::JoinGroupResponseMember;
use kafka_protocol::protocol::StrBytes;

/// How long a new member's first JoinGroup may wait: it sends no heartbeats yet.
const NEW_MEMBER_JOIN_TIMEOUT_MS: i64 = 5 * 60 * 1_000;

/// A JoinGroup request.
#[derive(Debug, Clone)]
pub(crate) struct Joining {
    pub(crate) reply: ReplyId,
    pub(crate) member_id: String,
    pub(crate) instance_id: Option<String>,
    pub(crate) client_id: String,
    pub(crate) client_host: String,
    pub(crate) session_timeout_ms: i32,
    pub(crate) rebalance_timeout_ms: i32,
    pub(crate) protocol_type: String,
    pub(crate) protocols: Vec<(String, Bytes)>,
    /// v4+: a dynamic member's first JoinGroup is answered with 79 and an id to come back with (KIP-394).
    pub(crate) member_id_required: bool,
    /// `consumer.assignment.interval.ms` of the group, should it be one of consumers (KIP-848).
    pub(crate) assignment_interval_ms: i64,
    /// v9+: a static leader may come back without computing the assignment again (KIP-814).
    pub(crate) skip_assignment: bool,
}

impl Joining {
    /// The member as the request describes it, waiting for its answer.
    pub(super) fn member(&self, id: String) -> ClassicMember {
        ClassicMember {
            id,
            instance_id: self.instance_id.clone(),
            client_id: self.client_id.clone(),
            client_host: self.client_host.clone(),
            rebalance_timeout_ms: self.rebalance_timeout_ms,
            session_timeout_ms: self.session_timeout_ms,
            protocols: self.protocols.clone(),
            assignment: Bytes::new(),
            awaiting_join: Some(self.reply),
            awaiting_sync: None,
            is_new: true,
        }
    }
}

/// An answer to JoinGroup that says only what went wrong.
pub(crate) fn join_error(member_id: &str, error: ResponseError) -> JoinGroupResponse {
    JoinGroupResponse::default()
        .with_error_code(error.code())
        .with_generation_id(-1)
        .with_member_id(StrBytes::from_string(member_id.to_owned()))
        // Nullable from v7 on only; the codec writes "" below that.
        .with_protocol_name(Some(StrBytes::new()))
}

impl ClassicGroup {
    /// Handles JoinGroup. The answer comes at once or when the rebalance completes.
    pub(crate) fn join(&mut self, cx: &mut Cx<'_>, joining: Joining) {
        if !self.has_room(cx, &joining) {
            self.pending_join.remove(&joining.member_id);
            return self.refuse(cx, &joining, ResponseError::GroupMaxSizeReached);
        }
        if !self.supports(&joining.protocol_type, &joining.protocols) {
            return self.refuse(cx, &joining, ResponseError::InconsistentGroupProtocol);
        }
        if joining.member_id.is_empty() {
            self.join_new(cx, joining);
        } else {
            self.join_known(cx, joining);
        }
    }

    fn refuse(&self, cx: &mut Cx<'_>, joining: &Joining, error: ResponseError) {
        cx.reply(joining.reply, Reply::Join(join_error(&joining.member_id, error)));
    }

    fn has_room(&self, cx: &Cx<'_>, joining: &Joining) -> bool {
        let known = self.members.contains_key(&joining.member_id)
            || self.pending_join.contains(&joining.member_id)
            || joining.instance_id.as_ref().is_some_and(|i| self.static_members.contains_key(i));
        known || self.members.len() + self.pending_join.len() < cx.config.max_size
    }

    fn join_new(&mut self, cx: &mut Cx<'_>, joining: Joining) {
        let prefix = joining.instance_id.as_deref().unwrap_or(&joining.client_id);
        let id = format!("{prefix}-{}", (cx.ids)());
        match joining.instance_id.as_ref().and_then(|i| self.static_members.get(i)).cloned() {
            Some(old) => self.replace_static(cx, &old, id, joining),
            None if joining.instance_id.is_none() && joining.member_id_required => {
                cx.timers.set(self.session_timer(&id), cx.now + i64::from(joining.session_timeout_ms));
                let error = join_error(&id, ResponseError::MemberIdRequired);
                cx.reply(joining.reply, Reply::Join(error));
                self.pending_join.insert(id);
            }
            None => self.add_member(cx, id, &joining),
        }
    }

    fn join_known(&mut self, cx: &mut Cx<'_>, joining: Joining) {
        if self.pending_join.contains(&joining.member_id) {
            return self.add_member(cx, joining.member_id.clone(), &joining);
        }
        if let Err(error) = self.validate_member(&joining.member_id, joining.instance_id.as_deref()) {
            return self.refuse(cx, &joining, error);
        }
        let same = self.members.get(&joining.member_id).is_some_and(|m| m.protocols == joining.protocols);
        let leader = self.leader.as_deref() == Some(joining.member_id.as_str());
        match self.state {
            // A lost answer is asked for again.
            ClassicState::CompletingRebalance if same => self.repeat_answer(cx, &joining, leader),
            ClassicState::Stable if same && !leader => self.repeat_answer(cx, &joining, false),
            ClassicState::Empty => self.refuse(cx, &joining, ResponseError::UnknownMemberId),
            _ => self.rejoin(cx, &joining),
        }
    }

    fn repeat_answer(&mut self, cx: &mut Cx<'_>, joining: &Joining, with_members: bool) {
        let answer = self.join_answer(&joining.member_id, with_members);
        cx.reply(joining.reply, Reply::Join(answer));
    }

    /// A known member joins the next generation.
    fn rejoin(&mut self, cx: &mut Cx<'_>, joining: &Joining) {
        self.update_member(cx, &joining.member_id, joining);
        self.rebalance_or_complete(cx);
    }

    /// Takes over what the request says and makes its answer wait.
    pub(super) fn update_member(&mut self, cx: &mut Cx<'_>, id: &str, joining: &Joining) {
        let Some(member) = self.members.get_mut(id) else { return };
        member.protocols.clone_from(&joining.protocols);
        member.rebalance_timeout_ms = joining.rebalance_timeout_ms;
        member.session_timeout_ms = joining.session_timeout_ms;
        if let Some(older) = member.awaiting_join.replace(joining.reply) {
            // The member sent JoinGroup twice: only the later one will get the generation.
            cx.reply(older, Reply::Join(join_error(id, ResponseError::RebalanceInProgress)));
        }
    }

    fn add_member(&mut self, cx: &mut Cx<'_>, id: String, joining: &Joining) {
        self.pending_join.remove(&id);
        if self.members.is_empty() {
            self.protocol_type = Some(joining.protocol_type.clone());
        }
        self.member_added = true;
        if let Some(instance) = &joining.instance_id {
            self.static_members.insert(instance.clone(), id.clone());
        }
        self.leader.get_or_insert_with(|| id.clone());
        cx.timers.set(self.session_timer(&id), cx.now + NEW_MEMBER_JOIN_TIMEOUT_MS);
        self.members.insert(id.clone(), joining.member(id));
        self.rebalance_or_complete(cx);
    }

    /// The answer to a member of the current generation; only the leader needs the members.
    pub(super) fn join_answer(&self, member_id: &str, with_members: bool) -> JoinGroupResponse {
        let protocol = self.protocol.clone().unwrap_or_default();
        let members = if with_members { self.member_list(&protocol) } else { Vec::new() };
        JoinGroupResponse::default()
            .with_generation_id(self.generation)
            .with_protocol_type(self.protocol_type.clone().map(StrBytes::from_string))
            .with_protocol_name(Some(StrBytes::from_string(protocol)))
            .with_leader(StrBytes::from_string(self.leader.clone().unwrap_or_default()))
            .with_member_id(StrBytes::from_string(member_id.to_owned()))
            .with_members(members)
    }

    fn member_list(&self, protocol: &str) -> Vec<JoinGroupResponseMember> {
        let member = |m: &ClassicMember| {
            JoinGroupResponseMember::default()
                .with_member_id(StrBytes::from_string(m.id.clone()))
                .with_group_instance_id(m.instance_id.clone().map(StrBytes::from_string))
                .with_metadata(m.metadata(protocol))
        };
        self.members.values().map(member).collect()
    }
}
