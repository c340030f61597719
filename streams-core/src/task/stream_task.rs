//! A task and its life; how it processes and commits is in the modules beside this one.

use std::any::Any;
use std::fmt;
use std::sync::Arc;

use super::global::GlobalTask;
use super::group::{PartitionGroup, queue_id, unknown};
use super::offset_metadata;
use super::options::TaskOptions;
use super::queue::Reader;
use super::status::TaskStatus;
use crate::collector::RecordCollector;
use crate::error::{Error, Result};
use crate::handler::{DeserializationExceptionHandler, ErrorHandlers};
use crate::processor::{Graph, NodeLinks, NodeSlot, ProcessorMetadata, Punctuations, RawRecord, TaskContext};
use crate::record::RecordContext;
use crate::store::{StateStore, StoreContext, Stores, TaskState};
use crate::task_id::TaskId;
use crate::time::RawTimestampExtractor;
use crate::topology::{NodePlan, Plan, SourcePlan, StorePlan};

/// A store and the topic that restores it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoreChangelog {
    /// The store's name.
    pub store: Arc<str>,
    /// The topic's full name.
    pub topic: Arc<str>,
    /// The topic is an input of the application: the store restores from it, up to the committed offset, and writes
    /// nothing to it.
    pub is_source: bool,
    /// The store's contents survive on disk; an in-memory store is restored from the start of its changelog.
    pub persistent: bool,
}

/// One sub-topology on one partition: takes records, processes them one at a time, and is committed from outside.
///
/// Its life: [`new`](Self::new) opens the stores, [`restore`](Self::restore) fills them, [`start`](Self::start)
/// initializes the processors; then [`add_records`](Self::add_records) and [`process_one`](Self::process_one) in turn.
/// A commit has three steps: [`prepare_commit`](Self::prepare_commit); outside, the collector is flushed and
/// [`committable_offsets`](Self::committable_offsets) are committed; [`post_commit`](Self::post_commit).
///
/// A task that returned an error other than one of kind [`Retry`](crate::ErrorKind::Retry) is to be closed: the record
/// at hand was processed in part.
pub struct StreamTask {
    pub(super) graph: Graph,
    pub(super) context: TaskContext,
    pub(super) group: PartitionGroup,
    pub(super) extractor: Arc<dyn RawTimestampExtractor>,
    pub(super) sources: Vec<SourcePlan>,
    /// For each store the changelog topic that it writes to, if any.
    pub(super) changelogs: Vec<Option<Arc<str>>>,
    pub(super) global: Option<Box<GlobalTask>>,
    pub(super) cache_max_bytes: usize,
    /// For each store how many records had been processed when its cache was last seen to fill.
    pub(super) cached_since: Vec<Option<u64>>,
    state: TaskState,
    restored_from: Vec<StoreChangelog>,
    pub(super) status: TaskStatus,
    pub(super) commit_needed: bool,
    pub(super) processed: u64,
}

impl StreamTask {
    /// Makes the nodes and opens the stores.
    ///
    /// # Errors
    /// A store cannot be opened, or a partition belongs to a topic that the sub-topology does not read.
    pub fn new(plan: &Plan, task_id: TaskId, options: TaskOptions) -> Result<Self> {
        let mut stores = Stores::with_state(options.state.clone());
        let opening = Opening {
            application_id: &options.application_id,
            task_id,
            cache: options.cache_max_bytes > 0,
            global: false,
            state: &options.state,
        };
        opening.open(&plan.stores, &mut stores)?;
        let restored_from = restored_from(&plan.stores, &stores);
        let mut task = Self {
            graph: make_graph(&plan.nodes),
            context: TaskContext {
                task_id,
                application_id: options.application_id,
                config: options.config,
                stores,
                cache_owners: Vec::new(),
                collector: options.collector,
                handlers: options.handlers,
                punctuations: Punctuations::default(),
                record: RecordContext::punctuation(-1),
                stream_time: -1,
                wall_clock: 0,
                commit_requested: false,
                dropped_records: 0,
                metadata: ProcessorMetadata::default(),
            },
            group: PartitionGroup::new(options.max_task_idle_ms),
            extractor: options.default_timestamp_extractor,
            sources: plan.sources.clone(),
            changelogs: plan.stores.iter().map(StorePlan::logged_to).collect(),
            global: None,
            cache_max_bytes: options.cache_max_bytes,
            cached_since: Vec::new(),
            state: options.state,
            restored_from,
            status: TaskStatus::Created,
            commit_needed: false,
            processed: 0,
        };
        for (topic, partition) in &options.partitions {
            task.add_partition(topic, *partition)?;
        }
        Ok(task)
    }

    /// Adds a partition to those that the task reads: a topic that a pattern has come to match.
    ///
    /// # Errors
    /// The sub-topology does not read the topic.
    pub fn add_partition(&mut self, topic: &Arc<str>, partition: i32) -> Result<()> {
        if self.group.index_of(topic, partition).is_some() {
            return Ok(());
        }
        let source = self.sources.iter().find(|source| source.topics.contains(topic));
        let source = source.ok_or_else(|| unknown(topic, partition))?;
        self.group.add(queue_id(topic, partition), source.node);
        Ok(())
    }

    /// Bounds the record caches of the task's stores from now on, when the tasks that share a cache come or go. Whether
    /// there is a cache at all is settled when the task is made.
    pub fn set_cache_max_bytes(&mut self, bytes: usize) {
        if self.cache_max_bytes > 0 {
            self.cache_max_bytes = bytes.max(1);
        }
    }

    /// Whether the task has stores.
    pub fn is_stateful(&self) -> bool {
        self.context.stores.len() > 0
    }

    /// Whether a source node of the task reads `topic`.
    pub fn reads(&self, topic: &str) -> bool {
        self.sources.iter().any(|source| source.topics.contains(topic))
    }

    /// Applies records of a changelog to the store that it belongs to, oldest first.
    ///
    /// # Errors
    /// The task runs already; it has no such store; or a record is not one of that store's.
    pub fn restore(&mut self, store: &str, records: &[RawRecord]) -> Result<()> {
        self.status = self.status.to(TaskStatus::Restoring)?;
        let stores = &mut self.context.stores;
        let index = stores.index_of(store);
        let found = index.and_then(|index| stores.at(index));
        let found = found.ok_or_else(|| Error::argument(format!("the task has no store `{store}`")))?;
        found.restore(records).map_err(|error| error.context(format!("state store `{store}`")))
    }

    /// Takes over what was committed with an offset: the partition's time (KAFKA-7994), and what processors need to know
    /// of what they have done (KIP-825). To be called before [`StreamTask::start`].
    ///
    /// # Errors
    /// The task does not read the partition.
    pub fn restore_partition_time(&mut self, topic: &str, partition: i32, metadata: &str) -> Result<()> {
        let queue = self.group.queue_mut(topic, partition)?;
        if let Some((time, processors)) = offset_metadata::decode(metadata) {
            queue.partition_time = queue.partition_time.max(time);
            self.context.stream_time = self.context.stream_time.max(time);
            self.context.metadata.merge(&processors);
        }
        Ok(())
    }

    /// Initializes the processors, in the order of the topology. `now` is the wall clock.
    ///
    /// # Errors
    /// A processor refused; the task must be closed.
    pub fn start(&mut self, now: i64) -> Result<()> {
        let resumed = self.status == TaskStatus::Suspended;
        self.status = self.status.to(TaskStatus::Running)?;
        self.context.wall_clock = now;
        if resumed {
            return Ok(());
        }
        if let Some(mut global) = self.global.take() {
            let result = global.start_with(&mut self.context.stores, now);
            self.global = Some(global);
            result?;
        }
        let task_id = self.context.task_id;
        self.graph.init(&mut self.context).map_err(|error| error.context(format!("task {task_id}")))?;
        self.drain_changelogs()
    }

    /// Stops processing: the partitions were taken away. Commit first. Buffered records are forgotten.
    ///
    /// # Errors
    /// The task is closed.
    pub fn suspend(&mut self) -> Result<()> {
        self.status = self.status.to(TaskStatus::Suspended)?;
        self.group.clear();
        Ok(())
    }

    /// Closes processors and stores. With `clean`, everything is committed ([`StreamTask::post_commit`]) and the state
    /// on disk is made final; without, what it lacks comes back from the changelogs.
    ///
    /// # Errors
    /// The disk refused.
    pub fn close(&mut self, clean: bool) -> Result<()> {
        if self.status == TaskStatus::Closed {
            return Ok(());
        }
        self.graph.close();
        if let Some(global) = &mut self.global {
            global.close_nodes();
        }
        self.group.clear();
        self.status = TaskStatus::Closed;
        let task_id = self.context.task_id;
        let stores = std::mem::take(&mut self.context.stores);
        stores
            .close(clean)
            .map_err(|error| error.context(format!("cannot close the stores of task {task_id}")))
    }

    /// Adds global stores: processors see them beside the task's own, and [`StreamTask::apply_global`] updates them.
    /// To be called before [`StreamTask::start`]. `unreadable` decides on records that cannot be read.
    ///
    /// # Errors
    /// A store cannot be opened.
    pub fn attach_global(
        &mut self,
        plan: &Plan,
        unreadable: Arc<dyn DeserializationExceptionHandler>,
    ) -> Result<()> {
        let opening = Opening {
            application_id: &self.context.application_id,
            task_id: self.context.task_id,
            cache: false,
            global: true,
            state: &self.state,
        };
        opening.open(&plan.stores, &mut self.context.stores)?;
        self.changelogs.resize(self.context.stores.len(), None);
        let application_id = Arc::clone(&self.context.application_id);
        let config = Arc::clone(&self.context.config);
        let handlers = ErrorHandlers { deserialization: unreadable, ..(*self.context.handlers).clone() };
        self.global = Some(Box::new(GlobalTask::without_stores(plan, application_id, config, handlers)));
        Ok(())
    }

    /// Whether an attached global store is fed by `topic`.
    pub fn reads_global(&self, topic: &str) -> bool {
        self.global.as_ref().is_some_and(|global| global.reads(topic))
    }

    /// The stores that are restored from a topic (partition: the task's), in their order.
    pub fn changelogs(&self) -> Vec<StoreChangelog> {
        self.restored_from.clone()
    }

    /// The offset of the next record of a changelog to restore, if the state on disk remembers one.
    ///
    /// # Errors
    /// The database cannot be read.
    pub fn committed_changelog_offset(&self, topic: &str) -> Result<Option<i64>> {
        self.state.committed_offset(topic, self.context.task_id.partition)
    }

    /// The task's id.
    pub fn id(&self) -> TaskId {
        self.context.task_id
    }

    /// Where the task is in its life.
    pub fn status(&self) -> TaskStatus {
        self.status
    }

    /// The task's stores.
    pub fn stores(&mut self) -> &mut Stores {
        &mut self.context.stores
    }

    /// The collector, if it is a `C`.
    pub fn collector<C: RecordCollector>(&mut self) -> Option<&mut C> {
        let collector: &mut dyn Any = self.context.collector.as_mut();
        collector.downcast_mut()
    }

    /// The largest timestamp (milliseconds since the epoch) of the records taken so far; -1 before the first.
    pub fn stream_time(&self) -> i64 {
        self.context.stream_time
    }

    /// The number of records that were processed so far.
    pub fn processed_records(&self) -> u64 {
        self.processed
    }

    /// The number of records that were dropped so far (`dropped-records`).
    pub fn dropped_records(&self) -> u64 {
        self.context.dropped_records
    }

    /// How often a record was taken although a partition was empty (`enforced-processing`).
    pub fn enforced_turns(&self) -> u64 {
        self.group.enforced
    }

    pub(super) fn reader<'a>(
        graph: &'a mut Graph,
        task: &'a mut TaskContext,
        extractor: &'a Arc<dyn RawTimestampExtractor>,
    ) -> Reader<'a> {
        Reader { graph, task, extractor: extractor.as_ref() }
    }
}

impl fmt::Debug for StreamTask {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("StreamTask")
            .field("id", &self.context.task_id)
            .field("status", &self.status)
            .finish_non_exhaustive()
    }
}

/// What it takes to open stores.
pub(super) struct Opening<'a> {
    pub(super) application_id: &'a str,
    pub(super) task_id: TaskId,
    pub(super) cache: bool,
    pub(super) global: bool,
    pub(super) state: &'a TaskState,
}

impl Opening<'_> {
    pub(super) fn open(&self, plans: &[StorePlan], stores: &mut Stores) -> Result<()> {
        for plan in plans {
            let context = StoreContext {
                application_id: self.application_id,
                task_id: self.task_id,
                changelog_topic: plan.changelog.as_deref(),
                write_changelog: !self.global && plan.logged_to().is_some(),
                cache: self.cache,
                state: self.state,
            };
            let store = plan.builder.build(&context).map_err(|error| {
                let (name, task) = (plan.builder.name(), self.task_id);
                error.context(format!("cannot open state store `{name}` of task {task}"))
            })?;
            stores.push(store);
        }
        Ok(())
    }
}

fn restored_from(plans: &[StorePlan], stores: &Stores) -> Vec<StoreChangelog> {
    let with_topic = |(plan, store): (&StorePlan, &dyn StateStore)| {
        Some(StoreChangelog {
            store: plan.builder.name().into(),
            topic: plan.changelog.clone()?,
            is_source: plan.changelog_is_source,
            persistent: store.persistent(),
        })
    };
    plans.iter().zip(stores.iter()).filter_map(with_topic).collect()
}

pub(super) fn make_graph(nodes: &[NodePlan]) -> Graph {
    let slot = |plan: &NodePlan| NodeSlot {
        links: NodeLinks {
            name: Arc::clone(&plan.name),
            children: plan.children.clone(),
            stores: plan.stores.clone(),
        },
        node: (plan.factory)(),
    };
    Graph::new(nodes.iter().map(slot).collect())
}
