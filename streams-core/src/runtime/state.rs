//! The states of an application, and who is told when they change (features R1, R2).

use std::fmt;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use futures::channel::mpsc::{UnboundedReceiver, UnboundedSender, unbounded};

/// The state of a [`KafkaStreams`](super::KafkaStreams), with Kafka's names.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum State {
    /// Made and not started.
    Created,
    /// Tasks are being assigned, created or restored.
    Rebalancing,
    /// All threads process.
    Running,
    /// `close` was called; threads are finishing.
    PendingShutdown,
    /// Closed. Final.
    NotRunning,
    /// A thread died and the application is closing.
    PendingError,
    /// Closed because a thread died. Final.
    Error,
}

impl State {
    /// Whether the application was started and is not on its way out.
    pub fn is_running_or_rebalancing(self) -> bool {
        matches!(self, Self::Running | Self::Rebalancing)
    }

    /// Whether the application is over and may be cleaned up.
    pub fn has_completed_shutdown(self) -> bool {
        matches!(self, Self::NotRunning | Self::Error)
    }

    /// Whether the application is closing or closed.
    pub fn is_shutting_down(self) -> bool {
        matches!(self, Self::PendingShutdown | Self::PendingError) || self.has_completed_shutdown()
    }

    fn may_become(self, next: Self) -> bool {
        use State::{Created, NotRunning, PendingError, PendingShutdown, Rebalancing, Running};
        match self {
            Created => matches!(next, Rebalancing | PendingShutdown | PendingError),
            Rebalancing => matches!(next, Running | PendingShutdown | PendingError),
            Running => matches!(next, Rebalancing | PendingShutdown | PendingError),
            PendingShutdown => next == NotRunning,
            PendingError => next == Self::Error,
            NotRunning | Self::Error => false,
        }
    }
}

impl fmt::Display for State {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Created => "CREATED",
            Self::Rebalancing => "REBALANCING",
            Self::Running => "RUNNING",
            Self::PendingShutdown => "PENDING_SHUTDOWN",
            Self::NotRunning => "NOT_RUNNING",
            Self::PendingError => "PENDING_ERROR",
            Self::Error => "ERROR",
        })
    }
}

/// One change of state.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StateChange {
    /// The state that was left.
    pub old: State,
    /// The state that was entered.
    pub new: State,
}

/// The changes of state from the moment of subscription on: a [`futures::Stream`] that ends with a final state.
pub type StateChanges = UnboundedReceiver<StateChange>;

#[derive(Debug)]
struct Inner {
    state: State,
    subscribers: Vec<UnboundedSender<StateChange>>,
}

/// The current state, shared by all threads of an application.
#[derive(Debug)]
pub(crate) struct StateCell {
    inner: Mutex<Inner>,
    changed: Condvar,
}

impl StateCell {
    pub(crate) fn new() -> Self {
        let inner = Inner { state: State::Created, subscribers: Vec::new() };
        Self { inner: Mutex::new(inner), changed: Condvar::new() }
    }

    pub(crate) fn get(&self) -> State {
        self.lock().state
    }

    /// Leaves [`State::Created`], which happens once, and says whether it did.
    pub(crate) fn start(&self) -> bool {
        let inner = self.lock();
        inner.state == State::Created && self.change(inner, State::Rebalancing)
    }

    /// Enters `next` if that is possible from here, and says whether it was.
    pub(crate) fn enter(&self, next: State) -> bool {
        self.change(self.lock(), next)
    }

    fn change(&self, mut inner: MutexGuard<'_, Inner>, next: State) -> bool {
        let old = inner.state;
        if !old.may_become(next) {
            return false;
        }
        inner.state = next;
        let change = StateChange { old, new: next };
        inner.subscribers.retain(|subscriber| subscriber.unbounded_send(change).is_ok());
        if next.has_completed_shutdown() {
            inner.subscribers.clear();
        }
        drop(inner);
        self.changed.notify_all();
        tracing::info!(%old, new = %next, "state changed");
        true
    }

    pub(crate) fn changes(&self) -> StateChanges {
        let (sender, receiver) = unbounded();
        let mut inner = self.lock();
        if !inner.state.has_completed_shutdown() {
            inner.subscribers.push(sender);
        }
        receiver
    }

    /// Waits until `condition` holds, `timeout` at most, and says whether it does.
    pub(crate) fn wait_for(&self, condition: impl Fn(State) -> bool, timeout: Duration) -> bool {
        let deadline = Instant::now().checked_add(timeout);
        let mut inner = self.lock();
        loop {
            if condition(inner.state) {
                return true;
            }
            let left = deadline.map_or(Duration::from_secs(3600), |deadline| {
                deadline.saturating_duration_since(Instant::now())
            });
            if left.is_zero() {
                return false;
            }
            inner = self.changed.wait_timeout(inner, left).unwrap_or_else(PoisonError::into_inner).0;
        }
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use futures::StreamExt;

    use super::{State, StateCell, StateChange};

    #[test]
    fn changes_are_told_in_order_and_the_stream_ends_with_a_final_state() {
        let cell = StateCell::new();
        let changes = cell.changes();
        assert!(cell.enter(State::Rebalancing));
        assert!(cell.enter(State::PendingShutdown));
        assert!(cell.enter(State::NotRunning));
        let seen: Vec<StateChange> = futures::executor::block_on(changes.collect());
        let new: Vec<State> = seen.iter().map(|change| change.new).collect();
        assert_eq!(new, [State::Rebalancing, State::PendingShutdown, State::NotRunning]);
        assert_eq!(seen[0].old, State::Created);
        assert_eq!(futures::executor::block_on(cell.changes().collect::<Vec<_>>()), []);
    }

    #[test]
    fn impossible_changes_are_refused() {
        let cell = StateCell::new();
        assert!(!cell.enter(State::Running));
        assert!(cell.enter(State::PendingError));
        assert!(!cell.enter(State::NotRunning));
        assert!(cell.enter(State::Error));
        assert!(!cell.enter(State::Rebalancing));
        assert_eq!(cell.get(), State::Error);
    }

    #[test]
    fn waiting_ends_at_its_deadline() {
        assert!(!StateCell::new().wait_for(|state| state == State::Running, Duration::from_millis(1)));
    }
}
