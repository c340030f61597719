//! The group coordinator at work: one lock, one journal partition and one state machine a shard.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use kafka_protocol::ResponseError;
use tokio::sync::{Notify, oneshot};
use tracing::{error, warn};
use uuid::Uuid;

use super::journal::{Entry, Journal, JournalError, partition_of};
use crate::broker::Broker;
use crate::clock::now_ms;
use crate::coordinator::GroupConfig;
use crate::coordinator::outcome::{Cx, Outcome, Reply, ReplyId};
use crate::coordinator::records::GroupRecord;
use crate::coordinator::shard::GroupShard;
use crate::coordinator::state::GroupState;
use crate::coordinator::topics::TopicView;
use crate::topics::Topics;

/// How long the timer task sleeps at most when no deadline is near.
const LONGEST_SLEEP: Duration = Duration::from_secs(60);

/// The groups of this broker.
#[derive(Debug)]
pub(crate) struct GroupCoordinator {
    journal: Journal,
    config: GroupConfig,
    shards: Vec<Mutex<Shard>>,
    /// Rung when a deadline may have come nearer.
    deadlines: Notify,
}

#[derive(Debug)]
struct Shard {
    partition: i32,
    machine: GroupShard,
    waiting: HashMap<ReplyId, oneshot::Sender<Reply>>,
    next_reply: u64,
    /// The journal refused a write: memory and log may differ until the log has been replayed.
    stale: bool,
}

impl GroupCoordinator {
    /// Replays the journal.
    ///
    /// # Errors
    /// If the log cannot be read, or holds what is not a record of a coordinator.
    pub(crate) fn load(journal: Journal, config: GroupConfig, topics: &Topics) -> Result<Self, JournalError> {
        let mut shards = Vec::new();
        for partition in 0..journal.partition_count(topics) {
            let mut shard = Shard::new(partition, &config);
            shard.load(&journal, &config, topics)?;
            shards.push(Mutex::new(shard));
        }
        Ok(Self { journal, config, shards, deadlines: Notify::new() })
    }

    fn lock(&self, partition: i32) -> Option<MutexGuard<'_, Shard>> {
        let shard = self.shards.get(usize::try_from(partition).ok()?)?;
        Some(shard.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// The shard of a group, with its memory equal to its log.
    fn shard(&self, topics: &Topics, group: &str) -> Result<MutexGuard<'_, Shard>, ResponseError> {
        let count = i32::try_from(self.shards.len()).unwrap_or(i32::MAX);
        let mut shard = self.lock(partition_of(group, count)).ok_or(ResponseError::NotCoordinator)?;
        if shard.stale {
            shard.load(&self.journal, &self.config, topics).map_err(|error| {
                error!(topic = self.journal.topic(), partition = shard.partition, %error, "cannot load groups");
                ResponseError::CoordinatorNotAvailable
            })?;
        }
        Ok(shard)
    }

    /// Runs a request on the shard of `group`.
    pub(crate) fn request<R>(
        &self,
        broker: &Broker,
        group: &str,
        handler: impl FnOnce(&mut GroupState, &mut Cx<'_>, &dyn TopicView) -> R,
    ) -> Result<R, ResponseError> {
        self.request_in(broker, group, None, handler)
    }

    /// Runs a request whose records are part of a transaction (producer id and epoch).
    pub(crate) fn request_in<R>(
        &self,
        broker: &Broker,
        group: &str,
        transaction: Option<(i64, i16)>,
        handler: impl FnOnce(&mut GroupState, &mut Cx<'_>, &dyn TopicView) -> R,
    ) -> Result<R, ResponseError> {
        let mut shard = self.shard(&broker.topics, group)?;
        let (out, result) = shard.machine.run(now_ms(), |state, cx| handler(state, cx, &broker.topics));
        shard.apply(&self.journal, &broker.topics, transaction, out)?;
        self.deadlines.notify_one();
        Ok(result)
    }

    /// Runs a request whose answer may have to wait for others.
    pub(crate) async fn request_waiting(
        &self,
        broker: &Broker,
        group: &str,
        handler: impl FnOnce(&mut GroupState, &mut Cx<'_>, ReplyId),
    ) -> Result<Reply, ResponseError> {
        let answer = {
            let mut shard = self.shard(&broker.topics, group)?;
            let (id, answer) = shard.wait();
            let (out, ()) = shard.machine.run(now_ms(), |state, cx| handler(state, cx, id));
            shard.apply(&self.journal, &broker.topics, None, out)?;
            answer
        };
        self.deadlines.notify_one();
        let mut stop = broker.stop_signal();
        tokio::select! {
            answer = answer => answer.map_err(|_| ResponseError::CoordinatorNotAvailable),
            () = stop.stopped() => Err(ResponseError::CoordinatorNotAvailable),
        }
    }

    /// Looks at every shard.
    pub(crate) fn for_each(&self, mut look: impl FnMut(&GroupState)) {
        for shard in &self.shards {
            look(shard.lock().unwrap_or_else(PoisonError::into_inner).machine.state());
        }
    }

    /// Writes a transaction's marker into a journal partition, and applies it.
    pub(crate) fn write_marker(
        &self,
        broker: &Broker,
        partition: i32,
        marker: &bytes::Bytes,
        producer: i64,
        commit: bool,
    ) -> Result<(), ResponseError> {
        let mut shard = self.lock(partition).ok_or(ResponseError::NotCoordinator)?;
        self.journal.append_marker(&broker.topics, partition, marker).map_err(|error| {
            warn!(topic = self.journal.topic(), partition, %error, "marker not written");
            ResponseError::CoordinatorNotAvailable
        })?;
        shard.machine.replay_marker(producer, commit);
        Ok(())
    }

    /// The journal partition of a group, for a transaction that writes to it.
    pub(crate) fn partition_of(&self, group: &str) -> i32 {
        partition_of(group, i32::try_from(self.shards.len()).unwrap_or(i32::MAX))
    }

    /// A topic has been deleted: its offsets go too.
    pub(crate) fn topic_deleted(&self, broker: &Broker, topic: &str) {
        for shard in &self.shards {
            let mut shard = shard.lock().unwrap_or_else(PoisonError::into_inner);
            let (out, ()) = shard.machine.run(now_ms(), |state, cx| state.forget_topic_offsets(cx, topic));
            // A failure is logged where it happens; the offsets expire in time.
            let _ = shard.apply(&self.journal, &broker.topics, None, out);
        }
    }

    /// Handles deadlines until the broker stops.
    pub(crate) async fn run_timers(&self, broker: &Broker) {
        let mut stop = broker.stop_signal();
        loop {
            let next = self.tick(broker);
            let pause = next.map_or(LONGEST_SLEEP, |at| {
                Duration::from_millis(u64::try_from(at - now_ms()).unwrap_or(0)).min(LONGEST_SLEEP)
            });
            tokio::select! {
                () = tokio::time::sleep(pause) => {}
                () = self.deadlines.notified() => {}
                () = stop.stopped() => return,
            }
        }
    }

    /// Handles what is due and tells when the next deadline comes.
    fn tick(&self, broker: &Broker) -> Option<i64> {
        let mut next: Option<i64> = None;
        for shard in &self.shards {
            let mut shard = shard.lock().unwrap_or_else(PoisonError::into_inner);
            while let Some(out) = shard.machine.tick(now_ms()) {
                if shard.apply(&self.journal, &broker.topics, None, out).is_err() {
                    break;
                }
            }
            let at = shard.machine.next_deadline();
            next = next.into_iter().chain(at).min();
        }
        next
    }
}

impl Shard {
    fn new(partition: i32, config: &GroupConfig) -> Self {
        let machine = GroupShard::new(config.clone(), Box::new(Uuid::new_v4));
        Self { partition, machine, waiting: HashMap::new(), next_reply: 0, stale: false }
    }

    fn load(&mut self, journal: &Journal, config: &GroupConfig, topics: &Topics) -> Result<(), JournalError> {
        let mut machine = GroupShard::new(config.clone(), Box::new(Uuid::new_v4));
        journal.replay(topics, self.partition, |entry| {
            match entry {
                Entry::Record { offset, producer, key, value } => {
                    if let Some(record) = GroupRecord::decode(key, value)? {
                        machine.replay(offset, producer, record);
                    }
                }
                Entry::Marker { producer, commit } => machine.replay_marker(producer, commit),
            }
            Ok(())
        })?;
        let out = machine.loaded(now_ms());
        self.machine = machine;
        self.waiting.clear();
        self.stale = false;
        // Loading only sets deadlines; should it ever write, the next request finds it in the state.
        debug_assert!(out.records.is_empty() && out.replies.is_empty());
        Ok(())
    }

    fn wait(&mut self) -> (ReplyId, oneshot::Receiver<Reply>) {
        self.next_reply += 1;
        let id = ReplyId(self.next_reply);
        let (sender, receiver) = oneshot::channel();
        self.waiting.insert(id, sender);
        (id, receiver)
    }

    /// Writes the records, replays them and gives the answers.
    fn apply(
        &mut self,
        journal: &Journal,
        topics: &Topics,
        transaction: Option<(i64, i16)>,
        out: Outcome,
    ) -> Result<(), ResponseError> {
        if !out.records.is_empty() {
            let encoded: Vec<_> = out.records.iter().map(GroupRecord::encode).collect();
            match journal.append(topics, self.partition, transaction, &encoded) {
                Ok(base) => {
                    for (offset, record) in (base..).zip(out.records) {
                        self.machine.replay(offset, transaction.map(|(id, _)| id), record);
                    }
                }
                // The producer was fenced: nothing was written, and nothing is wrong with the log.
                Err(error) if error.is_fenced() => return Err(ResponseError::InvalidProducerEpoch),
                Err(error) => {
                    warn!(topic = journal.topic(), partition = self.partition, %error, "group state not written");
                    self.stale = true;
                    // Whoever waits is told to find the coordinator again.
                    self.waiting.clear();
                    return Err(ResponseError::CoordinatorNotAvailable);
                }
            }
        }
        for (id, reply) in out.replies {
            if let Some(sender) = self.waiting.remove(&id) {
                // The client may have gone meanwhile.
                let _ = sender.send(reply);
            }
        }
        Ok(())
    }
}
