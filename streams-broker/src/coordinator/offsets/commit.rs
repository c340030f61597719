//! OffsetCommit and TxnOffsetCommit: validate, then one record a partition.

use crate::coordinator::group::{Committer, Group, Scope};
use crate::coordinator::outcome::Cx;
use crate::coordinator::records::{GroupRecord, OffsetValue};
use crate::coordinator::state::GroupState;
use crate::coordinator::topics::TopicView;
use kafka_protocol::ResponseError;
use kafka_protocol::messages::offset_commit_request::OffsetCommitRequestPartition;
use kafka_protocol::messages::offset_commit_response::{
    OffsetCommitResponsePartition, OffsetCommitResponseTopic,
};
use kafka_protocol::messages::txn_offset_commit_request::TxnOffsetCommitRequestPartition;
use kafka_protocol::messages::txn_offset_commit_response::{
    TxnOffsetCommitResponsePartition, TxnOffsetCommitResponseTopic,
};
use kafka_protocol::messages::{
    OffsetCommitRequest, OffsetCommitResponse, TxnOffsetCommitRequest, TxnOffsetCommitResponse,
};

/// An offset that a client wants committed.
struct Wanted<'a> {
    topic: &'a str,
    partition: i32,
    offset: i64,
    leader_epoch: i32,
    metadata: &'a str,
    expire_timestamp: i64,
}

impl<'a> Wanted<'a> {
    fn plain(topic: &'a str, p: &'a OffsetCommitRequestPartition, expire_timestamp: i64) -> Self {
        Self {
            topic,
            partition: p.partition_index,
            offset: p.committed_offset,
            leader_epoch: p.committed_leader_epoch,
            metadata: p.committed_metadata.as_deref().unwrap_or_default(),
            expire_timestamp,
        }
    }

    fn transactional(topic: &'a str, p: &'a TxnOffsetCommitRequestPartition) -> Self {
        Self {
            topic,
            partition: p.partition_index,
            offset: p.committed_offset,
            leader_epoch: p.committed_leader_epoch,
            metadata: p.committed_metadata.as_deref().unwrap_or_default(),
            expire_timestamp: -1,
        }
    }
}

impl GroupState {
    /// Handles OffsetCommit. Topics must be named (ids are resolved before).
    pub(crate) fn commit_offsets(
        &mut self,
        cx: &mut Cx<'_>,
        topics: &dyn TopicView,
        request: &OffsetCommitRequest,
        version: i16,
    ) -> OffsetCommitResponse {
        let committer = Committer {
            member_id: &request.member_id,
            instance_id: request.group_instance_id.as_deref(),
            generation: request.generation_id_or_member_epoch,
            transactional: false,
            version,
        };
        let wanted = request
            .topics
            .iter()
            .flat_map(|t| t.partitions.iter().map(|p| (t.name.as_str(), p.partition_index)));
        let allowed = self.may_commit(topics, &request.group_id, committer, wanted);
        if let (Ok(()), Some(Group::Classic(group))) = (allowed, self.groups.get(request.group_id.as_str())) {
            group.extend_session(cx, &request.member_id);
        }
        let expire = match request.retention_time_ms {
            time if time < 0 => -1,
            time => cx.now.saturating_add(time),
        };
        let mut response = OffsetCommitResponse::default();
        for topic in &request.topics {
            let mut result = OffsetCommitResponseTopic::default()
                .with_name(topic.name.clone())
                .with_topic_id(topic.topic_id);
            for p in &topic.partitions {
                let wanted = Wanted::plain(&topic.name, p, expire);
                let code = allowed.and_then(|()| commit_one(cx, topics, &request.group_id, wanted));
                result.partitions.push(
                    OffsetCommitResponsePartition::default()
                        .with_partition_index(p.partition_index)
                        .with_error_code(code.map_or_else(|e| e.code(), |()| 0)),
                );
            }
            response.topics.push(result);
        }
        response
    }

    /// Handles TxnOffsetCommit; the records must be written within the producer's transaction.
    pub(crate) fn commit_offsets_in_transaction(
        &mut self,
        cx: &mut Cx<'_>,
        topics: &dyn TopicView,
        request: &TxnOffsetCommitRequest,
    ) -> TxnOffsetCommitResponse {
        let committer = Committer {
            member_id: &request.member_id,
            instance_id: request.group_instance_id.as_deref(),
            generation: request.generation_id,
            transactional: true,
            version: 0,
        };
        let wanted = request
            .topics
            .iter()
            .flat_map(|t| t.partitions.iter().map(|p| (t.name.as_str(), p.partition_index)));
        let allowed = self.may_commit(topics, &request.group_id, committer, wanted);
        let mut response = TxnOffsetCommitResponse::default();
        for topic in &request.topics {
            let mut result = TxnOffsetCommitResponseTopic::default().with_name(topic.name.clone());
            for p in &topic.partitions {
                let wanted = Wanted::transactional(&topic.name, p);
                let code = allowed.and_then(|()| commit_one(cx, topics, &request.group_id, wanted));
                result.partitions.push(
                    TxnOffsetCommitResponsePartition::default()
                        .with_partition_index(p.partition_index)
                        .with_error_code(code.map_or_else(|e| e.code(), |()| 0)),
                );
            }
            response.topics.push(result);
        }
        response
    }

    /// Whether all that a committer wants may be committed: one partition that is not its own fails the request.
    fn may_commit<'a>(
        &self,
        topics: &dyn TopicView,
        group: &str,
        committer: Committer<'_>,
        mut wanted: impl Iterator<Item = (&'a str, i32)>,
    ) -> Result<(), ResponseError> {
        match self.groups.get(group) {
            Some(group) => match group.validate_commit(committer)? {
                Scope::Everything => Ok(()),
                Scope::Held => wanted.try_for_each(|(name, partition)| match topics.by_name(name) {
                    Some(topic) if topic.has(partition) => group.validate_held(committer, &topic, partition),
                    _ => Ok(()),
                }),
            },
            // Somebody who manages partitions himself; his first offset makes the group.
            None if committer.generation < 0 => Ok(()),
            None if committer.version >= 9 => Err(ResponseError::GroupIdNotFound),
            None => Err(ResponseError::IllegalGeneration),
        }
    }
}

fn commit_one(
    cx: &mut Cx<'_>,
    topics: &dyn TopicView,
    group: &str,
    wanted: Wanted<'_>,
) -> Result<(), ResponseError> {
    let found = topics.by_name(wanted.topic).filter(|topic| topic.has(wanted.partition));
    let topic = found.ok_or(ResponseError::UnknownTopicOrPartition)?;
    // As long as Java takes it to be.
    if wanted.metadata.encode_utf16().count() > cx.config.offset_metadata_max_bytes {
        return Err(ResponseError::OffsetMetadataTooLarge);
    }
    let value = OffsetValue {
        offset: wanted.offset,
        leader_epoch: wanted.leader_epoch,
        metadata: wanted.metadata.to_owned(),
        commit_timestamp: cx.now,
        expire_timestamp: wanted.expire_timestamp,
        topic_id: topic.id,
    };
    cx.record(GroupRecord::Offset {
        group: group.to_owned(),
        topic: wanted.topic.to_owned(),
        partition: wanted.partition,
        value: Some(value),
    });
    Ok(())
}
