//! The aggregation over sliding windows (KIP-450; golden behaviour: SPEC rule 20).

use streams_core::{
    BoxError, Headers, Processor, Record, TimestampedWindowStore, ValueAndTimestamp, Window, Windowed,
};

use super::SlidingWindows;
use super::node::Parts;
use super::writer::{Update, WindowContext, WindowWriter};
use crate::grouped::Fold;
use crate::{Change, Data};

/// Keeps an aggregate for each key and set of records that are close enough to each other.
///
/// A record at `t` belongs to all windows that contain `t`. It makes up to three new ones: its left window, which ends at
/// `t`; its right window, which starts behind `t` and has the later records that are there already; and the right window
/// of the record before it, which has had no record until now.
pub(super) struct SlidingAggregation<K, V, VA, F> {
    parts: Parts<K, V, VA, F>,
    windows: SlidingWindows,
    stream_time: i64,
    table: Option<WindowWriter<TimestampedWindowStore<K, VA>>>,
}

/// The record at hand.
struct At<'a, K, V> {
    key: &'a K,
    value: V,
    timestamp: i64,
    headers: &'a Headers,
    /// Windows that end before are closed.
    close: i64,
}

type Content<VA> = Option<ValueAndTimestamp<VA>>;

/// What a walk over the windows around a record found.
struct Found<VA> {
    starts: Vec<i64>,
    /// The content for the record's right window.
    right: Content<VA>,
    right_exists: bool,
    /// The content for the record's left window.
    left: Content<VA>,
    left_exists: bool,
    /// The largest timestamp before the record's.
    previous: Option<i64>,
}

impl<VA> Found<VA> {
    fn nothing() -> Self {
        let (right, left) = (None, None);
        Self { starts: Vec::new(), right, right_exists: false, left, left_exists: false, previous: None }
    }
}

impl<K: Data, V: Data, VA: Data, F: Fold<K, V, VA>> SlidingAggregation<K, V, VA, F> {
    pub(super) fn new(parts: Parts<K, V, VA, F>, windows: SlidingWindows) -> Self {
        Self { parts, windows, stream_time: -1, table: None }
    }

    fn difference(&self) -> i64 {
        self.windows.time_difference_ms()
    }

    fn window(&self, start: i64) -> Window {
        Window::new(start, start.saturating_add(self.difference()))
    }

    /// The key's windows that start from `from` to `to`, in order.
    fn around(
        &self,
        ctx: &mut WindowContext<'_, K, VA>,
        key: &K,
        from: i64,
        to: i64,
    ) -> Result<Vec<(i64, ValueAndTimestamp<VA>)>, BoxError> {
        let Some(table) = &self.table else { return Ok(Vec::new()) };
        Ok(ctx.store(&table.store)?.fetch_range(key, from, to)?.collect::<Result<_, _>>()?)
    }

    /// Adds the record to a window with that content so far.
    fn add(
        &self,
        ctx: &mut WindowContext<'_, K, VA>,
        at: &At<'_, K, V>,
        start: i64,
        content: Content<VA>,
    ) -> Result<(), BoxError> {
        let Some(table) = &self.table else { return Ok(()) };
        let window = self.window(start);
        if window.end < at.close {
            tracing::warn!(
                node = ctx.node_name(),
                timestamp = at.timestamp,
                "record dropped: its window is closed"
            );
            ctx.record_dropped();
            return Ok(());
        }
        let timestamp = content.as_ref().map_or(at.timestamp, |content| content.timestamp.max(at.timestamp));
        let aggregate = content.map(|content| content.value);
        let old = self.parts.old(aggregate.as_ref());
        let new = self.parts.not_null(self.parts.fold.fold(at.key, at.value.clone(), aggregate)?);
        table.update(ctx, Update { key: at.key, window, new, old, timestamp, headers: at.headers })
    }

    /// Adds the record to a new window.
    fn add_to_new(
        &self,
        ctx: &mut WindowContext<'_, K, VA>,
        at: &At<'_, K, V>,
        start: i64,
    ) -> Result<(), BoxError> {
        let first = self.parts.fold.start()?;
        self.add(ctx, at, start, first.map(|value| ValueAndTimestamp::new(value, at.timestamp)))
    }

    /// Makes the record's right window, if there are records for it: the record itself is not one of them.
    fn make_right(
        &self,
        ctx: &mut WindowContext<'_, K, VA>,
        at: &At<'_, K, V>,
        content: Content<VA>,
    ) -> Result<(), BoxError> {
        let later = content.filter(|content| content.timestamp > at.timestamp);
        let (Some(ValueAndTimestamp { value, timestamp }), Some(table)) = (later, &self.table) else {
            return Ok(());
        };
        let (window, new) = (self.window(at.timestamp + 1), self.parts.not_null(value));
        table.update(ctx, Update { key: at.key, window, new, old: None, timestamp, headers: at.headers })
    }

    /// A record whose windows all start after the epoch: a walk from the latest window to the earliest.
    fn walk(&self, ctx: &mut WindowContext<'_, K, VA>, at: &At<'_, K, V>) -> Result<(), BoxError> {
        let (time, difference) = (at.timestamp, self.difference());
        let from = time.saturating_sub(difference.saturating_mul(2)).max(0);
        let mut found = Found::nothing();
        for (start, content) in self.around(ctx, at.key, from, time + 1)?.into_iter().rev() {
            found.starts.push(start);
            let (end, newest) = (self.window(start).end, content.timestamp);
            if start == time + 1 {
                found.right_exists = true;
            } else if end > time {
                if found.right.is_none() {
                    found.right = Some(content.clone());
                }
                self.add(ctx, at, start, Some(content))?;
            } else if end == time {
                self.add(ctx, at, start, Some(content))?;
                if newest >= time {
                    return Ok(());
                }
                found.previous = Some(newest);
                found.left_exists = true;
            } else {
                found.previous = Some(newest);
                found.left = Some(content);
                break;
            }
        }
        self.make_new(ctx, at, found)
    }

    fn make_new(
        &self,
        ctx: &mut WindowContext<'_, K, VA>,
        at: &At<'_, K, V>,
        found: Found<VA>,
    ) -> Result<(), BoxError> {
        let (time, difference) = (at.timestamp, self.difference());
        if let Some(start) = found.previous.map(|previous| previous + 1)
            && !found.starts.contains(&start)
            && self.window(start).end >= time
        {
            self.add_to_new(ctx, at, start)?;
        }
        if !found.left_exists {
            let start = time - difference;
            match found.left {
                Some(left) if found.previous.is_some_and(|previous| previous >= start) => {
                    self.add(ctx, at, start, Some(ValueAndTimestamp::new(left.value, time)))?;
                }
                _ => self.add_to_new(ctx, at, start)?,
            }
        }
        if found.right_exists { Ok(()) } else { self.make_right(ctx, at, found.right) }
    }

    /// A record less than a time difference after the epoch: its left window is the one that starts at the epoch.
    fn walk_early(&self, ctx: &mut WindowContext<'_, K, VA>, at: &At<'_, K, V>) -> Result<(), BoxError> {
        let time = at.timestamp;
        let mut found = Found::nothing();
        let mut combined: Content<VA> = None;
        for (start, content) in self.around(ctx, at.key, 0, time + 1)? {
            found.starts.push(start);
            if start == 0 {
                found.previous = Some(content.timestamp).filter(|newest| *newest < time);
                combined = Some(content);
            } else if start <= time {
                found.right = Some(content.clone());
                self.add(ctx, at, start, Some(content))?;
            } else {
                found.right_exists = true;
            }
        }
        if !found.right_exists {
            let right = found.right.or_else(|| combined.clone());
            self.make_right(ctx, at, right)?;
        }
        if let Some(start) = found.previous.map(|previous| previous + 1)
            && !found.starts.contains(&start)
        {
            self.add_to_new(ctx, at, start)?;
        }
        match combined {
            Some(content) => self.add(ctx, at, 0, Some(content)),
            None => self.add_to_new(ctx, at, 0),
        }
    }
}

/// The windows that closed at `close`, by start, when those that closed at `last` were emitted.
fn closed_starts(difference: i64, last: Option<i64>, close: i64) -> Option<(i64, i64)> {
    let from = last.map_or(0, |last| last.saturating_sub(difference).max(0));
    let to = close.saturating_sub(difference).saturating_sub(1);
    (to >= 0).then_some((from, to))
}

impl<K: Data, V: Data, VA: Data, F: Fold<K, V, VA>> Processor<K, V, Windowed<K>, Change<VA>>
    for SlidingAggregation<K, V, VA, F>
{
    fn init(&mut self, ctx: &mut WindowContext<'_, K, VA>) -> Result<(), BoxError> {
        self.table = Some(WindowWriter::open(ctx, &self.parts.store, self.parts.send_old, self.parts.emit)?);
        Ok(())
    }

    fn process(&mut self, record: Record<K, V>, ctx: &mut WindowContext<'_, K, VA>) -> Result<(), BoxError> {
        let Record { key, value, timestamp, headers } = record;
        let null_value = || self.parts.input_serde.as_ref().is_some_and(|serde| serde.is_null(&value));
        if self.parts.key_serde.is_null(&key) || null_value() {
            tracing::warn!(node = ctx.node_name(), "record dropped: null key or value over sliding windows");
            ctx.record_dropped();
            return Ok(());
        }
        self.stream_time = self.stream_time.max(timestamp);
        let close = self.stream_time.saturating_sub(self.windows.grace_period_ms());
        // Also, as in Kafka, if the window behind the record would end after the last possible time.
        let right_end = timestamp.checked_add(1).and_then(|start| start.checked_add(self.difference()));
        if right_end.is_none_or(|end| end <= close) {
            tracing::warn!(node = ctx.node_name(), timestamp, "record dropped: its windows are closed");
            ctx.record_dropped();
            return Ok(());
        }
        self.windows.check_length()?;
        let at = At { key: &key, value, timestamp, headers: &headers, close };
        if timestamp < self.difference() {
            return self.walk_early(ctx, &at);
        }
        self.walk(ctx, &at)?;
        let difference = self.difference();
        let Some(table) = &mut self.table else { return Ok(()) };
        table.emit_closed(ctx, close, &headers, |last| closed_starts(difference, last, close))
    }

    fn flush_cache(&mut self, ctx: &mut WindowContext<'_, K, VA>) -> Result<(), BoxError> {
        self.table.as_ref().map_or(Ok(()), |table| table.flush(ctx))
    }
}
