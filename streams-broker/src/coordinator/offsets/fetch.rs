//! OffsetFetch: what was committed, or -1.

use crate::coordinator::state::GroupState;
use crate::coordinator::topics::TopicView;
use kafka_protocol::ResponseError;
use kafka_protocol::messages::TopicName;
use kafka_protocol::messages::offset_fetch_request::OffsetFetchRequestGroup;
use kafka_protocol::messages::offset_fetch_response::{
    OffsetFetchResponseGroup, OffsetFetchResponsePartitions, OffsetFetchResponseTopics,
};
use kafka_protocol::protocol::StrBytes;
use std::collections::BTreeMap;
use uuid::Uuid;

impl GroupState {
    /// Handles OffsetFetch for one group (the form of v8+). Topics must be named.
    ///
    /// `require_stable`: a partition with an offset in an open transaction is answered with 88, and the client
    /// asks again.
    pub(crate) fn fetch_offsets(
        &self,
        topics: &dyn TopicView,
        request: &OffsetFetchRequestGroup,
        require_stable: bool,
    ) -> OffsetFetchResponseGroup {
        let mut response = OffsetFetchResponseGroup::default().with_group_id(request.group_id.clone());
        if let Err(error) = self.may_fetch(request) {
            return response.with_error_code(error.code());
        }
        let group = request.group_id.as_str();
        match &request.topics {
            None => response.topics = self.fetch_all(topics, group, require_stable),
            Some(wanted) => {
                for topic in wanted {
                    let id = topics.by_name(&topic.name).map(|found| found.id);
                    let one =
                        |partition: &i32| self.fetch_one(group, &topic.name, id, *partition, require_stable);
                    response.topics.push(
                        OffsetFetchResponseTopics::default()
                            .with_name(topic.name.clone())
                            .with_topic_id(topic.topic_id)
                            .with_partitions(topic.partition_indexes.iter().map(one).collect()),
                    );
                }
            }
        }
        response
    }

    fn may_fetch(&self, request: &OffsetFetchRequestGroup) -> Result<(), ResponseError> {
        let member = request.member_id.as_deref();
        if member.is_none() && request.member_epoch < 0 {
            return Ok(());
        }
        match self.groups.get(request.group_id.as_str()) {
            Some(group) => group.validate_fetch(member.unwrap_or_default(), request.member_epoch),
            None => Ok(()),
        }
    }

    /// All that is committed: what only waits for the end of its transaction is not listed.
    fn fetch_all(
        &self,
        topics: &dyn TopicView,
        group: &str,
        require_stable: bool,
    ) -> Vec<OffsetFetchResponseTopics> {
        let mut all: BTreeMap<&str, Vec<OffsetFetchResponsePartitions>> = BTreeMap::new();
        for ((topic, partition), value) in self.offsets.of_group(group) {
            let id = topics.by_name(topic).map(|found| found.id);
            if value.is_of(id) {
                let found = self.fetch_one(group, topic, id, *partition, require_stable);
                all.entry(topic).or_default().push(found);
            }
        }
        let topic = |(name, partitions): (&str, Vec<_>)| {
            OffsetFetchResponseTopics::default()
                .with_name(TopicName(StrBytes::from_string(name.to_owned())))
                .with_partitions(partitions)
        };
        all.into_iter().map(topic).collect()
    }

    fn fetch_one(
        &self,
        group: &str,
        topic: &str,
        topic_id: Option<Uuid>,
        partition: i32,
        require_stable: bool,
    ) -> OffsetFetchResponsePartitions {
        let at = (topic.to_owned(), partition);
        let none = OffsetFetchResponsePartitions::default()
            .with_partition_index(partition)
            .with_committed_offset(-1)
            .with_committed_leader_epoch(-1)
            .with_metadata(Some(StrBytes::new()));
        if require_stable && self.offsets.is_pending(group, &at) {
            return none.with_error_code(ResponseError::UnstableOffsetCommit.code());
        }
        match self.offsets.get(group, &at).filter(|value| value.is_of(topic_id)) {
            None => none,
            Some(value) => none
                .with_committed_offset(value.offset)
                .with_committed_leader_epoch(value.leader_epoch)
                .with_metadata(Some(StrBytes::from_string(value.metadata.clone()))),
        }
    }
}
