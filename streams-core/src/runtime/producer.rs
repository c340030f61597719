//! The producer of a stream thread.

use std::fmt;
use std::sync::atomic::{AtomicBool, AtomicI64, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use rdkafka::ClientConfig;
use rdkafka::error::KafkaError;
use rdkafka::producer::{BaseProducer, Producer};
use rdkafka::types::RDKafkaErrorCode;

use super::events::ClientEvents;
use super::kafka_error::{client_error, delivery_error, kind_of};
use super::lanes::{Lane, Lanes};
use super::native::{Delivery, NativeProducer};
use super::transaction::Transaction;
use crate::error::{Error, ErrorKind, Result};
use crate::handler::{ErrorHandlerContext, ErrorHandlers, ProductionDecision};
use crate::record::RecordContext;
use crate::task_id::TaskId;

const METADATA_TIMEOUT: Duration = Duration::from_secs(10);
const RETRY_PAUSE: Duration = Duration::from_millis(100);

/// A record that was not delivered.
#[derive(Debug)]
struct Failure {
    lane: Arc<Lane>,
    code: RDKafkaErrorCode,
}

/// The producer of a stream thread (feature R26). Only that thread sends and polls.
pub(crate) struct StreamProducer {
    pub(super) native: NativeProducer<ClientEvents>,
    lanes: Mutex<Lanes>,
    failures: Mutex<Vec<Failure>>,
    failed: AtomicBool,
    handlers: Arc<ErrorHandlers>,
    /// Exactly-once: `None` at least once.
    transaction: Option<Transaction>,
    /// Set when waiting makes no sense any more: the time for closing is over.
    abandoned: Arc<AtomicBool>,
    /// How long a question to the cluster may be repeated.
    patience: Duration,
    pub(super) sent: AtomicU64,
    dropped: AtomicU64,
}

impl StreamProducer {
    pub(crate) fn new(
        config: &ClientConfig,
        client_id: &str,
        handlers: Arc<ErrorHandlers>,
        abandoned: Arc<AtomicBool>,
        transactional: bool,
        patience: Duration,
    ) -> Result<Self> {
        let client: BaseProducer<ClientEvents> = config
            .create_with_context(ClientEvents::new(client_id))
            .map_err(|error| client_error("make a producer", &error))?;
        let native =
            NativeProducer::new(client).ok_or_else(|| Error::bug("a producer has no event queue"))?;
        Ok(Self {
            native,
            lanes: Mutex::default(),
            patience,
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
        self.native.poll(timeout, |delivery| self.delivered(&lanes.all, delivery));
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
    pub(super) fn begin(&self) -> Result<()> {
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
    pub(super) fn wait_for_room(&self) -> Result<()> {
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

    pub(super) fn open_lane(&self, task: TaskId, topic: &str) -> (usize, Arc<Lane>) {
        let lane = Lane { task, topic: topic.into(), acknowledged: AtomicI64::new(-1) };
        let in_flight = self.native.in_flight();
        self.lanes.lock().unwrap_or_else(PoisonError::into_inner).open(lane, in_flight)
    }

    pub(super) fn leave_lanes(&self, tags: impl Iterator<Item = usize>) {
        self.lanes.lock().unwrap_or_else(PoisonError::into_inner).left.extend(tags);
    }

    /// The number of partitions of a topic. Waits out an outage of the cluster, for as long as is good for the group: a
    /// record that was begun cannot be put back, for stores have taken it in.
    pub(super) fn partition_count(&self, topic: &str) -> Result<i32> {
        let started = Instant::now();
        loop {
            match self.ask_partition_count(topic) {
                Err(error) if error.kind() == ErrorKind::Retry && started.elapsed() < self.patience => {
                    tracing::warn!(%error, "retrying");
                    std::thread::park_timeout(RETRY_PAUSE);
                    self.poll(Duration::ZERO);
                    self.still_wanted()?;
                }
                answer => return answer,
            }
        }
    }

    fn ask_partition_count(&self, topic: &str) -> Result<i32> {
        let what = format!("look up topic `{topic}`");
        let client = self.native.client().client();
        let metadata = client
            .fetch_metadata(Some(topic), METADATA_TIMEOUT)
            .map_err(|error| client_error(&what, &error))?;
        let found = metadata.topics().iter().find(|found| found.name() == topic);
        let error = found.and_then(|found| found.error()).map(RDKafkaErrorCode::from);
        match (error, found.map_or(0, |found| found.partitions().len())) {
            (Some(code), _) if kind_of(code) != ErrorKind::Data => {
                Err(client_error(&what, &KafkaError::MetadataFetch(code)))
            }
            (None, count @ 1..) => Ok(i32::try_from(count).unwrap_or(i32::MAX)),
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

#[cfg(test)]
#[path = "producer_tests.rs"]
mod tests;
