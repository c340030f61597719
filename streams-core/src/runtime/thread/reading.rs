//! From the consumer's queues to those of the tasks.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use rdkafka::consumer::BaseConsumer;
use rdkafka::error::KafkaError;
use rdkafka::message::Message;
use rdkafka::types::RDKafkaErrorCode;
use rdkafka::{Offset, TopicPartitionList};

use super::StreamThread;
use super::backoff::Backoff;
use crate::error::{Error, ErrorKind, Result};
use crate::runtime::events::{MemberEvents, TopicPartition};
use crate::runtime::kafka_error::{client_error, kind_of};
use crate::runtime::native::{Batch, PartitionQueue};
use crate::task_id::TaskId;

/// The consumer must be polled now and then although all records come another way: for rebalances, errors and logs.
const MEMBER_POLL: Duration = Duration::from_millis(100);
const MAX_BATCH: usize = 2000;

/// A partition that is read.
#[derive(Debug)]
pub(super) struct Input {
    pub(super) partition: TopicPartition,
    pub(super) task: TaskId,
    /// The client does not fetch it.
    pub(super) paused: bool,
    queue: PartitionQueue,
    /// Where reading starts.
    start: Offset,
    /// Records below this offset were read already.
    next: i64,
    /// The offset to read is out of range, and the cluster has not yet said where to read instead.
    astray: Option<Backoff>,
}

impl Input {
    /// Takes the partition's queue; to be done before the partition is assigned.
    pub(super) fn take(
        consumer: &Arc<BaseConsumer<MemberEvents>>,
        partition: &TopicPartition,
        task: TaskId,
        start: Offset,
    ) -> Result<Self> {
        let reader = std::thread::current();
        let queue = PartitionQueue::take(consumer, &partition.topic, partition.partition, reader);
        let queue = queue.ok_or_else(|| Error::bug(format!("partition {partition} has no queue")))?;
        Ok(Self { partition: partition.clone(), task, paused: false, queue, start, next: 0, astray: None })
    }

    /// Where to read on.
    fn position(&self) -> Offset {
        if self.next > 0 { Offset::Offset(self.next) } else { self.start }
    }
}

impl StreamThread {
    /// Serves the group's queue: rebalances and errors.
    pub(super) fn poll_member(&mut self) -> Result<()> {
        let ready = self.member_ready.swap(false, Ordering::AcqRel);
        if !ready && self.member_polled.elapsed() < MEMBER_POLL {
            return Ok(());
        }
        self.member_polled = Instant::now();
        while let Some(polled) = self.consumer.poll(Duration::ZERO) {
            match polled {
                Ok(message) => {
                    let (topic, partition, offset) = (message.topic(), message.partition(), message.offset());
                    let message =
                        format!("record {topic}-{partition}@{offset} did not come through its queue");
                    return Err(Error::bug(message));
                }
                Err(error) => member_error(&error)?,
            }
        }
        Ok(())
    }

    /// Moves records that are here to their tasks. Returns whether there were any.
    pub(super) fn read_inputs(&mut self) -> Result<bool> {
        let limit = self.app.settings.buffered_per_partition;
        let mut any = false;
        for index in 0..self.inputs.len() {
            if self.inputs[index].astray.is_some_and(|backoff| backoff.is_due(Instant::now())) {
                self.reset_input(index)?;
            }
            let input = &mut self.inputs[index];
            if input.paused || !input.queue.is_ready() {
                continue;
            }
            let Some(active) = self.running.get_mut(&input.task) else { continue };
            let TopicPartition { topic, partition } = &input.partition;
            let room = limit.saturating_sub(active.task.buffered_of(topic, *partition));
            if room == 0 {
                continue;
            }
            let Batch { mut records, end, error, bytes } = input.queue.read(room.min(MAX_BATCH));
            records.retain(|record| record.offset >= input.next);
            if let Some(last) = records.last() {
                input.next = last.offset + 1;
                any = true;
                self.app.counters.polled.fetch_add(records.len() as u64, Ordering::Relaxed);
                self.app.counters.polled_bytes.fetch_add(bytes as u64, Ordering::Relaxed);
                active.task.set_lag(topic, *partition, Some(1))?;
                active.task.add_records(topic, *partition, records)?;
            }
            if end.is_some_and(|end| end >= input.next) {
                active.task.set_lag(topic, *partition, Some(0))?;
            }
            if let Some(code) = error {
                self.input_failed(index, code)?;
            }
        }
        Ok(any)
    }

    /// Takes the same partitions again, each where it stands: the client cannot seek in one whose offset is out of range.
    fn read_on(&mut self) -> Result<()> {
        let mut list = TopicPartitionList::with_capacity(self.inputs.len());
        for input in &self.inputs {
            list.add_partition_offset(&input.partition.topic, input.partition.partition, input.position())
                .map_err(|error| client_error(&format!("read on in {}", input.partition), &error))?;
        }
        self.membership.take(&list)?;
        self.pause_waiting()
    }

    /// Reads an input on where the reset policy says; asks again for as long as `task.timeout.ms` if need be.
    fn reset_input(&mut self, index: usize) -> Result<()> {
        let partition = self.inputs[index].partition.clone();
        let reset = self.reset_offset(&partition, "the committed offset is out of range");
        let input = &mut self.inputs[index];
        match reset {
            Ok(offset) => {
                tracing::warn!(%partition, ?offset, "the offset to read is out of range; reset by policy");
                (input.next, input.start, input.astray) = (0, offset, None);
                self.read_on()
            }
            Err(error) if error.kind() == ErrorKind::Retry => {
                if input.astray.get_or_insert_default().failed(Instant::now())
                    >= self.app.settings.task_timeout
                {
                    return Err(error.context("no new offset was found within `task.timeout.ms`"));
                }
                tracing::warn!(%partition, %error, "no new offset yet; retrying");
                Ok(())
            }
            Err(error) => Err(error),
        }
    }

    fn input_failed(&mut self, index: usize, code: RDKafkaErrorCode) -> Result<()> {
        let partition = self.inputs[index].partition.clone();
        match code {
            RDKafkaErrorCode::AutoOffsetReset | RDKafkaErrorCode::OffsetOutOfRange => {
                if self.inputs[index].astray.is_some() { Ok(()) } else { self.reset_input(index) }
            }
            code if kind_of(code) == ErrorKind::Config => Err(Error::new(
                ErrorKind::Config,
                format!("cannot read topic `{}`, partition {}: {code}", partition.topic, partition.partition),
            )),
            code => {
                tracing::warn!(%partition, %code, "reading failed; the client retries");
                Ok(())
            }
        }
    }
}

/// An error that the client tells of by itself: most pass.
fn member_error(error: &KafkaError) -> Result<()> {
    match error {
        KafkaError::MessageConsumptionFatal(code) => {
            Err(Error::new(ErrorKind::Fenced, format!("the consumer failed for good: {code}")))
        }
        KafkaError::MessageConsumption(code) if kind_of(*code) == ErrorKind::Config => {
            Err(client_error("read the input topics", error))
        }
        other => {
            tracing::warn!(error = %other, "the consumer reports a problem; it retries");
            Ok(())
        }
    }
}
