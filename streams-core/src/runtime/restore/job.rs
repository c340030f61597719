//! A task with what the runtime knows about it.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::error::Result;
use crate::runtime::events::TopicPartition;
use crate::runtime::producer::TaskCollector;
use crate::runtime::state_dir::TaskClaim;
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
    /// What was committed for the input partitions when the task was assigned.
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
