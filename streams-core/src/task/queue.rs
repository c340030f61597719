//! The queue of one partition: raw records, the first of them already read.

use std::collections::VecDeque;
use std::sync::Arc;

use crate::error::{Error, Result};
use crate::handler::{DeserializationDecision, ErrorHandlerContext};
use crate::processor::{Graph, LoadError, QueueId, RawRecord, TaskContext, guard};
use crate::record::RecordContext;
use crate::time::RawTimestampExtractor;

/// The record that is next in a queue.
#[derive(Debug)]
pub(crate) enum Head {
    /// Its key and value are read and wait in the source node; its bytes are first in the queue.
    Ready {
        /// The time that it counts for.
        timestamp: i64,
        /// The time that the topic has for it.
        topic_timestamp: i64,
        offset: i64,
    },
    /// The last of some dropped records, kept so that its offset is committed.
    Skipped { offset: i64 },
    /// It cannot be read, and the task must stop when its turn has come.
    Failed { offset: i64, error: Error },
}

impl Head {
    /// The time by which the queue competes with others. What needs no processing goes first.
    pub(crate) fn time(&self) -> i64 {
        match self {
            Self::Ready { timestamp, .. } => *timestamp,
            Self::Skipped { .. } | Self::Failed { .. } => -1,
        }
    }

    fn offset(&self) -> i64 {
        match self {
            Self::Ready { offset, .. } | Self::Skipped { offset } | Self::Failed { offset, .. } => *offset,
        }
    }
}

/// What a queue needs to read its head.
pub(crate) struct Reader<'a> {
    pub(crate) graph: &'a mut Graph,
    pub(crate) task: &'a mut TaskContext,
    pub(crate) extractor: &'a dyn RawTimestampExtractor,
}

/// The queue of one partition of one topic.
#[derive(Debug)]
pub(crate) struct RecordQueue {
    pub(crate) id: QueueId,
    /// The source node that reads the topic.
    pub(crate) source: usize,
    /// The queue's number within that node.
    slot: usize,
    records: VecDeque<RawRecord>,
    head: Option<Head>,
    /// The largest timestamp of the records taken so far; -1 before the first.
    pub(crate) partition_time: i64,
    /// The offset of the last record that was processed or skipped.
    pub(crate) consumed: Option<i64>,
    /// Records on the broker that were not fetched yet; `None` while nobody knows.
    pub(crate) lag: Option<i64>,
    /// Until when the task waits for this partition, while it is empty.
    pub(crate) idle_deadline: Option<i64>,
}

impl RecordQueue {
    pub(crate) fn new(id: QueueId, source: usize, slot: usize) -> Self {
        Self {
            id,
            source,
            slot,
            records: VecDeque::new(),
            head: None,
            partition_time: -1,
            consumed: None,
            lag: None,
            idle_deadline: None,
        }
    }

    pub(crate) fn len(&self) -> usize {
        let popped = matches!(self.head, Some(Head::Skipped { .. } | Head::Failed { .. }));
        self.records.len() + usize::from(popped)
    }

    /// The queue's number within its source node.
    pub(crate) fn slot(&self) -> usize {
        self.slot
    }

    pub(crate) fn head(&self) -> Option<&Head> {
        self.head.as_ref()
    }

    /// The offset that a commit names: that of the next record, or one behind the last.
    pub(crate) fn position(&self) -> Option<i64> {
        self.head.as_ref().map(Head::offset).or(self.consumed.map(|offset| offset + 1))
    }

    pub(crate) fn push(&mut self, record: RawRecord) {
        self.records.push_back(record);
    }

    /// Puts a record that was taken back to the front.
    pub(crate) fn put_back(&mut self, record: RawRecord) {
        self.head = None;
        self.records.push_front(record);
    }

    /// Takes the head, moves the partition's time, and makes the head the record at hand if it is to be processed. The
    /// next head is not read yet: its place in the source node is taken until the record is emitted.
    pub(crate) fn take_head(&mut self, task: &mut TaskContext) -> Option<Head> {
        let head = self.head.take()?;
        if let Head::Ready { timestamp, .. } = head {
            let raw = self.records.pop_front()?;
            self.begin(raw, timestamp, task);
        }
        Some(head)
    }

    /// Moves the partition's time, and makes a record that was read the record at hand.
    #[inline]
    pub(crate) fn begin(&mut self, raw: RawRecord, timestamp: i64, task: &mut TaskContext) {
        self.partition_time = self.partition_time.max(timestamp);
        let record = &mut task.record;
        if !record.topic.as_ref().is_some_and(|topic| Arc::ptr_eq(topic, &self.id.topic)) {
            record.topic = Some(Arc::clone(&self.id.topic));
        }
        record.partition = self.id.partition;
        record.offset = raw.offset;
        record.headers = raw.headers;
        record.source_raw = raw.payload;
        record.timestamp = timestamp;
        task.stores.set_time(timestamp);
        task.stream_time = task.stream_time.max(timestamp);
    }

    /// Forgets all records, and everything that is known of the partition.
    pub(crate) fn clear(&mut self) {
        *self = Self::new(self.id.clone(), self.source, self.slot);
    }

    /// Reads a record into the source node and returns its timestamp; a negative one says that it is to be dropped.
    #[inline]
    pub(crate) fn load(&self, raw: &RawRecord, reader: &mut Reader<'_>) -> Result<i64, LoadError> {
        let source = reader.graph.source(self.source).map_err(LoadError::Fatal)?;
        let load = || Ok(source.load(self.slot, &self.id, raw, self.partition_time, reader.extractor));
        guard(load).map_err(LoadError::Fatal).flatten()
    }

    /// Reads records until one is fit to be the head.
    pub(crate) fn read_head(&mut self, reader: &mut Reader<'_>) {
        let mut skipped = None;
        while self.head.is_none() {
            let Some(raw) = self.records.front() else { break };
            let loaded = self.load(raw, reader);
            skipped = self.settle(loaded, reader).or(skipped);
        }
        if let (None, Some(offset)) = (&self.head, skipped) {
            self.head = Some(Head::Skipped { offset });
        }
    }

    /// Appends a record that was read already to the empty queue.
    #[cold]
    pub(crate) fn push_loaded(
        &mut self,
        record: RawRecord,
        loaded: Result<i64, LoadError>,
        reader: &mut Reader<'_>,
    ) {
        self.push(record);
        if let Some(offset) = self.settle(loaded, reader) {
            self.head = Some(Head::Skipped { offset });
        }
    }

    /// Makes the first record the head, `loaded` being what came of reading it. Returns its offset if it is dropped
    /// instead.
    fn settle(&mut self, loaded: Result<i64, LoadError>, reader: &mut Reader<'_>) -> Option<i64> {
        let RawRecord { offset, timestamp: topic_timestamp, .. } = *self.records.front()?;
        let error = match loaded {
            Ok(timestamp @ 0..) => {
                self.head = Some(Head::Ready { timestamp, topic_timestamp, offset });
                return None;
            }
            Ok(timestamp) => {
                tracing::warn!(
                    topic = %self.id.topic, partition = self.id.partition, offset, timestamp,
                    "record dropped: negative timestamp"
                );
                self.records.pop_front();
                reader.task.dropped_records += 1;
                return Some(offset);
            }
            Err(LoadError::Fatal(error)) => {
                self.records.pop_front();
                self.in_source(error, reader)
            }
            Err(LoadError::Undecodable(error)) => match self.unreadable(error, reader) {
                None => return Some(offset),
                Some(error) => error,
            },
        };
        self.head = Some(Head::Failed { offset, error });
        None
    }

    /// Asks the deserialization exception handler about the first record, which could not be read, and removes it. An
    /// error that is returned stops the task.
    fn unreadable(&mut self, error: Error, reader: &mut Reader<'_>) -> Option<Error> {
        let RawRecord { offset, timestamp, payload, headers } = self.records.pop_front()?;
        let record = RecordContext {
            topic: Some(Arc::clone(&self.id.topic)),
            partition: self.id.partition,
            offset,
            timestamp,
            headers,
            source_raw: payload,
        };
        let node = reader.graph.name(self.source);
        let task_id = reader.task.task_id;
        let context = ErrorHandlerContext { record: &record, processor_node: node, task_id };
        let handlers = Arc::clone(&reader.task.handlers);
        let letters =
            handlers.deserialization.dead_letters(&context, &error, handlers.dead_letter_topic.as_deref());
        let decision = handlers.deserialization.handle(&context, &error);
        if let Err(failed) = reader.task.send_dead_letters(&letters) {
            return Some(failed);
        }
        match decision {
            DeserializationDecision::Continue => {
                tracing::warn!(task = %task_id, node, %error, "record dropped: cannot be read");
                reader.task.dropped_records += 1;
                None
            }
            DeserializationDecision::Fail => Some(self.in_source(error, reader)),
        }
    }

    fn in_source(&self, error: Error, reader: &Reader<'_>) -> Error {
        let place = format!("source `{}` of task {}", reader.graph.name(self.source), reader.task.task_id);
        error.context(place).mark_handled()
    }
}
