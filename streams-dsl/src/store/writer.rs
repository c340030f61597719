//! How a processor keeps a table and tells its children of updates.

use streams_core::{BoxError, ProcessorContext, Record, Result, ValueAndTimestamp};

use super::{KvStore, Put};
use crate::{Change, Data};

/// A table that a processor keeps in a store: updates are put and forwarded, by way of the record cache if there is one.
#[derive(Debug)]
pub(crate) struct TableWriter<K, V> {
    store: KvStore<K, V>,
    caching: bool,
    send_old: bool,
}

impl<K: Data, V: Data> TableWriter<K, V> {
    /// Opens the store. With `send_old`, updates carry the value that they replace.
    pub(crate) fn open(
        ctx: &mut ProcessorContext<'_, K, Change<V>>,
        name: &str,
        send_old: bool,
    ) -> Result<Self> {
        let store = KvStore::open(ctx.stores(), name)?;
        let caching = store.own_cache(ctx)?;
        Ok(Self { store, caching, send_old })
    }

    pub(crate) fn sends_old(&self) -> bool {
        self.send_old
    }

    pub(crate) fn get(
        &self,
        ctx: &mut ProcessorContext<'_, K, Change<V>>,
        key: &K,
    ) -> Result<Option<ValueAndTimestamp<V>>> {
        self.store.get(ctx.stores(), key)
    }

    /// Puts `new` at the record's time, and forwards it unless the cache holds it back or it is too old.
    pub(crate) fn update<V0>(
        &self,
        ctx: &mut ProcessorContext<'_, K, Change<V>>,
        record: Record<K, V0>,
        new: Option<V>,
        old: Option<V>,
    ) -> Result<(), BoxError> {
        let put = if self.caching {
            // The cache keeps the headers of the record at hand, for when it is flushed.
            let mut context = ctx.record_context().clone();
            context.headers = record.headers.clone();
            let outer = ctx.set_record_context(context);
            let put = self.store.put(ctx, &record.key, new.as_ref(), record.timestamp);
            ctx.set_record_context(outer);
            put?
        } else {
            self.store.put(ctx, &record.key, new.as_ref(), record.timestamp)?
        };
        if put == Put::Dropped || self.caching {
            return Ok(());
        }
        let change = Change { new, old: old.filter(|_| self.send_old), is_latest: put == Put::Latest };
        Ok(ctx.forward(record.with_value(change))?)
    }

    /// Forwards what the record cache held back.
    pub(crate) fn flush(&self, ctx: &mut ProcessorContext<'_, K, Change<V>>) -> Result<(), BoxError> {
        for entry in self.store.drain_dirty(ctx)? {
            let timestamp = entry.new.as_ref().map_or(entry.context.timestamp, |new| new.timestamp);
            let change = Change {
                new: entry.new.map(|new| new.value),
                old: entry.old.map(|old| old.value).filter(|_| self.send_old),
                is_latest: true,
            };
            let headers = entry.context.headers.clone();
            let outer = ctx.set_record_context(entry.context);
            let forwarded = ctx.forward(Record { key: entry.key, value: change, timestamp, headers });
            ctx.set_record_context(outer);
            forwarded?;
        }
        Ok(())
    }
}
