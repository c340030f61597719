//! A classic group of consumers becomes a consumer group when the first member of the new protocol joins it
//! (KIP-848's upgrade): its members keep their partitions and go on speaking the classic protocol.

use super::embedded::{read_assignment, read_subscription};
use super::group::{ConsumerGroup, ConsumerMember};
use super::heartbeat::{current_record, target_record};
use crate::coordinator::classic::{ClassicGroup, ClassicMember};
use crate::coordinator::held::Since;
use crate::coordinator::outcome::Cx;
use crate::coordinator::records::*;
use crate::coordinator::topics::TopicView;

impl ConsumerGroup {
    /// The group made of a classic one, with the records that make it, after its own tombstone. In the middle of a
    /// rebalance, members keep the assignments of before.
    ///
    /// # Errors
    /// Why not: the group's members are no consumers, too many, or have what only an assignor of their own understands.
    pub(crate) fn upgrade(
        cx: &mut Cx<'_>,
        classic: &ClassicGroup,
        topics: &dyn TopicView,
    ) -> Result<Self, &'static str> {
        if !classic.is_consumer() {
            return Err("the group does not use the consumer embedded protocol");
        }
        if classic.members.len() > cx.config.consumer_max_size {
            return Err("the group size exceeds the consumer group maximum size");
        }
        let malformed = "the embedded consumer protocol is malformed";
        let mut members = Vec::new();
        for member in classic.members.values() {
            // Before the first generation the members have not agreed on a protocol yet.
            let first = || member.protocols.first().map(|(name, _)| name.as_str());
            let protocol = classic.protocol.as_deref().or_else(first).ok_or(malformed)?;
            let carried = carry_over(member, protocol, classic.generation, topics).ok_or(malformed)?;
            members.push((member.id.clone(), carried));
        }
        let id = &classic.id;
        let mut records = vec![GroupRecord::Classic { group: id.clone(), value: None }];
        for (member_id, member) in &members {
            records.push(GroupRecord::ConsumerMember {
                group: id.clone(),
                member: member_id.clone(),
                value: Some(member.metadata.clone()),
            });
            records.push(target_record(id, member_id, &member.assigned));
            records.push(current_record(id, member_id, member));
        }
        let epoch = classic.generation;
        let value = ConsumerGroupMetadataValue { epoch, metadata_hash: 0 };
        records.push(GroupRecord::ConsumerMetadata { group: id.clone(), value: Some(value) });
        let value = ConsumerTargetMetadataValue { assignment_epoch: epoch, assignment_timestamp: 0 };
        records.push(GroupRecord::ConsumerTargetMetadata { group: id.clone(), value: Some(value) });
        let mut group = Self::new(id);
        for record in records {
            group.replay(record.clone());
            cx.record(record);
        }
        Ok(group)
    }
}

fn carry_over(
    member: &ClassicMember,
    protocol: &str,
    generation: i32,
    topics: &dyn TopicView,
) -> Option<ConsumerMember> {
    let subscription = read_subscription(&member.metadata(protocol), topics)?;
    let assigned = read_assignment(&member.assignment, topics)?;
    let mut since = Since::default();
    since.give(assigned.0.iter().copied(), generation);
    Some(ConsumerMember {
        metadata: ConsumerMemberMetadataValue {
            instance_id: member.instance_id.clone(),
            client_id: member.client_id.clone(),
            client_host: member.client_host.clone(),
            subscribed_topic_names: subscription.topics,
            rebalance_timeout_ms: member.rebalance_timeout_ms,
            classic: Some(ClassicMemberMetadata {
                session_timeout_ms: member.session_timeout_ms,
                supported_protocols: protocols(&member.protocols),
            }),
            ..ConsumerMemberMetadataValue::default()
        },
        epoch: generation,
        previous_epoch: generation,
        assigned,
        since,
        ..ConsumerMember::default()
    })
}

/// Classic protocols in the form of the records.
pub(super) fn protocols(all: &[(String, bytes::Bytes)]) -> Vec<ClassicProtocol> {
    all.iter()
        .map(|(name, metadata)| ClassicProtocol { name: name.clone(), metadata: metadata.clone() })
        .collect()
}
