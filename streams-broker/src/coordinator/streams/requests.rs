//! Requests of the streams protocol find their group.

use super::heartbeat::{Client, InternalTopic, Refusal, StreamsSettings};
use super::messages::*;
use super::{StreamsGroup, missing_group};
use crate::coordinator::group::Group;
use crate::coordinator::outcome::Cx;
use crate::coordinator::state::GroupState;
use crate::coordinator::topics::TopicView;
use kafka_protocol::ResponseError;

impl GroupState {
    /// Handles StreamsGroupHeartbeat, once it is found to be well-formed. Gives the internal topics to create.
    pub(crate) fn streams_heartbeat(
        &mut self,
        cx: &mut Cx<'_>,
        topics: &dyn TopicView,
        settings: StreamsSettings,
        client: Client<'_>,
        request: &StreamsGroupHeartbeatRequest,
    ) -> Result<(StreamsGroupHeartbeatResponse, Vec<InternalTopic>), Refusal> {
        let id = request.group_id.as_str();
        match self.groups.get_mut(id) {
            Some(Group::Streams(group)) if request.member_epoch < 0 => {
                group.leave(cx, request).map(|response| (response, Vec::new()))
            }
            Some(Group::Streams(group)) => group.heartbeat(cx, topics, settings, client, request),
            Some(other) if request.member_epoch == 0 && other.is_empty() => {
                // A group that changes its protocol while nobody is in it keeps its offsets.
                let mut group = StreamsGroup::new(id);
                other.forget(cx);
                let answer = group.heartbeat(cx, topics, settings, client, request)?;
                self.groups.insert(id.to_owned(), Group::Streams(group));
                Ok(answer)
            }
            None if request.member_epoch == 0 => {
                let mut group = StreamsGroup::new(id);
                let answer = group.heartbeat(cx, topics, settings, client, request)?;
                self.groups.insert(id.to_owned(), Group::Streams(group));
                Ok(answer)
            }
            Some(_) => Err((ResponseError::GroupIdNotFound, format!("Group {id} is not a streams group."))),
            None if request.member_epoch < 0 => {
                Err((ResponseError::GroupIdNotFound, format!("Group {id} not found.")))
            }
            None => Err((ResponseError::GroupIdNotFound, format!("Streams group {id} not found."))),
        }
    }

    /// Handles StreamsGroupDescribe, for one group.
    pub(crate) fn describe_streams(&self, id: &str) -> DescribedGroup {
        match self.groups.get(id) {
            Some(Group::Streams(group)) => group.describe(),
            Some(_) => missing_group(id, format!("Group {id} is not a streams group.")),
            None => missing_group(id, format!("Group {id} not found.")),
        }
    }
}
