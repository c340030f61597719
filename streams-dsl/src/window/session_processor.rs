//! The aggregation over sessions.

use streams_core::{BoxError, Headers, Processor, Record, SessionStore, Window, Windowed};

use super::SessionWindows;
use super::node::Parts;
use super::writer::{Update, WindowContext, WindowWriter};
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
}

impl<K: Data, V: Data, VA: Data, F: SessionFold<K, V, VA>> SessionAggregation<K, V, VA, F> {
    pub(super) fn new(parts: Parts<K, V, VA, F>, windows: SessionWindows) -> Self {
        Self { parts, windows, stream_time: -1, table: None }
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
                table.update(ctx, Update { key, window, new: None, old, timestamp, headers })?;
            }
        }
        let new = self.parts.not_null(self.parts.fold.fold(key, value, aggregate)?);
        let (window, timestamp) = (session, session.end);
        table.update(ctx, Update { key, window, new, old: None, timestamp, headers })
    }
}

/// The sessions that closed at `close`, by end, when those that closed at `last` were emitted.
fn closed_ends(last: Option<i64>, close: i64) -> Option<(i64, i64)> {
    (close >= 1).then(|| (last.map_or(0, |last| last.max(0)), close - 1))
}

impl<K: Data, V: Data, VA: Data, F: SessionFold<K, V, VA>> Processor<K, V, Windowed<K>, Change<VA>>
    for SessionAggregation<K, V, VA, F>
{
    fn init(&mut self, ctx: &mut WindowContext<'_, K, VA>) -> Result<(), BoxError> {
        self.table = Some(WindowWriter::open(ctx, &self.parts.store, self.parts.send_old, self.parts.emit)?);
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
        let Some(table) = &mut self.table else { return Ok(()) };
        table.emit_closed(ctx, close, &headers, |last| closed_ends(last, close))
    }

    fn flush_cache(&mut self, ctx: &mut WindowContext<'_, K, VA>) -> Result<(), BoxError> {
        self.table.as_ref().map_or(Ok(()), |table| table.flush(ctx))
    }
}
