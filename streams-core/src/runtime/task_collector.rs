//! Each task's way to the producer of its thread.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use hashbrown::HashMap;
use rdkafka::types::RDKafkaErrorCode;
use rustc_hash::FxBuildHasher;

use super::events::ClientEvents;
use super::kafka_error::delivery_error;
use super::lanes::Lane;
use super::native::TopicHandle;
use super::producer::StreamProducer;
use crate::collector::{OutgoingRecord, RecordCollector};
use crate::error::{Error, ErrorKind, Result};
use crate::task_id::TaskId;

const PARTITION_COUNT_AGE: Duration = Duration::from_secs(300);

struct Topic {
    name: Box<str>,
    handle: TopicHandle<ClientEvents>,
    tag: usize,
    lane: Arc<Lane>,
    partitions: Option<(i32, Instant)>,
}

/// Takes what one task produces to the thread's producer.
pub(crate) struct TaskCollector {
    task: TaskId,
    producer: Arc<StreamProducer>,
    topics: Vec<Topic>,
    by_name: HashMap<Box<str>, usize, FxBuildHasher>,
    last: usize,
}

impl TaskCollector {
    pub(crate) fn new(task: TaskId, producer: Arc<StreamProducer>) -> Self {
        Self { task, producer, topics: Vec::new(), by_name: HashMap::default(), last: 0 }
    }

    /// The offset of the last record of `topic` that the cluster acknowledged, if this task sent any.
    pub(crate) fn acknowledged(&self, topic: &str) -> Option<i64> {
        let index = self.by_name.get(topic)?;
        let offset = self.topics.get(*index)?.lane.acknowledged.load(Ordering::Relaxed);
        (offset >= 0).then_some(offset)
    }

    /// The index of a topic; tasks mostly send to the same topic several times in a row.
    pub(super) fn index_of(&mut self, topic: &str) -> Result<usize> {
        if self.topics.get(self.last).is_some_and(|last| &*last.name == topic) {
            return Ok(self.last);
        }
        let index = match self.by_name.get(topic) {
            Some(index) => *index,
            None => self.open(topic)?,
        };
        self.last = index;
        Ok(index)
    }

    fn open(&mut self, topic: &str) -> Result<usize> {
        let handle = self.producer.native.topic(topic);
        let handle = handle.ok_or_else(|| Error::data(format!("`{topic}` cannot be the name of a topic")))?;
        let (tag, lane) = self.producer.open_lane(self.task, topic);
        self.topics.push(Topic { name: topic.into(), handle, tag, lane, partitions: None });
        let index = self.topics.len() - 1;
        self.by_name.insert(topic.into(), index);
        Ok(index)
    }
}

impl Drop for TaskCollector {
    fn drop(&mut self) {
        self.producer.leave_lanes(self.topics.iter().map(|topic| topic.tag));
    }
}

impl RecordCollector for TaskCollector {
    fn send(&mut self, record: OutgoingRecord<'_>) -> Result<()> {
        self.producer.check()?;
        self.producer.begin()?;
        let index = self.index_of(record.topic)?;
        let topic = &self.topics[index];
        let partition = record.partition.unwrap_or(-1);
        // librdkafka reads 0 as 'now'; a millisecond after the epoch is the nearest that it can send.
        let timestamp = record.timestamp.map_or(0, |timestamp| if timestamp == 0 { 1 } else { timestamp });
        loop {
            let sent = self.producer.native.send(
                &topic.handle,
                partition,
                record.key,
                record.value,
                timestamp,
                record.headers,
                topic.tag,
            );
            match sent {
                Ok(()) => break,
                Err(RDKafkaErrorCode::QueueFull) => self.producer.wait_for_room()?,
                Err(code) => return Err(delivery_error(record.topic, code)),
            }
        }
        self.producer.sent.fetch_add(1, Ordering::Relaxed);
        Ok(())
    }

    fn partition_count(&mut self, topic: &str) -> Result<i32> {
        let index = self.index_of(topic)?;
        if let Some((count, since)) = self.topics[index].partitions
            && since.elapsed() < PARTITION_COUNT_AGE
        {
            return Ok(count);
        }
        let known = self.topics[index].partitions;
        let count = match (self.producer.partition_count(topic), known) {
            (Ok(count), _) => count,
            // Asked again later: the cluster does not answer, and a topic's count seldom changes.
            (Err(error), Some((count, _))) if error.kind() == ErrorKind::Retry => {
                tracing::warn!(%error, count, "the number of partitions stays as it was known");
                count
            }
            (Err(error), _) => return Err(error),
        };
        self.topics[index].partitions = Some((count, Instant::now()));
        Ok(count)
    }
}

impl fmt::Debug for TaskCollector {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TaskCollector").field("task", &self.task).finish_non_exhaustive()
    }
}
