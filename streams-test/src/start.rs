//! How a driver makes its tasks, closes them, and makes them again.

use std::collections::BTreeMap;
use std::sync::Arc;

use streams_core::{
    BuiltTopology, CommitOffset, Error, InternalTopic, InternalTopicKind, LogAndContinue, Plan, Result,
    StateOptions, StreamTask, TaskId, TaskOptions, TaskState, Topology,
};

use crate::engine::Engine;
use crate::settings::Settings;
use crate::topics::{Collector, PartitionCounts};

/// Whether the broker would keep the newest record of each key alone. Versioned stores are restored from the older
/// ones, too, which the lag of the compaction keeps.
fn is_compacted(topic: &InternalTopic) -> bool {
    topic.kind == InternalTopicKind::Changelog
        && topic.config.get("cleanup.policy").is_some_and(|policy| policy.contains("compact"))
        && !topic.config.contains_key("min.compaction.lag.ms")
}

impl Engine {
    /// Builds a topology and starts it.
    pub(crate) fn start(topology: &Topology, settings: Settings) -> Result<Self> {
        let built = topology.build(&settings.config)?;
        let counts = partition_counts(&built, &settings.partitions)?;
        let (directory, temporary) = match &settings.state_directory {
            Some(directory) => (directory.clone(), None),
            None => {
                let temporary =
                    tempfile::Builder::new().prefix("streams-test-").tempdir().map_err(|error| {
                        Error::state("cannot make a temporary state directory").with_source(error)
                    })?;
                (temporary.path().to_owned(), Some(temporary))
            }
        };
        let mut engine = Self::new(built, settings, directory, temporary, counts);
        engine.make_tasks(&[])?;
        Ok(engine)
    }

    /// Closes all tasks (the clean way: committed, or as a crash does) and makes them again from what is left.
    pub(crate) fn restart(&mut self, clean: bool) -> Result<()> {
        let mut committed = Vec::new();
        if clean {
            let waiting: usize = self.tasks.iter().map(StreamTask::buffered).sum();
            if waiting > 0 {
                return Err(Error::argument(format!(
                    "{waiting} records wait for other partitions (`max.task.idle.ms`): advance the wall clock first"
                )));
            }
            self.commit()?;
            committed = self.tasks.iter().flat_map(StreamTask::committable_offsets).collect();
        }
        self.close_tasks(clean)?;
        self.make_tasks(&committed)?;
        self.redeliver()
    }

    /// Closes all tasks; the first error is returned, after all were closed.
    pub(crate) fn close_tasks(&mut self, clean: bool) -> Result<()> {
        self.tasks.drain(..).map(|mut task| task.close(clean)).fold(Ok(()), Result::and)
    }

    /// Makes all tasks. `committed` is what those before them have left with their offsets.
    fn make_tasks(&mut self, committed: &[CommitOffset]) -> Result<()> {
        let built = Arc::clone(&self.built);
        if !self.topics.is_partitioned() {
            self.make_task(built.whole(), TaskId::new(0, 0))?;
        } else {
            for subtopology in built.subtopologies() {
                let counts = subtopology.source_topics().iter().map(|topic| self.topics.count(topic));
                let tasks = counts.chain(subtopology.source_patterns().iter().map(|_| 1)).max().unwrap_or(1);
                for partition in 0..tasks {
                    let plan = built.plan(subtopology.id()).ok_or_else(|| Error::bug("a plan is missing"))?;
                    self.make_task(plan, TaskId::new(subtopology.id(), partition))?;
                }
            }
        }
        self.touched = vec![Vec::new(); self.tasks.len()];
        let sources = built.subtopologies().flat_map(|subtopology| subtopology.source_topics().clone());
        let known: Vec<Arc<str>> = self.topics.iter().map(|topic| Arc::clone(&topic.name)).collect();
        for name in sources.chain(known) {
            let number = self.topic(&name)?;
            self.connect(number)?;
        }
        for CommitOffset { topic, partition, metadata, .. } in committed {
            for task in &mut self.tasks {
                // Tasks that do not read the partition say so.
                let _not_its_own = task.restore_partition_time(topic, *partition, metadata);
            }
        }
        self.restore_all()
    }

    fn make_task(&mut self, plan: &Plan, id: TaskId) -> Result<()> {
        let application_id = Arc::clone(self.built.application_id());
        let directory = self.directory.join(&*application_id).join(id.to_string());
        let collector = Box::new(Collector::default());
        let state = TaskState::new(directory, StateOptions { open_lazily: true, ..StateOptions::default() });
        let options = TaskOptions::from_config(&self.settings.config, state, collector)?;
        let mut task = StreamTask::new(plan, id, options)?;
        if let Some(global) = self.built.global_plan() {
            // As Kafka's driver does, whatever the configuration says.
            task.attach_global(global, Arc::new(LogAndContinue))?;
        }
        self.tasks.push(task);
        Ok(())
    }

    /// Fills the stores from their changelogs and starts the tasks.
    fn restore_all(&mut self) -> Result<()> {
        for index in 0..self.tasks.len() {
            for changelog in self.tasks[index].changelogs() {
                let number = self.topic(&changelog.topic)?;
                let internal = self.built.internal_topics().get(&*changelog.topic);
                let topic = self.topics.at_mut(number);
                topic.keep = true;
                topic.compacts = internal.is_some_and(is_compacted);
                let task = &mut self.tasks[index];
                let partition = task.id().partition;
                // What was in memory only is gone, whatever the task's database says of the changelog.
                let from = match changelog.persistent {
                    true => task.committed_changelog_offset(&changelog.topic)?.unwrap_or(0),
                    false => 0,
                };
                let records = self.topics.at(number).history(partition, from);
                if !records.is_empty() {
                    task.restore(&changelog.store, &records)?;
                }
            }
            self.start_task(index)?;
            let globals: Vec<(Arc<str>, usize)> = self
                .topics
                .iter()
                .filter(|topic| topic.global)
                .map(|topic| (Arc::clone(&topic.name), topic.partitions()))
                .collect();
            for (name, partitions) in globals {
                self.reapply_global(index, &name, partitions)?;
            }
        }
        Ok(())
    }

    fn reapply_global(&mut self, task: usize, name: &str, partitions: usize) -> Result<()> {
        let Some(number) = self.topics.find(name) else { return Ok(()) };
        for partition in 0..partitions {
            let partition = i32::try_from(partition).unwrap_or(i32::MAX);
            for record in self.topics.at(number).history(partition, 0) {
                self.tasks[task].apply_global(name, partition, record, self.wall_clock)?;
            }
        }
        Ok(())
    }
}

/// The numbers of partitions of all topics, internal ones included; empty if none was given.
fn partition_counts(built: &BuiltTopology, given: &BTreeMap<String, i32>) -> Result<PartitionCounts> {
    if given.is_empty() {
        return Ok(Arc::default());
    }
    if let Some((topic, count)) = given.iter().find(|(_, count)| **count < 1) {
        return Err(Error::argument(format!("topic `{topic}` cannot have {count} partitions")));
    }
    let mut cluster = given.clone();
    for subtopology in built.subtopologies() {
        for topic in subtopology.source_topics() {
            if !built.internal_topics().contains_key(topic) {
                cluster.entry(topic.to_string()).or_insert(1);
            }
        }
    }
    let internal = built.partition_counts(&cluster)?.internal_topics;
    cluster.extend(internal.into_iter().map(|(topic, count)| (topic.to_string(), count)));
    Ok(Arc::new(cluster))
}
