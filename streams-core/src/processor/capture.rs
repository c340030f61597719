//! A context that keeps what is forwarded, for tests of a single processor.

use std::any::Any;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::graph::{NodeContext, NodeLinks, NodeSlot, TaskContext};
use super::metadata::ProcessorMetadata;
use super::node::{Node, take_record};
use super::punctuation::{PunctuationId, PunctuationType, Punctuations};
use super::{FixedKeyProcessorContext, FixedKeyRecord, ProcessorContext};
use crate::collector::{OutgoingRecord, RecordCollector};
use crate::config::StreamsConfig;
use crate::error::{Error, Result};
use crate::record::{Record, RecordContext};
use crate::store::{StoreContext, Stores, TaskState};
use crate::task_id::TaskId;
use crate::topology::IntoStoreBuilder;

/// A record that a processor forwarded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CapturedForward<K, V> {
    /// The child that it went to; `None` if the context was told of no children.
    pub child: Option<Arc<str>>,
    /// The record.
    pub record: Record<K, V>,
}

/// A punctuation that a processor scheduled and did not cancel.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CapturedPunctuation {
    /// What [`Processor::punctuate`](super::Processor::punctuate) is to be called with.
    pub id: PunctuationId,
    /// Stream time or wall clock.
    pub kind: PunctuationType,
    /// When it is first due, in milliseconds since the epoch.
    pub first: i64,
    /// Milliseconds from one to the next.
    pub interval_ms: i64,
}

type Captured<K, V> = Arc<Mutex<Vec<CapturedForward<K, V>>>>;

/// Gives a processor that is tested by itself the context that it would have in a task, and keeps what it does.
///
/// `streams_test::MockProcessorContext` is this with a temporary state directory; see there for an example.
pub struct CapturingContext<K, V> {
    links: NodeLinks,
    children: Vec<NodeSlot>,
    task: TaskContext,
    state: TaskState,
    captured: Captured<K, V>,
}

impl<K, V> CapturingContext<K, V>
where
    K: Clone + Send + 'static,
    V: Clone + Send + 'static,
{
    /// A context of task 0_0 of the application `mock`, at time 0, without children. Persistent stores live in `state`.
    pub fn new(state: TaskState) -> Self {
        let task = TaskContext {
            task_id: TaskId::new(0, 0),
            application_id: "mock".into(),
            config: Arc::default(),
            stores: Stores::with_state(state.clone()),
            cache_owners: Vec::new(),
            collector: Box::new(NoCollector),
            handlers: Arc::default(),
            punctuations: Punctuations::default(),
            record: RecordContext::punctuation(0),
            stream_time: -1,
            wall_clock: 0,
            commit_requested: false,
            dropped_records: 0,
            metadata: ProcessorMetadata::default(),
        };
        let links = NodeLinks { name: "mock".into(), children: Vec::new(), stores: Vec::new() };
        let mut context = Self { links, children: Vec::new(), task, state, captured: Captured::default() };
        context.set_children::<&str>([]);
        context
    }

    /// Names the children, in the order in which they would be added: what is forwarded to all is then captured once
    /// for each.
    pub fn set_children<S: AsRef<str>>(&mut self, names: impl IntoIterator<Item = S>) {
        let mut names: Vec<Option<Arc<str>>> =
            names.into_iter().map(|name| Some(name.as_ref().into())).collect();
        if names.is_empty() {
            names.push(None);
        }
        self.links.children = (1..=names.len()).collect();
        let slot = |child: Option<Arc<str>>| NodeSlot {
            links: NodeLinks {
                name: child.clone().unwrap_or_else(|| "".into()),
                children: Vec::new(),
                stores: Vec::new(),
            },
            node: Box::new(CaptureNode { child, captured: Arc::clone(&self.captured) }),
        };
        self.children = names.into_iter().map(slot).collect();
    }

    /// The context, to be handed to the processor's methods.
    pub fn context(&mut self) -> ProcessorContext<'_, K, V> {
        ProcessorContext::owning(NodeContext::new(0, &self.links, &mut self.children, &mut self.task))
    }

    /// As [`CapturingContext::context`], for a [`FixedKeyProcessor`](super::FixedKeyProcessor).
    pub fn fixed_key_context(&mut self) -> FixedKeyProcessorContext<'_, K, V> {
        FixedKeyProcessorContext::from(self.context())
    }

    /// A record for a [`FixedKeyProcessor`](super::FixedKeyProcessor): these cannot be made otherwise (KIP-1027).
    pub fn fixed_key_record<K2, V2>(&self, record: Record<K2, V2>) -> FixedKeyRecord<K2, V2> {
        FixedKeyRecord::from_record(record)
    }

    /// Opens a store and connects it to the processor. Nothing is cached or logged.
    ///
    /// # Errors
    /// The store cannot be opened.
    pub fn add_state_store(&mut self, builder: impl IntoStoreBuilder) -> Result<()> {
        let builder = builder.into_store_builder();
        let context = StoreContext {
            application_id: &self.task.application_id,
            task_id: self.task.task_id,
            changelog_topic: None,
            write_changelog: false,
            cache: false,
            state: &self.state,
        };
        self.task.stores.push(builder.build(&context)?);
        self.links.stores.push(builder.name().into());
        Ok(())
    }

    /// The stores.
    pub fn stores(&mut self) -> &mut Stores {
        &mut self.task.stores
    }

    /// Sets `application.id`.
    pub fn set_application_id(&mut self, application_id: &str) {
        self.task.application_id = application_id.into();
    }

    /// Sets the application's configuration, and its id if that is part of it.
    pub fn set_config(&mut self, config: &StreamsConfig) {
        if let Ok(application_id) = config.application_id() {
            self.task.application_id = application_id.into();
        }
        self.task.config = Arc::new(config.clone());
    }

    /// Sets the task's id.
    pub fn set_task_id(&mut self, task_id: TaskId) {
        self.task.task_id = task_id;
    }

    /// Says where the record at hand comes from.
    pub fn set_record_metadata(&mut self, topic: &str, partition: i32, offset: i64) {
        self.task.record.topic = Some(topic.into());
        self.task.record.partition = partition;
        self.task.record.offset = offset;
    }

    /// Sets all that is known of the record at hand.
    pub fn set_record_context(&mut self, record: RecordContext) {
        self.task.set_record(record);
    }

    /// Sets the wall clock, in milliseconds since the epoch. It does not move by itself.
    pub fn set_current_system_time_ms(&mut self, now: i64) {
        self.task.wall_clock = now;
    }

    /// Sets the stream time, in milliseconds since the epoch. It does not move by itself.
    pub fn set_current_stream_time_ms(&mut self, time: i64) {
        self.task.stream_time = time;
    }

    /// What was forwarded since the last reset.
    pub fn forwarded(&self) -> Vec<CapturedForward<K, V>> {
        lock(&self.captured).clone()
    }

    /// What was forwarded to one child since the last reset.
    pub fn forwarded_to(&self, child: &str) -> Vec<Record<K, V>> {
        let captured = lock(&self.captured);
        let to_child = captured.iter().filter(|forward| forward.child.as_deref() == Some(child));
        to_child.map(|forward| forward.record.clone()).collect()
    }

    /// Forgets what was forwarded.
    pub fn reset_forwards(&mut self) {
        lock(&self.captured).clear();
    }

    /// What is scheduled. The test calls [`Processor::punctuate`](super::Processor::punctuate) itself.
    pub fn scheduled_punctuations(&self) -> Vec<CapturedPunctuation> {
        let schedules = self.task.punctuations.schedules().iter();
        schedules
            .map(|schedule| CapturedPunctuation {
                id: schedule.id,
                kind: schedule.kind,
                first: schedule.first,
                interval_ms: schedule.interval_ms,
            })
            .collect()
    }

    /// Whether the processor asked for a commit since the last reset.
    pub fn committed(&self) -> bool {
        self.task.commit_requested
    }

    /// Forgets that the processor asked for a commit.
    pub fn reset_commit(&mut self) {
        self.task.commit_requested = false;
    }

    /// The number of records that the processor counted as dropped.
    pub fn dropped_records(&self) -> u64 {
        self.task.dropped_records
    }
}

impl<K, V> fmt::Debug for CapturingContext<K, V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CapturingContext").field("task", &self.task).finish_non_exhaustive()
    }
}

fn lock<K, V>(captured: &Captured<K, V>) -> MutexGuard<'_, Vec<CapturedForward<K, V>>> {
    captured.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A child that keeps what it is handed.
struct CaptureNode<K, V> {
    child: Option<Arc<str>>,
    captured: Captured<K, V>,
}

impl<K: Send + 'static, V: Send + 'static> Node for CaptureNode<K, V> {
    fn init(&mut self, _cx: &mut NodeContext<'_>) -> Result<()> {
        Ok(())
    }

    fn process(&mut self, cx: &mut NodeContext<'_>, record: &mut dyn Any) -> Result<()> {
        let mut record: Record<K, V> = take_record(record, cx.links)?;
        record.headers = record.headers.detach();
        lock(&self.captured).push(CapturedForward { child: self.child.clone(), record });
        Ok(())
    }
}

/// A processor by itself has no way to write to a topic.
struct NoCollector;

impl RecordCollector for NoCollector {
    fn send(&mut self, record: OutgoingRecord<'_>) -> Result<()> {
        Err(Error::argument(format!("a mock context does not write to topic `{}`", record.topic)))
    }

    fn partition_count(&mut self, topic: &str) -> Result<i32> {
        Err(Error::argument(format!("a mock context knows no topic `{topic}`")))
    }
}
