//! Requests of the consumer protocol find their group.

use super::heartbeat::ConsumerSettings;
use super::validate::Refusal;
use super::{ConsumerGroup, missing_consumer_group};
use crate::coordinator::group::Group;
use crate::coordinator::outcome::Cx;
use crate::coordinator::state::GroupState;
use crate::coordinator::streams::Client;
use crate::coordinator::topics::TopicView;
use kafka_protocol::ResponseError;
use kafka_protocol::messages::consumer_group_describe_response::DescribedGroup;
use kafka_protocol::messages::{ConsumerGroupHeartbeatRequest, ConsumerGroupHeartbeatResponse, GroupId};

impl GroupState {
    /// Handles ConsumerGroupHeartbeat, once it is found to be well-formed.
    pub(crate) fn consumer_heartbeat(
        &mut self,
        cx: &mut Cx<'_>,
        topics: &dyn TopicView,
        settings: ConsumerSettings,
        client: Client<'_>,
        request: &ConsumerGroupHeartbeatRequest,
    ) -> Result<ConsumerGroupHeartbeatResponse, Refusal> {
        let id = request.group_id.as_str();
        let made = request.member_id.is_empty().then(|| cx.short_id());
        let member_id = made.as_deref().unwrap_or(&request.member_id);
        match self.groups.get_mut(id) {
            Some(Group::Consumer(group)) if request.member_epoch < 0 => group.leave(cx, request),
            Some(Group::Consumer(group)) => group.heartbeat(cx, topics, settings, client, member_id, request),
            Some(Group::Classic(classic)) if request.member_epoch == 0 && !classic.is_empty() => {
                let mark = cx.out.records.len();
                let mut group = ConsumerGroup::upgrade(cx, classic, topics).map_err(|why| {
                    let text = format!("Cannot upgrade classic group {id} to consumer group because {why}.");
                    (ResponseError::GroupIdNotFound, text)
                })?;
                let answer = group.heartbeat(cx, topics, settings, client, member_id, request);
                if answer.is_err() {
                    cx.out.records.truncate(mark);
                } else {
                    classic.hand_over(cx);
                    self.groups.insert(id.to_owned(), Group::Consumer(group));
                }
                answer
            }
            Some(other) if request.member_epoch == 0 && other.is_empty() => {
                // A group that changes its protocol while nobody is in it keeps its offsets.
                let mut group = ConsumerGroup::new(id);
                other.forget(cx);
                let answer = group.heartbeat(cx, topics, settings, client, member_id, request)?;
                self.groups.insert(id.to_owned(), Group::Consumer(group));
                Ok(answer)
            }
            None if request.member_epoch == 0 => {
                let mut group = ConsumerGroup::new(id);
                let answer = group.heartbeat(cx, topics, settings, client, member_id, request)?;
                self.groups.insert(id.to_owned(), Group::Consumer(group));
                Ok(answer)
            }
            Some(_) => Err((ResponseError::GroupIdNotFound, format!("Group {id} is not a consumer group."))),
            None if request.member_epoch < 0 => {
                Err((ResponseError::GroupIdNotFound, format!("Group {id} not found.")))
            }
            None => Err((ResponseError::GroupIdNotFound, format!("Consumer group {id} not found."))),
        }
    }

    /// Handles ConsumerGroupDescribe, for one group.
    pub(crate) fn describe_consumer(&self, id: &GroupId, topics: &dyn TopicView) -> DescribedGroup {
        match self.groups.get(id.as_str()) {
            Some(Group::Consumer(group)) => group.describe(topics),
            Some(_) => missing_consumer_group(id, format!("Group {} is not a consumer group.", id.as_str())),
            None => missing_consumer_group(id, format!("Group {} not found.", id.as_str())),
        }
    }
}
