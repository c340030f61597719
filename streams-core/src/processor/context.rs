//! What a processor can do while it runs.

use std::fmt;
use std::marker::PhantomData;
use std::path::Path;
use std::time::Duration;

use super::graph::{self, NodeContext};
use super::punctuation::{PunctuationId, PunctuationType};
use crate::config::StreamsConfig;
use crate::error::{Error, Result};
use crate::record::{Record, RecordContext, RecordMetadata};
use crate::store::{StateStore, StoreRef, Stores};
use crate::task_id::TaskId;

/// What a processor that forwards `Record<K, V>` can do while it runs.
pub struct ProcessorContext<'a, K, V> {
    cx: NodeContext<'a>,
    output: PhantomData<fn(K, V)>,
}

impl<'a, K, V> ProcessorContext<'a, K, V> {
    #[inline]
    pub(crate) fn new(cx: &'a mut NodeContext<'_>) -> Self {
        Self { cx: cx.reborrow(), output: PhantomData }
    }

    pub(crate) fn owning(cx: NodeContext<'a>) -> Self {
        Self { cx, output: PhantomData }
    }

    /// The same context for a processor that forwards other types.
    pub(crate) fn retyped<K2, V2>(&mut self) -> ProcessorContext<'_, K2, V2> {
        ProcessorContext { cx: self.cx.reborrow(), output: PhantomData }
    }

    /// The application's id.
    pub fn application_id(&self) -> &str {
        &self.cx.task.application_id
    }

    /// The application's configuration; processors may keep settings of their own in it.
    pub fn config(&self) -> &StreamsConfig {
        &self.cx.task.config
    }

    /// The directory of the task's state, where a processor may keep files of its own; it is made when a persistent store
    /// is opened.
    pub fn state_dir(&self) -> Option<&Path> {
        self.cx.task.stores.directory()
    }

    /// The task that this processor belongs to.
    pub fn task_id(&self) -> TaskId {
        self.cx.task.task_id
    }

    /// The name of the node that this processor is.
    pub fn node_name(&self) -> &str {
        &self.cx.links.name
    }

    /// Where the record at hand came from; `None` in `init` and in punctuations.
    pub fn record_metadata(&self) -> Option<RecordMetadata> {
        self.cx.task.record.metadata()
    }

    /// All that is known of the record at hand.
    pub fn record_context(&self) -> &RecordContext {
        &self.cx.task.record
    }

    /// Takes over the context of another record (one that was buffered, say) for what is forwarded from here on, and
    /// returns the former one.
    pub fn set_record_context(&mut self, record: RecordContext) -> RecordContext {
        self.cx.task.set_record(record)
    }

    /// The task's stream time: the largest timestamp (milliseconds since the epoch) of the records that it took so far;
    /// -1 before the first (KIP-622).
    pub fn current_stream_time_ms(&self) -> i64 {
        self.cx.task.stream_time
    }

    /// The wall clock in milliseconds since the epoch, looked at once per turn of the thread's loop (KIP-622).
    pub fn current_system_time_ms(&self) -> i64 {
        self.cx.task.wall_clock
    }

    /// Asks for a commit as soon as the record at hand is done.
    pub fn commit(&mut self) {
        self.cx.task.commit_requested = true;
    }

    /// Counts a record as dropped (`dropped-records`). The caller logs why.
    pub fn record_dropped(&mut self) {
        self.cx.task.dropped_records += 1;
    }

    /// The number that this processor, or the one whose work it goes on with, has committed under that name.
    pub fn committed_number(&self, name: &str) -> Option<i64> {
        self.cx.task.metadata.get(name)
    }

    /// Commits a number under that name with the task's offsets, for [`ProcessorContext::committed_number`] after a
    /// restart, on this instance or another. Numbers only grow: a smaller one changes nothing.
    pub fn commit_number(&mut self, name: &str, number: i64) {
        self.cx.task.metadata.raise(name, number);
    }

    /// Asks for [`Processor::punctuate`](super::Processor::punctuate) every `interval`.
    ///
    /// Stream-time punctuations lie on a grid that starts at 0 and the first record fires one; wall-clock ones start one
    /// interval from now. However far time jumps, a punctuation fires once for the jump (KIP-138).
    ///
    /// # Errors
    /// The interval is shorter than a millisecond.
    pub fn schedule(&mut self, interval: Duration, kind: PunctuationType) -> Result<PunctuationId> {
        let interval_ms = millis(interval);
        let first = match kind {
            PunctuationType::StreamTime => 0,
            PunctuationType::WallClockTime => self.cx.task.wall_clock.saturating_add(interval_ms),
        };
        self.cx.task.punctuations.schedule(self.cx.index, kind, first, interval_ms)
    }

    /// As [`ProcessorContext::schedule`], on the grid `start + n * interval` (milliseconds since the epoch), first at the
    /// first point of the grid that is not in the past (KIP-1146).
    ///
    /// # Errors
    /// The interval is shorter than a millisecond, or `start` is negative.
    pub fn schedule_from(
        &mut self,
        start: i64,
        interval: Duration,
        kind: PunctuationType,
    ) -> Result<PunctuationId> {
        if start < 0 {
            return Err(Error::argument(format!("a punctuation cannot start at the negative time {start}")));
        }
        let interval_ms = millis(interval);
        let now = match kind {
            PunctuationType::StreamTime => self.cx.task.stream_time,
            PunctuationType::WallClockTime => self.cx.task.wall_clock,
        };
        let behind = now.saturating_sub(start).max(0);
        let steps = if interval_ms > 0 { (behind + interval_ms - 1) / interval_ms } else { 0 };
        let first = start.saturating_add(steps.saturating_mul(interval_ms));
        self.cx.task.punctuations.schedule(self.cx.index, kind, first, interval_ms)
    }

    /// Cancels a punctuation; also from within itself.
    pub fn cancel(&mut self, punctuation: PunctuationId) {
        graph::cancel(self.cx.task, punctuation);
    }

    /// A reference to a store, to be made in `init` and used with [`ProcessorContext::store`] for every record.
    ///
    /// # Errors
    /// The store is not connected to this processor, or is of another type than `S`.
    pub fn store_ref<S: StateStore>(&mut self, name: &str) -> Result<StoreRef<S>> {
        if !self.cx.links.stores.iter().any(|connected| &**connected == name) {
            return Err(Error::topology(format!(
                "processor `{}` has no access to state store `{name}`: connect it, by naming the store where the \
                 processor is added or with `connect_processor_and_state_stores`",
                self.cx.links.name
            )));
        }
        self.cx.task.stores.reference(name)
    }

    /// The store behind a reference.
    ///
    /// # Errors
    /// The reference was made in another task.
    pub fn store<S: StateStore>(&mut self, reference: &StoreRef<S>) -> Result<&mut S> {
        let task = &mut *self.cx.task;
        task.stores.get_for(reference, &task.record)
    }

    /// All stores of the task.
    pub fn stores(&mut self) -> &mut Stores {
        &mut self.cx.task.stores
    }

    /// Makes this processor the one that empties the record cache of a store (see
    /// [`Processor::flush_cache`](super::Processor::flush_cache)).
    pub fn own_cache<S: StateStore>(&mut self, store: &StoreRef<S>) {
        self.cx.task.cache_owners.push((store.index(), self.cx.index));
    }
}

impl<K, V> ProcessorContext<'_, K, V>
where
    K: Clone + Send + 'static,
    V: Clone + Send + 'static,
{
    /// Hands a record to all children, in the order in which they were added, each going as deep as it goes before the
    /// next starts.
    ///
    /// # Errors
    /// The record's timestamp is negative; or what a child returned and no exception handler forgave. Return it: do not
    /// go on.
    #[inline]
    pub fn forward(&mut self, record: Record<K, V>) -> Result<()> {
        self.forward_from(&mut Some(record))
    }

    /// As [`ProcessorContext::forward`], of the record in a slot: what has a slot saves moving the record to another. It
    /// may stay there.
    #[inline]
    pub(crate) fn forward_from(&mut self, slot: &mut Option<Record<K, V>>) -> Result<()> {
        let Some(record) = slot else { return Ok(()) };
        match self.cx.links.children[..] {
            [child] => self.cx.run_child(child, record.timestamp, slot),
            _ => self.forward_to_all(slot),
        }
    }

    #[inline(never)]
    fn forward_to_all(&mut self, slot: &mut Option<Record<K, V>>) -> Result<()> {
        let Some(record) = slot else { return Ok(()) };
        let Some((last, rest)) = self.cx.links.children.split_last() else {
            return self.cx.check_time(record.timestamp);
        };
        for child in rest {
            let mut copy = Some(record.share());
            self.cx.run_child(*child, record.timestamp, &mut copy)?;
        }
        self.cx.run_child(*last, record.timestamp, slot)
    }

    /// Hands a record to the child of that name only.
    ///
    /// # Errors
    /// There is no such child; or as [`ProcessorContext::forward`].
    pub fn forward_to(&mut self, child: &str, record: Record<K, V>) -> Result<()> {
        let child = self.cx.child_named(child)?;
        self.cx.run_child(child, record.timestamp, &mut Some(record))
    }
}

impl<K, V> fmt::Debug for ProcessorContext<'_, K, V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ProcessorContext({})", self.cx.links.name)
    }
}

fn millis(interval: Duration) -> i64 {
    i64::try_from(interval.as_millis()).unwrap_or(i64::MAX)
}
