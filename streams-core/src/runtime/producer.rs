//! The producer of a stream thread, and each task's way to it.

use std::fmt;
use std::sync::atomic::{AtomicBool, AtomicI64, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use hashbrown::HashMap;
use rdkafka::ClientConfig;
use rdkafka::producer::{BaseProducer, Producer};
use rdkafka::types::RDKafkaErrorCode;
use rustc_hash::FxBuildHasher;

use super::events::ClientEvents;
use super::kafka_error::{client_error, delivery_error};
use super::native::{Delivery, NativeProducer, TopicHandle};
use super::transaction::Transaction;
use crate::collector::{OutgoingRecord, RecordCollector};
use crate::error::{Error, ErrorKind, Result};
use crate::handler::{ErrorHandlerContext, ErrorHandlers, ProductionDecision};
use crate::record::RecordContext;
use crate::task_id::TaskId;

const METADATA_TIMEOUT: Duration = Duration::from_secs(10);
const PARTITION_COUNT_AGE: Duration = Duration::from_secs(300);

/// What one task sends to one topic.
#[derive(Debug)]
struct Lane {
    task: TaskId,
    topic: Box<str>,
    /// The largest offset that the cluster acknowledged; -1 before the first.
    acknowledged: AtomicI64,
}

/// A record that was not delivered.
#[derive(Debug)]
struct Failure {
    lane: Arc<Lane>,
    code: RDKafkaErrorCode,
}

/// The producer of a stream thread (feature R26). Only that thread sends and polls.
pub(crate) struct StreamProducer {
    native: NativeProducer<ClientEvents>,
    lanes: Mutex<Vec<Arc<Lane>>>,
    failures: Mutex<Vec<Failure>>,
    failed: AtomicBool,
    handlers: Arc<ErrorHandlers>,
    /// Exactly-once: `None` at least once.
    transaction: Option<Transaction>,
    /// Set when waiting makes no sense any more: the time for closing is over.
    abandoned: Arc<AtomicBool>,
    sent: AtomicU64,
    dropped: AtomicU64,
}

impl StreamProducer {
    pub(crate) fn new(
        config: &ClientConfig,
        client_id: &str,
        handlers: Arc<ErrorHandlers>,
        abandoned: Arc<AtomicBool>,
        transactional: bool,
    ) -> Result<Self> {
        let client: BaseProducer<ClientEvents> = config
            .create_with_context(ClientEvents::new(client_id))
            .map_err(|error| client_error("make a producer", &error))?;
        let native =
            NativeProducer::new(client).ok_or_else(|| Error::bug("a producer has no event queue"))?;
        Ok(Self {
            native,
            lanes: Mutex::default(),
            failures: Mutex::default(),
            failed: AtomicBool::new(false),
            handlers,
            transaction: transactional.then(Transaction::default),
            abandoned,
            sent: AtomicU64::new(0),
            dropped: AtomicU64::new(0),
        })
    }

    /// Reads delivery reports that are here, or that come within `timeout`.
    pub(crate) fn poll(&self, timeout: Duration) {
        if self.native.in_flight() == 0 {
            return;
        }
        let lanes = self.lanes.lock().unwrap_or_else(PoisonError::into_inner);
        self.native.poll(timeout, |delivery| self.delivered(&lanes, delivery));
    }

    fn delivered(&self, lanes: &[Arc<Lane>], delivery: Delivery) {
        let Some(lane) = lanes.get(delivery.tag) else { return };
        match delivery.error {
            // One thread polls, and reports of a partition come in order: no compare-and-swap is needed.
            None => lane.acknowledged.store(delivery.offset, Ordering::Relaxed),
            Some(code) => {
                let failure = Failure { lane: Arc::clone(lane), code };
                self.failures.lock().unwrap_or_else(PoisonError::into_inner).push(failure);
                self.failed.store(true, Ordering::Release);
            }
        }
    }

    /// Asks the production exception handler about records that were not delivered.
    ///
    /// # Errors
    /// The first failure that it did not forgive.
    pub(crate) fn check(&self) -> Result<()> {
        if !self.failed.swap(false, Ordering::AcqRel) {
            return Ok(());
        }
        let failures = std::mem::take(&mut *self.failures.lock().unwrap_or_else(PoisonError::into_inner));
        for failure in failures {
            self.decide(&failure)?;
        }
        Ok(())
    }

    fn decide(&self, failure: &Failure) -> Result<()> {
        let error = delivery_error(&failure.lane.topic, failure.code);
        if error.kind() == ErrorKind::Fenced {
            return Err(error);
        }
        if self.transaction.is_some() && error.kind() == ErrorKind::Retry {
            // The transaction is lost, and nothing else: its records are processed again.
            return Err(error.not_repeatable());
        }
        let context = ErrorHandlerContext {
            record: &RecordContext::punctuation(-1),
            processor_node: "",
            task_id: failure.lane.task,
        };
        match self.handlers.production.handle(&context, &failure.lane.topic, &error) {
            ProductionDecision::Continue => {
                tracing::warn!(topic = &*failure.lane.topic, task = %failure.lane.task, %error, "record dropped: not delivered");
                self.dropped.fetch_add(1, Ordering::Relaxed);
                Ok(())
            }
            // The client gave the record up. Only what it was made from, processed again, brings it back: a later commit
            // that succeeds must not leave it out.
            ProductionDecision::Retry => {
                Err(error.not_repeatable().context(format!("task {}", failure.lane.task)))
            }
            ProductionDecision::Fail => Err(stopping(error).context(format!("task {}", failure.lane.task))),
        }
    }

    /// Waits until all that was sent is acknowledged. Waits out an outage of the cluster, unless the application's time
    /// for closing ends.
    ///
    /// # Errors
    /// A record was not delivered and the production exception handler did not forgive it.
    pub(crate) fn drain(&self) -> Result<()> {
        let started = Instant::now();
        let mut warned = started;
        while self.native.in_flight() > 0 {
            let slice = if started.elapsed() < Duration::from_secs(1) { 1 } else { 20 };
            self.native.push(Duration::from_millis(slice));
            self.poll(Duration::ZERO);
            self.check()?;
            self.still_wanted()?;
            if warned.elapsed() > Duration::from_secs(10) {
                warned = Instant::now();
                let waiting = self.native.in_flight();
                tracing::warn!(waiting, "records wait for the cluster to acknowledge them; retrying");
            }
        }
        self.check()
    }

    /// The client and its transactions, under exactly-once.
    pub(super) fn transaction(&self) -> Option<(&BaseProducer<ClientEvents>, &Transaction)> {
        Some((self.native.client(), self.transaction.as_ref()?))
    }

    /// Drops failures that are of no interest any more.
    pub(super) fn forget_failures(&self) {
        self.failures.lock().unwrap_or_else(PoisonError::into_inner).clear();
        self.failed.store(false, Ordering::Release);
    }

    /// Begins a transaction if none is open: with the first record after a commit.
    fn begin(&self) -> Result<()> {
        match &self.transaction {
            Some(transaction) => transaction.begin(self.native.client()),
            None => Ok(()),
        }
    }

    /// Sends out what is under way, for as long as `limit`, whatever becomes of it: the thread died.
    pub(crate) fn drain_quietly(&self, limit: Duration) {
        let started = Instant::now();
        while self.native.in_flight() > 0 && started.elapsed() < limit && self.still_wanted().is_ok() {
            self.native.push(Duration::from_millis(5));
            self.poll(Duration::ZERO);
        }
    }

    /// Waits for room in the producer's queue.
    fn wait_for_room(&self) -> Result<()> {
        self.poll(Duration::from_millis(20));
        self.check()?;
        self.still_wanted()
    }

    fn still_wanted(&self) -> Result<()> {
        if self.abandoned.load(Ordering::Acquire) {
            let message = format!(
                "{} records were not acknowledged before the time for closing ended; what they came from is processed \
                 again at the next start",
                self.native.in_flight()
            );
            return Err(Error::new(ErrorKind::Closed, message));
        }
        Ok(())
    }

    /// Records sent so far.
    pub(crate) fn sent(&self) -> u64 {
        self.sent.load(Ordering::Relaxed)
    }

    /// Records that were not delivered and forgiven, since the last call.
    pub(crate) fn take_dropped(&self) -> u64 {
        self.dropped.swap(0, Ordering::Relaxed)
    }

    fn open_lane(&self, task: TaskId, topic: &str) -> (usize, Arc<Lane>) {
        let lane = Arc::new(Lane { task, topic: topic.into(), acknowledged: AtomicI64::new(-1) });
        let mut lanes = self.lanes.lock().unwrap_or_else(PoisonError::into_inner);
        lanes.push(Arc::clone(&lane));
        (lanes.len() - 1, lane)
    }

    fn partition_count(&self, topic: &str) -> Result<i32> {
        let metadata = self
            .native
            .client()
            .client()
            .fetch_metadata(Some(topic), METADATA_TIMEOUT)
            .map_err(|error| client_error(&format!("look up topic `{topic}`"), &error))?;
        let partitions = metadata.topics().iter().find(|found| found.name() == topic);
        match partitions.map(|topic| topic.partitions().len()) {
            Some(count) if count > 0 => Ok(i32::try_from(count).unwrap_or(i32::MAX)),
            _ => Err(Error::data(format!(
                "topic `{topic}`, to which a record goes, does not exist; create it"
            ))),
        }
    }
}

impl fmt::Debug for StreamProducer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("StreamProducer").field("native", &self.native).finish_non_exhaustive()
    }
}

/// The same error, of a kind that nobody tries again after.
fn stopping(error: Error) -> Error {
    if error.kind() == ErrorKind::Retry { Error::new(ErrorKind::Data, error.to_string()) } else { error }
}

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
    fn index_of(&mut self, topic: &str) -> Result<usize> {
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

#[cfg(test)]
#[path = "producer_tests.rs"]
mod tests;
