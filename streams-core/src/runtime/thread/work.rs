//! Processing and punctuating.

use std::sync::atomic::Ordering;
use std::time::Instant;

use super::StreamThread;
use crate::clock::{Clock, SystemClock};
use crate::error::{Error, ErrorKind, Result};
use crate::task::StreamTask;
use crate::task_id::TaskId;

/// The most records that a task processes in one turn.
const MAX_TURN: usize = 1000;

impl StreamThread {
    /// Lets every task process some records. Returns whether any was processed.
    pub(super) fn process(&mut self) -> Result<bool> {
        let now = SystemClock.now_ms();
        let (mut processed, mut failed) = (0_u64, None);
        let stateful = self.running.values().filter(|active| active.task.is_stateful()).count();
        let cache = self.app.cache_bytes_per_task(stateful);
        for (id, active) in &mut self.running {
            if self.failing.get(id).is_some_and(|failing| !failing.is_due(Instant::now())) {
                continue;
            }
            active.task.set_cache_max_bytes(cache);
            let (limit, global) = (self.turn_records, self.global.as_mut().map(|global| &mut global.task));
            let (count, result) = active.task.with_global(global, |task| process_some(task, limit, now));
            failed = result.err().map(|error| (*id, error));
            if count > 0 && !self.failing.is_empty() {
                self.failing.remove(id);
            }
            processed += count as u64;
            if failed.is_some() {
                break;
            }
        }
        self.app.counters.processed.fetch_add(processed, Ordering::Relaxed);
        match failed {
            Some((id, error)) => self.task_failed(id, error).map(|()| processed > 0),
            None => Ok(processed > 0),
        }
    }

    /// A task may fail for `task.timeout.ms` for a reason that may pass, while the others go on (feature R20).
    fn task_failed(&mut self, id: TaskId, error: Error) -> Result<()> {
        if error.kind() != ErrorKind::Retry {
            return Err(error);
        }
        if self.producer.is_transactional() {
            // The record may have taken effect in part, and would twice.
            return Err(error.not_repeatable().context(format!("task {id}")));
        }
        let failing = self.failing.entry(id).or_default();
        if failing.failed(Instant::now()) >= self.app.settings.task_timeout {
            return Err(error.context(format!("task {id} could not go on within `task.timeout.ms`")));
        }
        tracing::warn!(task = %id, %error, "task cannot go on yet; retrying");
        Ok(())
    }

    /// Runs wall-clock punctuations that are due.
    pub(super) fn punctuate(&mut self) -> Result<bool> {
        let now = SystemClock.now_ms();
        let mut any = false;
        for (id, active) in &mut self.running {
            let global = self.global.as_mut().map(|global| &mut global.task);
            let punctuated = active.task.with_global(global, |task| task.punctuate_wall_clock(now));
            any |= punctuated.map_err(|error| error.context(format!("task {id}")))?;
        }
        if any {
            self.app.counters.punctuations.fetch_add(1, Ordering::Relaxed);
        }
        Ok(any)
    }

    /// More records a turn while all goes well, fewer when a turn takes long (feature R6).
    pub(super) fn adapt(&mut self, started: Instant, processed: bool, interrupted: bool) {
        let long = self.app.settings.max_poll_interval / 2;
        if started.elapsed() > long {
            self.turn_records = (self.turn_records / 2).max(1);
        } else if processed && !interrupted {
            self.turn_records = (self.turn_records * 2).min(MAX_TURN);
        }
    }

    /// Brings the application's counters up to date.
    pub(super) fn count(&mut self) {
        for active in self.running.values_mut() {
            let dropped = active.task.dropped_records();
            if dropped > active.counted_dropped {
                let more = dropped - active.counted_dropped;
                self.app.counters.dropped.fetch_add(more, Ordering::Relaxed);
                active.counted_dropped = dropped;
            }
        }
        self.app.counters.dropped.fetch_add(self.producer.take_dropped(), Ordering::Relaxed);
        let sent = self.producer.sent();
        self.app.counters.sent.fetch_add(sent - self.counted_sent, Ordering::Relaxed);
        self.counted_sent = sent;
    }
}

/// Processes up to `limit` records, and says how many that were.
fn process_some(task: &mut StreamTask, limit: usize, now: i64) -> (usize, Result<()>) {
    let mut count = 0;
    while count < limit {
        match task.process_one(now) {
            Ok(true) => count += 1,
            Ok(false) => break,
            Err(error) => return (count, Err(error)),
        }
    }
    (count, Ok(()))
}
