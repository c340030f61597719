//! The transaction coordinator at work: one lock and one state machine a partition of `__transaction_state`.
//!
//! The markers of a transaction are written while its shard is locked, before EndTxn is answered; so whoever is
//! answered finds the transaction complete, and 51 is only met while another request is at it or the disk fails.
//! Locks are taken in one order: a shard of transactions, then a shard of groups, then a partition's log.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use kafka_protocol::ResponseError;
use tracing::{error, warn};

use super::groups::GroupCoordinator;
use super::journal::{Entry, Journal, JournalError, partition_of};
use crate::broker::Broker;
use crate::clock::now_ms;
use crate::coordinator::OFFSETS_TOPIC;
use crate::coordinator::records::{TransactionLogRecord, TransactionLogValue};
use crate::coordinator::txn::{Ended, InitProducer, Initialized, Producer, Status, TxnState, complete};
use crate::log::{ControlType, control_marker};
use crate::topics::Topics;

/// Markers carry the epoch of their coordinator, which is the only one there is.
pub(super) const COORDINATOR_EPOCH: i32 = 0;

/// The transactional ids of this broker.
#[derive(Debug)]
pub(crate) struct TransactionCoordinator {
    journal: Journal,
    shards: Vec<Mutex<TxnShard>>,
}

#[derive(Debug)]
struct TxnShard {
    partition: i32,
    state: TxnState,
    /// The journal refused a write: memory and log may differ until the log has been replayed.
    stale: bool,
}

/// A locked shard with what its requests need.
struct Session<'a> {
    shard: MutexGuard<'a, TxnShard>,
    journal: &'a Journal,
    broker: &'a Broker,
}

impl TransactionCoordinator {
    /// Replays the journal.
    ///
    /// # Errors
    /// If the log cannot be read, or holds what is not a record of a coordinator.
    pub(crate) fn load(journal: Journal, topics: &Topics) -> Result<Self, JournalError> {
        let mut shards = Vec::new();
        for partition in 0..journal.partition_count(topics) {
            let mut shard = TxnShard { partition, state: TxnState::default(), stale: false };
            shard.load(&journal, topics)?;
            shards.push(Mutex::new(shard));
        }
        Ok(Self { journal, shards })
    }

    fn session<'a>(&'a self, broker: &'a Broker, id: &str) -> Result<Session<'a>, ResponseError> {
        let count = i32::try_from(self.shards.len()).unwrap_or(i32::MAX);
        let index = usize::try_from(partition_of(id, count)).unwrap_or(0);
        let shard = self.shards.get(index).ok_or(ResponseError::NotCoordinator)?;
        self.fresh(broker, shard)
    }

    /// A shard with its memory equal to its log.
    fn fresh<'a>(
        &'a self,
        broker: &'a Broker,
        shard: &'a Mutex<TxnShard>,
    ) -> Result<Session<'a>, ResponseError> {
        let mut shard = shard.lock().unwrap_or_else(PoisonError::into_inner);
        if shard.stale {
            shard.load(&self.journal, &broker.topics).map_err(|error| {
                error!(topic = self.journal.topic(), partition = shard.partition, %error, "cannot load transactions");
                ResponseError::CoordinatorNotAvailable
            })?;
        }
        Ok(Session { shard, journal: &self.journal, broker })
    }

    /// InitProducerId: the producer id and epoch.
    pub(crate) fn init_producer(
        &self,
        broker: &Broker,
        request: InitProducer<'_>,
    ) -> Result<(i64, i16), ResponseError> {
        let mut session = self.session(broker, request.id)?;
        match session.shard.state.init_producer(now_ms(), request, || new_producer_id(broker))? {
            Initialized::Repeated(value) => Ok((value.producer_id, value.producer_epoch)),
            Initialized::Next(value) => {
                let answer = (value.producer_id, value.producer_epoch);
                session.write(request.id, Some(value))?;
                Ok(answer)
            }
            Initialized::Abort(value) => {
                session.write(request.id, Some(value))?;
                session.finish(request.id)?;
                // The producer comes again and then finds the way free.
                Err(ResponseError::ConcurrentTransactions)
            }
        }
    }

    /// Adds partitions to the producer's transaction.
    pub(crate) fn add_partitions(
        &self,
        broker: &Broker,
        producer: Producer<'_>,
        partitions: &[(String, i32)],
        version: i16,
    ) -> Result<(), ResponseError> {
        let mut session = self.session(broker, producer.id)?;
        match session.shard.state.add_partitions(now_ms(), producer, partitions, version)? {
            None => Ok(()),
            Some(value) => session.write(producer.id, Some(value)),
        }
    }

    /// Checks that a partition is part of the producer's open transaction.
    pub(crate) fn verify_partition(
        &self,
        broker: &Broker,
        producer: Producer<'_>,
        topic: &str,
        partition: i32,
    ) -> Result<(), ResponseError> {
        self.while_included(broker, producer, topic, partition, || ())
    }

    /// Runs `then` if a partition is part of the producer's open transaction, which cannot end meanwhile: what is
    /// written then is followed by its marker.
    pub(crate) fn while_included<R>(
        &self,
        broker: &Broker,
        producer: Producer<'_>,
        topic: &str,
        partition: i32,
        then: impl FnOnce() -> R,
    ) -> Result<R, ResponseError> {
        let session = self.session(broker, producer.id)?;
        session.shard.state.verify_partition(producer, topic, partition)?;
        Ok(then())
    }

    /// EndTxn: the producer id and epoch from now on.
    pub(crate) fn end(
        &self,
        broker: &Broker,
        producer: Producer<'_>,
        commit: bool,
        version: i16,
    ) -> Result<(i64, i16), ResponseError> {
        let mut session = self.session(broker, producer.id)?;
        let new_id = || new_producer_id(broker);
        match session.shard.state.end(now_ms(), producer, commit, version, new_id)? {
            Ended::Repeated(id, epoch) => Ok((id, epoch)),
            Ended::Prepare(value) => {
                let mut answer = (value.producer_id, value.producer_epoch);
                if value.next_producer_id >= 0 {
                    answer = (value.next_producer_id, 0);
                }
                session.write(producer.id, Some(value))?;
                // The end is decided; what fails now is tried again by the timer.
                if let Err(error) = session.finish(producer.id) {
                    warn!(transactional_id = producer.id, %error, "markers not written yet");
                }
                Ok(answer)
            }
        }
    }

    /// Looks at the shard of a transactional id.
    pub(crate) fn look<R>(
        &self,
        broker: &Broker,
        id: &str,
        look: impl FnOnce(&TxnState) -> R,
    ) -> Result<R, ResponseError> {
        Ok(look(&self.session(broker, id)?.shard.state))
    }

    /// Looks at every shard.
    pub(crate) fn for_each(&self, mut look: impl FnMut(&TxnState)) {
        for shard in &self.shards {
            look(&shard.lock().unwrap_or_else(PoisonError::into_inner).state);
        }
    }

    /// Finishes prepared transactions, aborts those over their time, forgets unused ids; until the broker stops.
    pub(crate) async fn run_timers(&self, broker: &Broker) {
        let key = "transaction.abort.timed.out.transaction.cleanup.interval.ms";
        let interval = u64::try_from(broker.settings.number(key)).unwrap_or(10_000).max(1);
        let mut stop = broker.stop_signal();
        loop {
            tokio::select! {
                () = tokio::time::sleep(Duration::from_millis(interval)) => self.tick(broker),
                () = stop.stopped() => return,
            }
        }
    }

    /// What must be done now: also at start, for transactions that were prepared before.
    pub(crate) fn tick(&self, broker: &Broker) {
        self.tick_at(broker, now_ms());
    }

    fn tick_at(&self, broker: &Broker, now: i64) {
        let expiration = broker.settings.number("transactional.id.expiration.ms");
        for shard in &self.shards {
            // What cannot be read now is logged, and its turn comes again.
            if let Ok(mut session) = self.fresh(broker, shard) {
                session.tick(now, expiration);
            }
        }
    }
}

fn new_producer_id(broker: &Broker) -> Result<i64, ResponseError> {
    broker.identity.next_producer_id().map_err(|error| {
        error!(%error, "cannot reserve producer ids");
        ResponseError::CoordinatorNotAvailable
    })
}

impl TxnShard {
    fn load(&mut self, journal: &Journal, topics: &Topics) -> Result<(), JournalError> {
        let mut state = TxnState::default();
        journal.replay(topics, self.partition, |entry| {
            if let Entry::Record { key, value, .. } = entry
                && let Some(record) = TransactionLogRecord::decode(key, value)?
            {
                state.replay(record);
            }
            Ok(())
        })?;
        self.state = state;
        self.stale = false;
        Ok(())
    }
}

impl Session<'_> {
    /// Writes a value and replays it.
    fn write(&mut self, id: &str, value: Option<TransactionLogValue>) -> Result<(), ResponseError> {
        let record = TransactionLogRecord { transactional_id: id.to_owned(), value };
        match self.journal.append(&self.broker.topics, self.shard.partition, None, &[record.encode()]) {
            Ok(_) => {
                self.shard.state.replay(record);
                Ok(())
            }
            Err(error) => {
                warn!(topic = self.journal.topic(), %error, "transaction state not written");
                self.shard.stale = true;
                Err(ResponseError::CoordinatorNotAvailable)
            }
        }
    }

    /// Writes the markers of a prepared transaction, and that it is complete.
    fn finish(&mut self, id: &str) -> Result<(), ResponseError> {
        let Some(value) = self.shard.state.get(id).filter(|v| v.state().is_prepared()).cloned() else {
            return Ok(());
        };
        let commit = value.state() == Status::PrepareCommit;
        for topic in value.partitions.iter().flatten() {
            for partition in &topic.partitions {
                write_marker(self.broker, &topic.topic, *partition, &value, commit)?;
            }
        }
        self.write(id, Some(complete(&value, now_ms())))
    }

    /// Does what is due. What fails for one id is logged and tried again next time; the others' turn comes
    /// all the same, unless the journal itself cannot be written.
    fn tick(&mut self, now: i64, expiration_ms: i64) {
        for id in self.shard.state.prepared() {
            if self.shard.stale {
                return;
            }
            let finished = self.finish(&id);
            self.report(&id, finished);
        }
        for (id, value) in self.shard.state.timed_out(now) {
            if self.shard.stale {
                return;
            }
            warn!(
                transactional_id = id,
                timeout_ms = value.timeout_ms,
                "transaction aborted: over its time-out"
            );
            let finished = self.write(&id, Some(value)).and_then(|()| self.finish(&id));
            self.report(&id, finished);
        }
        for id in self.shard.state.expired(now, expiration_ms) {
            if self.shard.stale {
                return;
            }
            let written = self.write(&id, None);
            self.report(&id, written);
        }
    }

    fn report(&self, id: &str, outcome: Result<(), ResponseError>) {
        if let Err(error) = outcome {
            warn!(
                transactional_id = id,
                partition = self.shard.partition,
                %error,
                "the transaction could not be ended"
            );
        }
    }
}

fn write_marker(
    broker: &Broker,
    topic: &str,
    partition: i32,
    value: &TransactionLogValue,
    commit: bool,
) -> Result<(), ResponseError> {
    let control = if commit { ControlType::Commit } else { ControlType::Abort };
    let marker =
        control_marker(control, value.producer_id, value.producer_epoch, COORDINATOR_EPOCH, now_ms());
    if topic == OFFSETS_TOPIC {
        let groups: &GroupCoordinator = broker.coordinators.groups()?;
        return groups.write_marker(broker, partition, &marker, value.producer_id, commit);
    }
    // A topic that was deleted meanwhile needs no marker.
    let Some(found) = broker.topics.partition(topic, partition) else { return Ok(()) };
    match found.append_own(&marker) {
        Ok(_) => Ok(()),
        Err(_) if found.is_deleted() => Ok(()),
        Err(error) => {
            warn!(topic, partition, ?error, "marker not written");
            Err(ResponseError::CoordinatorNotAvailable)
        }
    }
}

#[cfg(test)]
mod tests;
