//! StreamsGroupHeartbeat: a member joins, lives and is told what to run.

use super::assignor::{AssignedMember, assign};
use super::group::{StreamsGroup, StreamsMember};
use super::messages::*;
use super::reconcile::reconcile;
use super::tasks::{TaskSet, Tasks};
use super::topology::{configure, topics_hash};
use crate::coordinator::group::is_assignment_due;
use crate::coordinator::outcome::{Cx, GroupTimer};
use crate::coordinator::records::*;
use crate::coordinator::topics::TopicView;
use kafka_protocol::ResponseError;

/// Settings of one streams group.
#[derive(Debug, Clone, Copy)]
pub(crate) struct StreamsSettings {
    pub(crate) session_timeout_ms: i32,
    pub(crate) heartbeat_interval_ms: i32,
    pub(crate) standbys: usize,
    pub(crate) initial_delay_ms: i64,
    pub(crate) assignment_interval_ms: i64,
}

/// Who sends a request.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Client<'a> {
    pub(crate) id: &'a str,
    pub(crate) host: &'a str,
}

/// A topic that the driver creates after a heartbeat.
pub(crate) type InternalTopic = TopicInfo;

/// An error with the text that the client shows.
pub(crate) type Refusal = (ResponseError, String);

/// One heartbeat on its way: changes are made to a copy of the group by replaying the same records that are
/// written.
struct Beat<'a, 'b> {
    cx: &'a mut Cx<'b>,
    group: StreamsGroup,
    settings: StreamsSettings,
}

impl StreamsGroup {
    /// Handles the heartbeat of a member that joins or stays. Gives the answer and the internal topics to create.
    pub(crate) fn heartbeat(
        &mut self,
        cx: &mut Cx<'_>,
        topics: &dyn TopicView,
        settings: StreamsSettings,
        client: Client<'_>,
        request: &StreamsGroupHeartbeatRequest,
    ) -> Result<(StreamsGroupHeartbeatResponse, Vec<InternalTopic>), Refusal> {
        let joins = request.member_epoch == 0;
        if joins
            && !self.members.contains_key(&request.member_id)
            && self.members.len() >= cx.config.streams_max_size
        {
            return Err((
                ResponseError::GroupMaxSizeReached,
                "The streams group has reached its maximum capacity.".into(),
            ));
        }
        self.check_epoch(request)?;
        self.check_tasks(request)?;
        if self.is_empty() {
            self.shutdown_requested_by = None;
            self.begin_delay(cx, settings);
        }
        let before = self.members.get(&request.member_id).cloned();
        let mut beat = Beat { group: self.clone(), cx, settings };
        // First what may be refused, then what is written.
        let retopologized = beat.update_topology(request)?;
        let changed = beat.update_member(client, request);
        beat.refresh(topics, changed || retopologized);
        beat.update_target();
        beat.reconcile(request, before.as_ref());
        let group = beat.group;
        cx.timers.set(
            GroupTimer::session(&self.id, &request.member_id),
            cx.now + i64::from(settings.session_timeout_ms),
        );
        if request.shutdown_application {
            self.shutdown_requested_by.get_or_insert_with(|| request.member_id.clone());
        }
        self.configured.clone_from(&group.configured);
        let after = group.members.get(&request.member_id).cloned().unwrap_or_default();
        // An endpoint itself is news once its member joins or gets other tasks.
        if after.metadata.user_endpoint.is_some() && is_told_tasks(request, before.as_ref(), &after) {
            self.endpoint_epoch += 1;
        }
        let missing = group.configured.as_ref().map(|c| c.missing.clone()).unwrap_or_default();
        let mut response = self.answer(&group, request, settings, before.as_ref(), &after);
        if request.endpoint_information_epoch != self.endpoint_epoch {
            response.partitions_by_user_endpoint = Some(group.endpoint_partitions(topics));
        }
        Ok((response, missing))
    }

    fn begin_delay(&mut self, cx: &mut Cx<'_>, settings: StreamsSettings) {
        if settings.initial_delay_ms > 0 {
            let until = cx.now + settings.initial_delay_ms;
            self.delayed_until = Some(until);
            cx.timers.set(GroupTimer::InitialDelay { group: self.id.clone() }, until);
        }
    }

    /// 25 for a stranger, 110 for an epoch that is not the member's. The epoch before counts too if the member
    /// reports no more than it was given: the answer with the new one was lost.
    fn check_epoch(&self, request: &StreamsGroupHeartbeatRequest) -> Result<(), Refusal> {
        if request.member_epoch == 0 {
            return Ok(());
        }
        let Some(member) = self.members.get(&request.member_id) else {
            let text = format!("Member {} is not a member of group {}.", request.member_id, self.id);
            return Err((ResponseError::UnknownMemberId, text));
        };
        if request.member_epoch == member.epoch {
            return Ok(());
        }
        let lost = request.member_epoch == member.previous_epoch
            && owned(request).is_some_and(|o| o.each(&member.assigned, TaskSet::without).is_empty());
        if lost {
            return Ok(());
        }
        let size = if request.member_epoch > member.epoch { "greater" } else { "smaller" };
        let text = format!(
            "The streams group member has a {size} member epoch ({}) than the one known by the group coordinator \
             ({}). The member must abandon all its partitions and rejoin.",
            request.member_epoch, member.epoch
        );
        Err((ResponseError::FencedMemberEpoch, text))
    }

    fn statuses(&self, group: &StreamsGroup, member: &StreamsMember) -> Vec<GroupStatus> {
        let mut all = Vec::new();
        if self.delayed_until.is_some() {
            let detail = "Assignment delayed due to the configured initial rebalance delay.";
            all.push(GroupStatus { code: status::ASSIGNMENT_DELAYED, detail: detail.to_owned() });
        } else if group.target_epoch < group.epoch {
            let detail = "Assignment delayed due to the configured assignment interval.";
            all.push(GroupStatus { code: status::ASSIGNMENT_DELAYED, detail: detail.to_owned() });
        }
        if let Some(problem) = group.configured.as_ref().and_then(|c| c.problem.clone()) {
            all.push(GroupStatus { code: problem.code, detail: problem.detail });
        }
        let epoch = group.topology.as_ref().map_or(0, |t| t.epoch);
        if member.metadata.topology_epoch < epoch {
            let detail = format!(
                "The member's topology epoch {} is behind the group's topology epoch {epoch}.",
                member.metadata.topology_epoch
            );
            all.push(GroupStatus { code: status::STALE_TOPOLOGY, detail });
        }
        if let Some(member) = &self.shutdown_requested_by {
            let detail = format!(
                "Streams group member {member} encountered a fatal error and requested a shutdown for the entire \
                 application."
            );
            all.push(GroupStatus { code: status::SHUTDOWN_APPLICATION, detail });
        }
        all
    }

    fn answer(
        &self,
        group: &StreamsGroup,
        request: &StreamsGroupHeartbeatRequest,
        settings: StreamsSettings,
        before: Option<&StreamsMember>,
        after: &StreamsMember,
    ) -> StreamsGroupHeartbeatResponse {
        let changed = is_told_tasks(request, before, after);
        let tasks = |set: &TaskSet| changed.then(|| set.to_message());
        StreamsGroupHeartbeatResponse {
            member_id: request.member_id.clone(),
            member_epoch: after.epoch,
            heartbeat_interval_ms: settings.heartbeat_interval_ms,
            status: Some(self.statuses(group, after)),
            active_tasks: tasks(&after.assigned.active),
            standby_tasks: tasks(&after.assigned.standby),
            warmup_tasks: tasks(&after.assigned.warmup),
            endpoint_information_epoch: self.endpoint_epoch,
            ..StreamsGroupHeartbeatResponse::default()
        }
    }
}

/// Whether the answer says which tasks the member has.
fn is_told_tasks(
    request: &StreamsGroupHeartbeatRequest,
    before: Option<&StreamsMember>,
    after: &StreamsMember,
) -> bool {
    request.member_epoch == 0 || before.is_none_or(|b| b.assigned != after.assigned)
}

/// The tasks that a member reports, if it reports all kinds.
fn owned(request: &StreamsGroupHeartbeatRequest) -> Option<Tasks> {
    Some(Tasks {
        active: TaskSet::from_message(request.active_tasks.as_ref()?),
        standby: TaskSet::from_message(request.standby_tasks.as_ref()?),
        warmup: TaskSet::from_message(request.warmup_tasks.as_ref()?),
    })
}

impl Beat<'_, '_> {
    fn record(&mut self, record: GroupRecord) {
        self.group.replay(record.clone());
        self.cx.record(record);
    }

    /// Writes what is new about the member; `true` if something is.
    fn update_member(&mut self, client: Client<'_>, request: &StreamsGroupHeartbeatRequest) -> bool {
        let known = self.group.members.get(&request.member_id).map(|m| m.metadata.clone());
        let mut metadata = known.clone().unwrap_or_default();
        client.id.clone_into(&mut metadata.client_id);
        client.host.clone_into(&mut metadata.client_host);
        if request.rebalance_timeout_ms != -1 {
            metadata.rebalance_timeout_ms = request.rebalance_timeout_ms;
        }
        if request.rack_id.is_some() {
            metadata.rack_id.clone_from(&request.rack_id);
        }
        if let Some(topology) = &request.topology {
            metadata.topology_epoch = topology.epoch;
        }
        if let Some(process) = &request.process_id {
            metadata.process_id.clone_from(process);
        }
        if request.user_endpoint.is_some() {
            metadata.user_endpoint.clone_from(&request.user_endpoint);
        }
        if let Some(tags) = &request.client_tags {
            metadata.client_tags.clone_from(tags);
        }
        if known.as_ref() == Some(&metadata) {
            return false;
        }
        let (group, member) = (self.group.id.clone(), request.member_id.clone());
        self.record(GroupRecord::StreamsMember { group, member, value: Some(metadata) });
        true
    }

    /// The first member brings the topology. Another one is refused while others run the first (KIP-1071 knows no
    /// update in 4.3), but the sole member of a group may come with a new one: that is a restart of everything.
    fn update_topology(&mut self, request: &StreamsGroupHeartbeatRequest) -> Result<bool, Refusal> {
        let Some(topology) = &request.topology else { return Ok(false) };
        if self.group.runs(topology) {
            return Ok(false);
        }
        let older = self.group.topology.as_ref().is_some_and(|t| topology.epoch < t.epoch);
        if self.group.topology.is_some() && self.group.members.keys().any(|id| *id != request.member_id) {
            if older {
                // The member is told so in a status.
                return Ok(false);
            }
            return Err((ResponseError::InvalidRequest, "Topology updates are not supported yet.".into()));
        }
        let value =
            StreamsTopologyValue { epoch: topology.epoch, subtopologies: topology.subtopologies.clone() };
        let group = self.group.id.clone();
        self.record(GroupRecord::StreamsTopology { group, value: Some(value) });
        Ok(true)
    }

    /// Looks at the topics; a change of them, of the members or of the number of standbys gives the group a new epoch.
    fn refresh(&mut self, topics: &dyn TopicView, changed: bool) {
        let Some(topology) = self.group.topology.clone() else { return };
        let hash = topics_hash(&topology.subtopologies, topics);
        let configured = configure(&topology.subtopologies, topics);
        let validated = if configured.problem.is_none() { topology.epoch } else { -1 };
        self.group.configured = Some(configured);
        let standbys = self.settings.standbys.to_string();
        let configs = Some(vec![KeyValue { key: "num.standby.replicas".into(), value: standbys }]);
        if changed
            || hash != self.group.metadata_hash
            || validated != self.group.validated_topology_epoch
            || configs != self.group.last_assignment_configs
        {
            let value = StreamsGroupMetadataValue {
                epoch: self.group.epoch.saturating_add(1),
                metadata_hash: hash,
                validated_topology_epoch: validated,
                last_assignment_configs: configs,
            };
            let group = self.group.id.clone();
            self.record(GroupRecord::StreamsMetadata { group, value: Some(value) });
        }
    }

    /// Makes the target assignment of the current epoch, unless the first one is held back or the last one is too
    /// young. Nobody has tasks while topics are missing.
    fn update_target(&mut self) {
        let interval = self.settings.assignment_interval_ms;
        if self.group.target_epoch >= self.group.epoch
            || self.group.delayed_until.is_some()
            || !is_assignment_due(self.group.target_timestamp, interval, self.cx.now)
        {
            return;
        }
        let target = match &self.group.configured {
            Some(configured) if configured.problem.is_none() => {
                let members: Vec<AssignedMember<'_>> = self
                    .group
                    .members
                    .iter()
                    .map(|(id, m)| AssignedMember {
                        id,
                        process: &m.metadata.process_id,
                        before: self.group.target.get(id).unwrap_or(&m.assigned),
                    })
                    .collect();
                assign(&members, &configured.subtopologies, self.settings.standbys)
            }
            _ => self.group.members.keys().map(|id| (id.clone(), Tasks::default())).collect(),
        };
        let group = self.group.id.clone();
        for (member, tasks) in target {
            if self.group.target.get(&member) != Some(&tasks) {
                let value = StreamsTargetMemberValue {
                    active: tasks.active.to_record(),
                    standby: tasks.standby.to_record(),
                    warmup: tasks.warmup.to_record(),
                };
                self.record(GroupRecord::StreamsTargetMember {
                    group: group.clone(),
                    member,
                    value: Some(value),
                });
            }
        }
        let value = StreamsTargetMetadataValue {
            assignment_epoch: self.group.epoch,
            assignment_timestamp: self.cx.now,
        };
        self.record(GroupRecord::StreamsTargetMetadata { group, value: Some(value) });
    }

    fn reconcile(&mut self, request: &StreamsGroupHeartbeatRequest, before: Option<&StreamsMember>) {
        let id = &request.member_id;
        let reported = owned(request);
        if request.member_epoch == 0
            && let Some(member) = self.group.members.get_mut(id)
        {
            // Who joins (again) has nothing; what was known of it is no longer true.
            member.assigned = Tasks::default();
            member.pending_revocation = Tasks::default();
            member.state = super::group::MemberState::Stable;
            member.epoch = 0;
        }
        let Some(next) = reconcile(&self.group, id, reported.as_ref()) else { return };
        let timer = GroupTimer::revoke(&self.group.id, id);
        if next.state != super::group::MemberState::UnrevokedTasks {
            self.cx.timers.cancel(&timer);
        } else if before.is_none_or(|b| b.pending_revocation != next.pending_revocation) {
            let patience = i64::from(next.metadata.rebalance_timeout_ms.max(0));
            self.cx.timers.set(timer, self.cx.now + patience);
        }
        if before != Some(&next) || request.member_epoch == 0 {
            self.record(current_record(&self.group.id, id, &next));
        }
    }
}

fn current_record(group: &str, member: &str, next: &StreamsMember) -> GroupRecord {
    GroupRecord::StreamsCurrent {
        group: group.to_owned(),
        member: member.to_owned(),
        value: Some(StreamsCurrentAssignmentValue {
            member_epoch: next.epoch,
            previous_member_epoch: next.previous_epoch,
            state: next.state as i8,
            active: next.assigned.active.to_current(&next.since),
            standby: next.assigned.standby.to_record(),
            warmup: next.assigned.warmup.to_record(),
            active_pending_revocation: next.pending_revocation.active.to_current(&next.since),
            standby_pending_revocation: next.pending_revocation.standby.to_record(),
            warmup_pending_revocation: next.pending_revocation.warmup.to_record(),
        }),
    }
}
