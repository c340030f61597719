//! ConsumerGroupHeartbeat: a member joins, lives and is told what to read.

use super::assignors::assign;
use super::group::{AWAY, ConsumerGroup, ConsumerMember, MemberState, UNKNOWN_HASH};
use super::partitions::Partitions;
use super::reconcile::reconcile;
use super::subscription::Subscriptions;
use super::validate::Refusal;
use crate::coordinator::group::is_assignment_due;
use crate::coordinator::outcome::{Cx, GroupTimer};
use crate::coordinator::records::*;
use crate::coordinator::streams::Client;
use crate::coordinator::topics::TopicView;
use kafka_protocol::ResponseError;
use kafka_protocol::messages::consumer_group_heartbeat_response::{Assignment, TopicPartitions};
use kafka_protocol::messages::{ConsumerGroupHeartbeatRequest, ConsumerGroupHeartbeatResponse};
use kafka_protocol::protocol::StrBytes;

/// Settings of one consumer group.
#[derive(Debug, Clone, Copy)]
pub(crate) struct ConsumerSettings {
    pub(crate) session_timeout_ms: i32,
    pub(crate) heartbeat_interval_ms: i32,
    pub(crate) assignment_interval_ms: i64,
}

/// One heartbeat on its way: changes are made to a copy of the group by replaying the same records that are
/// written.
pub(super) struct Beat<'a, 'b> {
    cx: &'a mut Cx<'b>,
    pub(super) group: ConsumerGroup,
    member_id: String,
    assignment_interval_ms: i64,
}

impl ConsumerGroup {
    /// Handles the heartbeat of a member that joins or stays. `member_id` is its id, made here if it brought none.
    pub(crate) fn heartbeat(
        &mut self,
        cx: &mut Cx<'_>,
        topics: &dyn TopicView,
        settings: ConsumerSettings,
        client: Client<'_>,
        member_id: &str,
        request: &ConsumerGroupHeartbeatRequest,
    ) -> Result<ConsumerGroupHeartbeatResponse, Refusal> {
        let joins = request.member_epoch == 0;
        let instance = request.instance_id.as_deref();
        let replaced = if joins { self.admit(cx, member_id, instance)? } else { None };
        if !joins {
            self.check_member(member_id, instance)?;
            self.check_epoch(member_id, request)?;
        }
        let before = self.members.get(member_id).cloned();
        let mut beat = Beat::new(cx, self.clone(), member_id, settings.assignment_interval_ms);
        if let Some(former) = replaced {
            beat.take_over(&former);
        }
        let changed = beat.update_member(client, request);
        let subscriptions = beat.refresh(topics, changed);
        beat.update_target(&subscriptions);
        let owned = request
            .topic_partitions
            .as_ref()
            .map(|topics| Partitions::of(topics.iter().map(|t| (t.topic_id, t.partitions.as_slice()))));
        let after = beat.reconcile(before.as_ref(), joins, owned.as_ref());
        let session = i64::from(settings.session_timeout_ms);
        cx.timers.set(GroupTimer::session(&self.id, member_id), cx.now + session);
        // A member that says all of itself is told all.
        let full = request.rebalance_timeout_ms != -1
            && (request.subscribed_topic_names.is_some() || request.subscribed_topic_regex.is_some())
            && request.topic_partitions.is_some();
        let news = joins || full || before.is_none_or(|b| b.assigned != after.assigned);
        Ok(ConsumerGroupHeartbeatResponse::default()
            .with_member_id(Some(StrBytes::from_string(member_id.to_owned())))
            .with_member_epoch(after.epoch)
            .with_heartbeat_interval_ms(settings.heartbeat_interval_ms)
            .with_assignment(news.then(|| assignment(&after.assigned))))
    }

    /// Whether a member may come in. Gives the member whose place a static one takes.
    fn admit(&self, cx: &Cx<'_>, member_id: &str, instance: Option<&str>) -> Result<Option<String>, Refusal> {
        if let Some((id, former)) = instance.and_then(|i| self.static_member(i))
            && id != member_id
        {
            if former.epoch != AWAY {
                let text = format!(
                    "Static member {member_id} with instance id {} cannot join the group because the instance id is \
                     owned by {id} member.",
                    instance.unwrap_or_default()
                );
                return Err((ResponseError::UnreleasedInstanceId, text));
            }
            return Ok(Some(id.clone()));
        }
        if !self.members.contains_key(member_id) && self.members.len() >= cx.config.consumer_max_size {
            let text = format!(
                "The consumer group has reached its maximum capacity of {} members.",
                cx.config.consumer_max_size
            );
            return Err((ResponseError::GroupMaxSizeReached, text));
        }
        Ok(None)
    }

    /// 25 for a stranger, 82 for a static member whose place another has taken.
    pub(super) fn check_member(&self, member_id: &str, instance: Option<&str>) -> Result<(), Refusal> {
        let unknown = || {
            let text = format!("Member {member_id} is not a member of group {}.", self.id);
            (ResponseError::UnknownMemberId, text)
        };
        if let Some(instance) = instance {
            let stranger = || (ResponseError::UnknownMemberId, format!("Instance id {instance} is unknown."));
            let (id, _) = self.static_member(instance).ok_or_else(stranger)?;
            if id != member_id {
                let text = format!(
                    "Static member {member_id} with instance id {instance} was fenced by member {id}."
                );
                return Err((ResponseError::FencedInstanceId, text));
            }
        }
        if self.members.contains_key(member_id) { Ok(()) } else { Err(unknown()) }
    }

    /// 110 for an epoch that is not the member's. The epoch before counts too if the member reports no more than
    /// it was given: the answer with the new one was lost.
    fn check_epoch(&self, member_id: &str, request: &ConsumerGroupHeartbeatRequest) -> Result<(), Refusal> {
        let Some(member) = self.members.get(member_id) else { return Ok(()) };
        if request.member_epoch == member.epoch {
            return Ok(());
        }
        let lost = request.member_epoch < member.epoch
            && request.member_epoch == member.previous_epoch
            && request.topic_partitions.as_ref().is_some_and(|topics| {
                let owned = Partitions::of(topics.iter().map(|t| (t.topic_id, t.partitions.as_slice())));
                owned.without(&member.assigned).is_empty()
            });
        if lost {
            return Ok(());
        }
        let size = if request.member_epoch > member.epoch { "greater" } else { "smaller" };
        let text = format!(
            "The consumer group member has a {size} member epoch ({}) than the one known by the group coordinator \
             ({}). The member must abandon all its partitions and rejoin.",
            request.member_epoch, member.epoch
        );
        Err((ResponseError::FencedMemberEpoch, text))
    }
}

fn assignment(partitions: &Partitions) -> Assignment {
    let topic = |(id, partitions)| TopicPartitions::default().with_topic_id(id).with_partitions(partitions);
    Assignment::default().with_topic_partitions(partitions.by_topic().into_iter().map(topic).collect())
}

impl<'a, 'b> Beat<'a, 'b> {
    pub(super) fn new(
        cx: &'a mut Cx<'b>,
        group: ConsumerGroup,
        member_id: &str,
        assignment_interval_ms: i64,
    ) -> Self {
        Self { cx, group, member_id: member_id.to_owned(), assignment_interval_ms }
    }

    fn record(&mut self, record: GroupRecord) {
        self.group.replay(record.clone());
        self.cx.record(record);
    }

    /// A static member comes back under another id: it has what the former one had.
    fn take_over(&mut self, former: &str) {
        let (group, new) = (self.group.id.clone(), self.member_id.clone());
        let Some(member) = self.group.members.get(former).cloned() else { return };
        let target = self.group.target.get(former).cloned().unwrap_or_default();
        self.cx.timers.cancel(&GroupTimer::session(&group, former));
        for record in removal(&group, former) {
            self.record(record);
        }
        self.record(GroupRecord::ConsumerMember {
            group: group.clone(),
            member: new.clone(),
            value: Some(member.metadata.clone()),
        });
        self.record(target_record(&group, &new, &target));
        let since = member.since.begin_anew();
        let back = ConsumerMember { epoch: 0, previous_epoch: 0, since, ..member };
        self.record(current_record(&group, &new, &back));
    }

    /// Writes what is new about the member; `true` if its subscription is.
    fn update_member(&mut self, client: Client<'_>, request: &ConsumerGroupHeartbeatRequest) -> bool {
        let known = self.group.members.get(&self.member_id).map(|m| m.metadata.clone());
        let mut metadata = known.unwrap_or_default();
        client.id.clone_into(&mut metadata.client_id);
        client.host.clone_into(&mut metadata.client_host);
        let text = |s: &StrBytes| s.to_string();
        if let Some(instance) = &request.instance_id {
            metadata.instance_id = Some(text(instance));
        }
        if let Some(rack) = &request.rack_id {
            metadata.rack_id = Some(text(rack));
        }
        if request.rebalance_timeout_ms != -1 {
            metadata.rebalance_timeout_ms = request.rebalance_timeout_ms;
        }
        if let Some(names) = &request.subscribed_topic_names {
            metadata.subscribed_topic_names = names.iter().map(|n| text(n)).collect();
            metadata.subscribed_topic_names.sort_unstable();
        }
        if let Some(pattern) = &request.subscribed_topic_regex {
            metadata.subscribed_topic_regex = Some(text(pattern)).filter(|p| !p.is_empty());
        }
        if let Some(assignor) = &request.server_assignor {
            metadata.server_assignor = Some(text(assignor));
        }
        // Who sends this heartbeat no longer speaks the classic protocol.
        metadata.classic = None;
        self.write_metadata(metadata)
    }

    /// Writes what is known of the member, if that is new; `true` if its subscription is.
    pub(super) fn write_metadata(&mut self, metadata: ConsumerMemberMetadataValue) -> bool {
        let known = self.group.members.get(&self.member_id).map(|m| m.metadata.clone());
        if known.as_ref() == Some(&metadata) {
            return false;
        }
        // The assignor that a member asks for counts when the group's next epoch comes.
        let subscribes = |m: &ConsumerMemberMetadataValue| {
            (m.subscribed_topic_names.clone(), m.subscribed_topic_regex.clone())
        };
        let changed = subscribes(&known.unwrap_or_default()) != subscribes(&metadata);
        let (group, member) = (self.group.id.clone(), self.member_id.clone());
        self.record(GroupRecord::ConsumerMember { group, member, value: Some(metadata) });
        changed
    }

    /// Looks at the topics; a change of them or of the members gives the group a new epoch.
    pub(super) fn refresh(&mut self, topics: &dyn TopicView, changed: bool) -> Subscriptions {
        let subscriptions = Subscriptions::resolve(&self.group, topics);
        let metadata_hash = subscriptions.hash();
        let new = self.group.epoch == 0;
        if changed || new || metadata_hash != self.group.metadata_hash {
            // A new group has epoch 1, and topics by name give it the next one at once.
            let named = self.group.members.values().any(|m| !m.metadata.subscribed_topic_names.is_empty());
            let step = match self.group.metadata_hash {
                _ if new && named => 2,
                // Who left has made the epoch.
                UNKNOWN_HASH if !changed => 0,
                _ => 1,
            };
            let value =
                ConsumerGroupMetadataValue { epoch: self.group.epoch.saturating_add(step), metadata_hash };
            let group = self.group.id.clone();
            self.record(GroupRecord::ConsumerMetadata { group, value: Some(value) });
        }
        subscriptions
    }

    /// Makes the target assignment of the current epoch, unless the last one is too young.
    pub(super) fn update_target(&mut self, subscriptions: &Subscriptions) {
        if self.group.target_epoch >= self.group.epoch
            || !is_assignment_due(self.group.target_timestamp, self.assignment_interval_ms, self.cx.now)
        {
            return;
        }
        let group = self.group.id.clone();
        for (member, partitions) in assign(&self.group, subscriptions) {
            if self.group.target.get(&member) != Some(&partitions) {
                self.record(target_record(&group, &member, &partitions));
            }
        }
        let value = ConsumerTargetMetadataValue {
            assignment_epoch: self.group.epoch,
            assignment_timestamp: self.cx.now,
        };
        self.record(GroupRecord::ConsumerTargetMetadata { group, value: Some(value) });
    }

    pub(super) fn reconcile(
        &mut self,
        before: Option<&ConsumerMember>,
        joins: bool,
        owned: Option<&Partitions>,
    ) -> ConsumerMember {
        let id = self.member_id.clone();
        if joins && let Some(member) = self.group.members.get_mut(&id) {
            // Who joins (again) starts from the beginning; a static member keeps what it had.
            if member.metadata.instance_id.is_none() {
                member.assigned = Partitions::default();
            }
            member.pending_revocation = Partitions::default();
            member.state = MemberState::Stable;
            member.epoch = 0;
        }
        let Some(next) = reconcile(&self.group, &id, owned) else { return ConsumerMember::default() };
        let timer = GroupTimer::revoke(&self.group.id, &id);
        // Who speaks the classic protocol is watched by the time that it has to join again.
        if next.state != MemberState::UnrevokedPartitions || next.metadata.classic.is_some() {
            self.cx.timers.cancel(&timer);
        } else if before.is_none_or(|b| b.pending_revocation != next.pending_revocation) {
            let patience = i64::from(next.metadata.rebalance_timeout_ms.max(0));
            self.cx.timers.set(timer, self.cx.now + patience);
        }
        if joins || before != Some(&next) {
            self.record(current_record(&self.group.id.clone(), &id, &next));
        }
        next
    }
}

pub(super) fn target_record(group: &str, member: &str, partitions: &Partitions) -> GroupRecord {
    GroupRecord::ConsumerTargetMember {
        group: group.to_owned(),
        member: member.to_owned(),
        value: Some(ConsumerTargetMemberValue { topic_partitions: partitions.to_target() }),
    }
}

pub(super) fn current_record(group: &str, member: &str, next: &ConsumerMember) -> GroupRecord {
    GroupRecord::ConsumerCurrent {
        group: group.to_owned(),
        member: member.to_owned(),
        value: Some(ConsumerCurrentAssignmentValue {
            member_epoch: next.epoch,
            previous_member_epoch: next.previous_epoch,
            state: next.state as i8,
            assigned: next.assigned.to_current(&next.since),
            pending_revocation: next.pending_revocation.to_current(&next.since),
        }),
    }
}

/// The tombstones of a member.
pub(super) fn removal(group: &str, member: &str) -> [GroupRecord; 3] {
    let (group, member) = (group.to_owned(), member.to_owned());
    [
        GroupRecord::ConsumerCurrent { group: group.clone(), member: member.clone(), value: None },
        GroupRecord::ConsumerTargetMember { group: group.clone(), member: member.clone(), value: None },
        GroupRecord::ConsumerMember { group, member, value: None },
    ]
}
