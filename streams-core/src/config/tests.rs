use super::*;
use crate::error::{ErrorKind, Result};
use crate::processor::RawRecord;
use crate::record::{Headers, RawPayload};

fn config(pairs: &[(&str, &str)]) -> Result<StreamsConfig> {
    StreamsConfig::builder().set_all(pairs.iter().copied()).build()
}

fn refusal(pairs: &[(&str, &str)]) -> String {
    let error = config(pairs).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Config);
    error.to_string()
}

#[test]
fn without_values_all_is_kafkas_default() {
    let config = config(&[]).unwrap();
    assert_eq!(config.commit_interval_ms(), 30_000);
    assert_eq!(config.num_stream_threads(), 1);
    assert_eq!(config.statestore_cache_max_bytes(), 10 << 20);
    assert_eq!(config.replication_factor(), -1);
    assert_eq!(config.processing_guarantee(), ProcessingGuarantee::AtLeastOnce);
    assert_eq!(config.group_protocol(), None);
    assert_eq!(config.topology_optimization(), Optimizations::NONE);
    assert_eq!(config.windowstore_changelog_additional_retention_ms(), 86_400_000);
    assert_eq!(config.get_or_default("poll.ms"), Some("100"));
    assert_eq!(config.get("poll.ms"), None);
}

#[test]
fn exactly_once_commits_more_often_unless_told_otherwise() {
    let exactly_once = ("processing.guarantee", "exactly_once_v2");
    assert_eq!(config(&[exactly_once]).unwrap().commit_interval_ms(), 100);
    assert_eq!(config(&[exactly_once, ("commit.interval.ms", "7")]).unwrap().commit_interval_ms(), 7);
}

#[test]
fn what_is_missing_is_missed_only_by_those_who_need_it() {
    let config = config(&[]).unwrap();
    assert!(config.application_id().unwrap_err().to_string().contains("`application.id`"));
    assert!(config.bootstrap_servers().unwrap_err().to_string().contains("`bootstrap.servers`"));
}

#[test]
fn all_wrong_values_are_listed_at_once() {
    let message = refusal(&[("poll.ms", "-1"), ("topology.optimization", "some"), ("application.id", "a b")]);
    assert!(message.contains("`poll.ms` = `-1`: a whole number of at least 0"), "{message}");
    assert!(message.contains("`topology.optimization` = `some`: `none`, `all`"), "{message}");
    assert!(message.contains("`application.id` = `a b`"), "{message}");
}

#[test]
fn unknown_keys_and_clients_keys_are_kept() {
    let config =
        config(&[("consumer.max.poll.records", "5"), ("topic.retention.ms", "10"), ("no.such.key", " x ")])
            .unwrap();
    assert_eq!(config.with_prefix("consumer.")["max.poll.records"], "5");
    assert_eq!(config.with_prefix("topic.")["retention.ms"], "10");
    assert_eq!(config.get("no.such.key"), Some("x"));
}

#[test]
fn former_names_are_understood_and_lose_to_the_present_ones() {
    let former = ("cache.max.bytes.buffering", "1");
    assert_eq!(config(&[former]).unwrap().statestore_cache_max_bytes(), 1);
    let both = config(&[former, ("statestore.cache.max.bytes", "2")]).unwrap();
    assert_eq!(both.statestore_cache_max_bytes(), 2);
    assert_eq!(config(&[("default.dsl.store", "in_memory")]).unwrap().dsl_store(), DslStoreKind::InMemory);
}

#[test]
fn client_tags_are_few_and_short() {
    assert!(config(&[("client.tag.zone", "eu-1")]).is_ok());
    assert!(refusal(&[("client.tag.zone", "")]).contains("a tag has"));
    let many = ["a", "b", "c", "d", "e", "f"].map(|tag| (format!("client.tag.{tag}"), "x"));
    let error = StreamsConfig::builder().set_all(many).build().unwrap_err();
    assert!(error.to_string().contains("at most 5 tags"), "{error}");
}

#[test]
fn an_extractor_is_found_by_name_or_given_as_an_object() {
    let record =
        RawRecord { offset: 0, timestamp: -1, payload: RawPayload::default(), headers: Headers::new() };
    let default = config(&[]).unwrap().default_timestamp_extractor();
    assert!(default.extract(&record, 5).is_err());
    let named = [("default.timestamp.extractor", "UsePartitionTimeOnInvalidTimestamp")];
    assert_eq!(config(&named).unwrap().default_timestamp_extractor().extract(&record, 5).unwrap(), 5);
    let own = StreamsConfig::builder().default_timestamp_extractor(crate::LogAndSkipOnInvalidTimestamp);
    assert_eq!(own.build().unwrap().default_timestamp_extractor().extract(&record, 5).unwrap(), -1);
}

#[test]
fn secrets_are_not_printed() {
    let config = config(&[("consumer.ssl.keystore.password", "hunter2"), ("poll.ms", "5")]).unwrap();
    let text = format!("{config:?}");
    assert!(!text.contains("hunter2") && text.contains("\"poll.ms\": \"5\""), "{text}");
}

#[test]
fn a_builder_made_of_a_config_keeps_everything() {
    let first = StreamsConfig::builder()
        .application_id("a")
        .topology_optimization(Optimizations::ALL)
        .processing_exception_handler(crate::LogAndContinue)
        .build()
        .unwrap();
    let second = first.to_builder().num_stream_threads(3).build().unwrap();
    assert_eq!(second.application_id().unwrap(), "a");
    assert_eq!(second.topology_optimization(), Optimizations::ALL);
    assert_eq!(second.num_stream_threads(), 3);
    assert!(second.objects.processing.is_some());
}
