//! Hashes and byte formats that a driver with one partition cannot show, against those of the JVM.

use std::path::Path;

use serde_json::Value;
use streams_core::{DefaultSerde, Window, Windowed, murmur3_128, partition_for_key};

fn vectors() -> Value {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("conformance/vectors.json");
    let text = std::fs::read_to_string(path).expect("the vectors can be read");
    serde_json::from_str(&text).expect("the vectors are JSON")
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn list<'a>(vectors: &'a Value, name: &str) -> &'a Vec<Value> {
    let list = vectors[name].as_array().expect("a list");
    assert!(!list.is_empty(), "no {name}");
    list
}

#[test]
fn keys_go_to_the_partitions_that_the_jvm_sends_them_to() {
    for vector in list(&vectors(), "hashes") {
        let key = vector["key"].as_str().expect("a key").as_bytes();
        for (partitions, partition) in vector["partition_of"].as_object().expect("partitions") {
            let count = partitions.parse().expect("a number");
            assert_eq!(Some(i64::from(partition_for_key(key, count))), partition.as_i64(), "{vector}");
        }
    }
}

#[test]
fn foreign_key_joins_hash_values_as_the_jvm_does() {
    for vector in list(&vectors(), "hashes") {
        let key = vector["key"].as_str().expect("a key").as_bytes();
        assert_eq!(Some(hex(&murmur3_128(key)).as_str()), vector["murmur3_128"].as_str(), "{vector}");
    }
}

#[test]
fn windowed_keys_are_written_as_the_jvm_writes_them() {
    for vector in list(&vectors(), "windowed_keys") {
        let number = |name: &str| vector[name].as_i64().expect("a number");
        let (start, end) = (number("start"), number("end"));
        let serde = match vector["kind"].as_str() {
            Some("time") => String::default_serde().time_windowed(end - start),
            Some("session") => String::default_serde().session_windowed(),
            other => panic!("windows of kind {other:?}"),
        };
        let key = vector["key"].as_str().expect("a key").to_owned();
        let key = Windowed::new(key, Window::new(start, end));
        let bytes = serde.to_bytes("t", &key).expect("writable").expect("not null");
        assert_eq!(Some(hex(&bytes).as_str()), vector["hex"].as_str(), "{vector}");
        assert_eq!(serde.from_bytes("t", Some(&bytes)).expect("readable"), key);
    }
}

#[test]
fn longs_are_written_as_the_jvm_writes_them() {
    for vector in list(&vectors(), "longs") {
        let long: i64 = vector["key"].as_str().and_then(|text| text.parse().ok()).expect("a number");
        let bytes = i64::default_serde().to_bytes("t", &long).expect("writable").expect("not null");
        assert_eq!(Some(hex(&bytes).as_str()), vector["hex"].as_str(), "{vector}");
    }
}
