//! Members of the classic protocol in a consumer group: they learn by error 27 that they have to join again, get
//! their member epoch as generation, and fetch with SyncGroup what they shall read. No member leads.

use super::embedded::{read_subscription, write_assignment};
use super::group::{ConsumerGroup, ConsumerMember, MemberState};
use super::heartbeat::Beat;
use super::reconcile::reconcile;
use super::upgrade::protocols;
use crate::coordinator::classic::{Joining, join_error, sync_error};
use crate::coordinator::outcome::{Cx, GroupTimer, Reply, ReplyId};
use crate::coordinator::records::ClassicMemberMetadata;
use crate::coordinator::topics::TopicView;
use kafka_protocol::ResponseError;
use kafka_protocol::messages::{HeartbeatRequest, JoinGroupResponse, SyncGroupRequest, SyncGroupResponse};
use kafka_protocol::protocol::StrBytes;

/// The protocol type of consumers.
const CONSUMER: &str = "consumer";

impl ConsumerGroup {
    /// Handles JoinGroup. The answer does not wait for anybody.
    pub(crate) fn join_classic(&mut self, cx: &mut Cx<'_>, topics: &dyn TopicView, joining: &Joining) {
        let reply = match self.try_join(cx, topics, joining) {
            Ok(response) => response,
            Err((member, error)) => join_error(&member, error),
        };
        cx.reply(joining.reply, Reply::Join(reply));
    }

    fn try_join(
        &mut self,
        cx: &mut Cx<'_>,
        topics: &dyn TopicView,
        joining: &Joining,
    ) -> Result<JoinGroupResponse, (String, ResponseError)> {
        let refuse = |error| (joining.member_id.clone(), error);
        let id = self.classic_id(cx, joining)?;
        let offered = joining.protocols.first().filter(|_| joining.protocol_type == CONSUMER);
        let (protocol, metadata) = offered.ok_or_else(|| refuse(ResponseError::InconsistentGroupProtocol))?;
        let subscription = read_subscription(metadata, topics)
            .ok_or_else(|| refuse(ResponseError::InconsistentGroupProtocol))?;
        let session_timeout_ms = joining.session_timeout_ms;
        let mut beat = Beat::new(cx, self.clone(), &id, joining.assignment_interval_ms);
        let before = beat.group.members.get(&id).cloned();
        let mut metadata = before.as_ref().map(|m| m.metadata.clone()).unwrap_or_default();
        metadata.instance_id.clone_from(&joining.instance_id);
        metadata.client_id.clone_from(&joining.client_id);
        metadata.client_host.clone_from(&joining.client_host);
        metadata.rebalance_timeout_ms = joining.rebalance_timeout_ms;
        metadata.subscribed_topic_names = subscription.topics;
        metadata.classic = Some(ClassicMemberMetadata {
            session_timeout_ms,
            supported_protocols: protocols(&joining.protocols),
        });
        let changed = beat.write_metadata(metadata);
        let subscriptions = beat.refresh(topics, changed);
        beat.update_target(&subscriptions);
        let after = beat.reconcile(before.as_ref(), before.is_none(), Some(&subscription.owned));
        self.extend_classic_session(cx, &id, session_timeout_ms);
        cx.timers.cancel(&GroupTimer::rejoin(&self.id, &id));
        let patience = i64::from(joining.rebalance_timeout_ms);
        cx.timers.set(GroupTimer::resync(&self.id, &id), cx.now + patience);
        Ok(JoinGroupResponse::default()
            .with_generation_id(after.epoch)
            .with_protocol_type(Some(StrBytes::from_static_str(CONSUMER)))
            .with_protocol_name(Some(StrBytes::from_string(protocol.clone())))
            .with_member_id(StrBytes::from_string(id)))
    }

    /// The id under which a member joins; a first JoinGroup of v4+ is answered with 79 and an id.
    fn classic_id(&self, cx: &mut Cx<'_>, joining: &Joining) -> Result<String, (String, ResponseError)> {
        let instance = joining.instance_id.as_deref();
        let known = instance.and_then(|i| self.static_member(i)).map(|(id, _)| id.clone());
        if !joining.member_id.is_empty() {
            return match known {
                Some(id) if id != joining.member_id => {
                    Err((joining.member_id.clone(), ResponseError::FencedInstanceId))
                }
                _ => Ok(joining.member_id.clone()),
            };
        }
        if let Some(id) = known {
            return Ok(id);
        }
        let id = cx.short_id();
        if instance.is_none() && joining.member_id_required {
            return Err((id, ResponseError::MemberIdRequired));
        }
        Ok(id)
    }

    fn extend_classic_session(&self, cx: &mut Cx<'_>, member: &str, session_timeout_ms: i32) {
        let timer = GroupTimer::session(&self.id, member);
        cx.timers.set(timer, cx.now + i64::from(session_timeout_ms));
    }

    /// A classic member in its generation: 25, 82 or 22 if it is none.
    fn classic_member(
        &self,
        member: &str,
        instance: Option<&str>,
        generation: i32,
    ) -> Result<(&ConsumerMember, &ClassicMemberMetadata), ResponseError> {
        self.check_member(member, instance).map_err(|(error, _)| error)?;
        let member = self.members.get(member).ok_or(ResponseError::UnknownMemberId)?;
        let classic = member.metadata.classic.as_ref().ok_or(ResponseError::UnknownMemberId)?;
        if member.epoch == generation { Ok((member, classic)) } else { Err(ResponseError::IllegalGeneration) }
    }

    /// Handles SyncGroup.
    pub(crate) fn sync_classic(
        &self,
        cx: &mut Cx<'_>,
        topics: &dyn TopicView,
        reply: ReplyId,
        request: &SyncGroupRequest,
    ) {
        let instance = request.group_instance_id.as_deref();
        let found = self.classic_member(&request.member_id, instance, request.generation_id);
        let response = match found {
            Err(error) => sync_error(error),
            Ok((member, _))
                if member.epoch < self.target_epoch && member.state != MemberState::UnrevokedPartitions =>
            {
                self.await_rejoin(cx, &request.member_id, member);
                sync_error(ResponseError::RebalanceInProgress)
            }
            Ok((member, classic)) => {
                cx.timers.cancel(&GroupTimer::resync(&self.id, &request.member_id));
                self.extend_classic_session(cx, &request.member_id, classic.session_timeout_ms);
                let protocol = classic.supported_protocols.first();
                let subscription = protocol.map(|p| p.metadata.clone()).unwrap_or_default();
                SyncGroupResponse::default()
                    .with_protocol_type(Some(StrBytes::from_static_str(CONSUMER)))
                    .with_protocol_name(protocol.map(|p| StrBytes::from_string(p.name.clone())))
                    .with_assignment(write_assignment(&subscription, &member.assigned, topics))
            }
        };
        cx.reply(reply, Reply::Sync(response));
    }

    /// Handles Heartbeat: 27 when there is something to give up or to get.
    pub(crate) fn heartbeat_classic(
        &self,
        cx: &mut Cx<'_>,
        request: &HeartbeatRequest,
    ) -> Result<(), ResponseError> {
        let instance = request.group_instance_id.as_deref();
        let (member, classic) = self.classic_member(&request.member_id, instance, request.generation_id)?;
        self.extend_classic_session(cx, &request.member_id, classic.session_timeout_ms);
        let news = match member.state {
            MemberState::UnrevokedPartitions => true,
            MemberState::UnreleasedPartitions => {
                let next = reconcile(self, &request.member_id, None);
                next.is_some_and(|next| next.assigned != member.assigned)
            }
            MemberState::Stable => false,
        };
        if !news && member.epoch >= self.epoch {
            return Ok(());
        }
        self.await_rejoin(cx, &request.member_id, member);
        Err(ResponseError::RebalanceInProgress)
    }

    /// A member is told to join again: its time for that begins when it is told first.
    fn await_rejoin(&self, cx: &mut Cx<'_>, id: &str, member: &ConsumerMember) {
        let timer = GroupTimer::rejoin(&self.id, id);
        if !cx.timers.is_set(&timer) {
            cx.timers.set(timer, cx.now + i64::from(member.metadata.rebalance_timeout_ms));
        }
    }

    /// Handles LeaveGroup for one member.
    pub(crate) fn leave_classic(
        &self,
        cx: &mut Cx<'_>,
        member: &str,
        instance: Option<&str>,
    ) -> Result<(), ResponseError> {
        let id = match instance.and_then(|i| self.static_member(i)) {
            Some((id, _)) if member.is_empty() => id.clone(),
            _ => member.to_owned(),
        };
        self.check_member(&id, instance).map_err(|(error, _)| error)?;
        self.session_deadline(cx, &id);
        Ok(())
    }
}
