//! Global stores: every instance applies all records of their topics.

use std::fmt;
use std::sync::Arc;

use super::queue::{Head, Reader, RecordQueue};
use super::stream_task::{Opening, make_graph};
use crate::collector::{OutgoingRecord, RecordCollector};
use crate::config::StreamsConfig;
use crate::error::{Error, Result};
use crate::handler::{ErrorHandlers, LogAndFail};
use crate::processor::{Graph, ProcessorMetadata, Punctuations, QueueId, RawRecord, TaskContext};
use crate::record::RecordContext;
use crate::store::{Stores, TaskState};
use crate::task_id::TaskId;
use crate::time::RawTimestampExtractor;
use crate::topology::{Plan, SourcePlan};

/// Applies the records of global topics to the global stores, one at a time and in the order of their offsets.
///
/// By itself it owns the stores; [`StreamTask::attach_global`](crate::StreamTask::attach_global) makes one that works on
/// stores of that task.
pub struct GlobalTask {
    graph: Graph,
    context: TaskContext,
    queues: Vec<RecordQueue>,
    sources: Vec<SourcePlan>,
}

/// Global topics have no extractor: the topic's own time is the record's, and must be one.
struct TopicTime;

impl RawTimestampExtractor for TopicTime {
    fn extract(&self, record: &RawRecord, _partition_time: i64) -> Result<i64> {
        if record.timestamp < 0 {
            return Err(Error::data(format!(
                "the record of a global topic has the invalid timestamp {}",
                record.timestamp
            )));
        }
        Ok(record.timestamp)
    }
}

/// Global processors have no sinks.
struct NoOutput;

impl RecordCollector for NoOutput {
    fn send(&mut self, record: OutgoingRecord<'_>) -> Result<()> {
        Err(Error::topology(format!("a global processor cannot write to topic `{}`", record.topic)))
    }

    fn partition_count(&mut self, topic: &str) -> Result<i32> {
        Err(Error::topology(format!("a global processor cannot write to topic `{topic}`")))
    }
}

impl GlobalTask {
    /// Makes the nodes and opens the stores in `state`.
    ///
    /// # Errors
    /// A store cannot be opened.
    pub fn new(plan: &Plan, config: &Arc<StreamsConfig>, state: &TaskState) -> Result<Self> {
        let application_id = config.application_id()?;
        let handlers = config.error_handlers();
        let mut global = Self::without_stores(plan, application_id.into(), Arc::clone(config), handlers);
        global.context.stores = Stores::with_state(state.clone());
        let opening =
            Opening { application_id, task_id: global.context.task_id, cache: false, global: true, state };
        opening.open(&plan.stores, &mut global.context.stores)?;
        Ok(global)
    }

    /// A task that works on the stores of another one.
    pub(super) fn without_stores(
        plan: &Plan,
        application_id: Arc<str>,
        config: Arc<StreamsConfig>,
        mut handlers: ErrorHandlers,
    ) -> Self {
        // There is no producer for dead letters here, and errors of user code go to the handler only if that is asked
        // for (KIP-1270).
        handlers.dead_letter_topic = None;
        if !config.processing_exception_handler_global_enabled() {
            handlers.processing = Arc::new(LogAndFail);
        }
        let context = TaskContext {
            task_id: TaskId::new(-1, -1),
            application_id,
            config,
            stores: Stores::default(),
            cache_owners: Vec::new(),
            collector: Box::new(NoOutput),
            handlers: Arc::new(handlers),
            punctuations: Punctuations::default(),
            record: RecordContext::punctuation(-1),
            stream_time: -1,
            wall_clock: 0,
            commit_requested: false,
            dropped_records: 0,
            metadata: ProcessorMetadata::default(),
        };
        Self { graph: make_graph(&plan.nodes), context, queues: Vec::new(), sources: plan.sources.clone() }
    }

    /// Whether a global store is fed by `topic`.
    pub fn reads(&self, topic: &str) -> bool {
        self.sources.iter().any(|source| source.topics.contains(topic))
    }

    /// Initializes the processors. `now` is the wall clock.
    ///
    /// # Errors
    /// A processor refused.
    pub fn start(&mut self, now: i64) -> Result<()> {
        self.context.wall_clock = now;
        self.graph.init(&mut self.context).map_err(|error| error.context("global stores"))
    }

    /// Applies one record.
    ///
    /// # Errors
    /// No global store reads the topic, or what no exception handler forgave.
    pub fn process(&mut self, topic: &str, partition: i32, record: RawRecord, now: i64) -> Result<()> {
        self.context.wall_clock = now;
        let index = self.queue(topic, partition)?;
        let queue = &mut self.queues[index];
        queue.push(record);
        let mut reader = Reader { graph: &mut self.graph, task: &mut self.context, extractor: &TopicTime };
        queue.read_head(&mut reader);
        match queue.take_head(&mut self.context) {
            Some(Head::Ready { .. }) => {}
            Some(Head::Failed { error, .. }) => return Err(error),
            Some(Head::Skipped { .. }) | None => return Ok(()),
        }
        let (source, slot) = (queue.source, queue.slot());
        self.graph
            .with_node(source, &mut self.context, |node, cx| match node.as_source() {
                Some(source) => source.emit(slot, cx),
                None => Err(Error::bug("a source node is none any more")),
            })
            .map_err(|error| {
                let offset = self.context.record.offset;
                error.context(format!("global topic `{topic}`, partition {partition}, offset {offset}"))
            })
    }

    /// Applies records of the topic that feeds `store` to it directly, oldest first, as after a restart.
    ///
    /// # Errors
    /// There is no such store, or a record is not one of its topic.
    pub fn restore(&mut self, store: &str, records: &[RawRecord]) -> Result<()> {
        let stores = &mut self.context.stores;
        let index = stores.index_of(store);
        let found = index.and_then(|index| stores.at(index));
        let found = found.ok_or_else(|| Error::argument(format!("there is no global store `{store}`")))?;
        found.restore(records).map_err(|error| error.context(format!("global store `{store}`")))
    }

    /// Makes what was applied so far durable. `offsets` are those of the next record of each global topic partition.
    ///
    /// # Errors
    /// The disk refused.
    pub fn commit(&mut self, offsets: impl IntoIterator<Item = ((Arc<str>, i32), i64)>) -> Result<()> {
        self.context.stores.commit(offsets)
    }

    /// The stores.
    pub fn stores(&mut self) -> &mut Stores {
        &mut self.context.stores
    }

    /// Closes processors and stores; see [`StreamTask::close`](crate::StreamTask::close).
    ///
    /// # Errors
    /// The disk refused.
    pub fn close(&mut self, clean: bool) -> Result<()> {
        self.close_nodes();
        std::mem::take(&mut self.context.stores).close(clean)
    }

    pub(super) fn close_nodes(&mut self) {
        self.graph.close();
    }

    /// [`GlobalTask::start`] on stores that a task owns.
    pub(super) fn start_with(&mut self, stores: &mut Stores, now: i64) -> Result<()> {
        self.borrowing(stores, |global| global.start(now))
    }

    /// [`GlobalTask::process`] on stores that a task owns.
    pub(super) fn process_with(
        &mut self,
        stores: &mut Stores,
        topic: &str,
        partition: i32,
        record: RawRecord,
        now: i64,
    ) -> Result<()> {
        self.borrowing(stores, |global| global.process(topic, partition, record, now))
    }

    fn borrowing<R>(&mut self, stores: &mut Stores, f: impl FnOnce(&mut Self) -> R) -> R {
        std::mem::swap(&mut self.context.stores, stores);
        let result = f(self);
        std::mem::swap(&mut self.context.stores, stores);
        result
    }

    fn queue(&mut self, topic: &str, partition: i32) -> Result<usize> {
        let found = |queue: &RecordQueue| *queue.id.topic == *topic && queue.id.partition == partition;
        if let Some(index) = self.queues.iter().position(found) {
            return Ok(index);
        }
        let source = self.sources.iter().find(|source| source.topics.contains(topic));
        let source =
            source.ok_or_else(|| Error::argument(format!("no global store reads topic `{topic}`")))?.node;
        let slot = self.queues.iter().filter(|queue| queue.source == source).count();
        let id = QueueId { topic: topic.into(), partition };
        self.queues.push(RecordQueue::new(id, source, slot));
        Ok(self.queues.len() - 1)
    }
}

impl fmt::Debug for GlobalTask {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("GlobalTask").field("sources", &self.sources).finish_non_exhaustive()
    }
}
