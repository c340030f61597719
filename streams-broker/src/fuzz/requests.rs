//! Requests of every API in every version that is served.

use bytes::Bytes;
use kafka_protocol::messages::*;
use kafka_protocol::protocol::{Encodable, StrBytes};

use crate::api::{decode_guarded, decode_markers, served};
use crate::coordinator::fuzz::{read_heartbeat, read_streams_describe};
use crate::log::BatchBuilder;
use crate::server::split_header;

macro_rules! apis {
    ($($api:ident => $request:ty,)*) => {
        /// Decodes a body; the version is one that is served.
        fn decode_body(key: i16, version: i16, body: &Bytes) {
            match key {
                $(key if key == ApiKey::$api as i16 => {
                    let _ = decode_guarded::<$request>(body, version);
                })*
                key if key == ApiKey::WriteTxnMarkers as i16 => {
                    let _ = decode_markers(body);
                    let _ = decode_guarded::<WriteTxnMarkersRequest>(body, 1);
                }
                88 => read_heartbeat(body),
                89 => read_streams_describe(body),
                key => assert!(served().all(|api| api.key != key), "API {key} is served, but not fuzzed"),
            }
        }

        /// A request of each API without content, in all versions that the codec can write.
        fn empty(frames: &mut Vec<Vec<u8>>) {
            $(for version in versions(ApiKey::$api) {
                frames.extend(frame(ApiKey::$api, version, &<$request>::default()));
            })*
        }
    };
}

apis! {
    Produce => ProduceRequest,
    Fetch => FetchRequest,
    ListOffsets => ListOffsetsRequest,
    Metadata => MetadataRequest,
    OffsetCommit => OffsetCommitRequest,
    OffsetFetch => OffsetFetchRequest,
    FindCoordinator => FindCoordinatorRequest,
    JoinGroup => JoinGroupRequest,
    Heartbeat => HeartbeatRequest,
    LeaveGroup => LeaveGroupRequest,
    SyncGroup => SyncGroupRequest,
    DescribeGroups => DescribeGroupsRequest,
    ListGroups => ListGroupsRequest,
    SaslHandshake => SaslHandshakeRequest,
    ApiVersions => ApiVersionsRequest,
    CreateTopics => CreateTopicsRequest,
    DeleteTopics => DeleteTopicsRequest,
    DeleteRecords => DeleteRecordsRequest,
    InitProducerId => InitProducerIdRequest,
    OffsetForLeaderEpoch => OffsetForLeaderEpochRequest,
    AddPartitionsToTxn => AddPartitionsToTxnRequest,
    AddOffsetsToTxn => AddOffsetsToTxnRequest,
    EndTxn => EndTxnRequest,
    TxnOffsetCommit => TxnOffsetCommitRequest,
    DescribeConfigs => DescribeConfigsRequest,
    AlterConfigs => AlterConfigsRequest,
    AlterReplicaLogDirs => AlterReplicaLogDirsRequest,
    DescribeLogDirs => DescribeLogDirsRequest,
    SaslAuthenticate => SaslAuthenticateRequest,
    CreatePartitions => CreatePartitionsRequest,
    DeleteGroups => DeleteGroupsRequest,
    ElectLeaders => ElectLeadersRequest,
    IncrementalAlterConfigs => IncrementalAlterConfigsRequest,
    AlterPartitionReassignments => AlterPartitionReassignmentsRequest,
    ListPartitionReassignments => ListPartitionReassignmentsRequest,
    OffsetDelete => OffsetDeleteRequest,
    DescribeClientQuotas => DescribeClientQuotasRequest,
    AlterClientQuotas => AlterClientQuotasRequest,
    DescribeAcls => DescribeAclsRequest,
    CreateAcls => CreateAclsRequest,
    DeleteAcls => DeleteAclsRequest,
    DescribeUserScramCredentials => DescribeUserScramCredentialsRequest,
    AlterUserScramCredentials => AlterUserScramCredentialsRequest,
    DescribeQuorum => DescribeQuorumRequest,
    DescribeCluster => DescribeClusterRequest,
    DescribeProducers => DescribeProducersRequest,
    DescribeTransactions => DescribeTransactionsRequest,
    ListTransactions => ListTransactionsRequest,
    ConsumerGroupHeartbeat => ConsumerGroupHeartbeatRequest,
    ConsumerGroupDescribe => ConsumerGroupDescribeRequest,
    ListConfigResources => ListConfigResourcesRequest,
    DescribeTopicPartitions => DescribeTopicPartitionsRequest,
    CreateDelegationToken => CreateDelegationTokenRequest,
    RenewDelegationToken => RenewDelegationTokenRequest,
    ExpireDelegationToken => ExpireDelegationTokenRequest,
    DescribeDelegationToken => DescribeDelegationTokenRequest,
    UpdateFeatures => UpdateFeaturesRequest,
    UnregisterBroker => UnregisterBrokerRequest,
    GetTelemetrySubscriptions => GetTelemetrySubscriptionsRequest,
    PushTelemetry => PushTelemetryRequest,
}

/// The versions that are served and that the codec knows.
fn versions(key: ApiKey) -> impl Iterator<Item = i16> {
    let known = key.valid_versions();
    let api = served().find(|api| api.key == key as i16);
    api.into_iter().flat_map(move |api| api.min.max(known.min)..=api.max.min(known.max))
}

/// A frame without its length.
fn frame<T: Encodable>(key: ApiKey, version: i16, body: &T) -> Option<Vec<u8>> {
    let mut frame = Vec::new();
    RequestHeader::default()
        .with_request_api_key(key as i16)
        .with_request_api_version(version)
        .with_client_id(Some(StrBytes::from_static_str("fuzz")))
        .encode(&mut frame, key.request_header_version(version))
        .ok()?;
    body.encode(&mut frame, version).ok()?;
    Some(frame)
}

fn text(text: &'static str) -> StrBytes {
    StrBytes::from_static_str(text)
}

fn name() -> TopicName {
    TopicName(text("t"))
}

/// Requests with content, of the APIs whose content is nested.
fn full(frames: &mut Vec<Vec<u8>>) {
    let batch = BatchBuilder::new(1_000).record(Some(b"k"), Some(b"v"), &[("h", b"x")]).build();
    for version in versions(ApiKey::Produce) {
        use produce_request::{PartitionProduceData, TopicProduceData};
        let data = PartitionProduceData::default().with_records(Some(batch.clone()));
        let topic = TopicProduceData::default().with_name(name()).with_partition_data(vec![data]);
        let body = ProduceRequest::default().with_acks(1).with_topic_data(vec![topic]);
        frames.extend(frame(ApiKey::Produce, version, &body));
    }
    for version in versions(ApiKey::Fetch) {
        use fetch_request::{FetchPartition, FetchTopic};
        let partition = FetchPartition::default().with_partition_max_bytes(1_000);
        let topic = FetchTopic::default().with_topic(name()).with_partitions(vec![partition]);
        let body = FetchRequest::default().with_max_bytes(1_000).with_topics(vec![topic]);
        frames.extend(frame(ApiKey::Fetch, version, &body));
    }
    for version in versions(ApiKey::ListOffsets) {
        use list_offsets_request::{ListOffsetsPartition, ListOffsetsTopic};
        let partition = ListOffsetsPartition::default().with_timestamp(-1);
        let topic = ListOffsetsTopic::default().with_name(name()).with_partitions(vec![partition]);
        let body = ListOffsetsRequest::default().with_topics(vec![topic]);
        frames.extend(frame(ApiKey::ListOffsets, version, &body));
    }
    groups(frames);
    for version in versions(ApiKey::IncrementalAlterConfigs) {
        use incremental_alter_configs_request::{AlterConfigsResource, AlterableConfig};
        let config =
            AlterableConfig::default().with_name(text("retention.ms")).with_value(Some(text("1000")));
        let topic = AlterConfigsResource::default()
            .with_resource_type(2)
            .with_resource_name(text("t"))
            .with_configs(vec![config]);
        let body = IncrementalAlterConfigsRequest::default().with_resources(vec![topic]);
        frames.extend(frame(ApiKey::IncrementalAlterConfigs, version, &body));
    }
}

fn groups(frames: &mut Vec<Vec<u8>>) {
    let group = || GroupId(text("g"));
    for version in versions(ApiKey::JoinGroup) {
        use join_group_request::JoinGroupRequestProtocol;
        let subscription = Bytes::from_static(&[0, 1, 0, 0, 0, 1, 0, 1, b't', 0, 0, 0, 0, 0, 0, 0, 0]);
        let protocol =
            JoinGroupRequestProtocol::default().with_name(text("range")).with_metadata(subscription);
        let body = JoinGroupRequest::default()
            .with_group_id(group())
            .with_session_timeout_ms(10_000)
            .with_rebalance_timeout_ms(10_000)
            .with_protocol_type(text("consumer"))
            .with_protocols(vec![protocol]);
        frames.extend(frame(ApiKey::JoinGroup, version, &body));
    }
    for version in versions(ApiKey::OffsetCommit) {
        use offset_commit_request::{OffsetCommitRequestPartition, OffsetCommitRequestTopic};
        let partition = OffsetCommitRequestPartition::default().with_committed_offset(7);
        let topic = OffsetCommitRequestTopic::default().with_name(name()).with_partitions(vec![partition]);
        let body = OffsetCommitRequest::default()
            .with_group_id(group())
            .with_generation_id_or_member_epoch(-1)
            .with_topics(vec![topic]);
        frames.extend(frame(ApiKey::OffsetCommit, version, &body));
    }
    for version in versions(ApiKey::ConsumerGroupHeartbeat) {
        let body = ConsumerGroupHeartbeatRequest::default()
            .with_group_id(group())
            .with_member_id(text("m"))
            .with_rebalance_timeout_ms(1_000)
            .with_subscribed_topic_names(Some(vec![name()]))
            .with_subscribed_topic_regex(Some(text("t.*")))
            .with_topic_partitions(Some(Vec::new()));
        frames.extend(frame(ApiKey::ConsumerGroupHeartbeat, version, &body));
    }
}

/// Frames without their lengths.
pub(super) fn frames() -> Vec<Vec<u8>> {
    let mut frames = Vec::new();
    empty(&mut frames);
    full(&mut frames);
    let marker = [&[0, 27, 0, 2, 0, 0, 0, 1, 0, 1, b'x', 0, 2][..], &7_i64.to_be_bytes()].concat();
    frames.push([&marker[..], &[0, 3, 1, 2, 2, b't', 2, 0, 0, 0, 0, 0, 0, 0, 0, 9, 2, 0, 0]].concat());
    for key in [88i16, 89] {
        let head = [&key.to_be_bytes()[..], &[0, 0, 0, 0, 0, 1, 0, 1, b'x', 0]].concat();
        frames.push([&head[..], &[2, b'g', 2, b'm', 0, 0, 0, 0, 0, 0, 0, 0]].concat());
    }
    frames
}

/// Decodes a frame's header and body, if its version is served.
pub(super) fn decode(input: &[u8]) {
    let Ok((header, body)) = split_header(Bytes::copy_from_slice(input)) else { return };
    if served().any(|api| api.key == header.key && (api.min..=api.max).contains(&header.version)) {
        decode_body(header.key, header.version, &body);
    }
}
