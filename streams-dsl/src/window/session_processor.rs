//! The aggregation over sessions.

use streams_core::{BoxError, Headers, Processor, Record, SessionStore, Window, Windowed};

use super::final_results::FinalResults;
use super::node::Parts;
use super::writer::{Update, WindowContext, WindowWriter};
use super::{EmitStrategy, SessionWindows};
use crate::grouped::Fold;
use crate::{Change, Data};

/// A fold that can also merge the aggregates of two sessions.
pub(crate) trait SessionFold<K, V, VA>: Fold<K, V, VA> {
    /// The aggregate of a session that swallows another one.
    fn merge(&self, key: &K, aggregate: Option<VA>, other: VA) -> Result<VA, BoxError>;
}

/// Keeps an aggregate for each key and session.
pub(super) struct SessionAggregation<K, V, VA, F> {
    parts: Parts<K, V, VA, F>,
    windows: SessionWindows,
    stream_time: i64,
    table: Option<WindowWriter<SessionStore<K, VA>>>,
    finals: Option<FinalResults>,
}

impl<K: Data, V: Data, VA: Data, F: SessionFold<K, V, VA>> SessionAggregation<K, V, VA, F> {
    pub(super) fn new(parts: Parts<K, V, VA, F>, windows: SessionWindows) -> Self {
        Self { parts, windows, stream_time: -1, table: None, finals: None }
    }

    /// Puts the record into its session: one that swallows all sessions within a gap of the record.
    fn add(
        &self,
        ctx: &mut WindowContext<'_, K, VA>,
        (key, value): (&K, V),
        timestamp: i64,
        headers: &Headers,
        close: i64,
    ) -> Result<(), BoxError> {
        let Some(table) = &self.table else { return Ok(()) };
        let gap = self.windows.inactivity_gap_ms();
        let (from, to) = (timestamp.saturating_sub(gap), timestamp.saturating_add(gap));
        let near: Vec<(Window, VA)> =
            ctx.store(&table.store)?.find_sessions(key, from, to)?.collect::<Result<_, _>>()?;
        let instant = Window::new(timestamp, timestamp);
        let mut session = instant;
        let mut aggregate = self.parts.fold.start()?;
        for (window, value) in &near {
            session = Window::new(session.start.min(window.start), session.end.max(window.end));
            aggregate = Some(self.parts.fold.merge(key, aggregate, value.clone())?);
        }
        if session.end < close {
            tracing::warn!(node = ctx.node_name(), timestamp, "record dropped: its session is closed");
            ctx.record_dropped();
            return Ok(());
        }
        if session != instant {
            for (window, value) in near {
                let (old, timestamp) = (self.parts.not_null(value), window.end);
                table.update_session(ctx, Update { key, window, new: None, old, timestamp, headers })?;
            }
        }
        let new = self.parts.not_null(self.parts.fold.fold(key, value, aggregate)?);
        let (window, timestamp) = (session, session.end);
        table.update_session(ctx, Update { key, window, new, old: None, timestamp, headers })
    }

    /// Emits the sessions that closed since the last time, by end.
    fn emit_final(
        &mut self,
        ctx: &mut WindowContext<'_, K, VA>,
        close: i64,
        headers: &Headers,
    ) -> Result<(), BoxError> {
        let (Some(finals), Some(table)) = (&mut self.finals, &self.table) else { return Ok(()) };
        if !finals.due(ctx.current_system_time_ms(), close) || close < 1 {
            return Ok(());
        }
        let from = finals.last_close().map_or(0, |last| last.max(0));
        let store = ctx.store(&table.store)?;
        let closed: Vec<_> = store.find_sessions_by_end(from, close - 1)?.collect::<Result<_, _>>()?;
        finals.emitted(ctx, close);
        for (key, value) in closed {
            let (timestamp, value) = (key.window.end, Change::new(Some(value), None));
            ctx.forward(Record { key, value, timestamp, headers: headers.clone() })?;
        }
        Ok(())
    }
}

impl<K: Data, V: Data, VA: Data, F: SessionFold<K, V, VA>> Processor<K, V, Windowed<K>, Change<VA>>
    for SessionAggregation<K, V, VA, F>
{
    fn init(&mut self, ctx: &mut WindowContext<'_, K, VA>) -> Result<(), BoxError> {
        let on_close = self.parts.emit == EmitStrategy::OnWindowClose;
        self.table =
            Some(WindowWriter::open_sessions(ctx, &self.parts.store, self.parts.send_old, on_close)?);
        self.finals = on_close.then(|| FinalResults::new(ctx, &self.parts.store));
        Ok(())
    }

    fn process(&mut self, record: Record<K, V>, ctx: &mut WindowContext<'_, K, VA>) -> Result<(), BoxError> {
        let Record { key, value, timestamp, headers } = record;
        if self.parts.key_serde.is_null(&key) {
            tracing::warn!(node = ctx.node_name(), "record dropped: null key in an aggregation of sessions");
            ctx.record_dropped();
            return Ok(());
        }
        self.stream_time = self.stream_time.max(timestamp);
        let patience = self.windows.grace_period_ms().saturating_add(self.windows.inactivity_gap_ms());
        let close = self.stream_time.saturating_sub(patience);
        self.add(ctx, (&key, value), timestamp, &headers, close)?;
        self.emit_final(ctx, close, &headers)
    }

    fn flush_cache(&mut self, ctx: &mut WindowContext<'_, K, VA>) -> Result<(), BoxError> {
        self.table.as_ref().map_or(Ok(()), |table| table.flush_sessions(ctx))
    }
}
