//! A stream thread: reads, processes, punctuates, commits (feature R6).

mod assignment;
mod backoff;
mod closing;
mod commit;
mod global;
mod offsets;
mod reading;
mod work;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use rdkafka::consumer::BaseConsumer;

use super::app::{App, ThreadState};
use super::client_config::Role;
use super::events::{MemberEvents, TopicPartition};
use super::kafka_error::client_error;
use super::membership::{Assignment, ClassicMembership, Membership};
use super::producer::StreamProducer;
use super::restore::{ActiveTask, StateUpdater};
use super::state_dir::StateDirectory;
use crate::error::{Error, ErrorKind, Result};
use crate::task_id::TaskId;
use backoff::Backoff;
use reading::Input;

/// One stream thread. Its tasks live and die between polls, never inside a callback of the client.
pub(crate) struct StreamThread {
    app: Arc<App>,
    index: usize,
    name: String,
    stop: Arc<AtomicBool>,
    directory: Arc<StateDirectory>,
    inputs: Vec<Input>,
    running: BTreeMap<TaskId, Box<ActiveTask>>,
    /// Taken back, and kept open for the case that they return.
    suspended: BTreeMap<TaskId, Box<ActiveTask>>,
    /// With the state updater.
    restoring: BTreeSet<TaskId>,
    /// Assigned, while another thread of this process still owns their directories.
    unclaimed: BTreeMap<TaskId, Vec<TopicPartition>>,
    /// Given by the group, and not taken yet.
    incoming: Option<Assignment>,
    incoming_backoff: Backoff,
    committed: BTreeMap<TopicPartition, offsets::Committed>,
    global: Option<global::GlobalStores>,
    membership: Box<dyn Membership>,
    producer: Arc<StreamProducer>,
    updater: Option<StateUpdater>,
    joined: bool,
    /// The group has given us our tasks, be it none.
    assigned: bool,
    /// The group's queue has something for us.
    member_ready: Arc<AtomicBool>,
    member_polled: Instant,
    last_commit: Instant,
    commit_backoff: Backoff,
    /// Of what has to do with the group: to join, to take tasks, to open global stores.
    group_backoff: Backoff,
    /// Of tasks that cannot go on.
    failing: BTreeMap<TaskId, Backoff>,
    /// Records that a task may process in one turn.
    turn_records: usize,
    counted_sent: u64,
    consumer: Arc<BaseConsumer<MemberEvents>>,
}

impl StreamThread {
    /// Makes the thread's clients. To be called by the thread itself, which they wake.
    pub(crate) fn new(app: Arc<App>, index: usize, name: String, stop: Arc<AtomicBool>) -> Result<Self> {
        let directory = app.directory();
        let directory =
            directory.ok_or_else(|| Error::new(ErrorKind::Closed, "the application is closed"))?;
        let (client_id, config) = app.settings.client(Role::Main, &name);
        let mut consumer: BaseConsumer<MemberEvents> = config
            .create_with_context(MemberEvents::new(&client_id))
            .map_err(|error| client_error("make a consumer", &error))?;
        let member_ready = Arc::new(AtomicBool::new(true));
        let (ready, this) = (Arc::clone(&member_ready), thread::current());
        consumer.set_nonempty_callback(move || {
            ready.store(true, Ordering::Release);
            this.unpark();
        });
        let consumer = Arc::new(consumer);
        let (client_id, config) = app.settings.producer(&name, directory.process_id(), index)?;
        let producer = StreamProducer::new(
            &config,
            &client_id,
            Arc::clone(&app.handlers),
            Arc::clone(&app.abandoned),
            app.settings.exactly_once,
            app.settings.task_timeout.min(app.settings.max_poll_interval / 2),
        )?;
        let updater = Self::start_updater(&app, index, &name)?;
        let grace = app.settings.missing_topics_grace;
        let membership = ClassicMembership::new(Arc::clone(&consumer), Arc::clone(&app.topics), grace);
        let now = Instant::now();
        Ok(Self {
            app,
            index,
            name,
            stop,
            directory,
            inputs: Vec::new(),
            running: BTreeMap::new(),
            suspended: BTreeMap::new(),
            restoring: BTreeSet::new(),
            unclaimed: BTreeMap::new(),
            incoming: None,
            incoming_backoff: Backoff::default(),
            committed: BTreeMap::new(),
            global: None,
            membership: Box::new(membership),
            producer: Arc::new(producer),
            updater,
            joined: false,
            assigned: false,
            member_ready,
            member_polled: now,
            last_commit: now,
            commit_backoff: Backoff::default(),
            group_backoff: Backoff::default(),
            failing: BTreeMap::new(),
            turn_records: 1,
            counted_sent: 0,
            consumer,
        })
    }

    /// The thread that restores state, if the topology has any.
    fn start_updater(app: &Arc<App>, index: usize, name: &str) -> Result<Option<StateUpdater>> {
        if !app.topology.subtopologies().any(|subtopology| !subtopology.changelog_topics().is_empty()) {
            return Ok(None);
        }
        let (client_id, config) = app.settings.client(Role::Restore, name);
        let updater = format!("{}-StateUpdater-{index}", app.client_id);
        StateUpdater::start(updater, &config, &client_id, Arc::clone(app), thread::current()).map(Some)
    }

    /// Works until the application closes.
    ///
    /// # Errors
    /// What no handler forgave.
    pub(crate) fn run(mut self) -> Result<()> {
        let _span = tracing::info_span!("stream_thread", name = self.name).entered();
        self.app.thread_is(self.index, ThreadState::Starting);
        let result = self.work();
        self.app.thread_is(self.index, ThreadState::PendingShutdown);
        self.close(result.is_ok());
        result
    }

    fn work(&mut self) -> Result<()> {
        while !self.stopping() {
            match self.turn() {
                Ok(()) => {}
                Err(error) if error.kind() == ErrorKind::Fenced => self.lose_tasks(&error)?,
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }

    /// One turn of the loop.
    fn turn(&mut self) -> Result<()> {
        let started = Instant::now();
        if !self.poll_global()? {
            self.wait();
            return Ok(());
        }
        self.poll_group()?;
        self.take_restored()?;
        let read = self.read_inputs()?;
        self.producer.poll(Duration::ZERO);
        self.producer.check()?;
        let processed = self.process()?;
        let punctuated = self.punctuate()?;
        self.count();
        let committed = self.maybe_commit()?;
        self.adapt(started, processed, punctuated || committed);
        if !(read || processed || punctuated || committed) {
            self.wait();
        }
        Ok(())
    }

    /// Waits for a record, a rebalance, a restored task or the next commit.
    fn wait(&self) {
        let mut longest = self.app.settings.poll;
        if self.running.values().any(|active| active.task.commit_needed()) {
            let now = Instant::now();
            let due = self.app.settings.commit_interval.saturating_sub(self.last_commit.elapsed());
            longest = longest.min(due.max(self.commit_backoff.remaining(now)));
        }
        if self.running.values().any(|active| active.task.buffered() > 0) {
            // A task waits for another partition (`max.task.idle.ms`), which ends by the clock.
            longest = longest.min(Duration::from_millis(10));
        }
        thread::park_timeout(longest);
    }

    fn stopping(&self) -> bool {
        self.stop.load(Ordering::Acquire)
    }
}

impl std::fmt::Debug for StreamThread {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("StreamThread").field("name", &self.name).finish_non_exhaustive()
    }
}
