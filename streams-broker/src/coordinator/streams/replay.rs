//! A streams group's records applied.

use super::group::{MemberState, StreamsGroup};
use super::tasks::{TaskSet, Tasks};
use crate::coordinator::held::Since;
use crate::coordinator::records::GroupRecord;

impl StreamsGroup {
    /// Applies a record of this group. The group itself is removed by whoever keeps it.
    pub(crate) fn replay(&mut self, record: GroupRecord) {
        match record {
            GroupRecord::StreamsMetadata { value: Some(value), .. } => {
                self.epoch = value.epoch;
                self.metadata_hash = value.metadata_hash;
                self.validated_topology_epoch = value.validated_topology_epoch;
                self.last_assignment_configs = value.last_assignment_configs;
            }
            GroupRecord::StreamsMember { member, value: Some(value), .. } => {
                self.members.entry(member).or_default().metadata = value;
            }
            GroupRecord::StreamsMember { member, value: None, .. } => {
                self.members.remove(&member);
            }
            GroupRecord::StreamsTargetMetadata { value, .. } => {
                let value = value.unwrap_or_default();
                self.target_epoch = value.assignment_epoch;
                self.target_timestamp = value.assignment_timestamp;
            }
            GroupRecord::StreamsTargetMember { member, value: Some(value), .. } => {
                let tasks = Tasks {
                    active: TaskSet::from_record(&value.active),
                    standby: TaskSet::from_record(&value.standby),
                    warmup: TaskSet::from_record(&value.warmup),
                };
                self.target.insert(member, tasks);
            }
            GroupRecord::StreamsTargetMember { member, value: None, .. } => {
                self.target.remove(&member);
            }
            GroupRecord::StreamsCurrent { member, value: Some(value), .. } => {
                let member = self.members.entry(member).or_default();
                member.epoch = value.member_epoch;
                member.previous_epoch = value.previous_member_epoch;
                member.state = MemberState::from_number(value.state);
                member.assigned = Tasks {
                    active: TaskSet::from_record(&value.active),
                    standby: TaskSet::from_record(&value.standby),
                    warmup: TaskSet::from_record(&value.warmup),
                };
                member.pending_revocation = Tasks {
                    active: TaskSet::from_record(&value.active_pending_revocation),
                    standby: TaskSet::from_record(&value.standby_pending_revocation),
                    warmup: TaskSet::from_record(&value.warmup_pending_revocation),
                };
                member.since = Since::default();
                for held in value.active.iter().chain(&value.active_pending_revocation) {
                    let tasks = held.partitions.iter().map(|p| (held.subtopology_id.clone(), *p));
                    member.since.read(tasks, held.assignment_epochs.as_deref(), value.member_epoch);
                }
            }
            GroupRecord::StreamsTopology { value, .. } => self.topology = value,
            _ => {}
        }
    }
}
