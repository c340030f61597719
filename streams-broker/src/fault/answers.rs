//! Answers that say nothing but an error, in the places where each API has room for one.

use kafka_protocol::messages as m;
use kafka_protocol::messages::BrokerId;

use super::api_key::ApiKey;
use crate::api::{Answer, Disconnect, Request};

/// APIs whose answer has one error code at its top, or one per element that the request names.
const ANSWERABLE: [ApiKey; 18] = [
    ApiKey::PRODUCE,
    ApiKey::FETCH,
    ApiKey::LIST_OFFSETS,
    ApiKey::METADATA,
    ApiKey::OFFSET_COMMIT,
    ApiKey::OFFSET_FETCH,
    ApiKey::FIND_COORDINATOR,
    ApiKey::JOIN_GROUP,
    ApiKey::HEARTBEAT,
    ApiKey::LEAVE_GROUP,
    ApiKey::SYNC_GROUP,
    ApiKey::CREATE_TOPICS,
    ApiKey::INIT_PRODUCER_ID,
    ApiKey::ADD_PARTITIONS_TO_TXN,
    ApiKey::ADD_OFFSETS_TO_TXN,
    ApiKey::END_TXN,
    ApiKey::TXN_OFFSET_COMMIT,
    ApiKey::CONSUMER_GROUP_HEARTBEAT,
];

/// Whether [`error_answer`] knows the API.
pub(super) fn can_answer(api: ApiKey) -> bool {
    ANSWERABLE.contains(&api)
}

/// The answer to `request` with `code` and nothing else.
pub(crate) fn error_answer(request: &Request, code: i16) -> Answer {
    match ApiKey(request.header.key) {
        ApiKey::PRODUCE => produce(request, code),
        ApiKey::FETCH => fetch(request, code),
        ApiKey::LIST_OFFSETS => list_offsets(request, code),
        ApiKey::METADATA => metadata(request, code),
        ApiKey::OFFSET_COMMIT => offset_commit(request, code),
        ApiKey::OFFSET_FETCH => offset_fetch(request, code),
        ApiKey::FIND_COORDINATOR => find_coordinator(request, code),
        ApiKey::CREATE_TOPICS => create_topics(request, code),
        ApiKey::ADD_PARTITIONS_TO_TXN => add_partitions(request, code),
        ApiKey::TXN_OFFSET_COMMIT => txn_offset_commit(request, code),
        ApiKey::JOIN_GROUP => request.encode(&m::JoinGroupResponse::default().with_error_code(code)),
        ApiKey::HEARTBEAT => request.encode(&m::HeartbeatResponse::default().with_error_code(code)),
        ApiKey::LEAVE_GROUP => request.encode(&m::LeaveGroupResponse::default().with_error_code(code)),
        ApiKey::SYNC_GROUP => request.encode(&m::SyncGroupResponse::default().with_error_code(code)),
        ApiKey::INIT_PRODUCER_ID => {
            request.encode(&m::InitProducerIdResponse::default().with_error_code(code))
        }
        ApiKey::ADD_OFFSETS_TO_TXN => {
            request.encode(&m::AddOffsetsToTxnResponse::default().with_error_code(code))
        }
        ApiKey::END_TXN => request.encode(&m::EndTxnResponse::default().with_error_code(code)),
        ApiKey::CONSUMER_GROUP_HEARTBEAT => {
            request.encode(&m::ConsumerGroupHeartbeatResponse::default().with_error_code(code))
        }
        ApiKey(key) => Err(Disconnect::Unsupported { key, version: request.version() }),
    }
}

fn produce(request: &Request, code: i16) -> Answer {
    use m::produce_response::{PartitionProduceResponse, TopicProduceResponse};
    let body: m::ProduceRequest = request.decode()?;
    if body.acks == 0 {
        return Err(Disconnect::UnacknowledgedFailure);
    }
    let topics = body.topic_data.iter().map(|topic| {
        let partitions = topic.partition_data.iter().map(|partition| {
            PartitionProduceResponse::default()
                .with_index(partition.index)
                .with_error_code(code)
                .with_base_offset(-1)
        });
        TopicProduceResponse::default()
            .with_name(topic.name.clone())
            .with_topic_id(topic.topic_id)
            .with_partition_responses(partitions.collect())
    });
    request.encode(&m::ProduceResponse::default().with_responses(topics.collect()))
}

fn fetch(request: &Request, code: i16) -> Answer {
    use m::fetch_response::{FetchableTopicResponse, PartitionData};
    let body: m::FetchRequest = request.decode()?;
    let topics = body.topics.iter().map(|topic| {
        let partitions = topic.partitions.iter().map(|partition| {
            PartitionData::default()
                .with_partition_index(partition.partition)
                .with_error_code(code)
                .with_high_watermark(-1)
        });
        FetchableTopicResponse::default()
            .with_topic(topic.topic.clone())
            .with_topic_id(topic.topic_id)
            .with_partitions(partitions.collect())
    });
    let mut response = m::FetchResponse::default().with_responses(topics.collect());
    // An incremental request names no partitions: the error goes to the session as a whole.
    if body.topics.is_empty() && request.version() >= 7 {
        response.error_code = code;
    }
    request.encode(&response)
}

fn list_offsets(request: &Request, code: i16) -> Answer {
    use m::list_offsets_response::{ListOffsetsPartitionResponse, ListOffsetsTopicResponse};
    let version = request.version().min(10);
    let body: m::ListOffsetsRequest = request.decode_as(version)?;
    let topics = body.topics.iter().map(|topic| {
        let partitions = topic.partitions.iter().map(|partition| {
            ListOffsetsPartitionResponse::default()
                .with_partition_index(partition.partition_index)
                .with_error_code(code)
                .with_offset(-1)
                .with_timestamp(-1)
        });
        ListOffsetsTopicResponse::default()
            .with_name(topic.name.clone())
            .with_partitions(partitions.collect())
    });
    request.encode_as(&m::ListOffsetsResponse::default().with_topics(topics.collect()), version)
}

fn metadata(request: &Request, code: i16) -> Answer {
    use m::metadata_response::{MetadataResponseBroker, MetadataResponseTopic};
    let body: m::MetadataRequest = request.decode()?;
    let (host, port) = &request.broker.advertised;
    let node = MetadataResponseBroker::default()
        .with_node_id(BrokerId(request.broker.node_id()))
        .with_host(kafka_protocol::protocol::StrBytes::from_string(host.clone()))
        .with_port(i32::from(*port));
    let topics = body.topics.unwrap_or_default().into_iter().map(|topic| {
        MetadataResponseTopic::default()
            .with_name(topic.name)
            .with_topic_id(topic.topic_id)
            .with_error_code(code)
    });
    request.encode(&m::MetadataResponse::default().with_brokers(vec![node]).with_topics(topics.collect()))
}

fn offset_commit(request: &Request, code: i16) -> Answer {
    use m::offset_commit_response::{OffsetCommitResponsePartition, OffsetCommitResponseTopic};
    let body: m::OffsetCommitRequest = request.decode()?;
    let topics = body.topics.iter().map(|topic| {
        let partitions = topic.partitions.iter().map(|partition| {
            OffsetCommitResponsePartition::default()
                .with_partition_index(partition.partition_index)
                .with_error_code(code)
        });
        OffsetCommitResponseTopic::default()
            .with_name(topic.name.clone())
            .with_topic_id(topic.topic_id)
            .with_partitions(partitions.collect())
    });
    request.encode(&m::OffsetCommitResponse::default().with_topics(topics.collect()))
}

fn offset_fetch(request: &Request, code: i16) -> Answer {
    use m::offset_fetch_response::OffsetFetchResponseGroup;
    let body: m::OffsetFetchRequest = request.decode()?;
    let response = m::OffsetFetchResponse::default();
    if request.version() < 8 {
        return request.encode(&response.with_error_code(code));
    }
    let groups = body.groups.iter().map(|group| {
        OffsetFetchResponseGroup::default().with_group_id(group.group_id.clone()).with_error_code(code)
    });
    request.encode(&response.with_groups(groups.collect()))
}

fn find_coordinator(request: &Request, code: i16) -> Answer {
    use m::find_coordinator_response::Coordinator;
    let body: m::FindCoordinatorRequest = request.decode()?;
    let response = m::FindCoordinatorResponse::default().with_error_message(None);
    if request.version() < 4 {
        return request.encode(&response.with_error_code(code).with_node_id(BrokerId(-1)).with_port(-1));
    }
    let coordinators = body.coordinator_keys.into_iter().map(|key| {
        Coordinator::default()
            .with_key(key)
            .with_node_id(BrokerId(-1))
            .with_port(-1)
            .with_error_code(code)
            .with_error_message(None)
    });
    request.encode(&response.with_coordinators(coordinators.collect()))
}

fn create_topics(request: &Request, code: i16) -> Answer {
    use m::create_topics_response::CreatableTopicResult;
    let body: m::CreateTopicsRequest = request.decode()?;
    let topics = body.topics.into_iter().map(|topic| {
        CreatableTopicResult::default()
            .with_name(topic.name)
            .with_error_code(code)
            .with_error_message(None)
            .with_configs(None)
    });
    request.encode(&m::CreateTopicsResponse::default().with_topics(topics.collect()))
}

fn add_partitions(request: &Request, code: i16) -> Answer {
    use m::add_partitions_to_txn_response::{
        AddPartitionsToTxnPartitionResult, AddPartitionsToTxnTopicResult,
    };
    let body: m::AddPartitionsToTxnRequest = request.decode()?;
    let response = m::AddPartitionsToTxnResponse::default();
    if request.version() >= 4 {
        return request.encode(&response.with_error_code(code));
    }
    let topics = body.v3_and_below_topics.into_iter().map(|topic| {
        let partitions = topic.partitions.iter().map(|partition| {
            AddPartitionsToTxnPartitionResult::default()
                .with_partition_index(*partition)
                .with_partition_error_code(code)
        });
        AddPartitionsToTxnTopicResult::default()
            .with_name(topic.name)
            .with_results_by_partition(partitions.collect())
    });
    request.encode(&response.with_results_by_topic_v3_and_below(topics.collect()))
}

fn txn_offset_commit(request: &Request, code: i16) -> Answer {
    use m::txn_offset_commit_response::{TxnOffsetCommitResponsePartition, TxnOffsetCommitResponseTopic};
    let body: m::TxnOffsetCommitRequest = request.decode()?;
    let topics = body.topics.into_iter().map(|topic| {
        let partitions = topic.partitions.iter().map(|partition| {
            TxnOffsetCommitResponsePartition::default()
                .with_partition_index(partition.partition_index)
                .with_error_code(code)
        });
        TxnOffsetCommitResponseTopic::default().with_name(topic.name).with_partitions(partitions.collect())
    });
    request.encode(&m::TxnOffsetCommitResponse::default().with_topics(topics.collect()))
}
