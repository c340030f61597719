//! Records survive restarts and crashes.

mod common;

use std::fs;

use common::{LONG, at, broker, client, consume, produce};
use rdkafka::admin::{AdminClient, AdminOptions, NewTopic, TopicReplication};
use rdkafka::client::DefaultClientContext;

fn numbered(range: std::ops::Range<u32>) -> Vec<(i64, String)> {
    range.map(|n| (i64::from(n), n.to_string())).collect()
}

#[test]
fn what_is_produced_is_consumed_with_every_codec() {
    let broker = broker();
    for codec in ["none", "gzip", "snappy", "lz4", "zstd"] {
        let mut config = client(&broker);
        config.set("compression.codec", codec);
        produce(&config, codec, 0..1_000);
        assert_eq!(consume(&config, codec, 0, 1_000), numbered(0..1_000), "{codec}");
    }
}

#[test]
fn records_survive_a_clean_restart() {
    let dir = tempfile::tempdir().unwrap();
    let broker = at(dir.path()).start_blocking().unwrap();
    produce(&client(&broker), "t", 0..100);
    broker.shutdown_blocking().unwrap();
    let broker = at(dir.path()).start_blocking().unwrap();
    produce(&client(&broker), "t", 100..150);
    assert_eq!(consume(&client(&broker), "t", 0, 150), numbered(0..150));
}

#[test]
fn acknowledged_records_survive_a_kill() {
    let dir = tempfile::tempdir().unwrap();
    let broker = at(dir.path()).start_blocking().unwrap();
    produce(&client(&broker), "t", 0..100);
    broker.kill();
    let broker = at(dir.path()).start_blocking().unwrap();
    assert_eq!(consume(&client(&broker), "t", 0, 100), numbered(0..100));
}

#[test]
fn a_torn_tail_is_cut_off_and_the_log_goes_on() {
    let dir = tempfile::tempdir().unwrap();
    let broker = at(dir.path()).start_blocking().unwrap();
    let config = client(&broker);
    produce(&config, "t", 0..10);
    produce(&config, "t", 10..20);
    broker.kill();
    let log = dir.path().join("topics/t/0/00000000000000000000.log");
    let bytes = fs::read(&log).unwrap();
    fs::write(&log, &bytes[..bytes.len() - 3]).unwrap();
    let broker = at(dir.path()).start_blocking().unwrap();
    produce(&client(&broker), "t", 100..101);
    let found = consume(&client(&broker), "t", 0, 11);
    assert_eq!(found[..10], numbered(0..10));
    // How many batches librdkafka made of the second ten is its affair; the last one is gone.
    assert!(found[10].0 < 20);
}

#[test]
fn a_deleted_topic_is_gone_and_a_new_one_begins_at_zero() {
    let broker = broker();
    let config = client(&broker);
    produce(&config, "t", 0..10);
    let admin: AdminClient<DefaultClientContext> = config.create().unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let options = AdminOptions::new().request_timeout(Some(LONG));
    let deleted = runtime.block_on(admin.delete_topics(&["t"], &options)).unwrap();
    assert_eq!(deleted, [Ok("t".to_owned())]);
    let topic = NewTopic::new("t", 1, TopicReplication::Fixed(1));
    runtime.block_on(admin.create_topics([&topic], &options)).unwrap();
    produce(&config, "t", 0..5);
    assert_eq!(consume(&config, "t", 0, 5), numbered(0..5));
}

#[test]
fn two_brokers_cannot_share_a_data_directory() {
    let dir = tempfile::tempdir().unwrap();
    let _first = at(dir.path()).start_blocking().unwrap();
    let error = at(dir.path()).start_blocking().unwrap_err();
    assert_eq!(error.kind(), streams_broker::ErrorKind::Storage);
    assert!(error.to_string().contains("used by another broker"), "{error}");
}
