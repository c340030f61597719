//! The aggregation over windows that are fixed by time.

use std::sync::Arc;

use streams_core::{
    BoxError, Error, Headers, Processor, Record, TimestampedWindowStore, ValueAndTimestamp, Window,
};

use super::Windows;
use super::node::Parts;
use super::writer::{Update, WindowContext, WindowWriter};
use crate::grouped::Fold;
use crate::{Change, Data};

/// Keeps an aggregate for each key and window.
pub(super) struct TimeAggregation<K, V, VA, F> {
    parts: Parts<K, V, VA, F>,
    windows: Arc<dyn Windows>,
    /// The largest timestamp that reached this node (feature D48).
    stream_time: i64,
    table: Option<WindowWriter<TimestampedWindowStore<K, VA>>>,
    /// The windows of the record at hand; kept for its allocation.
    matched: Vec<Window>,
}

impl<K: Data, V: Data, VA: Data, F: Fold<K, V, VA>> TimeAggregation<K, V, VA, F> {
    pub(super) fn new(parts: Parts<K, V, VA, F>, windows: Arc<dyn Windows>) -> Self {
        Self { parts, windows, stream_time: -1, table: None, matched: Vec::new() }
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
}

/// The windows that closed at `close`, by start, when those that closed at `last` were emitted.
fn closed_starts(windows: &dyn Windows, last: Option<i64>, close: i64) -> Option<(i64, i64)> {
    let size = windows.size_ms();
    let from = last.map_or(0, |last| last.saturating_sub(size).saturating_add(1)).max(0);
    let to = close.saturating_sub(size);
    let nothing_new = to < 0 || (last.is_some() && same_windows(windows, from - 1, to));
    (!nothing_new).then_some((from, to))
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
        self.table = Some(WindowWriter::open(ctx, &self.parts.store, self.parts.send_old, self.parts.emit)?);
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
        let Some(table) = &mut self.table else { return Ok(()) };
        table.emit_closed(ctx, close, &headers, |last| closed_starts(&*self.windows, last, close))
    }

    fn flush_cache(&mut self, ctx: &mut WindowContext<'_, K, VA>) -> Result<(), BoxError> {
        self.table.as_ref().map_or(Ok(()), |table| table.flush(ctx))
    }
}
