//! The machinery of the driver: topics, tasks, and records that go round between them.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::sync::Arc;

use streams_core::{BuiltTopology, Error, Headers, OutgoingRecord, RawRecord, Result, StreamTask};
use tempfile::TempDir;

use crate::partition::default_partition;
use crate::produced::Place;
use crate::settings::Settings;
use crate::topics::{Collector, PartitionCounts, Topics};

/// A record on its way into a topic.
#[derive(Debug)]
pub(crate) struct Incoming<'a> {
    pub(crate) topic: usize,
    pub(crate) partition: i32,
    pub(crate) bytes: &'a [u8],
    /// Where in the bytes key and value are.
    pub(crate) place: Place,
    pub(crate) timestamp: i64,
    pub(crate) headers: Headers,
}

/// A record that goes from a topic to those that read it.
#[derive(Debug)]
struct Delivery {
    topic: usize,
    partition: i32,
    record: RawRecord,
}

pub(crate) struct Engine {
    pub(crate) built: Arc<BuiltTopology>,
    pub(crate) settings: Settings,
    pub(crate) directory: PathBuf,
    pub(crate) temporary: Option<TempDir>,
    pub(crate) tasks: Vec<StreamTask>,
    pub(crate) topics: Box<Topics>,
    pub(crate) wall_clock: i64,
    pub(crate) closed: bool,
    deliveries: Vec<Delivery>,
    /// For each task the changelog partitions that were written to since its last commit.
    pub(crate) touched: Vec<Vec<(usize, i32)>>,
    /// Without a commit after every record: what was taken since the last commit, for a crash.
    uncommitted: Vec<Delivery>,
}

impl Engine {
    pub(crate) fn new(
        built: Arc<BuiltTopology>,
        settings: Settings,
        directory: PathBuf,
        temporary: Option<TempDir>,
        counts: PartitionCounts,
    ) -> Self {
        Self {
            built,
            directory,
            temporary,
            wall_clock: settings.wall_clock,
            settings,
            tasks: Vec::new(),
            topics: Box::new(Topics::new(counts)),
            closed: false,
            deliveries: Vec::new(),
            touched: Vec::new(),
            uncommitted: Vec::new(),
        }
    }

    /// The number of a topic, which becomes known by this.
    pub(crate) fn topic(&mut self, name: &str) -> Result<usize> {
        if let Some(number) = self.topics.find(name) {
            return Ok(number);
        }
        let number = self.topics.add(name);
        self.connect(number)?;
        Ok(number)
    }

    /// Finds out who reads a topic.
    pub(crate) fn connect(&mut self, number: usize) -> Result<()> {
        let topic = self.topics.at_mut(number);
        topic.global = self.tasks.first().is_some_and(|task| task.reads_global(&topic.name));
        topic.keep |= topic.global;
        topic.is_read = topic.global;
        for partition in 0..topic.partitions() {
            let id = i32::try_from(partition).unwrap_or(i32::MAX);
            let reads = |task: &StreamTask| task.id().partition == id && task.reads(&topic.name);
            topic.readers[partition] = None;
            if let Some(number) = self.tasks.iter().position(reads) {
                topic.is_read = true;
                let task = &mut self.tasks[number];
                task.add_partition(&topic.name, id)?;
                task.set_lag(&topic.name, id, Some(0))?;
                topic.readers[partition] = task.queue_of(&topic.name, id).map(|queue| (number, queue));
            }
        }
        Ok(())
    }

    /// Appends a record to a topic and runs the topology until nothing moves any more.
    pub(crate) fn pipe(&mut self, incoming: Incoming<'_>) -> Result<()> {
        self.check_open()?;
        let Incoming { topic, partition, bytes, place, timestamp, headers } = incoming;
        let sequence = self.topics.next_sequence();
        let known = self.topics.at_mut(topic);
        if !known.is_read {
            return Err(Error::argument(format!("the topology does not read topic `{}`", known.name)));
        }
        let reader = usize::try_from(partition).ok().and_then(|index| known.readers.get(index).copied());
        let Some(reader) = reader else {
            return Err(Error::argument(format!("topic `{}` has no partition {partition}", known.name)));
        };
        let global = known.global;
        let offset = if known.keep {
            let name = Arc::clone(&known.name);
            let record = OutgoingRecord {
                topic: &name,
                partition: Some(partition),
                key: place.key(bytes),
                value: place.value(bytes),
                timestamp: Some(timestamp),
                headers: &headers,
            };
            known.append(&record, partition, sequence, false)
        } else {
            known.take_offset(partition)
        };
        let record = RawRecord { offset, timestamp, payload: place.payload(bytes), headers };
        match reader {
            Some((0, queue)) if self.tasks.len() == 1 && self.settings.commit_each_record && !global => {
                let before = self.topics.sequence();
                self.swap_topics(0);
                let processed = self.tasks[0].process_record(queue, record, self.wall_clock);
                if self.finish_turn(0, processed, before)? && self.tasks[0].has_records() {
                    self.run_task(0)?;
                }
                Ok(())
            }
            _ => {
                self.deliver(topic, partition, record)?;
                self.run()
            }
        }
    }

    /// Moves the wall clock, runs what is due, and then the topology until nothing moves any more.
    pub(crate) fn advance_wall_clock(&mut self, ms: i64) -> Result<()> {
        self.check_open()?;
        self.wall_clock = self.wall_clock.saturating_add(ms);
        for task in 0..self.tasks.len() {
            self.turn(task, |task, now| task.punctuate_wall_clock(now).and(Ok(true)))?;
        }
        self.run()
    }

    /// Commits all tasks, and runs the topology on what the caches gave out.
    pub(crate) fn commit(&mut self) -> Result<()> {
        self.check_open()?;
        for task in 0..self.tasks.len() {
            self.with_topics(task, |task, _| task.prepare_commit())?;
            self.collect(task)?;
            self.finish_commit(task)?;
        }
        self.uncommitted.clear();
        self.run()
    }

    /// Empties the record caches of all tasks, without a commit, and processes what they sent on.
    pub(crate) fn evict_caches(&mut self) -> Result<()> {
        self.check_open()?;
        for task in 0..self.tasks.len() {
            self.with_topics(task, |task, _| task.evict_caches())?;
            self.collect(task)?;
        }
        self.run()
    }

    /// Processes records until no task can take one.
    pub(crate) fn run(&mut self) -> Result<()> {
        loop {
            let mut progressed = false;
            for task in 0..self.tasks.len() {
                progressed |= self.run_task(task)?;
            }
            // A single task has nobody to wait for.
            if !progressed || self.tasks.len() == 1 {
                return Ok(());
            }
        }
    }

    /// Initializes the processors of a task, which may write already.
    pub(crate) fn start_task(&mut self, task: usize) -> Result<()> {
        self.with_topics(task, StreamTask::start)?;
        self.collect(task)
    }

    fn run_task(&mut self, task: usize) -> Result<bool> {
        let mut progressed = false;
        while self.tasks[task].has_records() && self.turn(task, StreamTask::process_one)? {
            progressed = true;
        }
        Ok(progressed)
    }

    /// Lets a task do something at the wall clock's time and, if it says that it did, sees to what it sent, and commits.
    fn turn(&mut self, task: usize, f: impl FnOnce(&mut StreamTask, i64) -> Result<bool>) -> Result<bool> {
        let before = self.topics.sequence();
        self.swap_topics(task);
        let progressed = f(&mut self.tasks[task], self.wall_clock);
        self.finish_turn(task, progressed, before)
    }

    /// Takes the topics back from a task that has done something or (`false`) nothing since the record `before`.
    fn finish_turn(&mut self, task: usize, mut progressed: Result<bool>, before: u64) -> Result<bool> {
        let commit = self.settings.commit_each_record;
        if commit && matches!(progressed, Ok(true)) {
            progressed = self.tasks[task].prepare_commit().and(Ok(true));
        }
        self.swap_topics(task);
        // Nobody sees what was sent on the way to a failure.
        let progressed = progressed.inspect_err(|_| self.topics.take_back(before))?;
        if progressed {
            if self.topics.has_news() {
                self.collect(task)?;
            }
            if commit {
                self.finish_commit(task)?;
            }
        }
        Ok(progressed)
    }

    /// Makes the topics the collector of a task while `f` runs.
    fn with_topics<R>(
        &mut self,
        task: usize,
        f: impl FnOnce(&mut StreamTask, i64) -> Result<R>,
    ) -> Result<R> {
        self.swap_topics(task);
        let result = f(&mut self.tasks[task], self.wall_clock);
        self.swap_topics(task);
        result
    }

    fn swap_topics(&mut self, task: usize) {
        if let Some(collector) = self.tasks[task].collector::<Collector>() {
            std::mem::swap(&mut collector.topics, &mut self.topics);
        }
    }

    /// The last step of a commit: what the task sent is in the topics.
    fn finish_commit(&mut self, task: usize) -> Result<()> {
        let Self { tasks, touched, topics, .. } = self;
        if touched[task].is_empty() || !tasks[task].keeps_changelog_offsets() {
            touched[task].clear();
            return tasks[task].post_commit(None);
        }
        let offset = |(number, partition): (usize, i32)| {
            let topic = topics.at(number);
            ((Arc::clone(&topic.name), partition), topic.next_offset(partition))
        };
        let offsets: Vec<_> = touched[task].drain(..).map(offset).collect();
        tasks[task].post_commit(offsets)
    }

    /// Moves what a task sent on to those that read it.
    fn collect(&mut self, task: usize) -> Result<()> {
        let Self { topics, touched, .. } = self;
        for place in topics.touched.drain(..) {
            if !touched[task].contains(&place) {
                touched[task].push(place);
            }
        }
        if topics.pending.is_empty() { Ok(()) } else { self.deliver_pending() }
    }

    fn deliver_pending(&mut self) -> Result<()> {
        for number in std::mem::take(&mut self.topics.unconnected) {
            self.connect(number)?;
        }
        let mut deliveries = std::mem::take(&mut self.deliveries);
        let now = self.wall_clock;
        let mut pending = std::mem::take(&mut self.topics.pending);
        for (number, index) in pending.drain(..) {
            let topic = self.topics.at(number);
            if !topic.is_read {
                continue;
            }
            if let Some((partition, record)) = topic.fetch(index, now) {
                deliveries.push(Delivery { topic: number, partition, record });
            }
        }
        self.topics.pending = pending;
        let mut send = |delivery: Delivery| self.deliver(delivery.topic, delivery.partition, delivery.record);
        let result = deliveries.drain(..).try_for_each(&mut send);
        self.deliveries = deliveries;
        result
    }

    /// Hands a record to the task that reads it, and to the global stores.
    fn deliver(&mut self, topic: usize, partition: i32, record: RawRecord) -> Result<()> {
        if !self.settings.commit_each_record {
            self.uncommitted.push(Delivery { topic, partition, record: record.clone() });
        }
        let topic = self.topics.at(topic);
        if topic.global {
            for task in &mut self.tasks {
                task.apply_global(&topic.name, partition, record.clone(), self.wall_clock)?;
            }
        }
        let index = usize::try_from(partition).unwrap_or(usize::MAX);
        match topic.readers.get(index).copied().flatten() {
            Some((task, queue)) => self.tasks[task].add_record(queue, record),
            None => Ok(()),
        }
    }

    /// Hands the records that were taken since the last commit to the tasks again: after a crash.
    pub(crate) fn redeliver(&mut self) -> Result<()> {
        for delivery in std::mem::take(&mut self.uncommitted) {
            if !self.topics.at(delivery.topic).global {
                self.deliver(delivery.topic, delivery.partition, delivery.record)?;
            }
        }
        self.run()
    }

    pub(crate) fn check_open(&self) -> Result<()> {
        if self.closed {
            return Err(Error::new(streams_core::ErrorKind::Closed, "the driver is closed"));
        }
        Ok(())
    }

    /// All topics that the topology wrote to.
    pub(crate) fn produced_topics(&self) -> BTreeSet<String> {
        let produced = self.topics.iter().filter(|topic| topic.produced > 0);
        produced.map(|topic| topic.name.to_string()).collect()
    }

    /// The default partitioner's choice.
    #[inline]
    pub(crate) fn partition_of(&self, topic: usize, bytes: &[u8], place: &Place) -> i32 {
        let partitions = self.topics.at(topic).partitions();
        if partitions < 2 {
            return 0;
        }
        default_partition(place.key(bytes), i32::try_from(partitions).unwrap_or(i32::MAX))
    }

    /// Closes all tasks and removes the temporary directory.
    pub(crate) fn close(&mut self) -> Result<()> {
        self.closed = true;
        let tasks = self.close_tasks(true);
        let directory =
            self.temporary.take().map_or(Ok(()), TempDir::close).map_err(|error| {
                Error::state("cannot remove the temporary state directory").with_source(error)
            });
        tasks.and(directory)
    }
}

impl std::fmt::Debug for Engine {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Engine")
            .field("tasks", &self.tasks)
            .field("wall_clock", &self.wall_clock)
            .finish_non_exhaustive()
    }
}
