//! Checks of single keys, and what their values stand for.
//!
//! Where Kafka's key takes a class, a short word stands for the classes that exist here; the JVM's class name is
//! understood too, so that a properties file can be taken over.

use std::sync::Arc;

use super::rule::list;
use super::types::{DslStoreKind, Optimizations};
use crate::time::{
    FailOnInvalidTimestamp, LogAndSkipOnInvalidTimestamp, RawTimestampExtractor,
    UsePartitionTimeOnInvalidTimestamp, WallclockTimestampExtractor,
};
use crate::topology::validate_name;

pub(super) fn application_id(value: &str) -> Result<(), String> {
    validate_name(value).map_err(|error| error.to_string())
}

pub(super) fn topic(value: &str) -> Result<(), String> {
    validate_name(value).map_err(|error| error.to_string())
}

pub(super) fn bootstrap_servers(value: &str) -> Result<(), String> {
    let mut servers = list(value).peekable();
    if servers.peek().is_some() && servers.all(is_host_and_port) {
        Ok(())
    } else {
        Err("`host:port` is expected, or several with commas in between".to_owned())
    }
}

pub(super) fn host_and_port(value: &str) -> Result<(), String> {
    if value.is_empty() || is_host_and_port(value) {
        Ok(())
    } else {
        Err("`host:port` is expected".to_owned())
    }
}

fn is_host_and_port(value: &str) -> bool {
    value.rsplit_once(':').is_some_and(|(host, port)| !host.is_empty() && port.parse::<u16>().is_ok())
}

/// What stands behind the last point or dollar sign of a class name.
fn simple_name(class: &str) -> &str {
    class.rsplit(['.', '$']).next().unwrap_or(class)
}

/// Whether a built-in exception handler goes on.
pub(super) fn continues(value: &str) -> Option<bool> {
    match simple_name(value) {
        "fail"
        | "LogAndFail"
        | "LogAndFailExceptionHandler"
        | "LogAndFailProcessingExceptionHandler"
        | "DefaultProductionExceptionHandler" => Some(false),
        "continue"
        | "LogAndContinue"
        | "LogAndContinueExceptionHandler"
        | "LogAndContinueProcessingExceptionHandler" => Some(true),
        _ => None,
    }
}

pub(super) fn handler(value: &str) -> Result<(), String> {
    match continues(value) {
        Some(_) => Ok(()),
        None => Err(
            "`fail` or `continue` is expected; a handler of your own is given to the builder as an object"
                .to_owned(),
        ),
    }
}

/// The built-in extractor of that name.
pub(super) fn extractor(value: &str) -> Option<Arc<dyn RawTimestampExtractor>> {
    Some(match simple_name(value) {
        "FailOnInvalidTimestamp" => Arc::new(FailOnInvalidTimestamp),
        "LogAndSkipOnInvalidTimestamp" => Arc::new(LogAndSkipOnInvalidTimestamp),
        "UsePartitionTimeOnInvalidTimestamp" => Arc::new(UsePartitionTimeOnInvalidTimestamp),
        "WallclockTimestampExtractor" => Arc::new(WallclockTimestampExtractor),
        _ => return None,
    })
}

pub(super) fn timestamp_extractor(value: &str) -> Result<(), String> {
    match extractor(value) {
        Some(_) => Ok(()),
        None => Err("one of FailOnInvalidTimestamp, LogAndSkipOnInvalidTimestamp, UsePartitionTimeOnInvalidTimestamp, \
                     WallclockTimestampExtractor is expected; an extractor of your own is given to the builder as an \
                     object"
            .to_owned()),
    }
}

/// The kind of store behind DSL operators.
pub(super) fn store_kind(value: &str) -> Option<DslStoreKind> {
    match simple_name(value) {
        "rocksdb" | "rocksDB" | "ROCKS_DB" | "RocksDBDslStoreSuppliers" => Some(DslStoreKind::RocksDb),
        "memory" | "in_memory" | "IN_MEMORY" | "InMemoryDslStoreSuppliers" => Some(DslStoreKind::InMemory),
        _ => None,
    }
}

pub(super) fn dsl_store(value: &str) -> Result<(), String> {
    store_kind(value).map(|_| ()).ok_or_else(|| "`rocksdb` or `memory` is expected".to_owned())
}

/// The optimizations that a value asks for.
pub(super) fn optimizations(value: &str) -> Option<Optimizations> {
    match value {
        "none" => return Some(Optimizations::NONE),
        "all" => return Some(Optimizations::ALL),
        _ => {}
    }
    let mut chosen = Optimizations::NONE;
    for entry in value.split(',') {
        match entry.trim() {
            "reuse.ktable.source.topics" => chosen.reuse_ktable_source_topics = true,
            "merge.repartition.topics" => chosen.merge_repartition_topics = true,
            "single.store.self.join" => chosen.single_store_self_join = true,
            _ => return None,
        }
    }
    Some(chosen)
}

pub(super) fn optimization(value: &str) -> Result<(), String> {
    match optimizations(value) {
        Some(_) => Ok(()),
        None => Err("`none`, `all`, or some of reuse.ktable.source.topics, merge.repartition.topics, \
                     single.store.self.join with commas in between is expected"
            .to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn class_names_of_the_jvm_are_understood() {
        assert_eq!(continues("org.apache.kafka.streams.errors.LogAndContinueExceptionHandler"), Some(true));
        assert!(extractor("org.apache.kafka.streams.processor.WallclockTimestampExtractor").is_some());
        let class = "org.apache.kafka.streams.state.BuiltInDslStoreSuppliers$InMemoryDslStoreSuppliers";
        assert_eq!(store_kind(class), Some(DslStoreKind::InMemory));
        assert!(handler("com.example.Mine").unwrap_err().contains("as an object"));
    }

    #[test]
    fn optimizations_are_none_all_or_a_list() {
        let two = optimizations("merge.repartition.topics, single.store.self.join").unwrap();
        assert!(
            two.merge_repartition_topics && two.single_store_self_join && !two.reuse_ktable_source_topics
        );
        for wrong in ["", "all,none", "none,merge.repartition.topics", "everything"] {
            assert_eq!(optimizations(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn servers_are_hosts_with_ports() {
        for right in ["localhost:9092", "a:1, b:2", "[::1]:9092"] {
            assert!(bootstrap_servers(right).is_ok(), "{right}");
        }
        for wrong in ["", "localhost", "a:1,b", ":9092", "a:99999"] {
            assert!(bootstrap_servers(wrong).is_err(), "{wrong}");
        }
    }
}
