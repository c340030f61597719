//! What all threads of an application share.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::Thread;

use super::metrics::Counters;
use super::restore::StateRestoreListener;
use super::settings::RuntimeSettings;
use super::state::{State, StateCell};
use super::state_dir::StateDirectory;
use super::topics::TopicManager;
use super::uncaught::{StreamThreadExceptionResponse, UncaughtExceptionHandler};
use crate::error::Error;
use crate::handler::ErrorHandlers;
use crate::store::StateOptions;
use crate::topology::BuiltTopology;

/// The state of a stream thread, with Kafka's names (feature R3).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ThreadState {
    /// Made and not started.
    Created,
    /// Joining the group.
    Starting,
    /// Its tasks were taken back.
    PartitionsRevoked,
    /// Its tasks are being created and restored.
    PartitionsAssigned,
    /// All its tasks process.
    Running,
    /// Finishing.
    PendingShutdown,
    /// Over.
    Dead,
}

/// One thread as the application sees it.
#[derive(Debug)]
pub(crate) struct ThreadSlot {
    pub(crate) name: String,
    pub(crate) state: ThreadState,
    pub(crate) stop: Arc<AtomicBool>,
    /// To wake it when it waits for records.
    pub(crate) thread: Option<Thread>,
}

/// What all threads of an application share.
pub(crate) struct App {
    pub(crate) settings: RuntimeSettings,
    pub(crate) topology: Arc<BuiltTopology>,
    pub(crate) topics: Arc<TopicManager>,
    pub(crate) client_id: String,
    pub(crate) handlers: Arc<ErrorHandlers>,
    pub(crate) uncaught: Arc<dyn UncaughtExceptionHandler>,
    pub(crate) restore_listener: Arc<dyn StateRestoreListener>,
    pub(crate) state_options: StateOptions,
    pub(crate) state: StateCell,
    pub(crate) counters: Counters,
    /// The time for closing is over: give up waiting.
    pub(crate) abandoned: Arc<AtomicBool>,
    directory: Mutex<Option<Arc<StateDirectory>>>,
    threads: Mutex<BTreeMap<usize, ThreadSlot>>,
    live_threads: AtomicUsize,
}

/// What [`App::new`] is made of.
pub(crate) struct AppParts {
    pub(crate) settings: RuntimeSettings,
    pub(crate) topology: Arc<BuiltTopology>,
    pub(crate) topics: Arc<TopicManager>,
    pub(crate) client_id: String,
    pub(crate) handlers: Arc<ErrorHandlers>,
    pub(crate) uncaught: Arc<dyn UncaughtExceptionHandler>,
    pub(crate) restore_listener: Arc<dyn StateRestoreListener>,
    pub(crate) directory: Arc<StateDirectory>,
}

/// One task's part of the record cache: each thread has a share, and so have global stores; a thread's tasks divide theirs.
fn cache_share(bytes: usize, threads: usize, global: bool, tasks: usize) -> usize {
    let share = bytes / (threads + usize::from(global)).max(1) / tasks.max(1);
    share.max(usize::from(bytes > 0))
}

impl App {
    pub(crate) fn new(parts: AppParts) -> Self {
        Self {
            settings: parts.settings,
            topology: parts.topology,
            topics: parts.topics,
            client_id: parts.client_id,
            handlers: parts.handlers,
            uncaught: parts.uncaught,
            restore_listener: parts.restore_listener,
            state_options: StateOptions::default(),
            state: StateCell::new(),
            counters: Counters::default(),
            abandoned: Arc::default(),
            directory: Mutex::new(Some(parts.directory)),
            threads: Mutex::default(),
            live_threads: AtomicUsize::new(1),
        }
    }

    /// The state directory; gone once the application is closed.
    pub(crate) fn directory(&self) -> Option<Arc<StateDirectory>> {
        self.directory.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Bytes of record cache for each of `tasks` tasks of one thread, which share what the thread has (feature S46). Not 0
    /// unless there is no cache.
    pub(crate) fn cache_bytes_per_task(&self, tasks: usize) -> usize {
        let threads = self.live_threads.load(Ordering::Relaxed);
        cache_share(self.settings.cache_max_bytes, threads, self.topology.global_plan().is_some(), tasks)
    }

    pub(crate) fn threads(&self) -> MutexGuard<'_, BTreeMap<usize, ThreadSlot>> {
        self.threads.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Registers a thread under the lowest free index (feature R33), and returns that index and its name.
    pub(crate) fn register_thread(&self) -> (usize, String, Arc<AtomicBool>) {
        let mut threads = self.threads();
        let free = (1..).find(|index| threads.get(index).is_none_or(|slot| slot.state == ThreadState::Dead));
        let index = free.unwrap_or(usize::MAX);
        let name = format!("{}-StreamThread-{index}", self.client_id);
        let stop = Arc::new(AtomicBool::new(false));
        let slot = ThreadSlot {
            name: name.clone(),
            state: ThreadState::Created,
            stop: Arc::clone(&stop),
            thread: None,
        };
        threads.insert(index, slot);
        let live = threads.values().filter(|slot| slot.state != ThreadState::Dead).count();
        self.live_threads.store(live, Ordering::Relaxed);
        (index, name, stop)
    }

    /// A thread entered another state: so may the application.
    pub(crate) fn thread_is(&self, index: usize, state: ThreadState) {
        let mut threads = self.threads();
        let Some(slot) = threads.get_mut(&index) else { return };
        if slot.state == state {
            return;
        }
        slot.state = state;
        tracing::debug!(thread = slot.name, ?state, "thread state changed");
        let live = threads.values().filter(|slot| slot.state != ThreadState::Dead);
        self.live_threads.store(live.clone().count(), Ordering::Relaxed);
        let mut live = live.peekable();
        let none_left = live.peek().is_none();
        let all_running = live.all(|slot| slot.state == ThreadState::Running);
        // The lock is kept: changes of the application's state happen in the order of their causes.
        if none_left {
            self.finish();
        } else if all_running {
            self.state.enter(State::Running);
        } else if matches!(state, ThreadState::PartitionsRevoked | ThreadState::PartitionsAssigned) {
            self.state.enter(State::Rebalancing);
        }
    }

    /// Tells all threads to finish what they do and close.
    pub(crate) fn stop_threads(&self) {
        let threads = self.threads();
        for slot in threads.values() {
            slot.stop.store(true, Ordering::Release);
            if let Some(thread) = &slot.thread {
                thread.unpark();
            }
        }
        if threads.values().all(|slot| slot.state == ThreadState::Dead) {
            self.finish();
        }
    }

    /// The last thread is gone.
    fn finish(&self) {
        let next = match self.state.get() {
            State::PendingShutdown => State::NotRunning,
            State::PendingError => State::Error,
            _ => return,
        };
        // Frees the lock before anybody hears that the application is closed.
        self.directory.lock().unwrap_or_else(PoisonError::into_inner).take();
        self.state.enter(next);
    }

    /// Asks what to do about a thread that died, and starts the closing if that is the answer. Returns whether the
    /// thread is to be replaced.
    pub(crate) fn thread_died(&self, thread: &str, error: &Error) -> bool {
        self.counters.failed_threads.fetch_add(1, Ordering::Relaxed);
        let response = self.uncaught.handle(error);
        tracing::error!(thread, %error, ?response, "a stream thread died");
        if self.state.get().is_shutting_down() {
            return false;
        }
        match response {
            StreamThreadExceptionResponse::ReplaceThread => return true,
            StreamThreadExceptionResponse::ShutdownClient => {}
            StreamThreadExceptionResponse::ShutdownApplication => {
                tracing::warn!(
                    "the plain consumer group cannot tell other instances to close: close them yourself"
                );
            }
        }
        self.state.enter(State::PendingError);
        self.stop_threads();
        false
    }
}

impl std::fmt::Debug for App {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("App")
            .field("client_id", &self.client_id)
            .field("state", &self.state)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::cache_share;

    #[test]
    fn the_tasks_of_all_threads_share_one_record_cache() {
        assert_eq!(cache_share(1200, 1, false, 1), 1200);
        assert_eq!(cache_share(1200, 3, false, 4), 100);
        assert_eq!(cache_share(1200, 3, true, 3), 100);
        assert_eq!(cache_share(1200, 0, false, 0), 1200, "the last thread is gone, and no task runs");
        assert_eq!(cache_share(5, 3, true, 9), 1, "there is a cache, if only a small one");
        assert_eq!(cache_share(0, 3, true, 9), 0);
    }
}
