//! Every version that ApiVersions promises is served.

mod common;

use common::Raw;
use kafka_protocol::messages::*;
use kafka_protocol::protocol::{Decodable, Encodable, StrBytes};
use streams_broker::EmbeddedBroker;

/// Sends the default request in all versions and expects an answer that decodes.
fn check<Q: Encodable + Default, A: Decodable>(
    broker: &EmbeddedBroker,
    key: ApiKey,
    prepare: impl Fn(&mut Q, i16),
) {
    let mut raw = Raw::connect(broker);
    let versions: ApiVersionsResponse = raw.call(ApiKey::ApiVersions, 0, &ApiVersionsRequest::default());
    let served = versions.api_keys.iter().find(|api| api.api_key == key as i16).expect("the API is served");
    // The codec stops where Apache Kafka 4.1 does, and Produce is advertised below what is served.
    let known = key.valid_versions();
    for version in served.min_version.max(known.min)..=served.max_version.min(known.max) {
        let mut request = Q::default();
        prepare(&mut request, version);
        raw.send(key, version, &request);
        assert!(raw.receive::<A>(key, version).is_some(), "{key:?} version {version}");
    }
}

#[test]
fn every_version_of_every_api_is_answered() {
    let broker = &EmbeddedBroker::builder().temporary().start_blocking().unwrap();
    common::produce(&common::client(broker), "t", 0..10);
    let topic = || TopicName(StrBytes::from_static_str("t"));
    check::<MetadataRequest, MetadataResponse>(broker, ApiKey::Metadata, |request, _| {
        request.topics = Some(vec![])
    });
    check::<ProduceRequest, ProduceResponse>(broker, ApiKey::Produce, |request, _| {
        request.transactional_id = None;
        request.acks = 1;
    });
    check::<FetchRequest, FetchResponse>(broker, ApiKey::Fetch, |_, _| {});
    check::<ListOffsetsRequest, ListOffsetsResponse>(broker, ApiKey::ListOffsets, |request, _| {
        let partition = list_offsets_request::ListOffsetsPartition::default().with_timestamp(-1);
        request.topics = vec![
            list_offsets_request::ListOffsetsTopic::default()
                .with_name(topic())
                .with_partitions(vec![partition]),
        ];
    });
    check::<CreateTopicsRequest, CreateTopicsResponse>(broker, ApiKey::CreateTopics, |request, version| {
        request.topics = vec![
            create_topics_request::CreatableTopic::default()
                .with_name(TopicName(StrBytes::from_string(format!("new-{version}"))))
                .with_num_partitions(1)
                .with_replication_factor(1),
        ];
    });
    check::<DeleteTopicsRequest, DeleteTopicsResponse>(broker, ApiKey::DeleteTopics, |request, version| {
        if version < 6 {
            request.topic_names = vec![TopicName(StrBytes::from_string(format!("new-{version}")))];
        }
    });
    check::<DeleteRecordsRequest, DeleteRecordsResponse>(broker, ApiKey::DeleteRecords, |_, _| {});
    check::<InitProducerIdRequest, InitProducerIdResponse>(broker, ApiKey::InitProducerId, |request, _| {
        request.transactional_id = None;
    });
    check::<OffsetForLeaderEpochRequest, OffsetForLeaderEpochResponse>(
        broker,
        ApiKey::OffsetForLeaderEpoch,
        |_, _| {},
    );
    check::<DescribeConfigsRequest, DescribeConfigsResponse>(
        broker,
        ApiKey::DescribeConfigs,
        |request, _| {
            let resource = |kind, name: &str| {
                describe_configs_request::DescribeConfigsResource::default()
                    .with_resource_type(kind)
                    .with_resource_name(StrBytes::from_string(name.into()))
                    .with_configuration_keys(None)
            };
            request.resources =
                vec![resource(2, "t"), resource(4, "1"), resource(32, "group"), resource(2, "none")];
            request.include_synonyms = true;
        },
    );
    check::<AlterConfigsRequest, AlterConfigsResponse>(broker, ApiKey::AlterConfigs, |_, _| {});
    check::<IncrementalAlterConfigsRequest, IncrementalAlterConfigsResponse>(
        broker,
        ApiKey::IncrementalAlterConfigs,
        |_, _| {},
    );
    check::<DescribeLogDirsRequest, DescribeLogDirsResponse>(
        broker,
        ApiKey::DescribeLogDirs,
        |request, _| {
            request.topics = None;
        },
    );
    check::<CreatePartitionsRequest, CreatePartitionsResponse>(broker, ApiKey::CreatePartitions, |_, _| {});
    check::<ListPartitionReassignmentsRequest, ListPartitionReassignmentsResponse>(
        broker,
        ApiKey::ListPartitionReassignments,
        |_, _| {},
    );
    check::<DescribeClusterRequest, DescribeClusterResponse>(broker, ApiKey::DescribeCluster, |_, _| {});
    check::<DescribeProducersRequest, DescribeProducersResponse>(
        broker,
        ApiKey::DescribeProducers,
        |_, _| {},
    );
    check::<DescribeTopicPartitionsRequest, DescribeTopicPartitionsResponse>(
        broker,
        ApiKey::DescribeTopicPartitions,
        |_, _| {},
    );
}
