//! Tasks come and go.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Instant;

use rdkafka::consumer::Consumer;
use rdkafka::{Offset, TopicPartitionList};

use super::StreamThread;
use super::offsets::Committed;
use super::reading::Input;
use crate::clock::{Clock, SystemClock};
use crate::error::{Error, ErrorKind, Result};
use crate::runtime::app::ThreadState;
use crate::runtime::events::TopicPartition;
use crate::runtime::kafka_error::client_error;
use crate::runtime::membership::{Assignment, GroupEvent};
use crate::runtime::restore::{ActiveTask, Restored};
use crate::runtime::task_collector::TaskCollector;
use crate::store::TaskState;
use crate::task::{StreamTask, TaskOptions};
use crate::task_id::TaskId;

type CommittedOffsets = BTreeMap<TopicPartition, Committed>;
type StartOffsets = BTreeMap<TopicPartition, Offset>;

impl StreamThread {
    /// Joins the group if that is yet to be done, and follows its rebalances.
    pub(super) fn poll_group(&mut self) -> Result<()> {
        self.poll_member()?;
        let waiting = !self.joined || !self.unclaimed.is_empty();
        if waiting && self.group_backoff.is_due(Instant::now()) {
            self.group_backoff.failed(Instant::now());
            if !self.joined {
                self.join()?;
            }
            self.claim_tasks().map_err(Error::not_repeatable)?;
            if self.joined {
                self.check_running();
            }
        }
        loop {
            match self.membership.next_event() {
                Ok(Some(GroupEvent::Revoked { lost })) => {
                    self.revoked(lost).map_err(Error::not_repeatable)?;
                }
                Ok(Some(GroupEvent::Assigned(assignment))) => {
                    self.incoming = Some(assignment);
                    self.incoming_backoff.clear();
                }
                Ok(None) => break,
                Err(error) if error.kind() == ErrorKind::Retry => {
                    tracing::warn!(%error, "cannot follow the group yet; retrying");
                    return Ok(());
                }
                Err(error) => return Err(error),
            }
        }
        if self.incoming.is_some() && self.incoming_backoff.is_due(Instant::now()) {
            return self.take_incoming();
        }
        Ok(())
    }

    fn join(&mut self) -> Result<()> {
        // Before the first committed offset is read: what a former self left open must be over by then.
        let joined = self.producer.init_transactions().and_then(|()| self.membership.join());
        match joined {
            Ok(()) => {
                self.joined = true;
                if self.app.topology.subtopologies().next().is_none() {
                    // Only global stores: there are no tasks to wait for.
                    self.assigned = true;
                    self.check_running();
                }
            }
            Err(error) if error.kind() == ErrorKind::Retry => {
                tracing::warn!(%error, "cannot join the group yet; retrying");
            }
            Err(error) => return Err(error),
        }
        Ok(())
    }

    /// All tasks are taken back. They stay open: most often they return with the next assignment.
    fn revoked(&mut self, lost: bool) -> Result<()> {
        tracing::info!(lost, tasks = self.running.len(), "partitions revoked");
        self.app.thread_is(self.index, ThreadState::PartitionsRevoked);
        if lost {
            self.close_all_dirty();
        } else {
            match self.commit_all() {
                Ok(_) => {}
                Err(error) if matches!(error.kind(), ErrorKind::Fenced | ErrorKind::Retry) => {
                    tracing::warn!(%error, "the last commit before a rebalance failed; its records are processed again");
                    self.close_all_dirty();
                }
                Err(error) => return Err(error),
            }
        }
        for (id, mut active) in std::mem::take(&mut self.running) {
            active.task.suspend()?;
            self.suspended.insert(id, active);
        }
        self.unclaimed.clear();
        self.incoming = None;
        self.failing.clear();
        self.inputs.clear();
        self.assigned = false;
        self.membership.give_up()
    }

    /// Takes the tasks that the group gave. What the cluster must answer for it comes first, and may fail for
    /// `task.timeout.ms` (feature R20).
    fn take_incoming(&mut self) -> Result<()> {
        let Some(assignment) = self.incoming.take() else { return Ok(()) };
        match self.start_offsets(&assignment) {
            Ok((committed, offsets)) => {
                // Begun is not done: what fails now, the group must give anew.
                self.assigned(assignment, committed, &offsets).map_err(Error::not_repeatable)
            }
            Err(error) if error.kind() == ErrorKind::Retry => {
                if self.incoming_backoff.failed(Instant::now()) >= self.app.settings.task_timeout {
                    return Err(error.context("assigned tasks could not start within `task.timeout.ms`"));
                }
                tracing::warn!(%error, "assigned tasks cannot start yet; retrying");
                self.incoming = Some(assignment);
                Ok(())
            }
            Err(error) => Err(error),
        }
    }

    /// What is committed for the partitions of an assignment, and where to start reading each.
    fn start_offsets(&self, assignment: &Assignment) -> Result<(CommittedOffsets, StartOffsets)> {
        let partitions: Vec<TopicPartition> = assignment.values().flatten().cloned().collect();
        let committed = self.fetch_committed(&partitions)?;
        let mut offsets = StartOffsets::new();
        for partition in partitions {
            let offset = self.start_offset(&partition, &committed)?;
            offsets.insert(partition, offset);
        }
        Ok((committed, offsets))
    }

    /// These are the tasks from now on.
    fn assigned(
        &mut self,
        assignment: Assignment,
        committed: CommittedOffsets,
        offsets: &StartOffsets,
    ) -> Result<()> {
        tracing::info!(tasks = ?assignment.keys().map(ToString::to_string).collect::<Vec<_>>(), "tasks assigned");
        self.app.thread_is(self.index, ThreadState::PartitionsAssigned);
        let former = std::mem::replace(&mut self.committed, committed);
        self.drop_moved(&assignment, &former)?;
        self.assigned = true;
        self.start_reading(&assignment, offsets)?;
        for (id, partitions) in assignment {
            if let Some(active) = self.suspended.remove(&id) {
                self.place(active)?;
            } else if !self.restoring.contains(&id) {
                self.unclaimed.insert(id, partitions);
            }
        }
        self.claim_tasks()?;
        self.pause_waiting()?;
        self.check_running();
        Ok(())
    }

    /// Closes tasks that went elsewhere, be it that they came back since: a member that was cut off for a while is not told
    /// of the assignments in between.
    fn drop_moved(&mut self, assignment: &Assignment, former: &CommittedOffsets) -> Result<()> {
        let suspended = std::mem::take(&mut self.suspended);
        for (id, active) in suspended {
            let same = assignment.get(&id) == Some(&active.partitions);
            if same && active.is_current(|partition| Some(self.committed.get(partition)?.offset)) {
                self.suspended.insert(id, active);
            } else {
                tracing::debug!(task = %id, returned = same, "task was elsewhere");
                self.close_task(*active, true)?;
            }
        }
        let unchanged = |partition: &TopicPartition| {
            let (now, then) = (self.committed.get(partition), former.get(partition));
            now.map(|committed| committed.offset) == then.map(|committed| committed.offset)
        };
        let stays =
            |id: &TaskId| assignment.get(id).is_some_and(|partitions| partitions.iter().all(unchanged));
        let moved: Vec<TaskId> = self.restoring.iter().copied().filter(|id| !stays(id)).collect();
        for id in moved {
            self.restoring.remove(&id);
            let active = self.updater.as_ref().and_then(|updater| updater.remove(id));
            if let Some(active) = active {
                self.close_task(*active, true)?;
            }
        }
        Ok(())
    }

    /// Takes the partitions' queues, then the partitions.
    fn start_reading(&mut self, assignment: &Assignment, offsets: &StartOffsets) -> Result<()> {
        self.inputs.clear();
        let mut list = TopicPartitionList::new();
        for (task, partitions) in assignment {
            for partition in partitions {
                let offset = offsets.get(partition).copied().unwrap_or(Offset::Invalid);
                list.add_partition_offset(&partition.topic, partition.partition, offset)
                    .map_err(|error| client_error("take a partition", &error))?;
                self.inputs.push(Input::take(&self.consumer, partition, *task, offset)?);
            }
        }
        self.membership.take(&list)
    }

    /// Creates the assigned tasks whose directories are free.
    fn claim_tasks(&mut self) -> Result<()> {
        for (id, partitions) in std::mem::take(&mut self.unclaimed) {
            match self.create(id, &partitions)? {
                Some(active) => self.place(Box::new(active))?,
                None => {
                    tracing::debug!(task = %id, "another thread still has the task's directory; waiting");
                    self.unclaimed.insert(id, partitions);
                }
            }
        }
        Ok(())
    }

    /// Makes a task; `None` while another thread owns its directory.
    fn create(&self, id: TaskId, partitions: &[TopicPartition]) -> Result<Option<ActiveTask>> {
        let plan = self.app.topology.plan(id.subtopology);
        let plan = plan.ok_or_else(|| Error::bug(format!("there is no sub-topology for task {id}")))?;
        let Some(claim) = self.directory.claim(id) else { return Ok(None) };
        let state = TaskState::new(self.directory.task_dir(id), self.app.state_options.clone());
        let collector = TaskCollector::new(id, Arc::clone(&self.producer));
        let settings = &self.app.settings;
        let mut options = TaskOptions::from_config(settings.config(), state.clone(), Box::new(collector))?;
        options.partitions =
            partitions.iter().map(|partition| (Arc::clone(&partition.topic), partition.partition)).collect();
        options.handlers = Arc::clone(&self.app.handlers);
        options.cache_max_bytes = self.app.cache_bytes_per_task(1);
        let task = StreamTask::new(plan, id, options)?;
        self.app.counters.tasks_created.fetch_add(1, Ordering::Relaxed);
        tracing::debug!(task = %id, "task created");
        Ok(Some(ActiveTask::new(task, state, partitions.to_vec(), plan, claim)))
    }

    /// Sends a task to be restored, or starts it if there is nothing to restore.
    fn place(&mut self, mut active: Box<ActiveTask>) -> Result<()> {
        active.committed = BTreeMap::new();
        for partition in &active.partitions {
            let Some(committed) = self.committed.get(partition) else { continue };
            active.committed.insert(partition.clone(), committed.offset);
            active.task.restore_partition_time(&partition.topic, partition.partition, &committed.metadata)?;
        }
        match &self.updater {
            Some(updater) if !active.logged.is_empty() && !active.complete => {
                self.restoring.insert(active.id());
                updater.add(active)
            }
            _ => self.start_task(active),
        }
    }

    fn start_task(&mut self, mut active: Box<ActiveTask>) -> Result<()> {
        active.complete = true;
        let global = self.global.as_mut().map(|global| &mut global.task);
        active.task.with_global(global, |task| task.start(SystemClock.now_ms()))?;
        tracing::debug!(task = %active.id(), "task running");
        let id = active.id();
        self.running.insert(id, active);
        self.resume(id)
    }

    /// Takes over tasks that are restored.
    pub(super) fn take_restored(&mut self) -> Result<()> {
        let mut any = false;
        while let Some(restored) = self.updater.as_ref().and_then(|updater| updater.next_restored()) {
            any = true;
            match restored {
                Restored::Complete(mut active) => {
                    active.complete = true;
                    if self.restoring.remove(&active.id()) && self.assigned {
                        self.start_task(active)?;
                    } else if !self.assigned {
                        // In the middle of a rebalance: it may return with the next assignment.
                        self.suspended.insert(active.id(), active);
                    } else {
                        self.close_task(*active, true)?;
                    }
                }
                Restored::Corrupt(active) => self.revive(*active)?,
                Restored::Failed(active, error) => {
                    let place = format!("task {} cannot be restored", active.id());
                    self.restoring.remove(&active.id());
                    self.close_task_dirty(*active);
                    return Err(error.context(place));
                }
            }
        }
        if any {
            self.check_running();
        }
        Ok(())
    }

    /// Wipes a task's local state and starts it anew from its changelogs (feature R21).
    fn revive(&mut self, active: ActiveTask) -> Result<()> {
        let (id, partitions) = (active.id(), active.partitions.clone());
        tracing::warn!(task = %id, "local state does not fit the changelog; it is wiped and restored from the beginning");
        self.close_task_dirty(active);
        self.directory.wipe_task(id)?;
        if self.restoring.remove(&id) {
            self.unclaimed.insert(id, partitions);
            self.claim_tasks()?;
        }
        Ok(())
    }

    /// Stops the fetching of partitions whose tasks are not ready.
    pub(super) fn pause_waiting(&mut self) -> Result<()> {
        let mut list = TopicPartitionList::new();
        for input in &mut self.inputs {
            if !self.running.contains_key(&input.task) {
                input.paused = true;
                list.add_partition(&input.partition.topic, input.partition.partition);
            }
        }
        if list.count() == 0 {
            return Ok(());
        }
        self.consumer.pause(&list).map_err(|error| client_error("pause partitions", &error))
    }

    fn resume(&mut self, task: TaskId) -> Result<()> {
        let mut list = TopicPartitionList::new();
        for input in self.inputs.iter_mut().filter(|input| input.task == task && input.paused) {
            input.paused = false;
            list.add_partition(&input.partition.topic, input.partition.partition);
        }
        if list.count() == 0 {
            return Ok(());
        }
        self.consumer.resume(&list).map_err(|error| client_error("resume partitions", &error))
    }

    /// The thread runs when no task is left to be created or restored.
    fn check_running(&self) {
        if self.assigned && self.restoring.is_empty() && self.unclaimed.is_empty() {
            self.app.thread_is(self.index, ThreadState::Running);
        }
    }
}
