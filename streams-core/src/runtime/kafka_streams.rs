//! `KafkaStreams`: an application on a Kafka cluster.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use super::admin::Admin;
use super::app::{App, AppParts, ThreadState};
use super::client_config::Role;
use super::metrics::StreamsMetrics;
use super::restore::{NoRestoreListener, StateRestoreListener};
use super::settings::RuntimeSettings;
use super::state::{State, StateChanges};
use super::state_dir::StateDirectory;
use super::thread::StreamThread;
use super::topics::TopicManager;
use super::uncaught::{StreamThreadExceptionResponse, UncaughtExceptionHandler};
use crate::config::StreamsConfig;
use crate::error::{Error, ErrorKind, Result};
use crate::topology::{BuiltTopology, Topology};

/// An instance of an application: runs a topology on a Kafka cluster, with as many threads as `num.stream.threads` says.
///
/// Start as many instances as you like, in one process or on many machines: those with the same `application.id` share
/// the partitions of the input topics, and take over from each other.
///
/// ```no_run
/// use std::time::Duration;
/// use streams_core::{KafkaStreams, StreamsConfig, Topology};
///
/// # fn topology() -> Topology { Topology::new() }
/// let config = StreamsConfig::builder()
///     .application_id("word-count")
///     .set("bootstrap.servers", "localhost:9092")
///     .build()?;
/// let streams = KafkaStreams::new(&topology(), config)?;
/// streams.start()?;
/// // …
/// assert!(streams.close(Duration::from_secs(30)), "not closed in time");
/// # Ok::<(), streams_core::Error>(())
/// ```
#[derive(Debug)]
pub struct KafkaStreams {
    app: Arc<App>,
}

impl KafkaStreams {
    /// Makes an instance; nothing runs before [`KafkaStreams::start`]. Locks the state directory.
    ///
    /// # Errors
    /// The topology is impossible, a setting is missing or wrong, or the state directory cannot be used.
    pub fn new(topology: &Topology, config: StreamsConfig) -> Result<Self> {
        let built = topology.build(&config)?;
        Self::from_built(built, config)
    }

    /// As [`KafkaStreams::new`], of a topology that is built with the same configuration.
    ///
    /// # Errors
    /// As [`KafkaStreams::new`].
    pub fn from_built(topology: Arc<BuiltTopology>, config: StreamsConfig) -> Result<Self> {
        if topology.subtopologies().next().is_none() && topology.global_plan().is_none() {
            return Err(Error::topology("the topology is empty: nothing would be read; add a source"));
        }
        let settings = RuntimeSettings::new(&config)?;
        let directory = StateDirectory::open(&settings.state_dir, &settings.application_id)?;
        let client_id = settings
            .client_id
            .clone()
            .unwrap_or_else(|| format!("{}-{}", settings.application_id, directory.process_id()));
        let (admin_id, admin_config) = settings.client(Role::Admin, &client_id);
        let admin = Admin::new(&admin_config, &admin_id)?;
        let topics = Arc::new(TopicManager::new(admin, Arc::clone(&topology), settings.replication_factor));
        let app = App::new(AppParts {
            settings,
            topology,
            topics,
            client_id,
            handlers: Arc::new(config.error_handlers()),
            uncaught: Arc::new(|_: &Error| StreamThreadExceptionResponse::ShutdownClient),
            restore_listener: Arc::new(NoRestoreListener),
            directory: Arc::new(directory),
        });
        Ok(Self { app: Arc::new(app) })
    }

    /// Sets who decides what happens when a thread dies. Without effect once the instance is started.
    #[must_use]
    pub fn with_uncaught_exception_handler(mut self, handler: impl UncaughtExceptionHandler) -> Self {
        if let Some(app) = Arc::get_mut(&mut self.app) {
            app.uncaught = Arc::new(handler);
        }
        self
    }

    /// Sets who is told how restores go. Without effect once the instance is started.
    #[must_use]
    pub fn with_state_restore_listener(mut self, listener: impl StateRestoreListener) -> Self {
        if let Some(app) = Arc::get_mut(&mut self.app) {
            app.restore_listener = Arc::new(listener);
        }
        self
    }

    /// Starts the threads and returns. They wait for a cluster that is not there.
    ///
    /// # Errors
    /// The instance was started or closed before, or the system has no more threads.
    pub fn start(&self) -> Result<()> {
        if !self.app.state.start() {
            let state = self.app.state.get();
            let message = format!("an application can be started once; this one is {state}");
            return Err(Error::new(ErrorKind::Closed, message));
        }
        let threads: Vec<_> = (0..self.app.settings.threads).map(|_| self.app.register_thread()).collect();
        threads.into_iter().try_for_each(|(index, name, stop)| spawn(&self.app, index, name, stop))
    }

    /// Commits, closes all tasks, leaves the group, and returns whether all that was done within `timeout`. Later calls
    /// wait for the same end.
    ///
    /// At the end of the time threads stop waiting for the cluster: nothing is lost, but what was not committed is
    /// processed again at the next start.
    pub fn close(&self, timeout: Duration) -> bool {
        let started = Instant::now();
        self.app.state.enter(State::PendingShutdown);
        self.app.stop_threads();
        let closed = self.app.state.wait_for(State::has_completed_shutdown, timeout);
        if !closed {
            self.app.abandoned.store(true, Ordering::Release);
            tracing::warn!(?timeout, "not closed in time; threads stop waiting for the cluster");
        }
        tracing::debug!(closed, took = ?started.elapsed(), "close");
        closed
    }

    /// The current state.
    pub fn state(&self) -> State {
        self.app.state.get()
    }

    /// The changes of state from now on, as a [`futures::Stream`] that ends with a final state.
    pub fn state_changes(&self) -> StateChanges {
        self.app.state.changes()
    }

    /// Waits until the state is one that `condition` accepts, `timeout` at most, and returns whether it is.
    pub fn wait_for_state(&self, condition: impl Fn(State) -> bool, timeout: Duration) -> bool {
        self.app.state.wait_for(condition, timeout)
    }

    /// Adds a thread to a running instance and returns its name; `None` if the instance does not run (KIP-663).
    ///
    /// # Errors
    /// The system has no more threads.
    pub fn add_stream_thread(&self) -> Result<Option<String>> {
        if !self.state().is_running_or_rebalancing() {
            return Ok(None);
        }
        let (index, name, stop) = self.app.register_thread();
        spawn(&self.app, index, name.clone(), stop)?;
        Ok(Some(name))
    }

    /// Removes a thread of a running instance and returns its name without waiting for its end; `None` if there is none
    /// to spare: the last one stays (KIP-663).
    pub fn remove_stream_thread(&self) -> Option<String> {
        if !self.state().is_running_or_rebalancing() {
            return None;
        }
        let threads = self.app.threads();
        let mut live = threads
            .values()
            .rev()
            .filter(|slot| slot.state != ThreadState::Dead && !slot.stop.load(Ordering::Acquire));
        let last = live.next()?;
        live.next()?;
        last.stop.store(true, Ordering::Release);
        if let Some(thread) = &last.thread {
            thread.unpark();
        }
        Some(last.name.clone())
    }

    /// Names and states of the threads that are not dead.
    pub fn threads(&self) -> Vec<(String, ThreadState)> {
        let threads = self.app.threads();
        let live = threads.values().filter(|slot| slot.state != ThreadState::Dead);
        live.map(|slot| (slot.name.clone(), slot.state)).collect()
    }

    /// What the instance did so far.
    pub fn metrics(&self) -> StreamsMetrics {
        self.app.counters.snapshot(self.threads().len())
    }

    /// Removes the local state of the application, so that the next start restores it from the changelogs.
    ///
    /// # Errors
    /// The instance runs, or another one uses the directory.
    pub fn clean_up(config: &StreamsConfig) -> Result<()> {
        let settings = RuntimeSettings::new(config)?;
        StateDirectory::clean_up(&settings.state_dir, &settings.application_id)
    }
}

impl Drop for KafkaStreams {
    /// Tells the threads to close; does not wait for them.
    fn drop(&mut self) {
        self.app.state.enter(State::PendingShutdown);
        self.app.stop_threads();
    }
}

/// Starts a thread that is registered.
fn spawn(app: &Arc<App>, index: usize, name: String, stop: Arc<AtomicBool>) -> Result<()> {
    let (for_thread, short) = (Arc::clone(app), name.clone());
    let spawned = thread::Builder::new().name(name).spawn(move || run(&for_thread, index, &short, stop));
    match spawned {
        Ok(handle) => {
            if let Some(slot) = app.threads().get_mut(&index) {
                slot.thread = Some(handle.thread().clone());
            }
            Ok(())
        }
        Err(error) => {
            app.thread_is(index, ThreadState::Dead);
            Err(Error::new(ErrorKind::Retry, "cannot start a stream thread").with_source(error))
        }
    }
}

/// The whole life of a stream thread.
fn run(app: &Arc<App>, index: usize, name: &str, stop: Arc<AtomicBool>) {
    let result = catch_unwind(AssertUnwindSafe(|| live(app, index, name, &stop))).unwrap_or_else(|panic| {
        let text = panic.downcast_ref::<&str>().copied().map(str::to_owned);
        let text = text.or_else(|| panic.downcast_ref::<String>().cloned()).unwrap_or_default();
        Err(Error::bug(format!("a stream thread panicked: {text}")))
    });
    let replace = match &result {
        Ok(()) => false,
        Err(error) => app.thread_died(name, error),
    };
    app.thread_is(index, ThreadState::Dead);
    if replace {
        let (index, name, stop) = app.register_thread();
        if let Err(error) = spawn(app, index, name, stop) {
            tracing::error!(%error, "a stream thread could not be replaced");
        }
    }
}

/// Runs a stream thread, and another one in its place when its producer is fenced or fails for good: the tasks go on from
/// their last commit (feature R22).
fn live(app: &Arc<App>, index: usize, name: &str, stop: &Arc<AtomicBool>) -> Result<()> {
    loop {
        let thread = StreamThread::new(Arc::clone(app), index, name.to_owned(), Arc::clone(stop))?;
        match thread.run() {
            Err(error) if error.kind() == ErrorKind::Fenced && !stop.load(Ordering::Acquire) => {
                tracing::warn!(%error, thread = name, "the thread starts anew with new clients");
            }
            result => return result,
        }
    }
}
