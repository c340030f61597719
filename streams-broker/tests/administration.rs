//! What administrators' tools ask beyond topics and groups: quotas, client metrics, loggers, features, tokens.
#![allow(clippy::unwrap_used, reason = "a helper that panics fails its test, as it should")]

mod common;

use std::time::{Duration, Instant};

use common::{Raw, at, broker};
use kafka_protocol::ResponseError;
use kafka_protocol::messages::*;
use kafka_protocol::protocol::StrBytes;

const CLIENT_METRICS: i8 = 16;
const LOGGER: i8 = 8;

fn text(text: &str) -> StrBytes {
    StrBytes::from_string(text.to_owned())
}

/// Sets quotas of an entity; without a value takes them away.
fn alter_quota(
    raw: &mut Raw,
    entity: &[(&str, Option<&str>)],
    key: &str,
    value: Option<f64>,
) -> (i16, String) {
    use alter_client_quotas_request::{EntityData, EntryData, OpData};
    let part = |(kind, name): &(&str, Option<&str>)| {
        EntityData::default().with_entity_type(text(kind)).with_entity_name(name.map(text))
    };
    let op =
        OpData::default().with_key(text(key)).with_value(value.unwrap_or(0.0)).with_remove(value.is_none());
    let entry = EntryData::default().with_entity(entity.iter().map(part).collect()).with_ops(vec![op]);
    let body = AlterClientQuotasRequest::default().with_entries(vec![entry]);
    let answer: AlterClientQuotasResponse = raw.call(ApiKey::AlterClientQuotas, 1, &body);
    let entry = &answer.entries[0];
    (entry.error_code, entry.error_message.as_deref().unwrap_or_default().to_owned())
}

/// All quotas, as `entity key=value`.
fn quotas(raw: &mut Raw) -> Vec<String> {
    let body = DescribeClientQuotasRequest::default();
    let answer: DescribeClientQuotasResponse = raw.call(ApiKey::DescribeClientQuotas, 1, &body);
    let mut lines = Vec::new();
    for entry in answer.entries.unwrap() {
        let name = |name: &Option<StrBytes>| name.as_deref().unwrap_or("*").to_owned();
        let entity: Vec<String> = entry
            .entity
            .iter()
            .map(|e| format!("{}:{}", e.entity_type.as_str(), name(&e.entity_name)))
            .collect();
        for value in entry.values {
            lines.push(format!("{} {}={}", entity.join(","), value.key.as_str(), value.value));
        }
    }
    lines
}

#[test]
fn quotas_are_kept_over_a_restart_and_taken_away() {
    let dir = tempfile::tempdir().unwrap();
    let broker = at(dir.path()).start_blocking().unwrap();
    let raw = &mut Raw::connect(&broker);
    let both = [("user", Some("alice")), ("client-id", None)];
    assert_eq!(alter_quota(raw, &both, "request_percentage", Some(12.5)).0, 0);
    assert_eq!(alter_quota(raw, &[("ip", Some("10.0.0.1"))], "connection_creation_rate", Some(3.0)).0, 0);
    let refused = alter_quota(raw, &[("ip", Some("nowhere at all"))], "connection_creation_rate", Some(3.0));
    assert_eq!(refused, (42, "nowhere at all is not a valid IP or resolvable host.".into()));
    let all = ["client-id:*,user:alice request_percentage=12.5", "ip:10.0.0.1 connection_creation_rate=3"];
    assert_eq!(quotas(raw), all);
    broker.shutdown_blocking().unwrap();

    let broker = at(dir.path()).start_blocking().unwrap();
    let raw = &mut Raw::connect(&broker);
    assert_eq!(quotas(raw), all);
    assert_eq!(alter_quota(raw, &both, "request_percentage", None).0, 0);
    assert_eq!(quotas(raw), all[1..]);
}

fn produce(raw: &mut Raw, topic: &str, size: usize) -> i32 {
    use produce_request::{PartitionProduceData, TopicProduceData};
    let data = PartitionProduceData::default().with_records(Some(common::batch(&vec![b'x'; size]).into()));
    let topic = TopicProduceData::default().with_name(TopicName(text(topic))).with_partition_data(vec![data]);
    let body = ProduceRequest::default()
        .with_acks(1)
        .with_timeout_ms(1_000)
        .with_transactional_id(None)
        .with_topic_data(vec![topic]);
    let answer: ProduceResponse = raw.call(ApiKey::Produce, 9, &body);
    assert_eq!(answer.responses[0].partition_responses[0].error_code, 0);
    answer.throttle_time_ms
}

#[test]
fn a_producer_over_its_rate_is_told_to_wait_and_has_to() {
    let broker = broker();
    broker.create_topic("t", None).unwrap();
    let raw = &mut Raw::connect(&broker);
    // Ten seconds' worth are free.
    assert_eq!(alter_quota(raw, &[("client-id", Some("raw"))], "producer_byte_rate", Some(10_000.0)).0, 0);
    assert_eq!(produce(raw, "t", 90_000), 0);
    let told = produce(raw, "t", 12_000);
    assert!((1..2_000).contains(&told), "{told}");
    let start = Instant::now();
    quotas(raw);
    let waited = start.elapsed();
    // The pause began before the answer was here.
    assert!(
        waited + Duration::from_millis(100) > Duration::from_millis(told as u64),
        "{waited:?} of {told} ms"
    );
    // Another client is not held up.
    let start = Instant::now();
    quotas(&mut Raw::connect(&broker));
    assert!(start.elapsed() < Duration::from_secs(5));
}

#[test]
fn a_consumer_over_its_rate_is_told_to_wait() {
    use fetch_request::{FetchPartition, FetchTopic};
    let broker = broker();
    broker.create_topic("t", None).unwrap();
    let raw = &mut Raw::connect(&broker);
    produce(raw, "t", 5_000);
    let entity = [("user", Some("ANONYMOUS"))];
    assert_eq!(alter_quota(raw, &entity, "consumer_byte_rate", Some(1_000.0)).0, 0);
    let mut fetch = || {
        let partition = FetchPartition::default().with_partition_max_bytes(1 << 20);
        let topic = FetchTopic::default().with_topic(TopicName(text("t"))).with_partitions(vec![partition]);
        let body =
            FetchRequest::default().with_max_bytes(1 << 20).with_session_epoch(-1).with_topics(vec![topic]);
        let answer: FetchResponse = raw.call(ApiKey::Fetch, 12, &body);
        answer.throttle_time_ms
    };
    let start = Instant::now();
    assert_eq!(fetch(), 0);
    assert!(start.elapsed() < Duration::from_secs(10), "more than the rate is not waited for");
    let told = fetch();
    assert!((1..1_000).contains(&told), "{told}");
}

fn alter_config(raw: &mut Raw, kind: i8, name: &str, key: &str, value: Option<&str>) -> (i16, String) {
    use incremental_alter_configs_request::{AlterConfigsResource, AlterableConfig};
    let config = AlterableConfig::default()
        .with_name(text(key))
        .with_config_operation(i8::from(value.is_none()))
        .with_value(value.map(text));
    let resource = AlterConfigsResource::default()
        .with_resource_type(kind)
        .with_resource_name(text(name))
        .with_configs(vec![config]);
    let body = IncrementalAlterConfigsRequest::default().with_resources(vec![resource]);
    let answer: IncrementalAlterConfigsResponse = raw.call(ApiKey::IncrementalAlterConfigs, 1, &body);
    let result = &answer.responses[0];
    (result.error_code, result.error_message.as_deref().unwrap_or_default().to_owned())
}

/// Each key of a resource with its value and its documentation.
fn describe(raw: &mut Raw, kind: i8, name: &str) -> Vec<(String, String, String)> {
    let resource = describe_configs_request::DescribeConfigsResource::default()
        .with_resource_type(kind)
        .with_resource_name(text(name))
        .with_configuration_keys(None);
    let body =
        DescribeConfigsRequest::default().with_resources(vec![resource]).with_include_documentation(true);
    let answer: DescribeConfigsResponse = raw.call(ApiKey::DescribeConfigs, 4, &body);
    let of = |text: &Option<StrBytes>| text.as_deref().unwrap_or_default().to_owned();
    let configs = &answer.results[0].configs;
    configs.iter().map(|c| (c.name.to_string(), of(&c.value), of(&c.documentation))).collect()
}

fn list(raw: &mut Raw, version: i16, kinds: &[i8]) -> Vec<String> {
    let body = ListConfigResourcesRequest::default().with_resource_types(kinds.to_vec());
    let answer: ListConfigResourcesResponse = raw.call(ApiKey::ListConfigResources, version, &body);
    answer.config_resources.iter().map(|found| found.resource_name.to_string()).collect()
}

#[test]
fn subscriptions_to_metrics_are_listed_and_clients_told_of_them() {
    let broker = broker();
    let raw = &mut Raw::connect(&broker);
    assert_eq!(alter_config(raw, CLIENT_METRICS, "mine", "metrics", Some("a.b,c")).0, 0);
    assert_eq!(alter_config(raw, CLIENT_METRICS, "mine", "match", Some("client_id=raw")).0, 0);
    assert_eq!(alter_config(raw, CLIENT_METRICS, "mine", "interval.ms", Some("5")).0, 42);
    assert_eq!(
        (list(raw, 1, &[CLIENT_METRICS]), list(raw, 0, &[])),
        (vec!["mine".into()], vec!["mine".into()])
    );
    let described = describe(raw, CLIENT_METRICS, "mine");
    let values: Vec<_> = described.iter().map(|(key, value, _)| (key.as_str(), value.as_str())).collect();
    assert_eq!(values, [("interval.ms", "300000"), ("match", "client_id=raw"), ("metrics", "a.b,c")]);

    let body = GetTelemetrySubscriptionsRequest::default();
    let told: GetTelemetrySubscriptionsResponse = raw.call(ApiKey::GetTelemetrySubscriptions, 0, &body);
    assert_eq!((told.push_interval_ms, told.requested_metrics), (300_000, vec![text("a.b"), text("c")]));
    let push = |raw: &mut Raw, subscription, metrics: &'static [u8], codec| {
        let body = PushTelemetryRequest::default()
            .with_client_instance_id(told.client_instance_id)
            .with_subscription_id(subscription)
            .with_compression_type(codec)
            .with_terminating(codec == 1)
            .with_metrics(bytes::Bytes::from_static(metrics));
        let answer: PushTelemetryResponse = raw.call(ApiKey::PushTelemetry, 0, &body);
        ResponseError::try_from_code(answer.error_code)
    };
    assert_eq!(push(raw, told.subscription_id, b"metrics", 0), None);
    assert_eq!(
        push(raw, told.subscription_id, b"too early", 0),
        Some(ResponseError::ThrottlingQuotaExceeded)
    );
    assert_eq!(push(raw, told.subscription_id, b"no gzip", 1), Some(ResponseError::InvalidRecord));
    assert_eq!(push(raw, told.subscription_id, b"over", 0), Some(ResponseError::InvalidRequest));

    for key in ["metrics", "match"] {
        assert_eq!(alter_config(raw, CLIENT_METRICS, "mine", key, None).0, 0);
    }
    assert!(list(raw, 1, &[CLIENT_METRICS]).is_empty());
}

#[test]
fn telemetry_is_served_but_not_advertised() {
    let broker = broker();
    let raw = &mut Raw::connect(&broker);
    let versions: ApiVersionsResponse = raw.call(ApiKey::ApiVersions, 0, &ApiVersionsRequest::default());
    let telemetry = [ApiKey::GetTelemetrySubscriptions as i16, ApiKey::PushTelemetry as i16];
    assert!(versions.api_keys.iter().all(|api| !telemetry.contains(&api.api_key)));
}

#[test]
fn the_root_logger_is_described_and_no_other_known() {
    let broker = broker();
    let raw = &mut Raw::connect(&broker);
    assert_eq!(describe(raw, LOGGER, "1")[0].0, "root");
    let unknown = alter_config(raw, LOGGER, "1", "kafka.server", Some("DEBUG"));
    assert_eq!(unknown, (40, "Logger kafka.server does not exist!".into()));
    assert_eq!(list(raw, 1, &[LOGGER]), ["1"]);
}

#[test]
fn every_key_of_a_topic_and_of_the_broker_has_its_documentation() {
    let broker = broker();
    broker.create_topic("t", None).unwrap();
    let raw = &mut Raw::connect(&broker);
    for (kind, name) in [(2, "t"), (4, "1"), (32, "group")] {
        let described = describe(raw, kind, name);
        assert!(!described.is_empty());
        assert!(described.iter().all(|(_, _, documentation)| documentation.ends_with('.')), "{described:?}");
    }
}

#[test]
fn there_are_no_delegation_tokens() {
    let broker = broker();
    let raw = &mut Raw::connect(&broker);
    let refused = ResponseError::DelegationTokenRequestNotAllowed.code();
    for version in 1..=3 {
        let body = CreateDelegationTokenRequest::default();
        let answer: CreateDelegationTokenResponse = raw.call(ApiKey::CreateDelegationToken, version, &body);
        assert_eq!((answer.error_code, answer.principal_name.as_str()), (refused, "ANONYMOUS"));
        let body = DescribeDelegationTokenRequest::default().with_owners(None);
        let answer: DescribeDelegationTokenResponse =
            raw.call(ApiKey::DescribeDelegationToken, version, &body);
        assert_eq!(answer.error_code, refused);
    }
    for version in 1..=2 {
        let body = RenewDelegationTokenRequest::default();
        let answer: RenewDelegationTokenResponse = raw.call(ApiKey::RenewDelegationToken, version, &body);
        assert_eq!((answer.error_code, answer.expiry_timestamp_ms), (refused, -1));
        let body = ExpireDelegationTokenRequest::default();
        let answer: ExpireDelegationTokenResponse = raw.call(ApiKey::ExpireDelegationToken, version, &body);
        assert_eq!((answer.error_code, answer.expiry_timestamp_ms), (refused, -1));
    }
}

#[test]
fn features_stay_and_so_does_the_broker() {
    let broker = broker();
    let raw = &mut Raw::connect(&broker);
    let update = |raw: &mut Raw, version, level| {
        let feature = update_features_request::FeatureUpdateKey::default()
            .with_feature(text("group.version"))
            .with_max_version_level(level);
        let body = UpdateFeaturesRequest::default().with_feature_updates(vec![feature]);
        let answer: UpdateFeaturesResponse = raw.call(ApiKey::UpdateFeatures, version, &body);
        (answer.error_code, answer.results.len())
    };
    assert_eq!((update(raw, 0, 1), update(raw, 1, 1), update(raw, 2, 1)), ((0, 1), (0, 1), (0, 0)));
    assert_eq!((update(raw, 0, 0), update(raw, 2, 2)), ((95, 0), (95, 0)));
    let body = UnregisterBrokerRequest::default().with_broker_id(BrokerId(9));
    let answer: UnregisterBrokerResponse = raw.call(ApiKey::UnregisterBroker, 0, &body);
    assert_eq!(answer.error_message.as_deref(), Some("Broker ID 9 is not currently registered"));
}

#[test]
fn a_page_of_partitions_begins_at_the_first_where_the_cursors_topic_is_gone() {
    let broker = broker();
    broker.create_topic("b", Some(3)).unwrap();
    let mut raw = Raw::connect(&broker);
    let topic =
        |name| describe_topic_partitions_request::TopicRequest::default().with_name(TopicName(text(name)));
    let cursor = describe_topic_partitions_request::Cursor::default()
        .with_topic_name(TopicName(text("a")))
        .with_partition_index(2);
    let request = DescribeTopicPartitionsRequest::default()
        .with_topics(vec![topic("a"), topic("b")])
        .with_response_partition_limit(100)
        .with_cursor(Some(cursor));
    let answer: DescribeTopicPartitionsResponse = raw.call(ApiKey::DescribeTopicPartitions, 0, &request);
    let found: Vec<_> =
        answer.topics.iter().map(|topic| (topic.error_code, topic.partitions.len())).collect();
    assert_eq!(found, [(3, 0), (0, 3)]);
}

#[test]
fn the_folder_of_the_logs_is_told_in_full() {
    let here = std::env::current_dir().unwrap();
    let dir = tempfile::tempdir_in(&here).unwrap();
    let broker = at(dir.path().strip_prefix(&here).unwrap()).start_blocking().unwrap();
    let request = DescribeLogDirsRequest::default();
    let answer: DescribeLogDirsResponse = Raw::connect(&broker).call(ApiKey::DescribeLogDirs, 4, &request);
    assert_eq!(answer.results[0].log_dir.as_str(), dir.path().to_str().unwrap());
}

#[test]
fn a_topic_without_a_name_spoils_the_whole_description() {
    use describe_topic_partitions_request::TopicRequest;
    let broker = broker();
    let topic = |name| TopicRequest::default().with_name(TopicName(text(name)));
    let request = DescribeTopicPartitionsRequest::default().with_topics(vec![topic("t"), topic("")]);
    let answer: DescribeTopicPartitionsResponse =
        Raw::connect(&broker).call(ApiKey::DescribeTopicPartitions, 0, &request);
    let codes: Vec<i16> = answer.topics.iter().map(|topic| topic.error_code).collect();
    assert_eq!(codes, [-1, -1]);
}
