//! How a processor keeps a windowed table and tells its children of updates.

use std::sync::Arc;

use streams_core::{
    BoxError, Headers, ProcessorContext, Record, Result, StoreRef, ValueAndTimestamp, Window, Windowed,
};

use super::EmitStrategy;
use super::final_results::FinalResults;
use super::windowed_store::{HeldBack, WindowedStore};
use crate::{Change, Data};

/// The context of a processor that forwards updates of a windowed table.
pub(super) type WindowContext<'a, K, V> = ProcessorContext<'a, Windowed<K>, Change<V>>;

/// A window of a key with the results of an update.
pub(super) struct Update<'a, K, V> {
    pub(super) key: &'a K,
    pub(super) window: Window,
    pub(super) new: Option<V>,
    pub(super) old: Option<V>,
    pub(super) timestamp: i64,
    pub(super) headers: &'a Headers,
}

/// A windowed table that a processor keeps.
#[derive(Debug)]
pub(super) struct WindowWriter<S> {
    pub(super) store: StoreRef<S>,
    caching: bool,
    send_old: bool,
    /// Results go out when windows close, and not before.
    finals: Option<FinalResults>,
}

impl<S> WindowWriter<S> {
    pub(super) fn open<K, V>(
        ctx: &mut WindowContext<'_, K, V>,
        name: &Arc<str>,
        send_old: bool,
        emit: EmitStrategy,
    ) -> Result<Self>
    where
        S: WindowedStore<K, V>,
    {
        let store = ctx.store_ref::<S>(name)?;
        let caching = ctx.store(&store)?.has_cache();
        let finals = (emit == EmitStrategy::OnWindowClose).then(|| FinalResults::new(ctx, name));
        if caching && finals.is_none() {
            ctx.own_cache(&store);
        }
        Ok(Self { store, caching, send_old, finals })
    }

    /// Puts the new value and forwards the update.
    pub(super) fn update<K: Data, V: Data>(
        &self,
        ctx: &mut WindowContext<'_, K, V>,
        update: Update<'_, K, V>,
    ) -> Result<(), BoxError>
    where
        S: WindowedStore<K, V>,
    {
        if self.caching {
            return Ok(self.hold_back(ctx, &update)?);
        }
        let Update { key, window, new, old, timestamp, headers } = update;
        ctx.store(&self.store)?.write(key, window, new.as_ref(), timestamp)?;
        if self.finals.is_some() {
            return Ok(());
        }
        let value = Change::new(new, old.filter(|_| self.send_old));
        let key = Windowed::new(key.clone(), window);
        let headers = if S::FORWARDS_HEADERS { headers.clone() } else { Headers::new() };
        Ok(ctx.forward(Record { key, value, timestamp, headers })?)
    }

    /// Puts the new value into the cache, with the headers of the record at hand for when it is flushed.
    fn hold_back<K, V>(&self, ctx: &mut WindowContext<'_, K, V>, update: &Update<'_, K, V>) -> Result<()>
    where
        S: WindowedStore<K, V>,
    {
        let Update { key, window, new, timestamp, headers, .. } = update;
        let mut context = ctx.record_context().clone();
        context.headers = (*headers).clone();
        let outer = ctx.set_record_context(context);
        let store = ctx.store(&self.store);
        let result = store.and_then(|store| store.write(key, *window, new.as_ref(), *timestamp));
        ctx.set_record_context(outer);
        result
    }

    /// Forwards what the record cache held back.
    pub(super) fn flush<K: Data, V: Data>(&self, ctx: &mut WindowContext<'_, K, V>) -> Result<(), BoxError>
    where
        S: WindowedStore<K, V>,
    {
        for HeldBack { key, new, old, timestamp, context } in ctx.store(&self.store)?.drain()? {
            if self.finals.is_some() {
                continue;
            }
            let value = Change::new(new, old.filter(|_| self.send_old));
            let headers = context.headers.clone();
            let outer = ctx.set_record_context(context);
            let forwarded = ctx.forward(Record { key, value, timestamp, headers });
            ctx.set_record_context(outer);
            forwarded?;
        }
        Ok(())
    }

    /// Emits the windows that closed since the last time, if results go out then. `range` says which those are (see
    /// [`WindowedStore::between`]), given when windows were last emitted.
    pub(super) fn emit_closed<K: Data, V: Data>(
        &mut self,
        ctx: &mut WindowContext<'_, K, V>,
        close: i64,
        headers: &Headers,
        range: impl FnOnce(Option<i64>) -> Option<(i64, i64)>,
    ) -> Result<(), BoxError>
    where
        S: WindowedStore<K, V>,
    {
        let Some(finals) = &mut self.finals else { return Ok(()) };
        if !finals.due(ctx.current_system_time_ms(), close) {
            return Ok(());
        }
        let Some((from, to)) = range(finals.last_close()) else { return Ok(()) };
        let closed = ctx.store(&self.store)?.between(from, to)?;
        finals.emitted(ctx, close);
        for (key, ValueAndTimestamp { value, timestamp }) in closed {
            let value = Change::new(Some(value), None);
            ctx.forward(Record { key, value, timestamp, headers: headers.clone() })?;
        }
        Ok(())
    }
}
