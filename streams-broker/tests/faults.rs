//! Injected faults, as a client meets them.

mod common;

use std::time::{Duration, Instant};

use common::{LONG, Raw, broker, client, consume, produce};
use kafka_protocol::messages::{ApiKey as Key, MetadataRequest, MetadataResponse};
use rdkafka::ClientConfig;
use streams_broker::{ApiKey, ErrorKind, Fault};

fn idempotent(broker: &streams_broker::EmbeddedBroker) -> ClientConfig {
    let mut config = client(broker);
    config.set("enable.idempotence", "true").set("retry.backoff.ms", "10").set("reconnect.backoff.ms", "10");
    config
}

#[test]
fn an_idempotent_producer_writes_once_whatever_happens_to_its_requests() {
    let broker = broker();
    let config = idempotent(&broker);
    produce(&config, "t", 0..1);
    let faults = [
        Fault::error(ApiKey::PRODUCE, 6).times(2),
        Fault::drop_connection(ApiKey::PRODUCE),
        Fault::apply_then_drop(ApiKey::PRODUCE),
        Fault::delay(ApiKey::PRODUCE, Duration::from_millis(20)),
    ];
    for (round, fault) in faults.into_iter().enumerate() {
        broker.faults().inject(fault).unwrap();
        let first = 1 + round as u32;
        produce(&config, "t", first..first + 1);
        assert_eq!(broker.faults().pending(), 0);
    }
    let found = consume(&config, "t", 0, 5);
    assert_eq!(found.into_iter().map(|(_, value)| value).collect::<Vec<_>>(), ["0", "1", "2", "3", "4"]);
}

#[test]
fn a_fault_meets_the_client_and_the_requests_that_it_is_meant_for() {
    let broker = broker();
    let mut raw = Raw::connect(&broker);
    let none = MetadataRequest::default().with_topics(Some(Vec::new()));
    broker.faults().inject(Fault::drop_connection(ApiKey::METADATA).client("other")).unwrap();
    broker.faults().inject(Fault::drop_connection(ApiKey::METADATA).client("raw").after(1)).unwrap();
    let _: MetadataResponse = raw.call(Key::Metadata, 9, &none);
    raw.send(Key::Metadata, 9, &none);
    assert_eq!(raw.receive_bytes(), None);
    assert_eq!(broker.faults().pending(), 1);
    broker.faults().clear();
    assert_eq!(broker.faults().pending(), 0);
}

#[test]
fn a_fault_that_acts_no_time_does_not_act() {
    let broker = broker();
    broker.faults().inject(Fault::drop_connection(ApiKey::METADATA).times(0)).unwrap();
    let none = MetadataRequest::default().with_topics(Some(Vec::new()));
    let _: MetadataResponse = Raw::connect(&broker).call(Key::Metadata, 9, &none);
}

#[test]
fn an_api_without_room_for_an_error_is_refused() {
    let error = broker().faults().inject(Fault::error(ApiKey(999), 1)).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Config);
}

#[test]
fn the_journal_can_be_waited_on() {
    let broker = broker();
    let journal = broker.journal();
    let begun = Instant::now();
    assert!(!journal.wait_for(ApiKey::METADATA, 1, Duration::from_millis(10)));
    assert!(begun.elapsed() >= Duration::from_millis(10));
    let mut raw = Raw::connect(&broker);
    raw.send(Key::Metadata, 9, &MetadataRequest::default().with_topics(Some(Vec::new())));
    assert!(journal.wait_for(ApiKey::METADATA, 1, LONG));
    let entry = &journal.entries()[0];
    assert_eq!((entry.api, entry.version, entry.client_id.as_deref()), (ApiKey::METADATA, 9, Some("raw")));
    journal.clear();
    assert_eq!(journal.count(ApiKey::METADATA), 0);
}
