//! The aggregation over windows that are fixed by time.

use std::sync::Arc;

use streams_core::{
    BoxError, Error, Headers, Processor, Record, TimestampedWindowStore, ValueAndTimestamp, Window,
};

use super::final_results::FinalResults;
use super::node::Parts;
use super::writer::{Update, WindowContext, WindowWriter};
use super::{EmitStrategy, Windows};
use crate::grouped::Fold;
use crate::{Change, Data};

/// Keeps an aggregate for each key and window.
pub(super) struct TimeAggregation<K, V, VA, F> {
    parts: Parts<K, V, VA, F>,
    windows: Arc<dyn Windows>,
    /// The largest timestamp that reached this node (feature D48).
    stream_time: i64,
    table: Option<WindowWriter<TimestampedWindowStore<K, VA>>>,
    finals: Option<FinalResults>,
    /// The windows of the record at hand; kept for its allocation.
    matched: Vec<Window>,
}

impl<K: Data, V: Data, VA: Data, F: Fold<K, V, VA>> TimeAggregation<K, V, VA, F> {
    pub(super) fn new(parts: Parts<K, V, VA, F>, windows: Arc<dyn Windows>) -> Self {
        Self { parts, windows, stream_time: -1, table: None, finals: None, matched: Vec::new() }
    }

    fn update(
        &self,
        ctx: &mut WindowContext<'_, K, VA>,
        (key, value): (&K, V),
        (window, timestamp): (Window, i64),
        headers: &Headers,
    ) -> Result<(), BoxError> {
        let Some(table) = &self.table else { return Ok(()) };
        let (aggregate, timestamp) = match ctx.store(&table.store)?.fetch(key, window.start)? {
            Some(ValueAndTimestamp { value, timestamp: found }) => (Some(value), timestamp.max(found)),
            None => (self.parts.fold.start()?, timestamp),
        };
        let old = self.parts.old(aggregate.as_ref());
        let new = self.parts.not_null(self.parts.fold.fold(key, value, aggregate)?);
        table.update(ctx, Update { key, window, new, old, timestamp, headers })
    }

    /// Emits the windows that closed since the last time, by start.
    fn emit_final(
        &mut self,
        ctx: &mut WindowContext<'_, K, VA>,
        close: i64,
        headers: &Headers,
    ) -> Result<(), BoxError> {
        let (Some(finals), Some(table)) = (&mut self.finals, &self.table) else { return Ok(()) };
        if !finals.due(ctx.current_system_time_ms(), close) {
            return Ok(());
        }
        let size = self.windows.size_ms();
        let from = finals.last_close().map_or(0, |last| last.saturating_sub(size).saturating_add(1)).max(0);
        let to = close.saturating_sub(size);
        let looked = finals.last_close().is_some();
        if to < 0 || (looked && same_windows(&*self.windows, from - 1, to)) {
            return Ok(());
        }
        let closed: Vec<_> = ctx.store(&table.store)?.fetch_all(from, to)?.collect::<Result<_, _>>()?;
        finals.emitted(ctx, close);
        for (key, ValueAndTimestamp { value, timestamp }) in closed {
            let change = Change::new(Some(value), None);
            ctx.forward(Record { key, value: change, timestamp, headers: headers.clone() })?;
        }
        Ok(())
    }
}

fn is_possible(window: &Window) -> bool {
    (0..=window.end).contains(&window.start)
}

/// Whether no window starts between the two times: then there is nothing new in the store.
fn same_windows(windows: &dyn Windows, one: i64, other: i64) -> bool {
    let windows_of = |time| {
        let mut found = Vec::new();
        windows.windows_for(time, &mut found);
        found
    };
    windows_of(one) == windows_of(other)
}

impl<K: Data, V: Data, VA: Data, F: Fold<K, V, VA>> Processor<K, V, streams_core::Windowed<K>, Change<VA>>
    for TimeAggregation<K, V, VA, F>
{
    fn init(&mut self, ctx: &mut WindowContext<'_, K, VA>) -> Result<(), BoxError> {
        let on_close = self.parts.emit == EmitStrategy::OnWindowClose;
        self.table = Some(WindowWriter::open(ctx, &self.parts.store, self.parts.send_old, on_close)?);
        self.finals = on_close.then(|| FinalResults::new(ctx, &self.parts.store));
        Ok(())
    }

    fn process(&mut self, record: Record<K, V>, ctx: &mut WindowContext<'_, K, VA>) -> Result<(), BoxError> {
        let Record { key, value, timestamp, headers } = record;
        if self.parts.key_serde.is_null(&key) {
            tracing::warn!(node = ctx.node_name(), "record dropped: null key in a windowed aggregation");
            ctx.record_dropped();
            return Ok(());
        }
        self.stream_time = self.stream_time.max(timestamp);
        let close = self.stream_time.saturating_sub(self.windows.grace_period_ms());
        let mut matched = std::mem::take(&mut self.matched);
        matched.clear();
        self.windows.windows_for(timestamp, &mut matched);
        if let Some(Window { start, end }) = matched.iter().find(|window| !is_possible(window)) {
            let why = "windows must start at the epoch or later, and end after they start";
            let error =
                format!("time {timestamp} belongs to an impossible window from {start} to {end}: {why}");
            return Err(Error::argument(error).into());
        }
        let windows = matched.len();
        matched.retain(|window| window.end > close);
        for _ in matched.len()..windows {
            tracing::warn!(node = ctx.node_name(), timestamp, "record dropped: its window is closed");
            ctx.record_dropped();
        }
        if let Some((last, rest)) = matched.split_last() {
            for window in rest {
                self.update(ctx, (&key, value.clone()), (*window, timestamp), &headers)?;
            }
            self.update(ctx, (&key, value), (*last, timestamp), &headers)?;
        }
        self.matched = matched;
        self.emit_final(ctx, close, &headers)
    }

    fn flush_cache(&mut self, ctx: &mut WindowContext<'_, K, VA>) -> Result<(), BoxError> {
        self.table.as_ref().map_or(Ok(()), |table| table.flush(ctx))
    }
}
