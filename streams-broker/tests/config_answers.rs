//! Answers about configurations at the edges, as Apache Kafka 4.3 gives them.
#![allow(clippy::unwrap_used, reason = "a helper that panics fails its test, as it should")]

mod common;

use common::{Raw, broker};
use kafka_protocol::messages::create_partitions_request::CreatePartitionsTopic;
use kafka_protocol::messages::describe_configs_request::DescribeConfigsResource;
use kafka_protocol::messages::describe_configs_response::DescribeConfigsResult;
use kafka_protocol::messages::incremental_alter_configs_request::{AlterConfigsResource, AlterableConfig};
use kafka_protocol::messages::*;
use kafka_protocol::protocol::StrBytes;

const TOPIC: i8 = 2;
const BROKER: i8 = 4;
const GROUP: i8 = 32;
const SET: i8 = 0;
const APPEND: i8 = 2;
const INVALID_CONFIG: i16 = 40;
const INVALID_REQUEST: i16 = 42;

fn text(text: &str) -> StrBytes {
    StrBytes::from_string(text.to_owned())
}

fn describe(raw: &mut Raw, kind: i8, name: &str) -> DescribeConfigsResult {
    let resource = DescribeConfigsResource::default().with_resource_type(kind).with_resource_name(text(name));
    let resource = resource.with_configuration_keys(None);
    let request =
        DescribeConfigsRequest::default().with_resources(vec![resource]).with_include_synonyms(true);
    let answer: DescribeConfigsResponse = raw.call(ApiKey::DescribeConfigs, 4, &request);
    answer.results.into_iter().next().unwrap()
}

fn alter(
    raw: &mut Raw,
    kind: i8,
    name: &str,
    key: &str,
    operation: i8,
    value: &str,
) -> (i16, Option<String>) {
    let config = AlterableConfig::default()
        .with_name(text(key))
        .with_config_operation(operation)
        .with_value(Some(text(value)));
    let resource = AlterConfigsResource::default()
        .with_resource_type(kind)
        .with_resource_name(text(name))
        .with_configs(vec![config]);
    let request = IncrementalAlterConfigsRequest::default().with_resources(vec![resource]);
    let answer: IncrementalAlterConfigsResponse = raw.call(ApiKey::IncrementalAlterConfigs, 1, &request);
    let result = &answer.responses[0];
    (result.error_code, result.error_message.as_ref().map(ToString::to_string))
}

fn said(code: i16, message: &str) -> (i16, Option<String>) {
    (code, Some(message.to_owned()))
}

/// A key's value and its synonyms' names and values.
fn entry(result: &DescribeConfigsResult, key: &str) -> (Option<String>, Vec<(String, String)>) {
    let config = result.configs.iter().find(|config| config.name.as_str() == key).unwrap();
    let synonym = |synonym: &describe_configs_response::DescribeConfigsSynonym| {
        (synonym.name.to_string(), synonym.value.as_deref().unwrap_or_default().to_owned())
    };
    (config.value.as_ref().map(ToString::to_string), config.synonyms.iter().map(synonym).collect())
}

#[test]
fn keys_that_come_from_another_unit_are_null_until_they_are_set() {
    let broker = broker();
    let all = describe(&mut Raw::connect(&broker), BROKER, "1");
    let hours = ("log.retention.hours".to_owned(), "168".to_owned());
    assert_eq!(entry(&all, "log.retention.ms"), (None, vec![hours]));
    assert_eq!(entry(&all, "log.roll.ms"), (None, Vec::new()));
    assert_eq!(entry(&all, "log.flush.interval.ms"), (None, Vec::new()));
    let (id, synonyms) = entry(&all, "node.id");
    assert_eq!((id.as_deref(), synonyms.len()), (Some("1"), 1), "there is no default node id");
    assert_eq!(entry(&all, "broker.id").1[1].1, "-1");
}

#[test]
fn resources_without_configurations_are_refused_with_kafkas_words() {
    let broker = broker();
    let raw = &mut Raw::connect(&broker);
    for kind in [0, 1, 3, 5] {
        let result = describe(raw, kind, "x");
        assert_eq!(result.error_code, INVALID_REQUEST);
        assert!(result.error_message.unwrap().starts_with("This most likely occurs because of"), "{kind}");
    }
}

#[test]
fn an_element_that_a_list_does_not_take_is_named_alone() {
    let broker = broker();
    broker.create_topic("t", None).unwrap();
    let message =
        "Invalid value foo for configuration cleanup.policy: String must be one of: compact, delete";
    let raw = &mut Raw::connect(&broker);
    assert_eq!(alter(raw, TOPIC, "t", "cleanup.policy", APPEND, "foo"), said(INVALID_CONFIG, message));
}

#[test]
fn wrong_operations_are_refused() {
    let broker = broker();
    broker.create_topic("t", None).unwrap();
    let raw = &mut Raw::connect(&broker);
    assert_eq!(alter(raw, TOPIC, "t", "retention.ms", 9, "1"), (-1, None));
    let message = "Config value append is not allowed for config key: log.retention.ms";
    let appended = alter(raw, BROKER, "1", "log.retention.ms", APPEND, "1");
    assert_eq!(appended, said(INVALID_CONFIG, message));
}

#[test]
fn groups_have_the_keys_of_share_groups() {
    let broker = broker();
    let raw = &mut Raw::connect(&broker);
    assert_eq!(alter(raw, GROUP, "g", "share.auto.offset.reset", SET, "earliest"), (0, None));
    let all = describe(raw, GROUP, "g");
    let own = |value: &str| ("share.auto.offset.reset".to_owned(), value.to_owned());
    let expected = (Some("earliest".to_owned()), vec![own("earliest"), own("latest")]);
    assert_eq!(entry(&all, "share.auto.offset.reset"), expected);
    let default = ("group.share.session.timeout.ms".to_owned(), "45000".to_owned());
    assert_eq!(entry(&all, "share.session.timeout.ms"), (Some("45000".to_owned()), vec![default]));
}

#[test]
fn a_request_for_too_many_partitions_is_refused_even_if_it_is_only_checked() {
    let broker = broker();
    broker.create_topic("t", None).unwrap();
    let raw = &mut Raw::connect(&broker);
    let mut add = |count| {
        let topic = CreatePartitionsTopic::default()
            .with_name(TopicName(text("t")))
            .with_count(count)
            .with_assignments(None);
        let request = CreatePartitionsRequest::default()
            .with_topics(vec![topic])
            .with_timeout_ms(5_000)
            .with_validate_only(true);
        let answer: CreatePartitionsResponse = raw.call(ApiKey::CreatePartitions, 3, &request);
        answer.results[0].error_code
    };
    assert_eq!(add(1_000_000), -1);
    assert_eq!(add(10), 0);
}

#[test]
fn a_resource_that_is_named_twice_is_refused_and_described_once() {
    let broker = broker();
    broker.create_topic("t", None).unwrap();
    let mut raw = Raw::connect(&broker);
    let config = alter_configs_request::AlterableConfig::default()
        .with_name(text("retention.ms"))
        .with_value(Some(text("7")));
    let resource = alter_configs_request::AlterConfigsResource::default()
        .with_resource_type(TOPIC)
        .with_resource_name(text("t"))
        .with_configs(vec![config]);
    let twice = AlterConfigsRequest::default().with_resources(vec![resource.clone(), resource]);
    let answer: AlterConfigsResponse = raw.call(ApiKey::AlterConfigs, 2, &twice);
    let codes: Vec<_> = answer.responses.iter().map(|response| response.error_code).collect();
    assert_eq!(codes, [INVALID_REQUEST, INVALID_REQUEST]);
    let before = describe(&mut raw, TOPIC, "t");
    assert_ne!(entry(&before, "retention.ms").0.as_deref(), Some("7"));

    let asked = DescribeConfigsResource::default()
        .with_resource_type(TOPIC)
        .with_resource_name(text("t"))
        .with_configuration_keys(None);
    let twice = DescribeConfigsRequest::default().with_resources(vec![asked.clone(), asked]);
    let answer: DescribeConfigsResponse = raw.call(ApiKey::DescribeConfigs, 4, &twice);
    assert_eq!(answer.results.len(), 1);
}

#[test]
fn a_value_that_old_clients_could_not_read_is_refused() {
    let broker = broker();
    broker.create_topic("t", None).unwrap();
    let mut raw = Raw::connect(&broker);
    let key = "leader.replication.throttled.replicas";
    let replicas = vec!["0:1"; 10_000].join(",");
    assert_eq!(alter(&mut raw, TOPIC, "t", key, SET, &replicas).0, INVALID_CONFIG);
}

#[test]
fn booleans_and_names_are_read_as_java_reads_them() {
    let broker = streams_broker::EmbeddedBroker::builder()
        .temporary()
        .config("delete.topic.enable", "TRUE")
        .start_blocking()
        .unwrap();
    broker.create_topic("t", None).unwrap();
    let mut raw = Raw::connect(&broker);
    assert_eq!(alter(&mut raw, TOPIC, "t", "message.timestamp.type", SET, " LogAppendTime").0, 0);
    let told = describe(&mut raw, TOPIC, "t");
    assert_eq!(entry(&told, "message.timestamp.type").0.as_deref(), Some("LogAppendTime"));
    let names = vec![TopicName(text("t"))];
    let delete = DeleteTopicsRequest::default().with_topic_names(names).with_timeout_ms(1_000);
    let answer: DeleteTopicsResponse = raw.call(ApiKey::DeleteTopics, 5, &delete);
    assert_eq!(answer.responses[0].error_code, 0);
}

#[test]
fn keys_that_follow_from_other_settings_are_refused_at_the_start() {
    let started =
        streams_broker::EmbeddedBroker::builder().temporary().config("log.dirs", "/data").start_blocking();
    assert!(started.unwrap_err().to_string().contains("--data-dir"));
}

#[test]
fn deletion_that_is_switched_off_is_told_before_what_is_asked_is_looked_at() {
    let broker = streams_broker::EmbeddedBroker::builder()
        .temporary()
        .config("delete.topic.enable", "false")
        .start_blocking()
        .unwrap();
    let mut raw = Raw::connect(&broker);
    let names = vec![TopicName(text("unknown"))];
    let delete = DeleteTopicsRequest::default().with_topic_names(names).with_timeout_ms(1_000);
    for (version, code) in [(2, INVALID_REQUEST), (5, 73)] {
        let answer: DeleteTopicsResponse = raw.call(ApiKey::DeleteTopics, version, &delete);
        assert_eq!(answer.responses[0].error_code, code, "version {version}");
    }
}

#[test]
fn a_new_topics_configuration_is_looked_at_before_its_partitions() {
    let broker = broker();
    let config = create_topics_request::CreatableTopicConfig::default()
        .with_name(text("retention.ms"))
        .with_value(Some(text("soon")));
    let topic = create_topics_request::CreatableTopic::default()
        .with_name(TopicName(text("t")))
        .with_num_partitions(1)
        .with_replication_factor(7)
        .with_configs(vec![config]);
    let request = CreateTopicsRequest::default().with_topics(vec![topic]).with_timeout_ms(1_000);
    let answer: CreateTopicsResponse = Raw::connect(&broker).call(ApiKey::CreateTopics, 5, &request);
    assert_eq!(answer.topics[0].error_code, INVALID_CONFIG);
}
