//! A task with what the runtime knows about it.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::error::Result;
use crate::runtime::events::TopicPartition;
use crate::runtime::state_dir::TaskClaim;
use crate::runtime::task_collector::TaskCollector;
use crate::store::TaskState;
use crate::task::StreamTask;
use crate::task_id::TaskId;
use crate::topology::Plan;

/// A store of a task that has a changelog.
#[derive(Debug, Clone)]
pub(crate) struct LoggedStore {
    pub(crate) store: Arc<str>,
    pub(crate) topic: Arc<str>,
    /// The changelog is an input topic: it is read only as far as the application has processed it.
    pub(crate) is_source: bool,
}

/// A task with what the runtime knows about it.
#[derive(Debug)]
pub(crate) struct ActiveTask {
    pub(crate) task: StreamTask,
    pub(crate) state: TaskState,
    pub(crate) partitions: Vec<TopicPartition>,
    pub(crate) logged: Vec<LoggedStore>,
    /// What was last committed for the input partitions: when the task was assigned, or by this thread since.
    pub(crate) committed: BTreeMap<TopicPartition, i64>,
    /// Its stores are restored.
    pub(crate) complete: bool,
    /// Dropped records that the application's counters have.
    pub(crate) counted_dropped: u64,
    // Given up last, when the stores are closed.
    _claim: TaskClaim,
}

impl ActiveTask {
    pub(crate) fn new(
        task: StreamTask,
        state: TaskState,
        partitions: Vec<TopicPartition>,
        plan: &Plan,
        claim: TaskClaim,
    ) -> Self {
        let logged = plan.stores.iter().filter_map(|store| {
            let topic = store.changelog.clone()?;
            Some(LoggedStore {
                store: store.builder.name().into(),
                topic,
                is_source: store.changelog_is_source,
            })
        });
        Self {
            task,
            state,
            partitions,
            logged: logged.collect(),
            committed: BTreeMap::new(),
            complete: false,
            counted_dropped: 0,
            _claim: claim,
        }
    }

    pub(crate) fn id(&self) -> TaskId {
        self.task.id()
    }

    /// Whether `committed` is what this thread knows of. If not, another member has had the task in between: the stores
    /// lack what it did.
    pub(crate) fn is_current(&self, committed: impl Fn(&TopicPartition) -> Option<i64>) -> bool {
        self.partitions.iter().all(|partition| self.committed.get(partition).copied() == committed(partition))
    }

    /// The commit is done: tells the task how far its changelogs are acknowledged.
    pub(crate) fn post_commit(&mut self) -> Result<()> {
        let partition = self.id().partition;
        let mut offsets = Vec::with_capacity(self.logged.len());
        let sources = self.task.committable_offsets();
        for logged in &self.logged {
            let offset = if logged.is_source {
                let own = sources.iter().find(|own| own.topic == logged.topic && own.partition == partition);
                own.map(|own| own.offset)
            } else {
                let collector = self.task.collector::<TaskCollector>();
                collector.and_then(|collector| collector.acknowledged(&logged.topic)).map(|offset| offset + 1)
            };
            offsets.extend(offset.map(|offset| ((Arc::clone(&logged.topic), partition), offset)));
        }
        for own in sources {
            self.committed.insert(TopicPartition::new(own.topic, own.partition), own.offset);
        }
        self.task.post_commit(offsets)
    }

    /// Restored up to `offset`: what was applied may go to disk.
    pub(crate) fn restored_to(&mut self, topic: &Arc<str>, offset: i64) -> Result<()> {
        let partition = self.id().partition;
        self.task.post_commit([((Arc::clone(topic), partition), offset)])
    }
}

impl ActiveTask {
    /// Where to go on restoring a store: the offset that the state on disk stands at, if the store is on disk.
    pub(crate) fn restored_offset(&mut self, logged: &LoggedStore) -> Result<Option<i64>> {
        let partition = self.id().partition;
        let stores = self.task.stores();
        let index = stores.index_of(&logged.store);
        let persistent = index.and_then(|index| stores.at(index)).is_some_and(|store| store.persistent());
        if persistent { self.state.committed_offset(&logged.topic, partition) } else { Ok(None) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::collector::{OutgoingRecord, RecordCollector};
    use crate::record::Headers;
    use crate::runtime::state_dir::StateDirectory;
    use crate::store::StateOptions;
    use crate::topology::{Sink, Source, Topology};
    use crate::{RawPayload, RawRecord, StreamsConfig, TaskOptions};

    struct Nowhere;

    impl RecordCollector for Nowhere {
        fn send(&mut self, _: OutgoingRecord<'_>) -> Result<()> {
            Ok(())
        }

        fn partition_count(&mut self, _: &str) -> Result<i32> {
            Ok(1)
        }
    }

    #[test]
    fn a_task_whose_offsets_another_member_moved_is_not_current() {
        let mut topology = Topology::new();
        topology.add_source(Source::<Vec<u8>, Vec<u8>>::new("in", ["a"])).unwrap();
        topology.add_sink(Sink::<Vec<u8>, Vec<u8>>::to("out", "b"), ["in"]).unwrap();
        let config = Arc::new(StreamsConfig::builder().application_id("app").build().unwrap());
        let built = topology.build(&config).unwrap();
        let plan = built.plan(0).unwrap();
        let dir = tempfile::tempdir().unwrap();
        let directory = Arc::new(StateDirectory::open(dir.path(), "app").unwrap());
        let id = TaskId::new(0, 0);
        let state = TaskState::new(directory.task_dir(id), StateOptions::default());
        let mut options = TaskOptions::from_config(&config, state.clone(), Box::new(Nowhere)).unwrap();
        options.partitions = vec![("a".into(), 0)];
        let mut task = StreamTask::new(plan, id, options).unwrap();
        task.start(0).unwrap();
        let claim = directory.claim(id).unwrap();
        let mut active = ActiveTask::new(task, state, vec![TopicPartition::new("a", 0)], plan, claim);
        assert!(active.is_current(|_| None) && !active.is_current(|_| Some(7)));

        let payload = RawPayload::new(Some(b"x"), Some(b"x"));
        let record = RawRecord { offset: 6, timestamp: 0, payload, headers: Headers::new() };
        active.task.add_records("a", 0, [record]).unwrap();
        assert!(active.task.process_one(0).unwrap());
        active.task.prepare_commit().unwrap();
        active.post_commit().unwrap();
        assert!(active.is_current(|_| Some(7)));
        assert!(!active.is_current(|_| Some(9)), "somebody else went on");
        assert!(!active.is_current(|_| None), "the group forgot");
    }
}
