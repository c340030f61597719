//! OffsetDelete, and the removal of offsets with their group or topic.

use crate::coordinator::outcome::Cx;
use crate::coordinator::records::GroupRecord;
use crate::coordinator::state::GroupState;
use crate::coordinator::topics::{TopicView, has_partition};
use kafka_protocol::ResponseError;
use kafka_protocol::messages::offset_delete_response::{
    OffsetDeleteResponsePartition, OffsetDeleteResponseTopic,
};
use kafka_protocol::messages::{OffsetDeleteRequest, OffsetDeleteResponse};
use std::collections::BTreeSet;

impl GroupState {
    /// Handles OffsetDelete: 86 for topics that the group's members still read.
    pub(crate) fn delete_offsets(
        &self,
        cx: &mut Cx<'_>,
        topics: &dyn TopicView,
        request: &OffsetDeleteRequest,
    ) -> OffsetDeleteResponse {
        let group_id = request.group_id.as_str();
        if group_id.is_empty() {
            return OffsetDeleteResponse::default().with_error_code(ResponseError::InvalidGroupId.code());
        }
        let Some(group) = self.groups.get(group_id) else {
            return OffsetDeleteResponse::default().with_error_code(ResponseError::GroupIdNotFound.code());
        };
        if !group.is_empty() && !group.knows_subscriptions() {
            return OffsetDeleteResponse::default().with_error_code(ResponseError::NonEmptyGroup.code());
        }
        let mut response = OffsetDeleteResponse::default();
        for topic in request.topics.iter().filter(|topic| !topic.partitions.is_empty()) {
            let subscribed = !group.is_empty() && group.is_subscribed(&topic.name);
            let mut result = OffsetDeleteResponseTopic::default().with_name(topic.name.clone());
            for p in &topic.partitions {
                let code = if !has_partition(topics, &topic.name, p.partition_index) {
                    ResponseError::UnknownTopicOrPartition.code()
                } else if subscribed {
                    ResponseError::GroupSubscribedToTopic.code()
                } else {
                    self.forget_offset(cx, group_id, &topic.name, p.partition_index);
                    0
                };
                let partition = OffsetDeleteResponsePartition::default()
                    .with_partition_index(p.partition_index)
                    .with_error_code(code);
                result.partitions.push(partition);
            }
            response.topics.push(result);
        }
        response
    }

    fn forget_offset(&self, cx: &mut Cx<'_>, group: &str, topic: &str, partition: i32) {
        let at = (topic.to_owned(), partition);
        if self.offsets.get(group, &at).is_some() || self.offsets.is_pending(group, &at) {
            cx.record(tombstone(group, topic, partition));
        }
    }

    /// Tombstones for all offsets of a group.
    pub(crate) fn forget_group_offsets(&self, cx: &mut Cx<'_>, group: &str) {
        let committed = self.offsets.of_group(group).map(|(at, _)| at);
        for (topic, partition) in committed.chain(self.offsets.pending_of_group(group)) {
            cx.record(tombstone(group, topic, *partition));
        }
    }

    /// A topic is gone: so are the offsets in it, also those that wait for the end of their transaction.
    pub(crate) fn forget_topic_offsets(&self, cx: &mut Cx<'_>, topic: &str) {
        for group in self.groups.keys() {
            let committed = self.offsets.of_group(group).map(|(at, _)| at);
            let pending = self.offsets.pending_of_group(group);
            let gone: BTreeSet<i32> =
                committed.chain(pending).filter(|at| at.0 == topic).map(|at| at.1).collect();
            for partition in gone {
                cx.record(tombstone(group, topic, partition));
            }
        }
    }
}

pub(super) fn tombstone(group: &str, topic: &str, partition: i32) -> GroupRecord {
    GroupRecord::Offset { group: group.to_owned(), topic: topic.to_owned(), partition, value: None }
}
