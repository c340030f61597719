//! Records in, one at a time through the topology, punctuations between them.

use super::queue::Head;
use super::stream_task::StreamTask;
use crate::collector::OutgoingRecord;
use crate::error::{BoxError, Error, ErrorKind, Result};
use crate::processor::{PunctuationType, RawRecord, TaskContext, guard, no_source};

impl StreamTask {
    /// Appends records, in the order of their offsets, to the queue of a partition.
    ///
    /// # Errors
    /// The task does not read the partition.
    pub fn add_records(
        &mut self,
        topic: &str,
        partition: i32,
        records: impl IntoIterator<Item = RawRecord>,
    ) -> Result<()> {
        let index = self.group.index_of(topic, partition);
        let index = index.ok_or_else(|| super::group::unknown(topic, partition))?;
        let mut reader = Self::reader(&mut self.graph, &mut self.context, &self.extractor);
        self.group.push(index, records, &mut reader);
        Ok(())
    }

    /// The number of the queue of a partition, for [`StreamTask::add_record`]. It stays the same as long as the task lives.
    pub fn queue_of(&self, topic: &str, partition: i32) -> Option<usize> {
        self.group.index_of(topic, partition)
    }

    /// Appends one record to the queue of that number.
    ///
    /// # Errors
    /// There is no such queue.
    pub fn add_record(&mut self, queue: usize, record: RawRecord) -> Result<()> {
        if queue >= self.group.queues().len() {
            return Err(Error::argument(format!("task {} has no queue {queue}", self.context.task_id)));
        }
        let mut reader = Self::reader(&mut self.graph, &mut self.context, &self.extractor);
        self.group.push(queue, Some(record), &mut reader);
        Ok(())
    }

    /// Tells how many records of a partition the broker has that were not added yet; `None` if that is not known. A
    /// task waits for an empty partition that has a lag, or an unknown one, unless `max.task.idle.ms` is -1.
    ///
    /// # Errors
    /// The task does not read the partition.
    pub fn set_lag(&mut self, topic: &str, partition: i32, lag: Option<i64>) -> Result<()> {
        self.group.queue_mut(topic, partition)?.lag = lag;
        Ok(())
    }

    /// The number of records that wait.
    pub fn buffered(&self) -> usize {
        self.group.buffered()
    }

    /// Whether records wait.
    #[inline]
    pub fn has_records(&self) -> bool {
        self.group.has_records()
    }

    /// The number of records of one partition that wait: for `buffered.records.per.partition`.
    pub fn buffered_of(&self, topic: &str, partition: i32) -> usize {
        self.group.index_of(topic, partition).map_or(0, |index| self.group.queues()[index].len())
    }

    /// Whether a record may be processed at `now`; if not, the task has none or waits for an empty partition.
    pub fn is_processable(&mut self, now: i64) -> bool {
        self.group.is_ready(now)
    }

    /// Processes the record of the smallest timestamp, then runs stream-time punctuations that are due. `now` is the
    /// wall clock. Returns false if there is no record, or if the task waits for an empty partition.
    ///
    /// # Errors
    /// What no exception handler forgave. After one of kind [`Retry`](ErrorKind::Retry) the record is back in its
    /// queue and the call may be repeated.
    pub fn process_one(&mut self, now: i64) -> Result<bool> {
        self.status.expect_running("process records")?;
        self.context.wall_clock = now;
        if !self.group.is_ready(now) {
            return Ok(false);
        }
        let Some((index, head)) = self.group.take(&mut self.context) else { return Ok(false) };
        let offset = match head {
            Head::Ready { offset, topic_timestamp, .. } => {
                self.emit(index, topic_timestamp)?;
                offset
            }
            Head::Skipped { offset } => offset,
            Head::Failed { error, .. } => return Err(error),
        };
        let mut reader = Self::reader(&mut self.graph, &mut self.context, &self.extractor);
        self.group.refill(index, &mut reader);
        self.finish_turn(index, offset)
    }

    /// As [`StreamTask::add_record`] and [`StreamTask::process_one`] in turn: appends a record to the queue of that
    /// number and processes the record of the smallest timestamp. It costs less, as a record that is alone goes through
    /// no queue.
    ///
    /// # Errors
    /// As those two.
    pub fn process_record(&mut self, queue: usize, record: RawRecord, now: i64) -> Result<bool> {
        self.status.expect_running("process records")?;
        if self.group.has_records() || queue >= self.group.queues().len() {
            self.add_record(queue, record)?;
            return self.process_one(now);
        }
        let RawRecord { offset, timestamp: topic_timestamp, .. } = record;
        let mut reader = Self::reader(&mut self.graph, &mut self.context, &self.extractor);
        match self.group.at(queue).load(&record, &mut reader) {
            Ok(timestamp @ 0..) if self.group.is_ready_for(queue, now) => {
                self.context.wall_clock = now;
                self.group.at(queue).begin(record, timestamp, &mut self.context);
                self.emit(queue, topic_timestamp)?;
                self.finish_turn(queue, offset)
            }
            loaded => {
                self.group.push_loaded(queue, record, loaded, &mut reader);
                self.process_one(now)
            }
        }
    }

    /// What follows a record that came from the queue of that index.
    fn finish_turn(&mut self, index: usize, offset: i64) -> Result<bool> {
        self.group.at(index).consumed = Some(offset);
        self.commit_needed = true;
        self.drain_changelogs()?;
        self.flush_if_over_budget()?;
        let (kind, now) = (PunctuationType::StreamTime, self.context.stream_time);
        if self.context.punctuations.next_due(kind).is_some_and(|due| due <= now) {
            self.punctuate(kind, now)?;
        }
        Ok(true)
    }

    /// Runs wall-clock punctuations that are due at `now`. Returns whether there were any.
    ///
    /// # Errors
    /// What no exception handler forgave.
    pub fn punctuate_wall_clock(&mut self, now: i64) -> Result<bool> {
        self.status.expect_running("punctuate")?;
        self.context.wall_clock = now;
        self.punctuate(PunctuationType::WallClockTime, now)
    }

    /// Applies a record of a global topic to the global stores that are attached.
    ///
    /// # Errors
    /// No global stores are attached, or as [`GlobalTask::process`](super::GlobalTask::process).
    pub fn apply_global(&mut self, topic: &str, partition: i32, record: RawRecord, now: i64) -> Result<()> {
        let Some(global) = &mut self.global else {
            return Err(Error::argument(format!("no global store reads topic `{topic}`")));
        };
        global.process_with(&mut self.context.stores, topic, partition, record, now)
    }

    /// Runs the record at hand through the topology. `topic_timestamp` is the time that the topic has for it.
    fn emit(&mut self, index: usize, topic_timestamp: i64) -> Result<()> {
        let queue = self.group.at(index);
        let (source, slot) = (queue.source, queue.slot());
        let Self { graph, context, .. } = self;
        let emit = || {
            graph
                .with_node(source, context, |node, cx| match node.as_source() {
                    Some(source) => source.emit(slot, cx),
                    None => Err(no_source(source)),
                })
                .map_err(BoxError::from)
        };
        match guard(emit) {
            Ok(()) => {
                self.processed += 1;
                Ok(())
            }
            Err(error) => Err(self.failed(index, topic_timestamp, error)),
        }
    }

    /// Says where the record at hand came from, and puts it back if it may be tried again.
    #[cold]
    fn failed(&mut self, index: usize, raw_timestamp: i64, error: Error) -> Error {
        let record = &mut self.context.record;
        let topic = record.topic.as_deref().unwrap_or_default();
        let place = format!("topic `{topic}`, partition {}, offset {}", record.partition, record.offset);
        if error.kind() == ErrorKind::Retry {
            let raw = RawRecord {
                offset: record.offset,
                timestamp: raw_timestamp,
                payload: std::mem::take(&mut record.source_raw),
                headers: std::mem::take(&mut record.headers),
            };
            self.group.at(index).put_back(raw);
            let mut reader = Self::reader(&mut self.graph, &mut self.context, &self.extractor);
            self.group.refill(index, &mut reader);
        }
        error.context(place)
    }

    fn punctuate(&mut self, kind: PunctuationType, time: i64) -> Result<bool> {
        let mut any = false;
        while let Some(due) = self.context.punctuations.take_due(kind, time) {
            self.graph
                .punctuate(due, time, &mut self.context)
                .map_err(|error| error.not_repeatable().context(format!("punctuation at {time}")))?;
            self.context.punctuations.rearm(due, time);
            self.drain_changelogs()?;
            any = true;
        }
        if any {
            self.commit_needed = true;
            self.flush_if_over_budget()?;
        }
        Ok(any)
    }

    /// Sends what the stores want in their changelogs.
    pub(super) fn drain_changelogs(&mut self) -> Result<()> {
        let TaskContext { stores, collector, task_id, .. } = &mut self.context;
        let changelogs = &self.changelogs;
        let drained = stores.drain_changelogs(|store, change| {
            let Some(Some(topic)) = changelogs.get(store) else { return Ok(()) };
            collector.send(OutgoingRecord {
                topic,
                partition: Some(task_id.partition),
                key: Some(change.key),
                value: change.value,
                timestamp: change.timestamp,
                headers: change.headers,
            })
        });
        drained.map_err(Error::not_repeatable)
    }
}
