//! The group coordinator at work: one lock, one journal partition and one state machine a shard.

use std::collections::HashMap;
use std::ops::{Deref, DerefMut};
use std::sync::atomic::{AtomicI64, Ordering};
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

/// After what time the timer task tries again to load a shard that cannot be read.
const RELOAD_PAUSE_MS: i64 = 1_000;

/// The groups of this broker.
#[derive(Debug)]
pub(crate) struct GroupCoordinator {
    journal: Journal,
    config: GroupConfig,
    shards: Vec<Slot>,
    /// Rung when a deadline has come nearer.
    deadlines: Notify,
}

/// A shard, and when the timer task has something to do there: so it need not lock those where nothing is due.
#[derive(Debug)]
struct Slot {
    due: AtomicI64,
    shard: Mutex<Shard>,
}

/// A locked shard.
struct Locked<'a> {
    slot: &'a Slot,
    shard: MutexGuard<'a, Shard>,
    deadlines: &'a Notify,
}

impl Deref for Locked<'_> {
    type Target = Shard;
    fn deref(&self) -> &Shard {
        &self.shard
    }
}

impl DerefMut for Locked<'_> {
    fn deref_mut(&mut self) -> &mut Shard {
        &mut self.shard
    }
}

impl Drop for Locked<'_> {
    fn drop(&mut self) {
        let due = self.shard.due();
        if due < self.slot.due.swap(due, Ordering::Relaxed) {
            self.deadlines.notify_one();
        }
    }
}

#[derive(Debug)]
struct Shard {
    partition: i32,
    machine: GroupShard,
    waiting: HashMap<ReplyId, oneshot::Sender<Reply>>,
    next_reply: u64,
    /// The journal refused a write: memory and log may differ until the log has been replayed.
    stale: bool,
    /// When the timer task tries that next.
    reload_at: i64,
}

impl GroupCoordinator {
    /// Replays the journal.
    ///
    /// # Errors
    /// If the log cannot be read, or holds what is not a record of a coordinator.
    pub(crate) fn load(journal: Journal, config: GroupConfig, broker: &Broker) -> Result<Self, JournalError> {
        let mut shards = Vec::new();
        for partition in 0..journal.partition_count(&broker.topics) {
            let mut shard = Shard::new(partition, &config);
            shard.load(&journal, &config, broker)?;
            shards.push(Slot { due: AtomicI64::new(shard.due()), shard: Mutex::new(shard) });
        }
        Ok(Self { journal, config, shards, deadlines: Notify::new() })
    }

    fn lock<'a>(&'a self, slot: &'a Slot) -> Locked<'a> {
        let shard = slot.shard.lock().unwrap_or_else(PoisonError::into_inner);
        Locked { slot, shard, deadlines: &self.deadlines }
    }

    /// A shard with its memory equal to its log.
    fn fresh<'a>(&'a self, broker: &Broker, slot: &'a Slot) -> Result<Locked<'a>, ResponseError> {
        let mut shard = self.lock(slot);
        if shard.stale {
            shard.load(&self.journal, &self.config, broker).map_err(|error| {
                error!(topic = self.journal.topic(), partition = shard.partition, %error, "cannot load groups");
                shard.reload_at = now_ms() + RELOAD_PAUSE_MS;
                ResponseError::CoordinatorNotAvailable
            })?;
        }
        Ok(shard)
    }

    /// The shard of a group, with all behind it that is due: a request does not meet what is over.
    fn shard(&self, broker: &Broker, group: &str) -> Result<Locked<'_>, ResponseError> {
        let index = usize::try_from(self.partition_of(group)).unwrap_or(0);
        let mut shard = self.fresh(broker, self.shards.get(index).ok_or(ResponseError::NotCoordinator)?)?;
        self.expire(broker, &mut shard, now_ms())?;
        Ok(shard)
    }

    /// Handles what is due in a shard.
    fn expire(&self, broker: &Broker, shard: &mut Shard, now: i64) -> Result<(), ResponseError> {
        while let Some(out) = shard.machine.tick(now) {
            shard.apply(&self.journal, &broker.topics, None, out)?;
        }
        Ok(())
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
        let mut shard = self.shard(broker, group)?;
        let (out, result) = shard.machine.run(now_ms(), |state, cx| handler(state, cx, &broker.topics));
        shard.apply(&self.journal, &broker.topics, transaction, out)?;
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
            let mut shard = self.shard(broker, group)?;
            let (id, answer) = shard.wait();
            let (out, ()) = shard.machine.run(now_ms(), |state, cx| handler(state, cx, id));
            shard.apply(&self.journal, &broker.topics, None, out)?;
            answer
        };
        let mut stop = broker.stop_signal();
        tokio::select! {
            answer = answer => answer.map_err(|_| ResponseError::CoordinatorNotAvailable),
            () = stop.stopped() => Err(ResponseError::CoordinatorNotAvailable),
        }
    }

    /// Looks at every shard.
    pub(crate) fn for_each(&self, mut look: impl FnMut(&GroupState)) {
        for slot in &self.shards {
            look(self.lock(slot).machine.state());
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
        let slot = usize::try_from(partition).ok().and_then(|index| self.shards.get(index));
        let mut shard = self.lock(slot.ok_or(ResponseError::NotCoordinator)?);
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
        for slot in &self.shards {
            // What cannot be read is logged; the offsets have the id of a topic that is gone.
            let Ok(mut shard) = self.fresh(broker, slot) else { continue };
            let (out, ()) = shard.machine.run(now_ms(), |state, cx| state.forget_topic_offsets(cx, topic));
            // A failure is logged where it happens.
            let _ = shard.apply(&self.journal, &broker.topics, None, out);
        }
    }

    /// Handles deadlines until the broker stops.
    pub(crate) async fn run_timers(&self, broker: &Broker) {
        let mut stop = broker.stop_signal();
        loop {
            let next = self.tick(broker, now_ms());
            let pause = u64::try_from(next.saturating_sub(now_ms())).unwrap_or(0);
            let pause = Duration::from_millis(pause).min(LONGEST_SLEEP);
            tokio::select! {
                () = tokio::time::sleep(pause) => {}
                () = self.deadlines.notified() => {}
                () = stop.stopped() => return,
            }
        }
    }

    /// Handles what is due and tells when the next deadline comes.
    fn tick(&self, broker: &Broker, now: i64) -> i64 {
        for slot in self.shards.iter().filter(|slot| slot.due.load(Ordering::Relaxed) <= now) {
            // What cannot be read or written now is logged, and its turn comes again.
            let _ = self.fresh(broker, slot).and_then(|mut shard| self.expire(broker, &mut shard, now));
        }
        self.shards.iter().map(|slot| slot.due.load(Ordering::Relaxed)).min().unwrap_or(i64::MAX)
    }
}

impl Shard {
    fn new(partition: i32, config: &GroupConfig) -> Self {
        let machine = GroupShard::new(config.clone(), Box::new(Uuid::new_v4));
        Self { partition, machine, waiting: HashMap::new(), next_reply: 0, stale: false, reload_at: 0 }
    }

    /// When the timer task has something to do here.
    fn due(&self) -> i64 {
        if self.stale { self.reload_at } else { self.machine.next_deadline().unwrap_or(i64::MAX) }
    }

    fn load(&mut self, journal: &Journal, config: &GroupConfig, broker: &Broker) -> Result<(), JournalError> {
        let mut machine = GroupShard::new(config.clone(), Box::new(Uuid::new_v4));
        journal.replay(&broker.topics, self.partition, |entry| {
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
        let settings = broker.settings.now();
        let number = |group: &str, key: &str| broker.group_configs.number(group, key, &settings);
        let out = machine.loaded(now_ms(), &number);
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
                    (self.stale, self.reload_at) = (true, 0);
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

#[cfg(test)]
mod tests {
    use std::pin::pin;
    use std::sync::Arc;
    use std::task::{Context, Waker};

    use super::*;
    use crate::config::{DataDir, Settings};
    use crate::coordinator::outcome::GroupTimer;
    use crate::coordinator::records::OffsetValue;

    /// A broker whose own tasks do not run.
    fn broker() -> (tokio::runtime::Runtime, Arc<Broker>) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let settings = Settings { data_dir: DataDir::Temporary, ..Settings::default() };
        let broker = Broker::open(settings, ("127.0.0.1".into(), 9092), runtime.handle()).expect("it starts");
        (runtime, broker)
    }

    fn offset(cx: &mut Cx<'_>) {
        let value = OffsetValue { offset: 3, ..OffsetValue::default() };
        let (group, topic) = ("g".to_owned(), "t".to_owned());
        cx.record(GroupRecord::Offset { group, topic, partition: 0, value: Some(value) });
    }

    #[test]
    fn a_shard_that_differs_from_its_log_is_loaded_before_its_timers_run() {
        let (_runtime, broker) = broker();
        let groups = broker.coordinators.groups().unwrap();
        groups.request(&broker, "g", |_, cx, _| offset(cx)).unwrap();
        let slot = &groups.shards[usize::try_from(groups.partition_of("g")).unwrap()];
        {
            let mut shard = groups.lock(slot);
            shard.machine = GroupShard::new(groups.config.clone(), Box::new(Uuid::new_v4));
            shard.stale = true;
        }
        groups.tick(&broker, now_ms());
        let shard = groups.lock(slot);
        assert_eq!((shard.stale, shard.machine.state().groups.len()), (false, 1));
    }

    #[test]
    fn a_request_does_not_meet_what_is_over() {
        let (_runtime, broker) = broker();
        let groups = broker.coordinators.groups().unwrap();
        let timer = GroupTimer::session("g", "m");
        groups.request(&broker, "g", |_, cx, _| cx.timers.set(timer.clone(), now_ms() - 1)).unwrap();
        assert!(!groups.request(&broker, "g", |_, cx, _| cx.timers.is_set(&timer)).unwrap());
    }

    #[test]
    fn the_timer_task_is_woken_only_by_a_nearer_deadline() {
        let (_runtime, broker) = broker();
        let groups = broker.coordinators.groups().unwrap();
        let rung = || {
            let waits = pin!(groups.deadlines.notified());
            waits.poll(&mut Context::from_waker(Waker::noop())).is_ready()
        };
        groups.request(&broker, "g", |_, cx, _| offset(cx)).unwrap();
        assert!(!rung());
        let timer = GroupTimer::session("g", "m");
        let set = |at| groups.request(&broker, "g", |_, cx, _| cx.timers.set(timer.clone(), at)).unwrap();
        set(now_ms() + 10);
        assert!(rung());
        set(now_ms() + 20);
        assert!(!rung());
    }
}
