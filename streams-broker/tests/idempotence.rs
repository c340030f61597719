//! Idempotent producers.

mod common;

use common::{Raw, broker, client, consume, produce};
use kafka_protocol::messages::init_producer_id_request::InitProducerIdRequest;
use kafka_protocol::messages::{ApiKey, InitProducerIdResponse};
use rdkafka::ClientConfig;

#[test]
fn an_idempotent_producer_writes_each_record_once() {
    let broker = broker();
    let mut config: ClientConfig = client(&broker);
    config.set("enable.idempotence", "true");
    produce(&config, "t", 0..5_000);
    let found = consume(&config, "t", 0, 5_000);
    assert!(
        found
            .iter()
            .enumerate()
            .all(|(at, (offset, value))| { *offset == at as i64 && *value == at.to_string() })
    );
}

#[test]
fn producer_ids_are_given_out_once_even_over_a_kill() {
    let dir = tempfile::tempdir().unwrap();
    let mut seen = std::collections::BTreeSet::new();
    for _ in 0..3 {
        let broker = common::at(dir.path()).start_blocking().unwrap();
        let mut raw = Raw::connect(&broker);
        for _ in 0..5 {
            let response: InitProducerIdResponse = raw.call(
                ApiKey::InitProducerId,
                4,
                &InitProducerIdRequest::default().with_transactional_id(None),
            );
            assert_eq!((response.error_code, response.producer_epoch), (0, 0));
            assert!(seen.insert(response.producer_id.0));
        }
        broker.kill();
    }
}
