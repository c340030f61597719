//! Where a record goes: topics chosen by record, and partitions.

use crate::error::Result;
use crate::record::{Record, RecordContext};

/// The partitions that a record goes to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Partitions {
    /// The default partitioner's choice: murmur2 of the key's bytes.
    Default,
    /// One partition.
    One(i32),
    /// A copy to each of several partitions; to none, the record is dropped (KIP-873).
    Many(Vec<i32>),
}

/// Chooses partitions by key and value. Kafka's `StreamPartitioner`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` does not partition records of `{K}` and `{V}`",
    note = "give a closure `|topic: &str, key: &{K}, value: &{V}, partitions: i32| -> Partitions`, or implement `StreamPartitioner<{K}, {V}>`"
)]
pub trait StreamPartitioner<K, V>: Send + Sync + 'static {
    /// The partitions, out of `num_partitions`, of `topic` that the record goes to.
    fn partitions(&self, topic: &str, key: &K, value: &V, num_partitions: i32) -> Partitions;

    /// As [`StreamPartitioner::partitions`], for a partitioner that may find no answer. This is what sinks ask.
    ///
    /// # Errors
    /// Whatever prevents the record from being sent: the processing exception handler decides about it.
    fn try_partitions(&self, topic: &str, key: &K, value: &V, num_partitions: i32) -> Result<Partitions> {
        Ok(self.partitions(topic, key, value, num_partitions))
    }
}

impl<F, K, V> StreamPartitioner<K, V> for F
where
    F: Fn(&str, &K, &V, i32) -> Partitions + Send + Sync + 'static,
{
    fn partitions(&self, topic: &str, key: &K, value: &V, num_partitions: i32) -> Partitions {
        self(topic, key, value, num_partitions)
    }
}

/// Chooses the topic of each record (KIP-303). The topics must exist.
#[diagnostic::on_unimplemented(
    message = "`{Self}` does not name topics for records of `{K}` and `{V}`",
    note = "give a closure `|record: &Record<{K}, {V}>, context: &RecordContext| -> String`, or implement `TopicNameExtractor<{K}, {V}>`"
)]
pub trait TopicNameExtractor<K, V>: Send + Sync + 'static {
    /// The topic that `record` goes to.
    fn extract(&self, record: &Record<K, V>, context: &RecordContext) -> String;

    /// What `describe()` prints for it.
    fn describe(&self) -> String {
        "topic name extractor".to_owned()
    }
}

impl<F, K, V> TopicNameExtractor<K, V> for F
where
    F: Fn(&Record<K, V>, &RecordContext) -> String + Send + Sync + 'static,
{
    fn extract(&self, record: &Record<K, V>, context: &RecordContext) -> String {
        self(record, context)
    }
}
