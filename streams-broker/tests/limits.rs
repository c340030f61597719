//! A client that asks for too much is cut off; the others do not notice.

mod common;

use std::time::Duration;

use common::Raw;
use kafka_protocol::messages::*;
use streams_broker::{Builder, EmbeddedBroker, ErrorKind};

fn start(builder: Builder) -> EmbeddedBroker {
    builder.temporary().start_blocking().expect("the broker starts")
}

/// Whether the broker answers on this connection.
fn answers(raw: &mut Raw) -> bool {
    raw.send(ApiKey::ApiVersions, 0, &ApiVersionsRequest::default());
    raw.receive::<ApiVersionsResponse>(ApiKey::ApiVersions, 0).is_some()
}

#[test]
fn an_address_that_others_can_reach_has_to_be_allowed() {
    let error = EmbeddedBroker::builder().listen("0.0.0.0:0").start_blocking().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Config);
    assert!(error.to_string().contains("allow_remote"), "{error}");
    start(EmbeddedBroker::builder().listen("0.0.0.0:0").allow_remote());
    start(EmbeddedBroker::builder().listen("localhost:0"));
}

#[test]
fn a_request_above_the_limit_is_cut_off() {
    let broker = start(EmbeddedBroker::builder().max_request_bytes(1000));
    let mut other = Raw::connect(&broker);
    let mut raw = Raw::connect(&broker);
    raw.send_bytes(&1001u32.to_be_bytes());
    assert_eq!(raw.receive_bytes(), None);
    assert!(answers(&mut other));
}

#[test]
fn only_records_may_be_large() {
    let broker = start(EmbeddedBroker::builder());
    let mut raw = Raw::connect(&broker);
    raw.send_bytes(&(9u32 << 20).to_be_bytes());
    raw.send_bytes(&(ApiKey::ListOffsets as i16).to_be_bytes());
    assert_eq!(raw.receive_bytes(), None);

    // A Produce of nothing, with 9 MiB that no record needs behind it, is read to its end, and answered.
    let mut raw = Raw::connect(&broker);
    raw.send_bytes(&(9u32 << 20).to_be_bytes());
    let mut frame = [(ApiKey::Produce as i16).to_be_bytes(), 3_i16.to_be_bytes()].concat();
    // Correlation id, no client, no transaction, acks -1, a time-out, no topics.
    frame.extend([0, 0, 0, 7, 255, 255, 255, 255, 255, 255, 0, 0, 0, 9, 0, 0, 0, 0]);
    frame.resize(9 << 20, 0);
    raw.send_bytes(&frame);
    assert_eq!(raw.receive_bytes().map(|answer| answer[..4].to_vec()), Some(vec![0, 0, 0, 7]));
}

#[test]
fn connections_above_the_limits_are_closed_until_there_is_room() {
    for builder in
        [EmbeddedBroker::builder().max_connections(2), EmbeddedBroker::builder().max_connections_per_ip(2)]
    {
        let broker = start(builder);
        let (mut first, mut second) = (Raw::connect(&broker), Raw::connect(&broker));
        assert!(answers(&mut first) && answers(&mut second));
        assert!(!answers(&mut Raw::connect(&broker)));
        assert!(answers(&mut first));
        drop(second);
        // The broker notices the end of the second connection when it next looks at it.
        while !answers(&mut Raw::connect(&broker)) {
            std::thread::yield_now();
        }
    }
}

#[test]
fn requests_that_need_more_memory_than_there_is_are_cut_off() {
    let broker = start(EmbeddedBroker::builder().max_request_memory(1 << 20));
    let mut other = Raw::connect(&broker);
    assert!(answers(&mut other));
    let mut raw = Raw::connect(&broker);
    raw.send_bytes(&(8u32 << 20).to_be_bytes());
    raw.send_bytes(&vec![0; 8 << 20]);
    assert_eq!(raw.receive_bytes(), None);
    assert!(answers(&mut other));
}

#[test]
fn idle_connections_are_closed() {
    let broker = start(EmbeddedBroker::builder().config("connections.max.idle.ms", "50"));
    let mut raw = Raw::connect(&broker);
    assert!(answers(&mut raw));
    assert_eq!(raw.receive_bytes(), None);
}

#[test]
fn a_frame_that_never_ends_is_cut_off() {
    let broker = start(EmbeddedBroker::builder().config("connections.max.idle.ms", "50"));
    let mut raw = Raw::connect(&broker);
    raw.send_bytes(&[0, 0, 0, 100, 0]);
    assert_eq!(raw.receive_bytes(), None);
}

#[test]
fn who_does_not_authenticate_in_time_is_cut_off() {
    let builder =
        EmbeddedBroker::builder().sasl_user("alice", "secret").handshake_timeout(Duration::from_millis(50));
    let broker = start(builder);
    let mut raw = Raw::connect(&broker);
    assert!(answers(&mut raw));
    assert_eq!(raw.receive_bytes(), None);
}

#[test]
fn who_does_not_read_answers_is_cut_off() {
    let builder = EmbeddedBroker::builder().config("connections.max.idle.ms", "1000");
    let broker = start(builder.config("message.max.bytes", "20000000"));
    broker.create_topic("t", None).expect("created");
    let mut raw = Raw::connect(&broker);
    assert_eq!(common::produce_batch(&mut raw, "t", common::batch(&vec![1; 15_000_000])), 0);
    // Far more than fits into the buffers of both sides.
    for _ in 0..4 {
        common::send_fetch(&mut raw, "t", 0);
    }
    while broker.metrics().connections_open > 0 {
        std::thread::yield_now();
    }
    assert!(answers(&mut Raw::connect(&broker)));
}
