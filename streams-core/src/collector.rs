//! Where a task's output goes.

use std::any::Any;

use crate::error::Result;
use crate::record::Headers;

/// A record on its way out of a task: to a sink's topic, a repartition topic or a changelog.
#[derive(Debug, Clone, Copy)]
pub struct OutgoingRecord<'a> {
    /// The topic.
    pub topic: &'a str,
    /// The partition; `None` leaves the choice to the default partitioner (murmur2 of the key).
    pub partition: Option<i32>,
    /// The key's bytes.
    pub key: Option<&'a [u8]>,
    /// The value's bytes; `None` is a tombstone.
    pub value: Option<&'a [u8]>,
    /// Milliseconds since the epoch; `None` leaves the choice to the producer.
    pub timestamp: Option<i64>,
    /// The headers.
    pub headers: &'a Headers,
}

/// Takes what a task produces. The Kafka runtime and the test driver each have one.
pub trait RecordCollector: Any + Send {
    /// Takes one record. Sending may be asynchronous: a failure may surface at a later call.
    ///
    /// # Errors
    /// A failed send, of this record or of an earlier one, that the production exception handler did not forgive.
    fn send(&mut self, record: OutgoingRecord<'_>) -> Result<()>;

    /// The number of partitions of `topic`, for custom partitioners.
    ///
    /// # Errors
    /// The topic does not exist, or the cluster does not answer.
    fn partition_count(&mut self, topic: &str) -> Result<i32>;
}
