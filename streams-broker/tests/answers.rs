//! Answers to requests at the edges, as Apache Kafka 4.3 gives them.

mod common;

use common::{Raw, broker};
use kafka_protocol::messages::create_acls_request::{AclCreation, CreateAclsRequest};
use kafka_protocol::messages::create_partitions_request::{
    CreatePartitionsAssignment, CreatePartitionsRequest, CreatePartitionsTopic,
};
use kafka_protocol::messages::create_topics_request::{
    CreatableReplicaAssignment, CreatableTopic, CreatableTopicConfig, CreateTopicsRequest,
};
use kafka_protocol::messages::delete_acls_request::{DeleteAclsFilter, DeleteAclsRequest};
use kafka_protocol::messages::delete_topics_request::{DeleteTopicState, DeleteTopicsRequest};
use kafka_protocol::messages::describe_acls_request::DescribeAclsRequest;
use kafka_protocol::messages::describe_cluster_request::DescribeClusterRequest;
use kafka_protocol::messages::fetch_request::{FetchPartition, FetchRequest, FetchTopic, ForgottenTopic};
use kafka_protocol::messages::incremental_alter_configs_request::{
    AlterConfigsResource, AlterableConfig, IncrementalAlterConfigsRequest,
};
use kafka_protocol::messages::list_offsets_request::{
    ListOffsetsPartition, ListOffsetsRequest, ListOffsetsTopic,
};
use kafka_protocol::messages::metadata_request::{MetadataRequest, MetadataRequestTopic};
use kafka_protocol::messages::produce_request::{PartitionProduceData, ProduceRequest, TopicProduceData};
use kafka_protocol::messages::{
    ApiKey, BrokerId, CreateAclsResponse, CreatePartitionsResponse, CreateTopicsResponse, DeleteAclsResponse,
    DeleteTopicsResponse, DescribeAclsResponse, DescribeClusterResponse, FetchResponse,
    IncrementalAlterConfigsResponse, ListOffsetsResponse, MetadataResponse, ProduceResponse, TopicName,
};
use kafka_protocol::protocol::StrBytes;

fn name(text: &str) -> TopicName {
    TopicName(StrBytes::from_string(text.to_owned()))
}

fn new_topic(topic: &str, partitions: i32) -> CreatableTopic {
    CreatableTopic::default()
        .with_name(name(topic))
        .with_num_partitions(partitions)
        .with_replication_factor(if partitions < 0 { -1 } else { 1 })
}

fn create(raw: &mut Raw, topics: Vec<CreatableTopic>) -> Vec<(i16, String)> {
    let request = CreateTopicsRequest::default().with_topics(topics).with_timeout_ms(5_000);
    let response: CreateTopicsResponse = raw.call(ApiKey::CreateTopics, 7, &request);
    let said = |text: &Option<StrBytes>| text.as_ref().map(ToString::to_string).unwrap_or_default();
    response.topics.iter().map(|topic| (topic.error_code, said(&topic.error_message))).collect()
}

#[test]
fn a_time_out_of_zero_changes_nothing() {
    let broker = broker();
    let mut raw = Raw::connect(&broker);
    let request = CreateTopicsRequest::default().with_topics(vec![new_topic("t", 1)]).with_timeout_ms(0);
    let response: CreateTopicsResponse = raw.call(ApiKey::CreateTopics, 7, &request);
    assert_eq!(response.topics[0].error_code, 7);
    assert_eq!(create(&mut raw, vec![new_topic("t", 1)])[0].0, 0);
    let request = DeleteTopicsRequest::default()
        .with_topics(vec![DeleteTopicState::default().with_name(Some(name("t")))])
        .with_timeout_ms(0);
    let response: DeleteTopicsResponse = raw.call(ApiKey::DeleteTopics, 6, &request);
    assert_eq!(response.responses[0].error_code, 7);
    assert_eq!(create(&mut raw, vec![new_topic("t", 1)])[0].0, 36);
}

#[test]
fn manual_assignments_are_checked_one_by_one() {
    let broker = broker();
    let mut raw = Raw::connect(&broker);
    let assigned = |assignments: &[(i32, &[i32])]| {
        let assignment = |(index, brokers): &(i32, &[i32])| {
            CreatableReplicaAssignment::default()
                .with_partition_index(*index)
                .with_broker_ids(brokers.iter().copied().map(BrokerId).collect())
        };
        new_topic("t", -1).with_assignments(assignments.iter().map(assignment).collect())
    };
    for (assignments, why) in [
        (
            &[(0, &[9][..])][..],
            "The manual partition assignment includes broker 9, but no such broker is registered.",
        ),
        (&[(0, &[1, 1])], "The manual partition assignment includes the broker 1 more than once."),
        (&[(0, &[])], "The manual partition assignment includes an empty replica list."),
        (&[(1, &[1])], "partitions should be a consecutive 0-based integer sequence"),
        (&[(0, &[1]), (0, &[1])], "Found multiple manual partition assignments for partition 0"),
    ] {
        assert_eq!(create(&mut raw, vec![assigned(assignments)]), [(39, why.to_owned())]);
    }
    let counted = assigned(&[(0, &[1])]).with_num_partitions(1);
    assert_eq!(create(&mut raw, vec![counted])[0].0, 42);
    assert_eq!(create(&mut raw, vec![assigned(&[(1, &[1]), (0, &[1])])])[0].0, 0);
    let request = CreatePartitionsRequest::default().with_timeout_ms(5_000).with_topics(vec![
        CreatePartitionsTopic::default()
            .with_name(name("t"))
            .with_count(4)
            .with_assignments(Some(vec![CreatePartitionsAssignment::default()])),
    ]);
    let response: CreatePartitionsResponse = raw.call(ApiKey::CreatePartitions, 3, &request);
    assert_eq!(response.results[0].error_code, 39);
    let why = response.results[0].error_message.as_ref().expect("a reason");
    assert_eq!(
        why.as_str(),
        "Attempted to add 2 additional partition(s), but only 1 assignment(s) were specified."
    );
}

#[test]
fn configurations_of_topics_are_checked_as_a_whole() {
    let broker = broker();
    let mut raw = Raw::connect(&broker);
    let with = |values: &[(&str, Option<&str>)]| {
        let config = |(key, value): &(&str, Option<&str>)| {
            CreatableTopicConfig::default()
                .with_name(StrBytes::from_string((*key).to_owned()))
                .with_value(value.map(|value| StrBytes::from_string(value.to_owned())))
        };
        new_topic("t", 1).with_configs(values.iter().map(config).collect())
    };
    for bad in [
        &[("retention.ms", None)][..],
        &[("min.compaction.lag.ms", Some("10")), ("max.compaction.lag.ms", Some("5"))],
        &[("remote.storage.enable", Some("true"))],
        &[("leader.replication.throttled.replicas", Some("x"))],
        &[("compression.gzip.level", Some("0"))],
    ] {
        assert_eq!(create(&mut raw, vec![with(bad)])[0].0, 40, "{bad:?}");
    }
    let good =
        with(&[("preallocate", Some("TRUE")), ("leader.replication.throttled.replicas", Some("0:1,1:1"))]);
    assert_eq!(create(&mut raw, vec![good])[0].0, 0);
    let internal = create(&mut raw, vec![new_topic("__cluster_metadata", 1), new_topic("many", 20_000)]);
    assert_eq!((internal[0].0, internal[1].0), (42, 44));
}

#[test]
fn what_is_named_twice_is_not_deleted() {
    let broker = broker();
    let mut raw = Raw::connect(&broker);
    create(&mut raw, vec![new_topic("a", 1), new_topic("b", 1)]);
    let by_name = |topic| DeleteTopicState::default().with_name(Some(name(topic)));
    let none = DeleteTopicState::default().with_name(None);
    let request = DeleteTopicsRequest::default()
        .with_topics(vec![by_name("a"), by_name("a"), by_name("b"), none])
        .with_timeout_ms(5_000);
    let response: DeleteTopicsResponse = raw.call(ApiKey::DeleteTopics, 6, &request);
    let codes: Vec<i16> = response.responses.iter().map(|topic| topic.error_code).collect();
    assert_eq!(codes, [42, 0, 42]);
}

#[test]
fn each_topic_is_described_once_and_all_operations_are_allowed() {
    let broker = broker();
    let mut raw = Raw::connect(&broker);
    create(&mut raw, vec![new_topic("a", 1)]);
    let topic = MetadataRequestTopic::default().with_name(Some(name("a")));
    let request = MetadataRequest::default()
        .with_topics(Some(vec![topic.clone(), topic]))
        .with_include_cluster_authorized_operations(true)
        .with_include_topic_authorized_operations(true);
    let response: MetadataResponse = raw.call(ApiKey::Metadata, 9, &request);
    assert_eq!(response.topics.len(), 1);
    assert_eq!(response.topics[0].topic_authorized_operations, 3576);
    assert_eq!(response.cluster_authorized_operations, 8096);
    let by_id = MetadataRequestTopic::default().with_name(None).with_topic_id(uuid::Uuid::from_u128(7));
    let request = MetadataRequest::default().with_topics(Some(vec![by_id]));
    let response: MetadataResponse = raw.call(ApiKey::Metadata, 11, &request);
    assert_eq!((response.topics[0].error_code, response.brokers.len()), (42, 0));
    for (kind, code) in [(1, 0), (2, 114), (7, 115)] {
        let request = DescribeClusterRequest::default().with_endpoint_type(kind);
        let response: DescribeClusterResponse = raw.call(ApiKey::DescribeCluster, 1, &request);
        assert_eq!(response.error_code, code);
    }
}

fn fetch(session: (i32, i32), wanted: &[(i32, i64)]) -> FetchRequest {
    let partition = |(index, offset): &(i32, i64)| {
        FetchPartition::default()
            .with_partition(*index)
            .with_fetch_offset(*offset)
            .with_partition_max_bytes(1_000)
    };
    let topic =
        FetchTopic::default().with_topic(name("t")).with_partitions(wanted.iter().map(partition).collect());
    FetchRequest::default()
        .with_max_bytes(1_000)
        .with_session_id(session.0)
        .with_session_epoch(session.1)
        .with_topics(if wanted.is_empty() { Vec::new() } else { vec![topic] })
}

#[test]
fn a_fetch_out_of_range_or_with_an_unknown_isolation_says_nothing_of_the_log() {
    let broker = broker();
    let mut raw = Raw::connect(&broker);
    create(&mut raw, vec![new_topic("t", 1)]);
    let response: FetchResponse = raw.call(ApiKey::Fetch, 12, &fetch((0, -1), &[(0, 9)]));
    let partition = &response.responses[0].partitions[0];
    assert_eq!((partition.error_code, partition.high_watermark, partition.log_start_offset), (1, -1, -1));
    let strange = fetch((0, -1), &[(0, 0)]).with_isolation_level(2);
    let response: FetchResponse = raw.call(ApiKey::Fetch, 12, &strange);
    assert_eq!(response.responses[0].partitions[0].error_code, -1);
    let follower = fetch((0, -1), &[(0, 0)]).with_replica_id(BrokerId(5));
    let response: FetchResponse = raw.call(ApiKey::Fetch, 12, &follower);
    assert_eq!(response.responses[0].partitions[0].error_code, 6);
    let twice: FetchResponse = raw.call(ApiKey::Fetch, 12, &fetch((0, -1), &[(0, 9), (0, 0)]));
    assert_eq!(twice.responses[0].partitions.len(), 1);
    assert_eq!(twice.responses[0].partitions[0].error_code, 0);
}

#[test]
fn a_fetch_session_ends_when_all_is_forgotten() {
    let broker = broker();
    let mut raw = Raw::connect(&broker);
    create(&mut raw, vec![new_topic("t", 1)]);
    let begun: FetchResponse = raw.call(ApiKey::Fetch, 12, &fetch((0, 0), &[(0, 0)]));
    assert!(begun.session_id > 0);
    let forgotten = ForgottenTopic::default().with_topic(name("t")).with_partitions(vec![0]);
    let request = fetch((begun.session_id, 1), &[]).with_forgotten_topics_data(vec![forgotten]);
    let ended: FetchResponse = raw.call(ApiKey::Fetch, 12, &request);
    assert_eq!((ended.error_code, ended.session_id), (0, 0));
    let after: FetchResponse = raw.call(ApiKey::Fetch, 12, &fetch((begun.session_id, 2), &[]));
    assert_eq!(after.error_code, 70);
}

#[test]
fn special_offsets_need_a_version_that_knows_them() {
    let broker = broker();
    let mut raw = Raw::connect(&broker);
    create(&mut raw, vec![new_topic("t", 1)]);
    for (timestamp, since) in [(-3, 7), (-4, 8), (-5, 9)] {
        for version in 4..=10 {
            let partition = ListOffsetsPartition::default().with_timestamp(timestamp);
            let topic = ListOffsetsTopic::default().with_name(name("t")).with_partitions(vec![partition]);
            let request =
                ListOffsetsRequest::default().with_replica_id(BrokerId(-1)).with_topics(vec![topic]);
            let response: ListOffsetsResponse = raw.call(ApiKey::ListOffsets, version, &request);
            let code = response.topics[0].partitions[0].error_code;
            assert_eq!(code, if version < since { 35 } else { 0 }, "{timestamp} in version {version}");
        }
    }
}

#[test]
fn without_access_control_acls_are_refused() {
    let broker = broker();
    let mut raw = Raw::connect(&broker);
    let any = DescribeAclsRequest::default()
        .with_resource_type_filter(1)
        .with_resource_name_filter(None)
        .with_pattern_type_filter(1)
        .with_operation(1)
        .with_permission_type(1);
    let described: DescribeAclsResponse = raw.call(ApiKey::DescribeAcls, 3, &any);
    assert_eq!((described.error_code, described.resources.len()), (54, 0));
    let creation = AclCreation::default().with_resource_type(2).with_operation(2).with_permission_type(3);
    let two = CreateAclsRequest::default().with_creations(vec![creation.clone(), creation]);
    let created: CreateAclsResponse = raw.call(ApiKey::CreateAcls, 3, &two);
    assert_eq!(created.results.iter().map(|result| result.error_code).collect::<Vec<_>>(), [54, 54]);
    let filter =
        DeleteAclsFilter::default().with_resource_type_filter(2).with_operation(1).with_permission_type(1);
    let filters = DeleteAclsRequest::default().with_filters(vec![filter]);
    let deleted: DeleteAclsResponse = raw.call(ApiKey::DeleteAcls, 3, &filters);
    assert_eq!(deleted.filter_results[0].error_code, 54);
    raw.send(ApiKey::DescribeAcls, 3, &any.with_operation(0));
    assert!(raw.receive_bytes().is_none(), "an unknown operation ends the connection");
}

#[test]
fn a_partition_that_is_produced_to_twice_is_answered_once() {
    let broker = broker();
    let mut raw = Raw::connect(&broker);
    create(&mut raw, vec![new_topic("t", 1)]);
    let data = || PartitionProduceData::default().with_index(0);
    let topic = TopicProduceData::default().with_name(name("t")).with_partition_data(vec![data(), data()]);
    let empty = TopicProduceData::default().with_name(name("u"));
    let request = ProduceRequest::default()
        .with_acks(1)
        .with_timeout_ms(1_000)
        .with_transactional_id(None)
        .with_topic_data(vec![topic, empty]);
    let response: ProduceResponse = raw.call(ApiKey::Produce, 9, &request);
    assert_eq!(response.responses.len(), 1);
    assert_eq!(response.responses[0].partition_responses.len(), 1);
}

#[test]
fn a_batch_that_is_too_large_is_refused_without_a_reason() {
    let broker = broker();
    let mut raw = Raw::connect(&broker);
    let limit = CreatableTopicConfig::default()
        .with_name(StrBytes::from_static_str("max.message.bytes"))
        .with_value(Some(StrBytes::from_static_str("80")));
    create(&mut raw, vec![new_topic("t", 1).with_configs(vec![limit])]);
    let data = PartitionProduceData::default().with_records(Some(common::batch(&[0; 100]).into()));
    let topic = TopicProduceData::default().with_name(name("t")).with_partition_data(vec![data]);
    let request = ProduceRequest::default()
        .with_acks(1)
        .with_timeout_ms(1_000)
        .with_transactional_id(None)
        .with_topic_data(vec![topic]);
    let response: ProduceResponse = raw.call(ApiKey::Produce, 9, &request);
    let partition = &response.responses[0].partition_responses[0];
    assert_eq!((partition.error_code, &partition.error_message), (10, &None));
}

#[test]
fn configurations_are_answered_as_they_were_written() {
    let broker = broker();
    let mut raw = Raw::connect(&broker);
    let padded = CreatableTopicConfig::default()
        .with_name(StrBytes::from_static_str("retention.ms"))
        .with_value(Some(StrBytes::from_static_str(" 77 ")));
    let request = CreateTopicsRequest::default()
        .with_topics(vec![new_topic("t", 1).with_configs(vec![padded])])
        .with_timeout_ms(1_000);
    let response: CreateTopicsResponse = raw.call(ApiKey::CreateTopics, 7, &request);
    let configs = response.topics[0].configs.iter().flatten();
    let found = configs.filter(|config| config.name.as_str() == "retention.ms");
    assert_eq!(found.map(|config| config.value.as_deref()).collect::<Vec<_>>(), [Some(" 77 ")]);
}

#[test]
fn configurations_of_groups_stay_within_the_brokers_bounds() {
    let broker = broker();
    let mut raw = Raw::connect(&broker);
    for (kind, resource, key, value, code) in [
        (32, "g", "consumer.session.timeout.ms", "50000", 0),
        (32, "g", "consumer.session.timeout.ms", "5", 40),
        (32, "g", "consumer.heartbeat.interval.ms", "16000", 40),
        (32, "g", "streams.num.standby.replicas", "9", 40),
        (32, "g", "share.session.timeout.ms", "5", 40),
        (32, "g", "share.auto.offset.reset", "by_duration:PT1H", 0),
        (32, "g", "share.auto.offset.reset", "by_duration:1H", 40),
        (32, "", "consumer.session.timeout.ms", "50000", 42),
        (2, "", "retention.ms", "1", 42),
        (2, "a/b", "retention.ms", "1", 17),
        (2, "none", "retention.ms", "1", 3),
    ] {
        let config = AlterableConfig::default()
            .with_name(StrBytes::from_static_str(key))
            .with_value(Some(StrBytes::from_static_str(value)));
        let resource = AlterConfigsResource::default()
            .with_resource_type(kind)
            .with_resource_name(StrBytes::from_static_str(resource))
            .with_configs(vec![config]);
        let request = IncrementalAlterConfigsRequest::default().with_resources(vec![resource]);
        let response: IncrementalAlterConfigsResponse =
            raw.call(ApiKey::IncrementalAlterConfigs, 1, &request);
        assert_eq!(response.responses[0].error_code, code, "{key}={value}");
    }
}

#[test]
fn offsets_of_a_topic_are_listed_together_and_what_is_asked_twice_is_refused() {
    let broker = broker();
    let mut raw = Raw::connect(&broker);
    create(&mut raw, vec![new_topic("t", 2)]);
    let topic = |partitions: &[(i32, i32)]| {
        let asked = |(index, epoch): &(i32, i32)| {
            ListOffsetsPartition::default()
                .with_partition_index(*index)
                .with_timestamp(-1)
                .with_current_leader_epoch(*epoch)
        };
        ListOffsetsTopic::default()
            .with_name(name("t"))
            .with_partitions(partitions.iter().map(asked).collect())
    };
    let topics = vec![topic(&[]), topic(&[(0, -1), (1, -2)]), topic(&[(0, -1)])];
    let request = ListOffsetsRequest::default().with_replica_id(BrokerId(-1)).with_topics(topics);
    let response: ListOffsetsResponse = raw.call(ApiKey::ListOffsets, 7, &request);
    let told: Vec<_> = response
        .topics
        .iter()
        .map(|topic| topic.partitions.iter().map(|p| (p.partition_index, p.error_code)).collect::<Vec<_>>())
        .collect();
    assert_eq!(told, [[(0, 42), (1, 74)]]);
}

#[test]
fn what_clients_may_do_is_told_of_topics_that_there_are_not() {
    let broker = broker();
    let asked = |topic: &str| MetadataRequestTopic::default().with_name(Some(name(topic)));
    let request = MetadataRequest::default()
        .with_topics(Some(vec![asked("none"), asked("a b")]))
        .with_include_topic_authorized_operations(true)
        .with_allow_auto_topic_creation(false);
    let response: MetadataResponse = Raw::connect(&broker).call(ApiKey::Metadata, 9, &request);
    assert!(response.topics.iter().all(|topic| topic.topic_authorized_operations > 0));
}
