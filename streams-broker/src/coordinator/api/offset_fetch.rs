//! OffsetFetch (key 9), versions 1–10: one group up to v7, many from v8 on; topics by id from v10 on.

use bytes::Bytes;
use kafka_protocol::ResponseError;
use kafka_protocol::messages::offset_fetch_request::{OffsetFetchRequestGroup, OffsetFetchRequestTopics};
use kafka_protocol::messages::offset_fetch_response::{
    OffsetFetchResponseGroup, OffsetFetchResponsePartition, OffsetFetchResponsePartitions,
    OffsetFetchResponseTopic, OffsetFetchResponseTopics,
};
use kafka_protocol::messages::{ApiKey, GroupId, OffsetFetchRequest, OffsetFetchResponse, TopicName};
use kafka_protocol::protocol::StrBytes;
use uuid::Uuid;

use crate::api::{Answer, Api, Disconnect, Request};
use crate::coordinator::codec::{Field, Reader, flexible};

/// This API's entry in the dispatch table. By hand, since the crate's request ends at version 9.
pub(crate) const API: Api =
    Api { key: ApiKey::OffsetFetch as i16, min: 1, max: 10, handler: |request| Box::pin(handle(request)) };

async fn handle(request: Request) -> Answer {
    let body = if request.version() >= 10 { decode_v10(&request)? } else { request.decode()? };
    // All topics can be asked for from version 2 on.
    if request.version() < 2 && body.topics.is_none() {
        return Err(Disconnect::Malformed { key: request.header.key, version: request.header.version });
    }
    let response = if request.version() >= 8 {
        let groups = body.groups.iter().map(|g| fetch(&request, g, body.require_stable)).collect();
        OffsetFetchResponse::default().with_groups(groups)
    } else {
        single(fetch(&request, &only_group(&body), body.require_stable))
    };
    request.encode(&response)
}

/// Fetches for one group. Topics that are asked for by an unknown id are answered with 100.
fn fetch(
    request: &Request,
    group: &OffsetFetchRequestGroup,
    require_stable: bool,
) -> OffsetFetchResponseGroup {
    let by_id = request.version() >= 10;
    let topics = &request.broker.topics;
    let mut named = group.clone();
    let mut unknown = Vec::new();
    if by_id && let Some(wanted) = &mut named.topics {
        wanted.retain_mut(|topic| match topics.get_by_id(topic.topic_id) {
            Some(found) => {
                topic.name = TopicName(StrBytes::from_string(found.name.to_string()));
                true
            }
            None => {
                unknown.push(unknown_id(topic));
                false
            }
        });
    }
    let found = request.broker.coordinators.groups().and_then(|groups| {
        groups.request(&request.broker, &named.group_id, |state, _, topics| {
            state.fetch_offsets(topics, &named, require_stable)
        })
    });
    let mut response = found.unwrap_or_else(|error| {
        OffsetFetchResponseGroup::default()
            .with_group_id(named.group_id.clone())
            .with_error_code(error.code())
    });
    if by_id {
        // All of a group's offsets were asked for by name only inside; a deleted topic has no id.
        response.topics.retain_mut(|topic| {
            topic.topic_id = topics.get(&topic.name).map_or(Uuid::nil(), |found| found.id);
            !topic.topic_id.is_nil()
        });
    }
    response.topics.extend(unknown);
    response
}

fn unknown_id(topic: &OffsetFetchRequestTopics) -> OffsetFetchResponseTopics {
    let partition = |index: &i32| {
        OffsetFetchResponsePartitions::default()
            .with_partition_index(*index)
            .with_committed_offset(-1)
            .with_committed_leader_epoch(-1)
            .with_metadata(Some(StrBytes::new()))
            .with_error_code(ResponseError::UnknownTopicId.code())
    };
    OffsetFetchResponseTopics::default()
        .with_topic_id(topic.topic_id)
        .with_partitions(topic.partition_indexes.iter().map(partition).collect())
}

/// The request of versions 1–7 in the form of version 8.
fn only_group(body: &OffsetFetchRequest) -> OffsetFetchRequestGroup {
    let topics = body.topics.as_ref().map(|topics| {
        let topic = |t: &kafka_protocol::messages::offset_fetch_request::OffsetFetchRequestTopic| {
            OffsetFetchRequestTopics::default()
                .with_name(t.name.clone())
                .with_partition_indexes(t.partition_indexes.clone())
        };
        topics.iter().map(topic).collect()
    });
    OffsetFetchRequestGroup::default()
        .with_group_id(body.group_id.clone())
        .with_member_epoch(-1)
        .with_topics(topics)
}

/// The answer of version 8 in the form of versions 1–7.
fn single(group: OffsetFetchResponseGroup) -> OffsetFetchResponse {
    let partition = |p: OffsetFetchResponsePartitions| {
        OffsetFetchResponsePartition::default()
            .with_partition_index(p.partition_index)
            .with_committed_offset(p.committed_offset)
            .with_committed_leader_epoch(p.committed_leader_epoch)
            .with_metadata(p.metadata)
            .with_error_code(p.error_code)
    };
    let topic = |t: OffsetFetchResponseTopics| {
        OffsetFetchResponseTopic::default()
            .with_name(t.name)
            .with_partitions(t.partitions.into_iter().map(partition).collect())
    };
    OffsetFetchResponse::default()
        .with_error_code(group.error_code)
        .with_topics(group.topics.into_iter().map(topic).collect())
}

flexible! {
    /// The request of version 10.
    struct RequestV10 {
        groups: Vec<GroupV10>,
        require_stable: bool,
    }

    /// A group whose offsets are asked for; all of them if topics is null.
    struct GroupV10 {
        group_id: String,
        member_id: Option<String>,
        member_epoch: i32,
        topics: Option<Vec<TopicV10>>,
    }

    /// A topic by its id.
    struct TopicV10 {
        topic_id: Uuid,
        partition_indexes: Vec<i32>,
    }
}

fn decode_v10(request: &Request) -> Result<OffsetFetchRequest, Disconnect> {
    let malformed = Disconnect::Malformed { key: request.header.key, version: request.header.version };
    decode_body_v10(&request.body).ok_or(malformed)
}

fn decode_body_v10(body: &Bytes) -> Option<OffsetFetchRequest> {
    let decoded = RequestV10::read(&mut Reader::new(body)).ok()?;
    let topic = |t: TopicV10| {
        OffsetFetchRequestTopics::default()
            .with_topic_id(t.topic_id)
            .with_partition_indexes(t.partition_indexes)
    };
    let group = |g: GroupV10| {
        OffsetFetchRequestGroup::default()
            .with_group_id(GroupId(StrBytes::from_string(g.group_id)))
            .with_member_id(g.member_id.map(StrBytes::from_string))
            .with_member_epoch(g.member_epoch)
            .with_topics(g.topics.map(|topics| topics.into_iter().map(topic).collect()))
    };
    Some(
        OffsetFetchRequest::default()
            .with_groups(decoded.groups.into_iter().map(group).collect())
            .with_require_stable(decoded.require_stable),
    )
}
