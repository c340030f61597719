//! OffsetCommit (key 8), versions 2–10: topics by name, from v10 on by id.

use bytes::Bytes;
use kafka_protocol::ResponseError;
use kafka_protocol::messages::offset_commit_request::{
    OffsetCommitRequestPartition, OffsetCommitRequestTopic,
};
use kafka_protocol::messages::offset_commit_response::{
    OffsetCommitResponsePartition, OffsetCommitResponseTopic,
};
use kafka_protocol::messages::{ApiKey, GroupId, OffsetCommitRequest, OffsetCommitResponse, TopicName};
use kafka_protocol::protocol::StrBytes;
use uuid::Uuid;

use crate::api::{Answer, Api, Disconnect, Request, find_topic, merge_each};
use crate::coordinator::codec::{Field, Reader, flexible};

/// This API's entry in the dispatch table. By hand, since the crate's request ends at version 9.
pub(crate) const API: Api =
    Api { key: ApiKey::OffsetCommit as i16, min: 2, max: 10, handler: |request| Box::pin(handle(request)) };

async fn handle(request: Request) -> Answer {
    let body = if request.version() >= 10 { decode_v10(&request)? } else { request.decode()? };
    request.encode(&offset_commit(&request, body))
}

/// Commits what there is: partitions that there are not are answered without asking the group, and topics of which
/// nothing is asked are left out.
fn offset_commit(request: &Request, mut body: OffsetCommitRequest) -> OffsetCommitResponse {
    body.topics.retain(|topic| !topic.partitions.is_empty());
    let mut unknown = Vec::new();
    let by_id = request.version() >= 10;
    for topic in &mut body.topics {
        match find_topic(&request.broker, &topic.name, topic.topic_id, by_id) {
            Ok(found) => {
                topic.name = TopicName(StrBytes::from_string(found.name.to_string()));
                let (there, missing) = std::mem::take(&mut topic.partitions)
                    .into_iter()
                    .partition(|asked| found.partition(asked.partition_index).is_some());
                topic.partitions = there;
                let missing = topic.clone().with_partitions(missing);
                unknown.push(refused(&missing, ResponseError::UnknownTopicOrPartition));
            }
            Err(error) => {
                unknown.push(refused(topic, error));
                topic.partitions.clear();
            }
        }
    }
    body.topics.retain(|topic| !topic.partitions.is_empty());
    let mut response = match body.topics.is_empty() {
        true => OffsetCommitResponse::default(),
        false => commit(request, &body).unwrap_or_else(|error| {
            let refused = body.topics.iter().map(|topic| refused(topic, error)).collect();
            OffsetCommitResponse::default().with_topics(refused)
        }),
    };
    let unknown = unknown.into_iter().filter(|topic| !topic.partitions.is_empty());
    response.topics = merge_each(
        response.topics.into_iter().chain(unknown),
        |topic| (topic.name.clone(), topic.topic_id),
        |known, topic| known.partitions.extend(topic.partitions),
    );
    response
}

fn commit(request: &Request, body: &OffsetCommitRequest) -> Result<OffsetCommitResponse, ResponseError> {
    let (broker, version) = (&request.broker, request.version());
    broker
        .coordinators
        .groups()?
        .request(broker, &body.group_id, |state, cx, topics| state.commit_offsets(cx, topics, body, version))
}

fn refused(topic: &OffsetCommitRequestTopic, error: ResponseError) -> OffsetCommitResponseTopic {
    let partition = |p: &OffsetCommitRequestPartition| {
        OffsetCommitResponsePartition::default()
            .with_partition_index(p.partition_index)
            .with_error_code(error.code())
    };
    OffsetCommitResponseTopic::default()
        .with_name(topic.name.clone())
        .with_topic_id(topic.topic_id)
        .with_partitions(topic.partitions.iter().map(partition).collect())
}

flexible! {
    /// The request of version 10.
    struct RequestV10 {
        group_id: String,
        generation_id_or_member_epoch: i32,
        member_id: String,
        group_instance_id: Option<String>,
        topics: Vec<TopicV10>,
    }

    /// A topic by its id.
    struct TopicV10 {
        topic_id: Uuid,
        partitions: Vec<PartitionV10>,
    }

    /// An offset to commit.
    struct PartitionV10 {
        partition_index: i32,
        committed_offset: i64,
        committed_leader_epoch: i32,
        committed_metadata: Option<String>,
    }
}

fn decode_v10(request: &Request) -> Result<OffsetCommitRequest, Disconnect> {
    let malformed = Disconnect::Malformed { key: request.header.key, version: request.header.version };
    decode_body_v10(&request.body).ok_or(malformed)
}

fn decode_body_v10(body: &Bytes) -> Option<OffsetCommitRequest> {
    let decoded = RequestV10::read(&mut Reader::new(body)).ok()?;
    let partition = |p: PartitionV10| {
        OffsetCommitRequestPartition::default()
            .with_partition_index(p.partition_index)
            .with_committed_offset(p.committed_offset)
            .with_committed_leader_epoch(p.committed_leader_epoch)
            .with_committed_metadata(p.committed_metadata.map(StrBytes::from_string))
    };
    let topic = |t: TopicV10| {
        OffsetCommitRequestTopic::default()
            .with_topic_id(t.topic_id)
            .with_partitions(t.partitions.into_iter().map(partition).collect())
    };
    Some(
        OffsetCommitRequest::default()
            .with_group_id(GroupId(StrBytes::from_string(decoded.group_id)))
            .with_generation_id_or_member_epoch(decoded.generation_id_or_member_epoch)
            .with_member_id(StrBytes::from_string(decoded.member_id))
            .with_group_instance_id(decoded.group_instance_id.map(StrBytes::from_string))
            .with_topics(decoded.topics.into_iter().map(topic).collect()),
    )
}
