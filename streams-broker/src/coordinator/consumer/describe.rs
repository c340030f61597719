//! How ConsumerGroupDescribe shows a group.

use super::group::{ConsumerGroup, ConsumerMember};
use super::partitions::Partitions;
use crate::coordinator::topics::TopicView;
use kafka_protocol::ResponseError;
use kafka_protocol::messages::consumer_group_describe_response::{
    Assignment, DescribedGroup, Member, TopicPartitions,
};
use kafka_protocol::messages::{GroupId, TopicName};
use kafka_protocol::protocol::StrBytes;

/// The type of a member that speaks the classic protocol.
const CLASSIC: i8 = 0;

/// The type of a member that speaks this protocol.
const CONSUMER: i8 = 1;

/// The description of a group that is not there, or not a consumer group.
pub(crate) fn missing_consumer_group(id: &GroupId, message: String) -> DescribedGroup {
    DescribedGroup::default()
        .with_group_id(id.clone())
        .with_error_code(ResponseError::GroupIdNotFound.code())
        .with_error_message(Some(StrBytes::from_string(message)))
}

fn text(s: &str) -> StrBytes {
    StrBytes::from_string(s.to_owned())
}

impl ConsumerGroup {
    /// The group with its members.
    pub(crate) fn describe(&self, topics: &dyn TopicView) -> DescribedGroup {
        let members = self.members.iter().map(|(id, m)| self.describe_member(id, m, topics));
        DescribedGroup::default()
            .with_group_id(GroupId(text(&self.id)))
            .with_group_state(text(self.state_name()))
            .with_group_epoch(self.epoch)
            .with_assignment_epoch(self.target_epoch)
            .with_assignor_name(text(self.assignor()))
            .with_members(members.collect())
    }

    fn describe_member(&self, id: &str, m: &ConsumerMember, topics: &dyn TopicView) -> Member {
        let target = self.target.get(id).cloned().unwrap_or_default();
        let names = m.metadata.subscribed_topic_names.iter().map(|n| TopicName(text(n))).collect();
        Member::default()
            .with_member_id(text(id))
            .with_instance_id(m.metadata.instance_id.as_deref().map(text))
            .with_rack_id(m.metadata.rack_id.as_deref().map(text))
            .with_member_epoch(m.epoch)
            .with_client_id(text(&m.metadata.client_id))
            .with_client_host(text(&m.metadata.client_host))
            .with_subscribed_topic_names(names)
            .with_subscribed_topic_regex(Some(text(
                m.metadata.subscribed_topic_regex.as_deref().unwrap_or_default(),
            )))
            .with_assignment(assignment(&m.assigned, topics))
            .with_target_assignment(assignment(&target, topics))
            .with_member_type(if m.metadata.classic.is_some() { CLASSIC } else { CONSUMER })
    }
}

fn assignment(partitions: &Partitions, topics: &dyn TopicView) -> Assignment {
    let topic = |(id, partitions)| {
        let found = topics.by_id(id)?;
        Some(
            TopicPartitions::default()
                .with_topic_id(id)
                .with_topic_name(TopicName(StrBytes::from_string(found.name)))
                .with_partitions(partitions),
        )
    };
    Assignment::default().with_topic_partitions(partitions.by_topic().into_iter().filter_map(topic).collect())
}
