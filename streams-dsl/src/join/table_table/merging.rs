//! The node below the two sides: it keeps the joined table, if that has a store.

use std::sync::Arc;

use streams_core::{BoxError, Processor, ProcessorContext, Record};

use crate::store::TableWriter;
use crate::{Change, Data};

/// Stores updates, if there is a store, and hands them on.
pub(super) struct Merging<K, O> {
    store: Option<Arc<str>>,
    send_old: bool,
    writer: Option<TableWriter<K, O>>,
}

impl<K, O> Merging<K, O> {
    pub(super) fn new(store: Option<Arc<str>>, send_old: bool) -> Self {
        Self { store, send_old, writer: None }
    }
}

impl<K: Data, O: Data> Processor<K, Change<O>, K, Change<O>> for Merging<K, O> {
    fn init(&mut self, ctx: &mut ProcessorContext<'_, K, Change<O>>) -> Result<(), BoxError> {
        if let Some(store) = &self.store {
            self.writer = Some(TableWriter::open(ctx, store, self.send_old)?);
        }
        Ok(())
    }

    fn process(
        &mut self,
        mut record: Record<K, Change<O>>,
        ctx: &mut ProcessorContext<'_, K, Change<O>>,
    ) -> Result<(), BoxError> {
        let Some(writer) = &self.writer else { return Ok(ctx.forward(record)?) };
        let (new, old) = (record.value.new.take(), record.value.old.take());
        writer.update(ctx, record, new, old)
    }

    fn flush_cache(&mut self, ctx: &mut ProcessorContext<'_, K, Change<O>>) -> Result<(), BoxError> {
        self.writer.as_ref().map_or(Ok(()), |writer| writer.flush(ctx))
    }
}
