//! What a task sends, kept until the driver fetches it.

use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::Arc;

use streams_core::{Headers, OutgoingRecord, RecordCollector, Result};

use crate::partition::default_partition;

/// Numbers of partitions by topic; topics that are not listed have one.
pub(crate) type PartitionCounts = Arc<BTreeMap<String, i32>>;

pub(crate) fn count_of(counts: &PartitionCounts, topic: &str) -> i32 {
    if counts.is_empty() { 1 } else { counts.get(topic).copied().unwrap_or(1) }
}

/// A record that was sent; its bytes are in the outbox.
#[derive(Debug)]
pub(crate) struct Sent {
    /// The topic's number in this outbox.
    pub(crate) topic: usize,
    pub(crate) partition: i32,
    pub(crate) key: Option<Range<usize>>,
    pub(crate) value: Option<Range<usize>>,
    pub(crate) timestamp: Option<i64>,
    pub(crate) headers: Headers,
}

/// The collector of one task: one buffer for all bytes, reused for ever.
#[derive(Debug)]
pub(crate) struct Outbox {
    pub(crate) bytes: Vec<u8>,
    pub(crate) sent: Vec<Sent>,
    /// All topics that were ever sent to.
    pub(crate) topics: Vec<Arc<str>>,
    last_topic: usize,
    counts: PartitionCounts,
}

impl Outbox {
    pub(crate) fn new(counts: PartitionCounts) -> Self {
        Self { bytes: Vec::new(), sent: Vec::new(), topics: Vec::new(), last_topic: 0, counts }
    }

    fn number_of(&mut self, topic: &str) -> usize {
        let is = |number: usize, topics: &[Arc<str>]| topics.get(number).is_some_and(|name| **name == *topic);
        if !is(self.last_topic, &self.topics) {
            let found = self.topics.iter().position(|name| **name == *topic);
            self.last_topic = found.unwrap_or_else(|| {
                self.topics.push(topic.into());
                self.topics.len() - 1
            });
        }
        self.last_topic
    }

    fn append(&mut self, bytes: &[u8]) -> Range<usize> {
        let start = self.bytes.len();
        self.bytes.extend_from_slice(bytes);
        start..self.bytes.len()
    }
}

impl RecordCollector for Outbox {
    fn send(&mut self, record: OutgoingRecord<'_>) -> Result<()> {
        let topic = self.number_of(record.topic);
        let partition = match record.partition {
            Some(partition) => partition,
            None => default_partition(record.key, count_of(&self.counts, record.topic)),
        };
        let key = record.key.map(|key| self.append(key));
        let value = record.value.map(|value| self.append(value));
        let headers = record.headers.clone();
        self.sent.push(Sent { topic, partition, key, value, timestamp: record.timestamp, headers });
        Ok(())
    }

    fn partition_count(&mut self, topic: &str) -> Result<i32> {
        Ok(count_of(&self.counts, topic))
    }
}
