//! Groups and offsets of a shard, and the requests of the classic protocol that reach them.

use super::classic::{ClassicGroup, Joining, join_error, sync_error};
use super::consumer::ConsumerGroup;
use super::group::Group;
use super::offsets::OffsetStore;
use super::outcome::{Cx, GroupTimer, Reply, ReplyId};
use super::records::{GroupMetadataValue, GroupRecord};
use super::streams::StreamsGroup;
use super::topics::TopicView;
use kafka_protocol::ResponseError;
use kafka_protocol::messages::leave_group_response::MemberResponse;
use kafka_protocol::messages::{HeartbeatRequest, LeaveGroupRequest, LeaveGroupResponse, SyncGroupRequest};
use std::collections::BTreeMap;

/// Groups by their ids, and committed offsets.
#[derive(Debug, Clone, Default)]
pub(crate) struct GroupState {
    pub(crate) groups: BTreeMap<String, Group>,
    pub(crate) offsets: OffsetStore,
}

impl GroupState {
    /// JoinGroup: an unknown group comes into being with its first member.
    pub(crate) fn join_group(
        &mut self,
        cx: &mut Cx<'_>,
        topics: &dyn TopicView,
        group_id: &str,
        joining: Joining,
    ) {
        let refuse = |cx: &mut Cx<'_>, error| {
            cx.reply(joining.reply, Reply::Join(join_error(&joining.member_id, error)));
        };
        if group_id.is_empty() {
            return refuse(cx, ResponseError::InvalidGroupId);
        }
        let sessions = cx.config.min_session_timeout_ms..=cx.config.max_session_timeout_ms;
        if !sessions.contains(&joining.session_timeout_ms) {
            return refuse(cx, ResponseError::InvalidSessionTimeout);
        }
        match self.groups.get_mut(group_id) {
            Some(Group::Consumer(group)) if !group.is_empty() => group.join_classic(cx, topics, &joining),
            None if !joining.member_id.is_empty() => refuse(cx, ResponseError::UnknownMemberId),
            None => {
                let mut group = ClassicGroup::new(group_id, cx.now);
                group.join(cx, joining);
                self.groups.insert(group_id.to_owned(), Group::Classic(group));
            }
            Some(Group::Classic(group)) => group.join(cx, joining),
            Some(other) if other.is_empty() => {
                // A group that changes its protocol while nobody is in it keeps its offsets.
                other.forget(cx);
                let mut group = ClassicGroup::new(group_id, cx.now);
                group.join(cx, joining);
                self.groups.insert(group_id.to_owned(), Group::Classic(group));
            }
            Some(_) => refuse(cx, ResponseError::InconsistentGroupProtocol),
        }
    }

    fn classic(&mut self, group_id: &str) -> Result<&mut ClassicGroup, ResponseError> {
        if group_id.is_empty() {
            return Err(ResponseError::InvalidGroupId);
        }
        match self.groups.get_mut(group_id) {
            Some(Group::Classic(group)) => Ok(group),
            _ => Err(ResponseError::UnknownMemberId),
        }
    }

    /// SyncGroup.
    pub(crate) fn sync_group(
        &mut self,
        cx: &mut Cx<'_>,
        topics: &dyn TopicView,
        reply: ReplyId,
        request: &SyncGroupRequest,
    ) {
        if let Some(Group::Consumer(group)) = self.groups.get(request.group_id.as_str()) {
            return group.sync_classic(cx, topics, reply, request);
        }
        match self.classic(&request.group_id) {
            Ok(group) => group.sync(cx, reply, request),
            Err(error) => cx.reply(reply, Reply::Sync(sync_error(error))),
        }
    }

    /// Heartbeat.
    pub(crate) fn heartbeat(
        &mut self,
        cx: &mut Cx<'_>,
        request: &HeartbeatRequest,
    ) -> Result<(), ResponseError> {
        if let Some(Group::Consumer(group)) = self.groups.get(request.group_id.as_str()) {
            return group.heartbeat_classic(cx, request);
        }
        self.classic(&request.group_id)?.heartbeat(cx, request)
    }

    /// LeaveGroup. Up to v2 one member leaves and the answer has one code; from v3 on there is a code each.
    pub(crate) fn leave_group(
        &mut self,
        cx: &mut Cx<'_>,
        request: &LeaveGroupRequest,
        version: i16,
    ) -> LeaveGroupResponse {
        let response = LeaveGroupResponse::default();
        if request.group_id.is_empty() {
            return response.with_error_code(ResponseError::InvalidGroupId.code());
        }
        let mut leave = |member: &str, instance: Option<&str>| {
            let left = match self.groups.get(request.group_id.as_str()) {
                Some(Group::Consumer(group)) => group.leave_classic(cx, member, instance),
                _ => self.classic(&request.group_id).and_then(|g| g.leave(cx, member, instance)),
            };
            left.map_or_else(|error| error.code(), |()| 0)
        };
        if version < 3 {
            return response.with_error_code(leave(&request.member_id, None));
        }
        let result = |m: &kafka_protocol::messages::leave_group_request::MemberIdentity| {
            MemberResponse::default()
                .with_member_id(m.member_id.clone())
                .with_group_instance_id(m.group_instance_id.clone())
                .with_error_code(leave(&m.member_id, m.group_instance_id.as_deref()))
        };
        response.with_members(request.members.iter().map(result).collect())
    }

    /// DeleteGroups, for one group: it must exist (69) and have no members (68).
    pub(crate) fn delete_group(&self, cx: &mut Cx<'_>, group_id: &str) -> Result<(), ResponseError> {
        let group = self.groups.get(group_id).ok_or(ResponseError::GroupIdNotFound)?;
        if !group.is_empty() {
            return Err(ResponseError::NonEmptyGroup);
        }
        self.forget_group_offsets(cx, group_id);
        group.forget(cx);
        Ok(())
    }

    /// A deadline has come.
    pub(crate) fn deadline(&mut self, cx: &mut Cx<'_>, timer: GroupTimer) {
        match timer {
            GroupTimer::Session { group, member } => match self.groups.get_mut(&group) {
                Some(Group::Classic(g)) => g.session_deadline(cx, &member),
                Some(Group::Consumer(g)) => g.session_deadline(cx, &member),
                Some(Group::Streams(g)) => g.session_deadline(cx, &member),
                None => {}
            },
            GroupTimer::Join { group } => {
                if let Some(Group::Classic(g)) = self.groups.get_mut(&group) {
                    g.join_deadline(cx);
                }
            }
            GroupTimer::Sync { group } => {
                if let Some(Group::Classic(g)) = self.groups.get_mut(&group) {
                    g.sync_deadline(cx);
                }
            }
            GroupTimer::Rejoin { group, member } | GroupTimer::Resync { group, member } => {
                if let Some(Group::Consumer(g)) = self.groups.get(&group) {
                    g.rejoin_deadline(cx, &member);
                }
            }
            GroupTimer::Revoke { group, member } => match self.groups.get_mut(&group) {
                Some(Group::Consumer(g)) => g.revoke_deadline(cx, &member),
                Some(Group::Streams(g)) => g.revoke_deadline(cx, &member),
                Some(Group::Classic(_)) | None => {}
            },
            GroupTimer::InitialDelay { group } => {
                if let Some(Group::Streams(g)) = self.groups.get_mut(&group) {
                    g.delay_deadline();
                }
            }
            GroupTimer::OffsetExpiry => {
                self.expire_offsets(cx);
                self.watch_expiry(cx);
            }
        }
    }

    fn watch_expiry(&self, cx: &mut Cx<'_>) {
        cx.timers.set(
            GroupTimer::OffsetExpiry,
            cx.now.saturating_add(cx.config.offsets_retention_check_interval_ms),
        );
    }

    /// The log has been replayed: members get a session each.
    pub(crate) fn loaded(&mut self, cx: &mut Cx<'_>, configs: &dyn Fn(&str, &str) -> i64) {
        self.watch_expiry(cx);
        for (id, group) in &self.groups {
            match group {
                Group::Classic(g) => g.loaded(cx),
                Group::Consumer(g) => g.loaded(cx, configs(id, "consumer.session.timeout.ms")),
                Group::Streams(g) => g.loaded(cx, configs(id, "streams.session.timeout.ms")),
            }
        }
    }

    /// Applies a record.
    pub(crate) fn replay(&mut self, log_offset: i64, producer: Option<i64>, record: GroupRecord) {
        match record {
            GroupRecord::Offset { group, topic, partition, value: Some(value) } => {
                self.offsets.put(producer, &group, (topic, partition), value, log_offset);
                self.groups
                    .entry(group)
                    .or_insert_with_key(|id| Group::Classic(ClassicGroup::new(id, NO_TIMESTAMP)));
            }
            GroupRecord::Offset { group, topic, partition, value: None } => {
                self.offsets.remove(&group, &(topic, partition));
            }
            GroupRecord::Classic { group, value } => self.replay_classic(group, value),
            GroupRecord::ConsumerMetadata { group, value: None } => {
                if matches!(self.groups.get(&group), Some(Group::Consumer(_))) {
                    self.remove(group);
                }
            }
            GroupRecord::ConsumerMetadata { .. }
            | GroupRecord::ConsumerMember { .. }
            | GroupRecord::ConsumerTargetMetadata { .. }
            | GroupRecord::ConsumerTargetMember { .. }
            | GroupRecord::ConsumerCurrent { .. } => self.replay_consumer(record),
            // Patterns are resolved anew whenever they are needed; Kafka's records of them are passed over.
            GroupRecord::ConsumerRegex { .. } => {}
            GroupRecord::StreamsMetadata { group, value: None } => {
                if matches!(self.groups.get(&group), Some(Group::Streams(_))) {
                    self.remove(group);
                }
            }
            GroupRecord::StreamsMetadata { .. }
            | GroupRecord::StreamsMember { .. }
            | GroupRecord::StreamsTargetMetadata { .. }
            | GroupRecord::StreamsTargetMember { .. }
            | GroupRecord::StreamsCurrent { .. }
            | GroupRecord::StreamsTopology { .. } => self.replay_streams(record),
        }
    }

    fn replay_classic(&mut self, group: String, value: Option<GroupMetadataValue>) {
        let known = self.groups.get_mut(&group);
        match (known, value) {
            (Some(Group::Classic(g)), Some(value)) => g.replay(value),
            (_, Some(value)) => {
                let mut g = ClassicGroup::new(&group, NO_TIMESTAMP);
                g.replay(value);
                self.groups.insert(group, Group::Classic(g));
            }
            (Some(Group::Classic(_)), None) => self.remove(group),
            (_, None) => {}
        }
    }

    /// Takes a group away; if it has offsets, what is left is a group that only has those.
    fn remove(&mut self, group: String) {
        if self.offsets.has_group(&group) {
            let rest = ClassicGroup::new(&group, NO_TIMESTAMP);
            self.groups.insert(group, Group::Classic(rest));
        } else {
            self.groups.remove(&group);
        }
    }

    fn replay_consumer(&mut self, record: GroupRecord) {
        let id = record.group().to_owned();
        if let Some(Group::Consumer(g)) = self.groups.get_mut(&id) {
            return g.replay(record);
        }
        // A tombstone of a group that is gone makes no new one.
        if record.is_tombstone() {
            return;
        }
        let mut g = ConsumerGroup::new(&id);
        g.replay(record);
        self.groups.insert(id, Group::Consumer(g));
    }

    fn replay_streams(&mut self, record: GroupRecord) {
        let id = record.group().to_owned();
        if let Some(Group::Streams(g)) = self.groups.get_mut(&id) {
            return g.replay(record);
        }
        // A tombstone of a group that is gone makes no new one.
        if record.is_tombstone() {
            return;
        }
        let mut g = StreamsGroup::new(&id);
        g.replay(record);
        self.groups.insert(id, Group::Streams(g));
    }
}

/// A group that was made by an offset's record has no state that began at some time.
const NO_TIMESTAMP: i64 = -1;
