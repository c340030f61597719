//! The node that holds updates back.

use std::sync::Arc;

use streams_core::{
    BoxError, BufferedChange, Error, Processor, ProcessorContext, Record, Result, SuppressionBuffer,
};

use crate::params::{Wait, WhenFull};
use crate::store_link::StoreLink;
use crate::{BufferConfig, Change, Data};

/// How long updates wait, and how many at most.
#[derive(Debug)]
pub(super) struct Limits<K> {
    wait: Wait<K>,
    wait_ms: i64,
    max_records: usize,
    max_bytes: usize,
    when_full: WhenFull,
}

impl<K> Limits<K> {
    pub(super) fn new(wait: Wait<K>, wait_ms: i64, buffer: &BufferConfig) -> Self {
        Self {
            wait,
            wait_ms,
            max_records: buffer.max_records.unwrap_or(usize::MAX),
            max_bytes: buffer.max_bytes.unwrap_or(usize::MAX),
            when_full: buffer.when_full,
        }
    }

    fn exceeded<V: Data>(&self, buffer: &SuppressionBuffer<K, V>) -> bool
    where
        K: Data,
    {
        buffer.num_records() > self.max_records || buffer.buffer_bytes() > self.max_bytes
    }
}

impl<K> Clone for Limits<K> {
    fn clone(&self) -> Self {
        Self { ..*self }
    }
}

/// Holds updates back (rules of KIP-328). Stream time is that of the updates which reach this node.
pub(super) struct Suppressing<K, V> {
    limits: Limits<K>,
    buffer: StoreLink<SuppressionBuffer<K, V>>,
    stream_time: i64,
}

impl<K: Data, V: Data> Suppressing<K, V> {
    pub(super) fn new(limits: Limits<K>, store: &Arc<str>) -> Self {
        Self { limits, buffer: StoreLink::new(store), stream_time: -1 }
    }

    fn hold(&self, record: Record<K, Change<V>>, ctx: &mut ProcessorContext<'_, K, Change<V>>) -> Result<()> {
        let mut context = ctx.record_context().clone();
        let time = match self.limits.wait {
            Wait::UntilWindowCloses(window_end) => window_end(&record.key),
            Wait::For(_) => record.timestamp,
        };
        context.headers = record.headers;
        let Change { new, old, .. } = record.value;
        self.buffer.get(ctx)?.put(time, &record.key, new.as_ref(), old.as_ref(), context)
    }

    /// Emits what has waited long enough, and then what does not fit.
    fn release(&self, ctx: &mut ProcessorContext<'_, K, Change<V>>) -> Result<()> {
        let due = self.stream_time.saturating_sub(self.limits.wait_ms);
        while self.buffer.get(ctx)?.min_time().is_some_and(|time| time <= due) {
            self.emit_first(ctx)?;
        }
        while self.limits.exceeded(self.buffer.get(ctx)?) {
            if self.limits.when_full == WhenFull::ShutDown {
                let buffer = self.buffer.get(ctx)?;
                let (records, bytes) = (buffer.num_records(), buffer.buffer_bytes());
                return Err(Error::state(format!(
                    "the buffer of `{}` is full: it holds {records} keys in {bytes} bytes; at most {} keys and {} bytes \
                     are allowed. Enlarge it, or let it emit early",
                    ctx.node_name(),
                    self.limits.max_records,
                    self.limits.max_bytes
                )));
            }
            self.emit_first(ctx)?;
        }
        Ok(())
    }

    /// Emits the first change, which stays in the buffer until it has arrived below: those who ask for the table's value
    /// meanwhile see the one before.
    fn emit_first(&self, ctx: &mut ProcessorContext<'_, K, Change<V>>) -> Result<()> {
        let Some(first) = self.buffer.get(ctx)?.first()? else { return Ok(()) };
        // Nobody has seen a window before it is closed: there is nothing to delete.
        if first.new.is_some() || !matches!(self.limits.wait, Wait::UntilWindowCloses(_)) {
            Self::emit(first, ctx)?;
        }
        self.buffer.get(ctx)?.remove_first();
        Ok(())
    }

    fn emit(first: BufferedChange<K, V>, ctx: &mut ProcessorContext<'_, K, Change<V>>) -> Result<()> {
        let BufferedChange { key, new, old, context, .. } = first;
        let record = Record::new(key, Change::new(new, old), context.timestamp);
        let record = record.with_headers(context.headers.clone());
        let outer = ctx.set_record_context(context);
        let forwarded = ctx.forward(record);
        ctx.set_record_context(outer);
        forwarded
    }
}

impl<K: Data, V: Data> Processor<K, Change<V>, K, Change<V>> for Suppressing<K, V> {
    fn init(&mut self, ctx: &mut ProcessorContext<'_, K, Change<V>>) -> Result<(), BoxError> {
        Ok(self.buffer.connect(ctx)?)
    }

    fn process(
        &mut self,
        record: Record<K, Change<V>>,
        ctx: &mut ProcessorContext<'_, K, Change<V>>,
    ) -> Result<(), BoxError> {
        self.stream_time = self.stream_time.max(record.timestamp);
        self.hold(record, ctx)?;
        Ok(self.release(ctx)?)
    }
}
