//! Changing the broker's configuration while it runs (KIP-226).
#![allow(clippy::unwrap_used, reason = "a helper that panics fails its test, as it should")]

mod common;

use common::Raw;
use kafka_protocol::messages::*;
use kafka_protocol::protocol::StrBytes;

const DYNAMIC_BROKER: i8 = 2;
const DYNAMIC_DEFAULT: i8 = 3;
const STATIC: i8 = 4;
const DEFAULT: i8 = 5;
const SET: i8 = 0;
const DELETE: i8 = 1;
const APPEND: i8 = 2;

fn text(text: &str) -> StrBytes {
    StrBytes::from_string(text.to_owned())
}

/// Changes a key of a broker, the default of all if its name is empty.
fn alter(raw: &mut Raw, broker: &str, key: &str, operation: i8, value: &str) -> (i16, String) {
    use incremental_alter_configs_request::{AlterConfigsResource, AlterableConfig};
    let config = AlterableConfig::default()
        .with_name(text(key))
        .with_config_operation(operation)
        .with_value(Some(text(value)));
    let resource = AlterConfigsResource::default()
        .with_resource_type(4)
        .with_resource_name(text(broker))
        .with_configs(vec![config]);
    let request = IncrementalAlterConfigsRequest::default().with_resources(vec![resource]);
    let answer: IncrementalAlterConfigsResponse = raw.call(ApiKey::IncrementalAlterConfigs, 1, &request);
    let result = &answer.responses[0];
    (result.error_code, result.error_message.as_deref().unwrap_or_default().to_owned())
}

fn set(raw: &mut Raw, broker: &str, key: &str, value: &str) {
    assert_eq!(alter(raw, broker, key, SET, value), (0, String::new()));
}

/// A key's value, where it comes from, and all sources that have one; `None` if it is not listed.
fn describe(raw: &mut Raw, kind: i8, name: &str, key: &str) -> Option<(String, i8, Vec<i8>)> {
    let resource = describe_configs_request::DescribeConfigsResource::default()
        .with_resource_type(kind)
        .with_resource_name(text(name))
        .with_configuration_keys(Some(vec![text(key)]));
    let request =
        DescribeConfigsRequest::default().with_resources(vec![resource]).with_include_synonyms(true);
    let answer: DescribeConfigsResponse = raw.call(ApiKey::DescribeConfigs, 4, &request);
    let config = answer.results[0].configs.first()?;
    let sources = config.synonyms.iter().map(|synonym| synonym.source).collect();
    Some((config.value.as_deref().unwrap_or_default().to_owned(), config.config_source, sources))
}

fn found(value: &str, source: i8, sources: &[i8]) -> Option<(String, i8, Vec<i8>)> {
    Some((value.to_owned(), source, sources.to_vec()))
}

#[test]
fn values_are_layered_and_topics_follow() {
    let broker =
        streams_broker::EmbeddedBroker::builder().config("log.retention.ms", "1").start_blocking().unwrap();
    broker.create_topic("t", None).unwrap();
    let raw = &mut Raw::connect(&broker);
    let key = "log.retention.ms";
    assert_eq!(describe(raw, 4, "1", key), found("1", STATIC, &[STATIC, DEFAULT]));
    set(raw, "", key, "2");
    assert_eq!(describe(raw, 4, "1", key), found("2", DYNAMIC_DEFAULT, &[DYNAMIC_DEFAULT, STATIC, DEFAULT]));
    assert_eq!(describe(raw, 4, "", key), found("2", DYNAMIC_DEFAULT, &[DYNAMIC_DEFAULT]));
    set(raw, "1", key, "3");
    let all = [DYNAMIC_BROKER, DYNAMIC_DEFAULT, STATIC, DEFAULT];
    assert_eq!(describe(raw, 4, "1", key), found("3", DYNAMIC_BROKER, &all));
    assert_eq!(describe(raw, 2, "t", "retention.ms"), found("3", DYNAMIC_BROKER, &all));
    assert_eq!(alter(raw, "1", key, DELETE, "").0, 0);
    assert_eq!(alter(raw, "", key, DELETE, "").0, 0);
    assert_eq!(describe(raw, 4, "1", key), found("1", STATIC, &[STATIC, DEFAULT]));
    assert_eq!(describe(raw, 4, "", key), None);
    assert_eq!(alter(raw, "1", "log.cleanup.policy", APPEND, "compact").0, 0);
    assert_eq!(
        describe(raw, 2, "t", "cleanup.policy"),
        found("delete,compact", DYNAMIC_BROKER, &[DYNAMIC_BROKER, DEFAULT])
    );
}

#[test]
fn a_change_takes_effect_at_once_and_outlives_the_broker() {
    let dir = tempfile::tempdir().unwrap();
    let broker = common::at(dir.path()).start_blocking().unwrap();
    broker.create_topic("t", None).unwrap();
    let raw = &mut Raw::connect(&broker);
    assert_eq!(common::produce_batch(raw, "t", common::batch(&[0; 2000])), 0);
    set(raw, "1", "message.max.bytes", "1000");
    assert_eq!(common::produce_batch(raw, "t", common::batch(&[0; 2000])), 10);
    broker.kill();
    let broker = common::at(dir.path()).start_blocking().unwrap();
    let raw = &mut Raw::connect(&broker);
    assert_eq!(common::produce_batch(raw, "t", common::batch(&[0; 2000])), 10);
    set(raw, "1", "message.max.bytes", "3000");
    assert_eq!(common::produce_batch(raw, "t", common::batch(&[0; 2000])), 0);
}

#[test]
fn connection_limits_can_be_changed() {
    let broker = common::broker();
    let mut raw = Raw::connect(&broker);
    set(&mut raw, "", "max.connections.per.ip", "1");
    let mut second = Raw::connect(&broker);
    second.send(ApiKey::ApiVersions, 0, &ApiVersionsRequest::default());
    assert_eq!(second.receive_bytes(), None);
    set(&mut raw, "", "max.connections.per.ip", "2");
    let answer: ApiVersionsResponse =
        Raw::connect(&broker).call(ApiKey::ApiVersions, 0, &ApiVersionsRequest::default());
    assert_eq!(answer.error_code, 0);
}

#[test]
fn what_cannot_be_changed_is_refused_with_kafkas_words() {
    let broker = common::broker();
    let raw = &mut Raw::connect(&broker);
    for (broker, key, value, message) in [
        ("1", "num.partitions", "3", "Cannot update these configs dynamically: [num.partitions]"),
        ("", "auto.create.topics.enable", "true", "dynamically: [auto.create.topics.enable]"),
        (
            "1",
            "log.retention.ms",
            "abc",
            "Invalid value abc for configuration log.retention.ms: Not a number",
        ),
        ("1", "log.segment.bytes", "1", "Value must be at least 1048576"),
        ("5", "log.retention.ms", "5", "Unexpected broker id, expected 1, but received 5"),
        ("x", "log.retention.ms", "5", "Node id must be an integer, but it is: x"),
    ] {
        let (code, why) = alter(raw, broker, key, SET, value);
        assert_eq!(code, 42, "{key}: {why}");
        assert!(why.contains(message), "{why}");
    }
    let (code, why) = alter(raw, "1", "log.retention.ms", APPEND, "5");
    assert_eq!(code, 40, "{why}");
}

#[test]
fn alter_configs_replaces_all_that_was_set() {
    use alter_configs_request::{AlterConfigsResource, AlterableConfig};
    let broker = common::broker();
    let raw = &mut Raw::connect(&broker);
    set(raw, "1", "message.max.bytes", "1000");
    let config = AlterableConfig::default().with_name(text("log.retention.ms")).with_value(Some(text("77")));
    let resource = AlterConfigsResource::default()
        .with_resource_type(4)
        .with_resource_name(text("1"))
        .with_configs(vec![config]);
    let request = AlterConfigsRequest::default().with_resources(vec![resource]);
    let answer: AlterConfigsResponse = raw.call(ApiKey::AlterConfigs, 2, &request);
    assert_eq!(answer.responses[0].error_code, 0);
    assert_eq!(describe(raw, 4, "1", "message.max.bytes"), found("1048588", DEFAULT, &[DEFAULT]));
    assert_eq!(describe(raw, 4, "1", "log.retention.ms").unwrap().1, DYNAMIC_BROKER);
}

#[test]
fn keys_that_nobody_knows_are_kept_but_not_shown() {
    let broker = common::broker();
    let raw = &mut Raw::connect(&broker);
    set(raw, "1", "my.plugin.password", "secret");
    assert_eq!(describe(raw, 4, "1", "my.plugin.password"), found("", DYNAMIC_BROKER, &[DYNAMIC_BROKER]));
}

#[test]
fn keys_that_the_broker_has_no_use_for_are_reported_checked_and_changed() {
    let broker = common::broker();
    let raw = &mut Raw::connect(&broker);
    assert_eq!(describe(raw, 4, "1", "num.io.threads"), found("8", DEFAULT, &[DEFAULT]));
    assert_eq!(
        describe(raw, 4, "1", "process.roles"),
        found("broker,controller", STATIC, &[STATIC, DEFAULT])
    );
    assert_eq!(describe(raw, 4, "1", "ssl.keystore.location"), found("", DEFAULT, &[]));
    set(raw, "1", "log.cleaner.threads", "2");
    let changed = found("2", DYNAMIC_BROKER, &[DYNAMIC_BROKER, DEFAULT]);
    assert_eq!(describe(raw, 4, "1", "log.cleaner.threads"), changed);
    for (broker, key, value, message) in [
        (
            "1",
            "log.cleaner.threads",
            "x",
            "Invalid value x for configuration log.cleaner.threads: Not a number",
        ),
        ("1", "process.roles", "broker", "Cannot update these configs dynamically: [process.roles]"),
        ("", "ssl.keystore.type", "PEM", "broker id must be specified: [ssl.keystore.type]"),
    ] {
        let (code, why) = alter(raw, broker, key, SET, value);
        assert_eq!(code, 42, "{key}: {why}");
        assert!(why.contains(message), "{why}");
    }
}

#[test]
fn secrets_are_kept_but_not_shown() {
    let broker = common::broker();
    let raw = &mut Raw::connect(&broker);
    set(raw, "1", "ssl.key.password", "secret");
    assert_eq!(describe(raw, 4, "1", "ssl.key.password"), found("", DYNAMIC_BROKER, &[DYNAMIC_BROKER]));
}

#[test]
fn all_brokers_share_a_minimum_of_in_sync_replicas_that_cannot_be_taken_away() {
    let broker = common::broker();
    broker.create_topic("t", None).unwrap();
    let raw = &mut Raw::connect(&broker);
    let key = "min.insync.replicas";
    assert_eq!(describe(raw, 2, "t", key), found("1", DYNAMIC_DEFAULT, &[DYNAMIC_DEFAULT, DEFAULT]));
    let refused = "Broker-level min.insync.replicas cannot be altered while ELR is enabled.";
    assert_eq!(alter(raw, "1", key, SET, "1"), (40, refused.to_owned()));
    let refused = "Cluster-level min.insync.replicas cannot be removed while ELR is enabled.";
    assert_eq!(alter(raw, "", key, DELETE, ""), (40, refused.to_owned()));
    set(raw, "", key, "2");
    assert_eq!(describe(raw, 2, "t", key), found("2", DYNAMIC_DEFAULT, &[DYNAMIC_DEFAULT, DEFAULT]));
}

#[test]
fn nothing_is_not_appended_to_a_list() {
    let broker = common::broker();
    let raw = &mut Raw::connect(&broker);
    let refused = "Configuration 'log.cleanup.policy' values must not be empty.";
    assert_eq!(alter(raw, "1", "log.cleanup.policy", APPEND, ""), (40, refused.to_owned()));
}
