//! The thread that restores tasks while the stream thread goes on with the others (feature R13).

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::sync::mpsc::{self, Receiver, Sender, TryRecvError};
use std::thread::{self, JoinHandle, Thread};
use std::time::{Duration, Instant};

use rdkafka::ClientConfig;

use super::changelog::{ChangelogReader, Progress, RestoreConsumer, open_consumer};
use super::job::ActiveTask;
use crate::error::{Error, ErrorKind, Result};
use crate::runtime::app::App;
use crate::task_id::TaskId;

const RETRY_BACKOFF: Duration = Duration::from_millis(500);
const IDLE: Duration = Duration::from_millis(100);

/// A task that comes back from restoring.
#[derive(Debug)]
pub(crate) enum Restored {
    /// Its stores are complete.
    Complete(Box<ActiveTask>),
    /// Its local state must be wiped and restored from the beginning.
    Corrupt(Box<ActiveTask>),
    /// It cannot be restored.
    Failed(Box<ActiveTask>, Error),
}

enum Command {
    Add(Box<ActiveTask>),
    Remove(TaskId, Sender<Option<Box<ActiveTask>>>),
    Stop(Sender<Vec<ActiveTask>>),
}

/// The stream thread's side.
#[derive(Debug)]
pub(crate) struct StateUpdater {
    commands: Sender<Command>,
    restored: Receiver<Restored>,
    handle: JoinHandle<()>,
}

impl StateUpdater {
    /// Starts the thread. `owner` is unparked when a task comes back.
    pub(crate) fn start(
        name: String,
        config: &ClientConfig,
        client_id: &str,
        app: Arc<App>,
        owner: Thread,
    ) -> Result<Self> {
        let consumer = open_consumer(config, client_id)?;
        let (commands, inbox) = mpsc::channel();
        let (outbox, restored) = mpsc::channel();
        let handle = thread::Builder::new()
            .name(name)
            .spawn(move || {
                Worker { consumer, app, inbox, outbox, owner, jobs: Vec::new(), waiting: Vec::new() }.run();
            })
            .map_err(|error| {
                Error::new(ErrorKind::Retry, "cannot start a thread to restore state").with_source(error)
            })?;
        Ok(Self { commands, restored, handle })
    }

    /// Restores a task.
    pub(crate) fn add(&self, task: Box<ActiveTask>) -> Result<()> {
        self.commands.send(Command::Add(task)).map_err(|_| gone())?;
        self.handle.thread().unpark();
        Ok(())
    }

    /// Takes a task back that is not complete; `None` if it is not here (any more).
    pub(crate) fn remove(&self, task: TaskId) -> Option<Box<ActiveTask>> {
        let (reply, answer) = mpsc::channel();
        self.commands.send(Command::Remove(task, reply)).ok()?;
        self.handle.thread().unpark();
        answer.recv().ok()?
    }

    /// A task that is done, if there is one.
    pub(crate) fn next_restored(&self) -> Option<Restored> {
        self.restored.try_recv().ok()
    }

    /// Ends the thread and takes back all tasks.
    pub(crate) fn stop(self) -> Vec<ActiveTask> {
        let (reply, answer) = mpsc::channel();
        let sent = self.commands.send(Command::Stop(reply));
        self.handle.thread().unpark();
        let mut tasks = if sent.is_ok() { answer.recv().unwrap_or_default() } else { Vec::new() };
        while let Ok(restored) = self.restored.try_recv() {
            let (Restored::Complete(task) | Restored::Corrupt(task) | Restored::Failed(task, _)) = restored;
            tasks.push(*task);
        }
        if self.handle.join().is_err() {
            tracing::error!("the thread that restores state panicked");
        }
        tasks
    }
}

fn gone() -> Error {
    Error::bug("the thread that restores state is gone")
}

struct Job {
    active: Box<ActiveTask>,
    readers: Vec<ChangelogReader>,
}

struct Worker {
    consumer: RestoreConsumer,
    app: Arc<App>,
    inbox: Receiver<Command>,
    outbox: Sender<Restored>,
    owner: Thread,
    jobs: Vec<Job>,
    /// Tasks whose changelogs could not be looked up yet, and when to try again.
    waiting: Vec<(Box<ActiveTask>, Instant)>,
}

impl Worker {
    fn run(mut self) {
        loop {
            match self.inbox.try_recv() {
                Ok(Command::Add(task)) => self.waiting.push((task, Instant::now())),
                Ok(Command::Remove(id, reply)) => {
                    let removed = self.remove(id);
                    let _owner_gone = reply.send(removed);
                }
                Ok(Command::Stop(reply)) => {
                    let tasks = self.remove_all();
                    let _owner_gone = reply.send(tasks);
                    return;
                }
                Err(TryRecvError::Disconnected) => return,
                Err(TryRecvError::Empty) => {
                    self.open_waiting();
                    // Not for messages, which come through the partitions' queues: for all else.
                    let _no_message = self.consumer.poll(Duration::ZERO);
                    if !self.read_jobs() {
                        thread::park_timeout(IDLE);
                    }
                }
            }
        }
    }

    fn open_waiting(&mut self) {
        let now = Instant::now();
        let (due, later) = std::mem::take(&mut self.waiting).into_iter().partition(|(_, at)| *at <= now);
        self.waiting = later;
        for (active, _) in due {
            self.open(active);
        }
    }

    fn open(&mut self, mut active: Box<ActiveTask>) {
        let mut readers = Vec::new();
        for logged in active.logged.clone() {
            match ChangelogReader::open(&self.consumer, &mut active, &logged) {
                Ok(Some(reader)) => readers.push(reader),
                Ok(None) => return self.hand_back(Restored::Corrupt(active)),
                Err(error) if error.kind() == ErrorKind::Retry => {
                    tracing::warn!(task = %active.id(), %error, "a changelog cannot be looked up; retrying");
                    return self.waiting.push((active, Instant::now() + RETRY_BACKOFF));
                }
                Err(error) => return self.hand_back(Restored::Failed(active, error)),
            }
        }
        let listener = &*self.app.restore_listener;
        let mut started = Ok(());
        for reader in &mut readers {
            started = started.and_then(|()| reader.start(&self.consumer, thread::current(), listener));
        }
        let job = Job { active, readers };
        match started {
            Ok(()) => self.jobs.push(job),
            Err(error) => self.give_up(job, |active| Restored::Failed(active, error)),
        }
    }

    /// Lets every task have a turn; says whether there was anything to do.
    fn read_jobs(&mut self) -> bool {
        let mut any = false;
        let mut index = 0;
        while index < self.jobs.len() {
            match self.read_job(index) {
                Ok(Progress::Done) => {
                    let job = self.jobs.swap_remove(index);
                    self.hand_back(Restored::Complete(job.active));
                    any = true;
                    continue;
                }
                Ok(Progress::Corrupt) => {
                    let job = self.jobs.swap_remove(index);
                    self.give_up(job, Restored::Corrupt);
                    continue;
                }
                Ok(progress) => any |= progress == Progress::Some,
                Err(error) if error.kind() == ErrorKind::Retry => {
                    tracing::warn!(task = %self.jobs[index].active.id(), %error, "restore failed; retrying");
                }
                Err(error) => {
                    let job = self.jobs.swap_remove(index);
                    self.give_up(job, |active| Restored::Failed(active, error));
                    continue;
                }
            }
            index += 1;
        }
        any
    }

    fn read_job(&mut self, index: usize) -> Result<Progress> {
        let job = &mut self.jobs[index];
        let mut any = false;
        for reader in &mut job.readers {
            let before = reader.total();
            let progress = reader.read(&self.consumer, &mut job.active, &*self.app.restore_listener)?;
            self.app.counters.restored.fetch_add(reader.total() - before, Ordering::Relaxed);
            if progress == Progress::Corrupt {
                return Ok(Progress::Corrupt);
            }
            any |= progress == Progress::Some;
        }
        let done = job.readers.iter().all(ChangelogReader::is_done);
        Ok(if done {
            Progress::Done
        } else if any {
            Progress::Some
        } else {
            Progress::Nothing
        })
    }

    fn remove(&mut self, id: TaskId) -> Option<Box<ActiveTask>> {
        if let Some(index) = self.waiting.iter().position(|(active, _)| active.id() == id) {
            return Some(self.waiting.swap_remove(index).0);
        }
        let index = self.jobs.iter().position(|job| job.active.id() == id)?;
        let job = self.jobs.swap_remove(index);
        Some(self.suspend(job))
    }

    fn remove_all(&mut self) -> Vec<ActiveTask> {
        let waiting = std::mem::take(&mut self.waiting).into_iter().map(|(active, _)| *active);
        let jobs = std::mem::take(&mut self.jobs);
        waiting.chain(jobs.into_iter().map(|job| *self.suspend(job))).collect()
    }

    fn suspend(&self, mut job: Job) -> Box<ActiveTask> {
        for reader in &mut job.readers {
            reader.suspend(&self.consumer, &*self.app.restore_listener);
        }
        job.active
    }

    fn give_up(&self, job: Job, outcome: impl FnOnce(Box<ActiveTask>) -> Restored) {
        let active = self.suspend(job);
        self.hand_back(outcome(active));
    }

    fn hand_back(&self, restored: Restored) {
        let _owner_gone = self.outbox.send(restored);
        self.owner.unpark();
    }
}
