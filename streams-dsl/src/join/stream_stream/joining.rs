//! The node that joins the records of one side with those that the other side keeps.

use std::sync::Arc;

use streams_core::{
    BoxError, Headers, JoinSide, OuterJoinStore, Processor, ProcessorContext, Record, Serde, WindowStore,
    WindowValues,
};

use super::side::Side;
use super::unmatched::take_closed;
use crate::join::Joiner;
use crate::join::skipped::skip;
use crate::store_link::StoreLink;
use crate::{Data, JoinWindows};

/// How often unmatched records are looked for, in milliseconds of the wall clock.
const SCAN_INTERVAL: &str = "__emit.interval.ms.kstreams.outer.join.spurious.results.fix__";

/// What the two sides of a join have in common. `joiner` makes nothing of pairs that the kind of join does not have.
pub(super) struct Join<K, L, R, F> {
    pub(super) windows: JoinWindows,
    pub(super) joiner: F,
    pub(super) key_serde: Serde<K>,
    pub(super) left_serde: Serde<L>,
    pub(super) right_serde: Serde<R>,
}

/// One side of a join (features D76 to D80).
pub(super) struct Joining<K, L, R, F, S: Side<L, R>> {
    join: Arc<Join<K, L, R, F>>,
    /// The windows as this side sees them.
    windows: JoinWindows,
    value_serde: Serde<S::This>,
    others: StoreLink<WindowStore<K, S::Other>>,
    /// The matches of the record at hand.
    matches: WindowValues<S::Other>,
    /// The store of unmatched records, of left and outer joins.
    unmatched: Option<StoreLink<OuterJoinStore<K, L, R>>>,
    /// Whether this side's records come out without a match.
    gives_unmatched: bool,
    scan_interval_ms: i64,
}

impl<K: Data, L: Data, R: Data, F, S: Side<L, R>> Joining<K, L, R, F, S> {
    pub(super) fn new(
        join: &Arc<Join<K, L, R, F>>,
        value_serde: &Serde<S::This>,
        others: &Arc<str>,
        unmatched: Option<&Arc<str>>,
        gives_unmatched: bool,
    ) -> Self {
        Self {
            join: Arc::clone(join),
            windows: S::windows(join.windows),
            value_serde: value_serde.clone(),
            others: StoreLink::new(others),
            matches: WindowValues::new(),
            unmatched: unmatched.map(StoreLink::new),
            gives_unmatched,
            scan_interval_ms: 1000,
        }
    }
}

impl<K: Data, L: Data, R: Data, O: Data, F: Joiner<K, L, R, Joined = O>, S: Side<L, R>>
    Joining<K, L, R, F, S>
{
    fn forward_alone(
        &self,
        record: Record<K, S::This>,
        ctx: &mut ProcessorContext<'_, K, O>,
    ) -> Result<(), BoxError> {
        let (left, right) = S::arguments(&record.value, None);
        match (self.join.joiner)(&record.key, left, right)? {
            Some(joined) => Ok(ctx.forward(record.with_value(joined))?),
            None => Ok(()),
        }
    }

    /// Gives out what waited for a match in vain.
    fn forward_closed(
        &self,
        store: &StoreLink<OuterJoinStore<K, L, R>>,
        headers: &Headers,
        ctx: &mut ProcessorContext<'_, K, O>,
    ) -> Result<(), BoxError> {
        let wall_clock = (ctx.current_system_time_ms(), self.scan_interval_ms);
        let closed = take_closed(store.get(ctx)?, self.join.windows, self.windows.after_ms(), wall_clock)?;
        for entry in closed {
            let Some(side) = entry.values.first().map(JoinSide::side) else { continue };
            for value in &entry.values {
                let (left, right) = match value {
                    JoinSide::Left(value) => (Some(value), None),
                    JoinSide::Right(value) => (None, Some(value)),
                };
                let Some(joined) = (self.join.joiner)(&entry.key, left, right)? else { continue };
                ctx.forward(Record {
                    key: entry.key.clone(),
                    value: joined,
                    timestamp: entry.timestamp,
                    headers: headers.clone(),
                })?;
            }
            store.get(ctx)?.remove(&entry.key, entry.timestamp, side)?;
        }
        Ok(())
    }

    /// Joins a record with the matches that the other side keeps; gives it back if there is none.
    fn forward_matches(
        &mut self,
        record: Record<K, S::This>,
        ctx: &mut ProcessorContext<'_, K, O>,
    ) -> Result<Option<Record<K, S::This>>, BoxError> {
        let (from, to) = self.windows.range(record.timestamp);
        self.others.get(ctx)?.fetch_into(&record.key, from, to, &mut self.matches)?;
        if self.matches.is_empty() {
            return Ok(Some(record));
        }
        while let Some(found) = self.matches.next() {
            let (time, other) = found?;
            if let Some(unmatched) = &self.unmatched {
                unmatched.get(ctx)?.remove(&record.key, time, S::OTHER)?;
            }
            let (left, right) = S::arguments(&record.value, Some(&other));
            let Some(value) = (self.join.joiner)(&record.key, left, right)? else { continue };
            let timestamp = record.timestamp.max(time);
            if self.matches.is_empty() {
                let headers = record.headers.detach();
                ctx.forward(Record { key: record.key, value, timestamp, headers })?;
                break;
            }
            let (key, headers) = (record.key.clone(), record.headers.clone());
            ctx.forward(Record { key, value, timestamp, headers })?;
        }
        Ok(None)
    }
}

impl<K: Data, L: Data, R: Data, O: Data, F: Joiner<K, L, R, Joined = O>, S: Side<L, R>>
    Processor<K, S::This, K, O> for Joining<K, L, R, F, S>
{
    fn init(&mut self, ctx: &mut ProcessorContext<'_, K, O>) -> Result<(), BoxError> {
        let interval = ctx.config().get_or_default(SCAN_INTERVAL).and_then(|text| text.parse().ok());
        self.scan_interval_ms = interval.unwrap_or(self.scan_interval_ms);
        self.others.connect(ctx)?;
        Ok(self.unmatched.as_mut().map_or(Ok(()), |store| store.connect(ctx))?)
    }

    fn process(
        &mut self,
        record: Record<K, S::This>,
        ctx: &mut ProcessorContext<'_, K, O>,
    ) -> Result<(), BoxError> {
        let timestamp = record.timestamp;
        let mut stream_time = timestamp;
        if let Some(store) = &self.unmatched {
            let clock = store.get(ctx)?.clock();
            clock.stream_time = clock.stream_time.max(timestamp);
            stream_time = clock.stream_time;
        }
        let null_value = self.value_serde.is_null(&record.value);
        if self.join.key_serde.is_null(&record.key) || null_value {
            if self.gives_unmatched && !null_value {
                return self.forward_alone(record, ctx);
            }
            skip(ctx, "a join needs a key and a value");
            return Ok(());
        }
        if let Some(store) = &self.unmatched
            && timestamp == stream_time
        {
            self.forward_closed(store, &record.headers, ctx)?;
        }
        let Some(record) = self.forward_matches(record, ctx)? else { return Ok(()) };
        if !self.gives_unmatched {
            return Ok(());
        }
        let Some(store) = &self.unmatched else { return Ok(()) };
        if self.windows.range(timestamp).1 < stream_time {
            return self.forward_alone(record, ctx);
        }
        let store = store.get(ctx)?;
        let clock = store.clock();
        clock.min_time = Some(clock.min_time.map_or(timestamp, |time| time.min(timestamp)));
        Ok(store.add(&record.key, timestamp, &S::wrap(record.value))?)
    }
}
