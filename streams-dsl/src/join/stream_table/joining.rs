//! The node that looks a stream's records up in a table.

use std::sync::Arc;

use streams_core::{BoxError, GraceBuffer, Processor, ProcessorContext, Record, Serde};

use super::join_key::JoinKey;
use crate::Data;
use crate::join::JoinResult;
use crate::join::skipped::skip;
use crate::store_link::StoreLink;
use crate::table::{Getter, GetterSupplier};

/// What the processors of a join share. `joiner` makes nothing of records without a table value where the join is inner.
pub(super) struct Join<K, V, KT, VT, S, F> {
    pub(super) table: Arc<dyn GetterSupplier<KT, VT>>,
    pub(super) join_key: S,
    pub(super) joiner: F,
    /// Records whose key is null come out without a table value.
    pub(super) left: bool,
    /// Tells null keys of the table.
    pub(super) table_keys: Option<Serde<KT>>,
    /// Tells null values of the stream.
    pub(super) values: Option<Serde<V>>,
    /// The buffer that records wait in for their grace period.
    pub(super) buffer: Option<Arc<str>>,
    pub(super) keys: std::marker::PhantomData<fn(K)>,
}

/// Looks records up in a table (features D83 to D85): only the stream triggers. With a grace period, records first wait in
/// a buffer; those that are late already are joined at once.
pub(super) struct Joining<K, V, KT, VT, S, F> {
    join: Arc<Join<K, V, KT, VT, S, F>>,
    table: Box<dyn Getter<KT, VT>>,
    buffer: Option<StoreLink<GraceBuffer<K, V>>>,
}

impl<K: Data, V: Data, KT: Data, VT: Data, S, F> Joining<K, V, KT, VT, S, F> {
    pub(super) fn new(join: &Arc<Join<K, V, KT, VT, S, F>>) -> Self {
        Self {
            table: join.table.get(),
            buffer: join.buffer.as_ref().map(StoreLink::new),
            join: Arc::clone(join),
        }
    }
}

impl<K, V, KT, VT, O, S, F> Joining<K, V, KT, VT, S, F>
where
    K: Data,
    V: Data,
    KT: Data,
    VT: Data,
    O: Data,
    S: JoinKey<K, V, KT>,
    F: Fn(&K, &V, Option<&VT>) -> JoinResult<O> + Send + Sync,
{
    fn forward(
        &self,
        record: Record<K, V>,
        found: Option<&VT>,
        ctx: &mut ProcessorContext<'_, K, O>,
    ) -> Result<(), BoxError> {
        match (self.join.joiner)(&record.key, &record.value, found)? {
            Some(joined) => Ok(ctx.forward(record.with_value(joined))?),
            None => Ok(()),
        }
    }

    /// Joins a record with the table's value: the current one, or that of the record's time if the table keeps versions.
    fn join(&mut self, record: Record<K, V>, ctx: &mut ProcessorContext<'_, K, O>) -> Result<(), BoxError> {
        let table = &mut self.table;
        let found = self.join.join_key.with(&record.key, &record.value, |key| {
            if table.is_versioned() {
                table.get_as_of(ctx.stores(), key, record.timestamp)
            } else {
                table.get(ctx.stores(), key)
            }
        })?;
        self.forward(record, found.as_ref().map(|found| &found.value), ctx)
    }

    /// Buffers a record, or joins it if it is late already, and joins those whose grace period is over.
    fn buffer(&mut self, record: Record<K, V>, ctx: &mut ProcessorContext<'_, K, O>) -> Result<(), BoxError> {
        let Some(buffer) = &self.buffer else { return self.join(record, ctx) };
        let mut context = ctx.record_context().clone();
        context.headers = record.headers.clone();
        if !buffer.get(ctx)?.put(&record.key, &record.value, record.timestamp, context)? {
            self.join(record, ctx)?;
        }
        let Some(buffer) = &self.buffer else { return Ok(()) };
        for buffered in buffer.get(ctx)?.evict()? {
            let record = Record::new(buffered.key, buffered.value, buffered.context.timestamp)
                .with_headers(buffered.context.headers.clone());
            let outer = ctx.set_record_context(buffered.context);
            let joined = self.join(record, ctx);
            ctx.set_record_context(outer);
            joined?;
        }
        Ok(())
    }
}

impl<K, V, KT, VT, O, S, F> Processor<K, V, K, O> for Joining<K, V, KT, VT, S, F>
where
    K: Data,
    V: Data,
    KT: Data,
    VT: Data,
    O: Data,
    S: JoinKey<K, V, KT>,
    F: Fn(&K, &V, Option<&VT>) -> JoinResult<O> + Send + Sync,
{
    fn init(&mut self, ctx: &mut ProcessorContext<'_, K, O>) -> Result<(), BoxError> {
        self.table.init(ctx.stores())?;
        Ok(self.buffer.as_mut().map_or(Ok(()), |buffer| buffer.connect(ctx))?)
    }

    fn process(
        &mut self,
        record: Record<K, V>,
        ctx: &mut ProcessorContext<'_, K, O>,
    ) -> Result<(), BoxError> {
        let join = &self.join;
        let null_value = join.values.as_ref().is_some_and(|serde| serde.is_null(&record.value));
        let null_key = !null_value
            && join.table_keys.as_ref().is_some_and(|serde| {
                join.join_key.with(&record.key, &record.value, |key| serde.is_null(key))
            });
        if null_value || null_key && !join.left {
            skip(ctx, "a join needs a key and a value");
            return Ok(());
        }
        if null_key { self.forward(record, None, ctx) } else { self.buffer(record, ctx) }
    }
}
