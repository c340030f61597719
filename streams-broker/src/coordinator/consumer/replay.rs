//! A consumer group's records applied.

use super::group::{ConsumerGroup, MemberState};
use super::partitions::Partitions;
use crate::coordinator::held::Since;
use crate::coordinator::records::GroupRecord;

impl ConsumerGroup {
    /// Applies a record of this group. The group itself is removed by whoever keeps it.
    pub(crate) fn replay(&mut self, record: GroupRecord) {
        match record {
            GroupRecord::ConsumerMetadata { value: Some(value), .. } => {
                self.epoch = value.epoch;
                self.metadata_hash = value.metadata_hash;
            }
            GroupRecord::ConsumerMember { member, value: Some(value), .. } => {
                self.members.entry(member).or_default().metadata = value;
            }
            GroupRecord::ConsumerMember { member, value: None, .. } => {
                self.members.remove(&member);
            }
            GroupRecord::ConsumerTargetMetadata { value, .. } => {
                let value = value.unwrap_or_default();
                self.target_epoch = value.assignment_epoch;
                self.target_timestamp = value.assignment_timestamp;
            }
            GroupRecord::ConsumerTargetMember { member, value: Some(value), .. } => {
                self.target.insert(member, Partitions::from_target(&value.topic_partitions));
            }
            GroupRecord::ConsumerTargetMember { member, value: None, .. } => {
                self.target.remove(&member);
            }
            GroupRecord::ConsumerCurrent { member, value: Some(value), .. } => {
                let member = self.members.entry(member).or_default();
                member.epoch = value.member_epoch;
                member.previous_epoch = value.previous_member_epoch;
                member.state = MemberState::from_number(value.state);
                member.assigned = Partitions::from_current(&value.assigned);
                member.pending_revocation = Partitions::from_current(&value.pending_revocation);
                member.since = Since::default();
                for held in value.assigned.iter().chain(&value.pending_revocation) {
                    let partitions = held.partitions.iter().map(|p| (held.topic_id, *p));
                    member.since.read(partitions, held.assignment_epochs.as_deref(), value.member_epoch);
                }
            }
            _ => {}
        }
    }
}
