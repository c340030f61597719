//! How a processor keeps a windowed table and tells its children of updates.

use streams_core::{
    BoxError, DirtyEntry, Headers, ProcessorContext, Record, RecordContext, Result, SessionStore, StoreRef,
    TimestampedWindowStore, ValueAndTimestamp, Window, Windowed,
};

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
    /// Results go out when windows close, not here.
    silent: bool,
}

impl<K: Data, V: Data> WindowWriter<TimestampedWindowStore<K, V>> {
    pub(super) fn open(
        ctx: &mut WindowContext<'_, K, V>,
        name: &str,
        send_old: bool,
        silent: bool,
    ) -> Result<Self> {
        let store = ctx.store_ref::<TimestampedWindowStore<K, V>>(name)?;
        let caching = ctx.store(&store)?.is_caching();
        if caching && !silent {
            ctx.own_cache(&store);
        }
        Ok(Self { store, caching, send_old, silent })
    }

    /// Puts the new value and forwards the update.
    pub(super) fn update(
        &self,
        ctx: &mut WindowContext<'_, K, V>,
        update: Update<'_, K, V>,
    ) -> Result<(), BoxError> {
        let Update { key, window, timestamp, .. } = update;
        let new = update.new.as_ref();
        self.in_record(ctx, update.headers, |ctx| {
            ctx.store(&self.store)?.put(key, new, window.start, timestamp)
        })?;
        self.forward(ctx, update)
    }

    /// Forwards what the record cache held back.
    pub(super) fn flush(&self, ctx: &mut WindowContext<'_, K, V>) -> Result<(), BoxError> {
        for entry in ctx.store(&self.store)?.drain_dirty()? {
            let DirtyEntry { key, new, old, context } = entry;
            let timestamp = new.as_ref().map_or(context.timestamp, |new| new.timestamp);
            let value = |it: Option<ValueAndTimestamp<V>>| it.map(|it| it.value);
            self.forward_dirty(ctx, key, (value(new), value(old)), timestamp, context)?;
        }
        Ok(())
    }
}

impl<K: Data, V: Data> WindowWriter<SessionStore<K, V>> {
    pub(super) fn open_sessions(
        ctx: &mut WindowContext<'_, K, V>,
        name: &str,
        send_old: bool,
        silent: bool,
    ) -> Result<Self> {
        let store = ctx.store_ref::<SessionStore<K, V>>(name)?;
        let caching = ctx.store(&store)?.is_caching();
        if caching && !silent {
            ctx.own_cache(&store);
        }
        Ok(Self { store, caching, send_old, silent })
    }

    /// As [`WindowWriter::update`], for a session.
    pub(super) fn update_session(
        &self,
        ctx: &mut WindowContext<'_, K, V>,
        update: Update<'_, K, V>,
    ) -> Result<(), BoxError> {
        let Update { key, window, .. } = update;
        let new = update.new.as_ref();
        self.in_record(ctx, update.headers, |ctx| ctx.store(&self.store)?.put(key, window, new))?;
        // In Kafka too, sessions' updates leave the record's headers behind, unlike those of other windows.
        self.forward(ctx, Update { headers: &Headers::new(), ..update })
    }

    /// As [`WindowWriter::flush`], for sessions.
    pub(super) fn flush_sessions(&self, ctx: &mut WindowContext<'_, K, V>) -> Result<(), BoxError> {
        for entry in ctx.store(&self.store)?.drain_dirty()? {
            let DirtyEntry { key, new, old, context } = entry;
            let timestamp = key.window.end;
            self.forward_dirty(ctx, key, (new, old), timestamp, context)?;
        }
        Ok(())
    }
}

impl<S> WindowWriter<S> {
    /// Runs `put`; a cache keeps the headers of the record at hand, for when it is flushed.
    fn in_record<K, V>(
        &self,
        ctx: &mut WindowContext<'_, K, V>,
        headers: &Headers,
        put: impl FnOnce(&mut WindowContext<'_, K, V>) -> Result<()>,
    ) -> Result<()> {
        if !self.caching {
            return put(ctx);
        }
        let mut context = ctx.record_context().clone();
        context.headers = headers.clone();
        let outer = ctx.set_record_context(context);
        let result = put(ctx);
        ctx.set_record_context(outer);
        result
    }

    fn forward<K: Data, V: Data>(
        &self,
        ctx: &mut WindowContext<'_, K, V>,
        update: Update<'_, K, V>,
    ) -> Result<(), BoxError> {
        if self.caching || self.silent {
            return Ok(());
        }
        let Update { key, window, new, old, timestamp, headers } = update;
        let change = Change::new(new, old.filter(|_| self.send_old));
        let key = Windowed::new(key.clone(), window);
        Ok(ctx.forward(Record { key, value: change, timestamp, headers: headers.clone() })?)
    }

    fn forward_dirty<K: Data, V: Data>(
        &self,
        ctx: &mut WindowContext<'_, K, V>,
        key: Windowed<K>,
        (new, old): (Option<V>, Option<V>),
        timestamp: i64,
        context: RecordContext,
    ) -> Result<(), BoxError> {
        if self.silent {
            return Ok(());
        }
        let change = Change::new(new, old.filter(|_| self.send_old));
        let headers = context.headers.clone();
        let outer = ctx.set_record_context(context);
        let forwarded = ctx.forward(Record { key, value: change, timestamp, headers });
        ctx.set_record_context(outer);
        Ok(forwarded?)
    }
}
