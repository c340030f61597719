//! The end of tasks and of the thread.

use std::sync::atomic::Ordering;
use std::time::Duration;

use super::StreamThread;
use crate::error::{Error, Result};
use crate::runtime::app::ThreadState;
use crate::runtime::restore::ActiveTask;

/// How long a thread that died waits for what it sent.
const LAST_SENDS: Duration = Duration::from_secs(5);

impl StreamThread {
    /// Closes a task that is committed.
    pub(super) fn close_task(&self, mut active: ActiveTask, clean: bool) -> Result<()> {
        tracing::debug!(task = %active.id(), clean, "task closed");
        self.app.counters.tasks_closed.fetch_add(1, Ordering::Relaxed);
        active.task.close(clean)
    }

    /// Closes a task whatever its state: what its local state lacks comes back from the changelogs.
    pub(super) fn close_task_dirty(&self, active: ActiveTask) {
        let id = active.id();
        if let Err(error) = self.close_task(active, false) {
            tracing::warn!(task = %id, %error, "task did not close well");
        }
    }

    pub(super) fn close_all_dirty(&mut self) {
        let running = std::mem::take(&mut self.running);
        let suspended = std::mem::take(&mut self.suspended);
        for active in running.into_values().chain(suspended.into_values()) {
            self.close_task_dirty(*active);
        }
        for id in std::mem::take(&mut self.restoring) {
            let active = self.updater.as_ref().and_then(|updater| updater.remove(id));
            if let Some(active) = active {
                self.close_task_dirty(*active);
            }
        }
        self.unclaimed.clear();
        self.incoming = None;
        self.failing.clear();
    }

    /// The tasks belong to others now: forget them and join the group anew (feature R22).
    pub(super) fn lose_tasks(&mut self, error: &Error) -> Result<()> {
        tracing::warn!(%error, "tasks lost; joining the group anew");
        self.app.thread_is(self.index, ThreadState::PartitionsRevoked);
        self.close_all_dirty();
        self.inputs.clear();
        self.assigned = false;
        self.producer.abort_transaction()?;
        self.membership.rejoin()
    }

    /// The end of the thread. With `clean`, everything is committed once more.
    pub(super) fn close(&mut self, clean: bool) {
        let mut clean = clean;
        if clean && let Err(error) = self.commit_all() {
            tracing::warn!(%error, "the last commit failed; its records are processed again at the next start");
            clean = false;
        }
        if !clean && !self.producer.is_transactional() {
            self.producer.drain_quietly(LAST_SENDS);
        }
        if let Err(error) = self.producer.abort_transaction() {
            tracing::warn!(%error, "the open transaction ends by its time-out");
        }
        self.count();
        let mut tasks: Vec<ActiveTask> =
            std::mem::take(&mut self.running).into_values().map(|task| *task).collect();
        for active in std::mem::take(&mut self.suspended).into_values() {
            tasks.push(*active);
        }
        if let Some(updater) = self.updater.take() {
            tasks.extend(updater.stop());
        }
        for active in tasks {
            let id = active.id();
            if let Err(error) = self.close_task(active, clean) {
                tracing::warn!(task = %id, %error, "task did not close well");
            }
        }
        if let Some(mut global) = self.global.take() {
            let closed = global.commit().and_then(|()| global.task.close(true));
            if let Err(error) = closed {
                tracing::warn!(%error, "global stores did not close well");
            }
        }
        self.inputs.clear();
        self.membership.leave();
    }
}
