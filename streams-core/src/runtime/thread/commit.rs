//! Commits (features R17, R18): caches, changelogs and sinks first, then the offsets, then the state on disk.

use std::sync::atomic::Ordering;
use std::time::Instant;

use super::StreamThread;
use crate::error::{ErrorKind, Result};

impl StreamThread {
    /// Commits if it is time to, or if a task asks for it. Returns whether anything was committed.
    pub(super) fn maybe_commit(&mut self) -> Result<bool> {
        let due = self.last_commit.elapsed() >= self.app.settings.commit_interval;
        let requested = !due
            && self
                .running
                .values()
                .any(|active| active.task.commit_requested() && active.task.commit_needed());
        if !(due || requested) || !self.commit_backoff.is_due(Instant::now()) {
            return Ok(false);
        }
        match self.commit_all() {
            Ok(committed) => {
                self.commit_backoff.clear();
                Ok(committed)
            }
            Err(error) if error.kind() == ErrorKind::Retry => {
                if self.commit_backoff.failed(Instant::now()) >= self.app.settings.task_timeout {
                    return Err(error.context("no commit succeeded within `task.timeout.ms`"));
                }
                tracing::warn!(%error, "commit failed; retrying");
                Ok(false)
            }
            Err(error) => Err(error),
        }
    }

    /// Commits all tasks that did something. Returns whether there were any.
    pub(super) fn commit_all(&mut self) -> Result<bool> {
        let started = Instant::now();
        self.last_commit = started;
        let mut offsets = Vec::new();
        let mut tasks = 0;
        for (id, active) in self.running.iter_mut().filter(|(_, active)| active.task.commit_needed()) {
            let global = self.global.as_mut().map(|global| &mut global.task);
            let prepared = active.task.with_global(global, |task| task.prepare_commit());
            prepared.map_err(|error| error.context(format!("task {id}")))?;
            offsets.extend(active.task.committable_offsets());
            tasks += 1;
        }
        if tasks == 0 && !self.producer.in_transaction() {
            return Ok(false);
        }
        self.producer.drain()?;
        if self.producer.is_transactional() {
            self.membership.commit_transaction(&self.producer, &offsets)?;
        } else if !offsets.is_empty() {
            self.membership.commit(&offsets)?;
        }
        for active in self.running.values_mut().filter(|active| active.task.commit_needed()) {
            active.post_commit()?;
        }
        self.app.counters.commits.fetch_add(1, Ordering::Relaxed);
        tracing::debug!(
            tasks,
            partitions = offsets.len(),
            elapsed_ms = started.elapsed().as_millis(),
            "committed"
        );
        Ok(true)
    }
}
