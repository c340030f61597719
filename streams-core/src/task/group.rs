//! All queues of a task, and which of them is next.

use std::sync::Arc;

use super::queue::{Head, Reader, RecordQueue};
use crate::error::{Error, Result};
use crate::heap::TimeHeap;
use crate::processor::{LoadError, QueueId, RawRecord, TaskContext};

/// The queues of a task. The next record comes from the queue whose head has the smallest timestamp.
#[derive(Debug, Default)]
pub(crate) struct PartitionGroup {
    queues: Vec<RecordQueue>,
    non_empty: TimeHeap<usize>,
    /// `max.task.idle.ms`.
    max_idle_ms: i64,
    /// Turns that were taken although a partition was empty and might have had an older record.
    pub(crate) enforced: u64,
}

impl PartitionGroup {
    pub(crate) fn new(max_idle_ms: i64) -> Self {
        Self { max_idle_ms, ..Self::default() }
    }

    /// Adds the queue of a partition that `source` reads.
    pub(crate) fn add(&mut self, id: QueueId, source: usize) {
        let slot = self.queues.iter().filter(|queue| queue.source == source).count();
        self.queues.push(RecordQueue::new(id, source, slot));
    }

    pub(crate) fn index_of(&self, topic: &str, partition: i32) -> Option<usize> {
        self.queues.iter().position(|queue| queue.id.partition == partition && *queue.id.topic == *topic)
    }

    pub(crate) fn queues(&self) -> &[RecordQueue] {
        &self.queues
    }

    pub(crate) fn queue_mut(&mut self, topic: &str, partition: i32) -> Result<&mut RecordQueue> {
        let index = self.index_of(topic, partition);
        index.and_then(|index| self.queues.get_mut(index)).ok_or_else(|| unknown(topic, partition))
    }

    pub(crate) fn at(&mut self, index: usize) -> &mut RecordQueue {
        &mut self.queues[index]
    }

    pub(crate) fn buffered(&self) -> usize {
        self.queues.iter().map(RecordQueue::len).sum()
    }

    pub(crate) fn has_records(&self) -> bool {
        self.non_empty.len() > 0
    }

    /// Appends records to the queue of that index.
    pub(crate) fn push(
        &mut self,
        index: usize,
        records: impl IntoIterator<Item = RawRecord>,
        reader: &mut Reader<'_>,
    ) {
        let queue = &mut self.queues[index];
        for record in records {
            queue.push(record);
        }
        if queue.head().is_none() {
            self.refill(index, reader);
        }
    }

    /// Appends a record that was read already to the queue of that index. No queue has others.
    #[cold]
    pub(crate) fn push_loaded(
        &mut self,
        index: usize,
        record: RawRecord,
        loaded: Result<i64, LoadError>,
        reader: &mut Reader<'_>,
    ) {
        self.queues[index].push_loaded(record, loaded, reader);
        self.line_up(index);
    }

    /// Whether a record may be taken at `now`, or the task must wait for a partition that is empty (KIP-695).
    pub(crate) fn is_ready(&mut self, now: i64) -> bool {
        self.has_records() && self.waits_for_none(now, None)
    }

    /// As [`PartitionGroup::is_ready`], if a record were in the queue of that index and there were no others.
    pub(crate) fn is_ready_for(&mut self, index: usize, now: i64) -> bool {
        !self.has_records() && self.waits_for_none(now, Some(index))
    }

    fn waits_for_none(&mut self, now: i64, arriving: Option<usize>) -> bool {
        let non_empty = self.non_empty.len() + usize::from(arriving.is_some());
        if self.max_idle_ms < 0 || self.max_idle_ms == 0 && non_empty == self.queues.len() {
            return true;
        }
        let mut enforced = false;
        for (index, queue) in self.queues.iter_mut().enumerate() {
            if queue.head().is_some() || arriving == Some(index) {
                queue.idle_deadline = None;
            } else if queue.lag != Some(0) {
                queue.idle_deadline = None;
                return false;
            } else if self.max_idle_ms > 0 {
                let deadline = *queue.idle_deadline.get_or_insert(now.saturating_add(self.max_idle_ms));
                if now < deadline {
                    return false;
                }
                enforced = true;
            } else {
                enforced = true;
            }
        }
        self.enforced += u64::from(enforced);
        true
    }

    /// Takes the next record and makes it the record at hand. The caller emits it, then calls
    /// [`PartitionGroup::refill`] for its queue.
    pub(crate) fn take(&mut self, task: &mut TaskContext) -> Option<(usize, Head)> {
        let (_, index) = self.non_empty.pop()?;
        let head = self.queues[index].take_head(task)?;
        Some((index, head))
    }

    /// Reads the next head of the queue of that index, and lines the queue up if there is one.
    pub(crate) fn refill(&mut self, index: usize, reader: &mut Reader<'_>) {
        self.queues[index].read_head(reader);
        self.line_up(index);
    }

    fn line_up(&mut self, index: usize) {
        if let Some(head) = self.queues[index].head() {
            self.non_empty.push(head.time(), index);
        }
    }

    /// Forgets all records.
    pub(crate) fn clear(&mut self) {
        self.non_empty.clear();
        self.queues.iter_mut().for_each(RecordQueue::clear);
    }
}

pub(crate) fn unknown(topic: &str, partition: i32) -> Error {
    Error::argument(format!("partition {partition} of topic `{topic}` is not an input of this task"))
}

/// The queue ids of topic partitions.
pub(crate) fn queue_id(topic: &Arc<str>, partition: i32) -> QueueId {
    QueueId { topic: Arc::clone(topic), partition }
}
