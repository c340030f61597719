//! An internal topic as a journal: records are appended in batches and replayed at start.

use std::collections::BTreeMap;
use std::sync::Arc;

use bytes::Bytes;

use crate::clock::now_ms;
use crate::coordinator::codec::DecodeError;
use crate::log::{BatchBuilder, BatchError, BatchHeader, ControlType, LogError, records};
use crate::topics::{NewTopic, Partition, ProduceError, Topic, TopicError, Topics};

/// Key and value of a record.
pub(crate) type KeyValue = (Vec<u8>, Option<Vec<u8>>);

/// An internal topic that is made when it is first written to.
#[derive(Debug)]
pub(crate) struct Journal {
    topic: &'static str,
    partitions: i32,
}

/// Why a journal could not be read or written.
#[derive(Debug, thiserror::Error)]
pub(crate) enum JournalError {
    /// The topic could not be made.
    #[error("the topic cannot be created: {0:?}")]
    Create(TopicError),
    /// The log refused the records.
    #[error("the records cannot be appended: {0:?}")]
    Append(ProduceError),
    /// The log cannot be read.
    #[error("the log cannot be read: {0:?}")]
    Read(LogError),
    /// A batch is damaged.
    #[error("the batch at offset {0} is damaged: {1:?}")]
    Batch(i64, BatchError),
    /// A record is not one of ours.
    #[error("the record at offset {0} is damaged: {1}")]
    Record(i64, DecodeError),
    /// The partition is not there.
    #[error("partition {0} is not there")]
    Missing(i32),
}

impl JournalError {
    /// Whether the log refused the producer, and nothing else is wrong.
    pub(crate) fn is_fenced(&self) -> bool {
        matches!(self, Self::Append(ProduceError::Log(LogError::Producer(_))))
    }
}

/// What is met when a journal is replayed.
pub(crate) enum Entry<'a> {
    /// A record, with the producer whose transaction it belongs to.
    Record { offset: i64, producer: Option<i64>, key: &'a [u8], value: Option<&'a [u8]> },
    /// The end of a producer's transaction.
    Marker { producer: i64, commit: bool },
}

impl Journal {
    /// A journal over `topic`, which is made with `partitions` partitions.
    pub(crate) fn new(topic: &'static str, partitions: i32) -> Self {
        Self { topic, partitions: partitions.max(1) }
    }

    /// The topic's name.
    pub(crate) fn topic(&self) -> &'static str {
        self.topic
    }

    /// How many partitions the topic has, or will have.
    pub(crate) fn partition_count(&self, topics: &Topics) -> i32 {
        let existing = topics.get(self.topic).map(|topic| topic.partitions().len());
        existing.and_then(|count| i32::try_from(count).ok()).unwrap_or(self.partitions)
    }

    /// Makes the topic if it is not there.
    pub(crate) fn ensure(&self, topics: &Topics) -> Result<(), JournalError> {
        self.open(topics).map(drop)
    }

    fn open(&self, topics: &Topics) -> Result<Arc<Topic>, JournalError> {
        if let Some(topic) = topics.get(self.topic) {
            return Ok(topic);
        }
        let configs = [("cleanup.policy", "compact"), ("segment.bytes", "104857600")];
        let new = NewTopic {
            name: self.topic.to_owned(),
            partitions: self.partitions,
            configs: configs
                .map(|(key, value)| (key.to_owned(), value.to_owned()))
                .into_iter()
                .collect::<BTreeMap<_, _>>(),
        };
        match topics.create(new) {
            Ok(topic) => Ok(topic),
            // Another request was faster.
            Err(TopicError::Exists(_)) => topics.get(self.topic).ok_or(JournalError::Missing(0)),
            Err(error) => Err(JournalError::Create(error)),
        }
    }

    fn partition(&self, topics: &Topics, index: i32) -> Result<Arc<Partition>, JournalError> {
        self.open(topics)?.partition(index).ok_or(JournalError::Missing(index))
    }

    /// Appends records as one batch and gives the offset of the first. `transaction`: producer id and epoch.
    pub(crate) fn append(
        &self,
        topics: &Topics,
        partition: i32,
        transaction: Option<(i64, i16)>,
        records: &[KeyValue],
    ) -> Result<i64, JournalError> {
        let mut batch = BatchBuilder::new(now_ms());
        if let Some((id, epoch)) = transaction {
            batch = batch.transactional(id, epoch);
        }
        for (key, value) in records {
            batch = batch.record(Some(key), value.as_deref(), &[]);
        }
        let appended = self.partition(topics, partition)?.append_own(&batch.build());
        appended.map(|info| info.base_offset).map_err(JournalError::Append)
    }

    /// Appends a transaction's marker.
    pub(crate) fn append_marker(
        &self,
        topics: &Topics,
        partition: i32,
        marker: &Bytes,
    ) -> Result<(), JournalError> {
        let appended = self.partition(topics, partition)?.append_own(marker);
        appended.map(|_| ()).map_err(JournalError::Append)
    }

    /// Hands every record and marker of a partition to `visit`, in order.
    pub(crate) fn replay(
        &self,
        topics: &Topics,
        partition: i32,
        mut visit: impl FnMut(Entry<'_>) -> Result<(), DecodeError>,
    ) -> Result<(), JournalError> {
        let Some(partition) = topics.partition(self.topic, partition) else { return Ok(()) };
        let mut failed = None;
        let read = partition.replay(|header, bytes| {
            if failed.is_none() {
                failed = replay_batch(header, bytes, &mut visit).err();
            }
        });
        read.map_err(JournalError::Read)?;
        failed.map_or(Ok(()), Err)
    }
}

fn replay_batch(
    header: &BatchHeader,
    bytes: &[u8],
    visit: &mut impl FnMut(Entry<'_>) -> Result<(), DecodeError>,
) -> Result<(), JournalError> {
    let at = header.base_offset;
    let producer = header.attributes.is_transactional().then_some(header.producer_id);
    let batch = records(header, bytes).map_err(|error| JournalError::Batch(at, error))?;
    for record in batch.iter() {
        let record = record.map_err(|error| JournalError::Batch(at, error))?;
        let Some(key) = record.key else { continue };
        let entry = if header.attributes.is_control() {
            let Some(control) = ControlType::parse(key) else { continue };
            Entry::Marker { producer: header.producer_id, commit: control == ControlType::Commit }
        } else {
            Entry::Record { offset: record.offset, producer, key, value: record.value }
        };
        visit(entry).map_err(|error| JournalError::Record(at, error))?;
    }
    Ok(())
}

/// The partition that coordinates a group or a transactional id: Java's string hash, as Kafka's brokers do it.
pub(crate) fn partition_of(id: &str, partitions: i32) -> i32 {
    let hash = id.encode_utf16().fold(0i32, |hash, unit| hash.wrapping_mul(31).wrapping_add(i32::from(unit)));
    (hash & i32::MAX) % partitions.max(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_hashed_like_javas_strings() {
        // "a".hashCode() is 97.
        assert_eq!(partition_of("a", 50), 47);
        assert_eq!(partition_of("", 50), 0);
        assert_eq!(partition_of("polygenelubricants", 50), 0, "Java's hash is the smallest int, masked to 0");
    }
}
