//! The nodes of a task and how a record travels through them.
//!
//! Nodes stand in a vector in topological order, so that a node's children all lie behind it. To run node *i* the
//! vector is split after *i*: the node gets a context that borrows the tail (all that is downstream of it) and the rest
//! of the task. No node owns another, nothing is shared or locked, and a task stays `Send`.

use std::any::Any;
use std::fmt;
use std::sync::Arc;

use super::metadata::ProcessorMetadata;
use super::node::Node;
use super::punctuation::{Due, PunctuationId, Punctuations};
use super::source::Source;
use crate::collector::RecordCollector;
use crate::config::StreamsConfig;
use crate::dead_letter::DeadLetter;
use crate::error::{Error, Result};
use crate::handler::{ErrorHandlerContext, ErrorHandlers, ProcessingDecision};
use crate::record::RecordContext;
use crate::store::Stores;
use crate::task_id::TaskId;

/// What a node is called and what it is connected to.
#[derive(Debug)]
pub(crate) struct NodeLinks {
    pub(crate) name: Arc<str>,
    /// Indices of the children, in the order in which they were added.
    pub(crate) children: Vec<usize>,
    /// Names of the stores that the node may use.
    pub(crate) stores: Vec<Arc<str>>,
}

/// A node in its place.
pub(crate) struct NodeSlot {
    pub(crate) links: NodeLinks,
    pub(crate) node: Box<dyn Node>,
}

impl fmt::Debug for NodeSlot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.links.fmt(f)
    }
}

/// What the nodes of a task share: everything but the nodes themselves.
pub(crate) struct TaskContext {
    pub(crate) task_id: TaskId,
    pub(crate) application_id: Arc<str>,
    pub(crate) config: Arc<StreamsConfig>,
    pub(crate) stores: Stores,
    /// (store, node) pairs: the node whose `flush_cache` empties the store's cache.
    pub(crate) cache_owners: Vec<(usize, usize)>,
    pub(crate) collector: Box<dyn RecordCollector>,
    pub(crate) handlers: Arc<ErrorHandlers>,
    pub(crate) punctuations: Punctuations,
    pub(crate) record: RecordContext,
    /// The largest timestamp of the records taken so far; -1 before the first.
    pub(crate) stream_time: i64,
    /// The wall clock as of this turn of the loop.
    pub(crate) wall_clock: i64,
    pub(crate) commit_requested: bool,
    pub(crate) dropped_records: u64,
    /// What processors commit with the offsets.
    pub(crate) metadata: ProcessorMetadata,
}

impl TaskContext {
    /// Moves the time of the record at hand and returns what it was.
    #[inline]
    fn set_record_time(&mut self, timestamp: i64) -> i64 {
        self.stores.set_time(timestamp);
        std::mem::replace(&mut self.record.timestamp, timestamp)
    }

    /// Sends what an exception handler puts aside. A failure is final: no handler is asked about it.
    pub(crate) fn send_dead_letters(&mut self, letters: &[DeadLetter]) -> Result<()> {
        letters.iter().try_for_each(|letter| {
            let sent = self.collector.send(letter.outgoing());
            sent.map_err(|error| {
                error.context(format!("dead letter for topic `{}`", letter.topic)).mark_handled()
            })
        })
    }

    /// Installs the context of another record and returns the former one.
    pub(crate) fn set_record(&mut self, record: RecordContext) -> RecordContext {
        self.stores.set_time(record.timestamp);
        std::mem::replace(&mut self.record, record)
    }
}

impl fmt::Debug for TaskContext {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TaskContext").field("task_id", &self.task_id).finish_non_exhaustive()
    }
}

/// What a node sees while it runs: its links, all that is downstream, and the task.
pub(crate) struct NodeContext<'a> {
    pub(crate) index: usize,
    pub(crate) links: &'a NodeLinks,
    tail: &'a mut [NodeSlot],
    pub(crate) task: &'a mut TaskContext,
}

impl<'a> NodeContext<'a> {
    /// The context of a node that stands by itself, with `tail` behind it.
    pub(crate) fn new(
        index: usize,
        links: &'a NodeLinks,
        tail: &'a mut [NodeSlot],
        task: &'a mut TaskContext,
    ) -> Self {
        Self { index, links, tail, task }
    }
}

impl NodeContext<'_> {
    /// The same context for a shorter time.
    pub(crate) fn reborrow(&mut self) -> NodeContext<'_> {
        NodeContext { index: self.index, links: self.links, tail: self.tail, task: self.task }
    }

    /// Hands a record (an `Option<Record<K, V>>` that the child takes, or leaves) to the child of that index, at
    /// `timestamp`.
    ///
    /// Never inlined, so that what forwards is small enough to be: then a record is made in the slot that the child
    /// takes it from.
    #[inline(never)]
    pub(crate) fn run_child(&mut self, child: usize, timestamp: i64, record: &mut dyn Any) -> Result<()> {
        self.check_time(timestamp)?;
        // As `enter`, but in place: this runs for every record and node.
        let behind = child.checked_sub(self.index + 1).and_then(|offset| self.tail.get_mut(offset..));
        let Some((NodeSlot { links, node }, tail)) = behind.and_then(<[NodeSlot]>::split_first_mut) else {
            return Err(not_behind(child, self.index + 1));
        };
        let outer = self.task.set_record_time(timestamp);
        let mut cx = NodeContext { index: child, links, tail, task: self.task };
        let result = match node.process(&mut cx, record) {
            Ok(()) => Ok(()),
            Err(error) => cx.processing_failed(error),
        };
        self.task.set_record_time(outer);
        result
    }

    /// Refuses to forward records of negative time.
    #[inline]
    pub(crate) fn check_time(&self, timestamp: i64) -> Result<()> {
        if timestamp < 0 { Err(self.negative(timestamp)) } else { Ok(()) }
    }

    #[cold]
    fn negative(&self, timestamp: i64) -> Error {
        Error::argument(format!(
            "processor `{}` forwarded a record with the negative timestamp {timestamp}: topics have no such records; \
             timestamps are milliseconds since the epoch",
            self.links.name
        ))
    }

    /// The index of the child of that name.
    pub(crate) fn child_named(&self, name: &str) -> Result<usize> {
        let matches = |child: &usize| {
            self.tail.get(child - self.index - 1).is_some_and(|slot| &*slot.links.name == name)
        };
        self.links.children.iter().copied().find(matches).ok_or_else(|| {
            Error::argument(format!("processor `{}` has no child `{name}` to forward to", self.links.name))
        })
    }

    /// Asks the processing exception handler what to do about an error that this node raised.
    #[cold]
    fn processing_failed(&mut self, error: Error) -> Result<()> {
        if error.is_handled() || !error.goes_to_processing_handler() {
            return Err(error);
        }
        let context = ErrorHandlerContext {
            record: &self.task.record,
            processor_node: &self.links.name,
            task_id: self.task.task_id,
        };
        let handlers = Arc::clone(&self.task.handlers);
        let letters =
            handlers.processing.dead_letters(&context, &error, handlers.dead_letter_topic.as_deref());
        let decision = handlers.processing.handle(&context, &error);
        self.task.send_dead_letters(&letters)?;
        match decision {
            ProcessingDecision::Continue => {
                tracing::warn!(node = %self.links.name, task = %self.task.task_id, %error, "record dropped: processing failed");
                self.task.dropped_records += 1;
                Ok(())
            }
            ProcessingDecision::Fail => {
                let place = format!("processor `{}` of task {}", self.links.name, self.task.task_id);
                Err(error.context(place).mark_handled())
            }
        }
    }
}

/// The node of that index, and the context that it runs with; `slots[0]` is the node of index `base`.
#[inline]
fn enter<'a>(
    slots: &'a mut [NodeSlot],
    base: usize,
    index: usize,
    task: &'a mut TaskContext,
) -> Result<(NodeContext<'a>, &'a mut dyn Node)> {
    let behind = index.checked_sub(base).and_then(|offset| slots.get_mut(offset..));
    match behind.and_then(<[NodeSlot]>::split_first_mut) {
        Some((NodeSlot { links, node }, tail)) => {
            Ok((NodeContext { index, links, tail, task }, node.as_mut()))
        }
        None => Err(not_behind(index, base)),
    }
}

#[cold]
pub(crate) fn no_source(index: usize) -> Error {
    Error::bug(format!("node {index} is no source node"))
}

#[cold]
fn not_behind(index: usize, base: usize) -> Error {
    Error::bug(format!("node {index} does not lie behind node {base}"))
}

/// All nodes of a task.
#[derive(Debug)]
pub(crate) struct Graph {
    nodes: Vec<NodeSlot>,
}

impl Graph {
    /// A graph of nodes in topological order: every child behind its parents.
    pub(crate) fn new(nodes: Vec<NodeSlot>) -> Self {
        Self { nodes }
    }

    /// Initializes all nodes, parents first.
    pub(crate) fn init(&mut self, task: &mut TaskContext) -> Result<()> {
        for index in 0..self.nodes.len() {
            let (mut cx, node) = enter(&mut self.nodes, 0, index, task)?;
            node.init(&mut cx).map_err(|error| error.context(format!("processor `{}`", cx.links.name)))?;
        }
        Ok(())
    }

    /// Runs `f` on one node: how a source node gives out its head record.
    pub(crate) fn with_node<R>(
        &mut self,
        index: usize,
        task: &mut TaskContext,
        f: impl FnOnce(&mut dyn Node, &mut NodeContext<'_>) -> Result<R>,
    ) -> Result<R> {
        let (mut cx, node) = enter(&mut self.nodes, 0, index, task)?;
        f(node, &mut cx)
    }

    /// The source node of that index.
    pub(crate) fn source(&mut self, index: usize) -> Result<&mut dyn Source> {
        let source = self.nodes.get_mut(index).and_then(|slot| slot.node.as_source());
        source.ok_or_else(|| no_source(index))
    }

    /// The name of the node of that index.
    pub(crate) fn name(&self, index: usize) -> &str {
        self.nodes.get(index).map_or("", |slot| &*slot.links.name)
    }

    /// Runs a punctuation that is due, in a context without a source record.
    pub(crate) fn punctuate(&mut self, due: Due, timestamp: i64, task: &mut TaskContext) -> Result<()> {
        self.in_punctuation(due.node, timestamp, task, |node, cx| node.punctuate(cx, due.id, timestamp))
    }

    /// Lets a node empty the cache that it owns.
    pub(crate) fn flush_cache(&mut self, index: usize, task: &mut TaskContext) -> Result<()> {
        let timestamp = task.record.timestamp;
        self.in_punctuation(index, timestamp, task, |node, cx| node.flush_cache(cx))
    }

    fn in_punctuation(
        &mut self,
        index: usize,
        timestamp: i64,
        task: &mut TaskContext,
        f: impl FnOnce(&mut dyn Node, &mut NodeContext<'_>) -> Result<()>,
    ) -> Result<()> {
        let outer = task.set_record(RecordContext::punctuation(timestamp));
        let result = enter(&mut self.nodes, 0, index, task)
            .and_then(|(mut cx, node)| f(node, &mut cx).or_else(|error| cx.processing_failed(error)));
        task.set_record(outer);
        result
    }

    /// Closes all nodes.
    pub(crate) fn close(&mut self) {
        for slot in &mut self.nodes {
            slot.node.close();
        }
    }
}

/// Cancels a punctuation of the task.
pub(crate) fn cancel(task: &mut TaskContext, id: PunctuationId) {
    task.punctuations.cancel(id);
}
