//! The join of a stream with itself, on one store (KIP-862).

use std::any::Any;
use std::sync::Arc;

use streams_core::{BoxError, Processor, ProcessorContext, Record, Result, WindowStore, WindowValues};

use super::joining::Join;
use crate::join::Joiner;
use crate::join::skipped::skip;
use crate::store_link::StoreLink;
use crate::{Data, JoinWindows};

/// Joins a stream with itself. Results and their order are those of the join on two stores (feature D82): the record as
/// the left side, the record with itself, the record as the right side, each in the order of the other records' time. Only
/// in windows that exclude a record's own time they differ, as in Kafka: on one store each record joins itself.
///
/// `L` and `R` are the same type, which the compiler does not know where the optimization is applied.
pub(super) struct SelfJoining<K, L, R, F> {
    join: Arc<Join<K, L, R, F>>,
    records: StoreLink<WindowStore<K, L>>,
    /// The matches of the record at hand.
    matches: WindowValues<L>,
    stream_time: i64,
}

impl<K: Data, L: Data, R: Data, F> SelfJoining<K, L, R, F> {
    pub(super) fn new(join: &Arc<Join<K, L, R, F>>, records: &Arc<str>) -> Self {
        let join = Arc::clone(join);
        Self { join, records: StoreLink::new(records), matches: WindowValues::new(), stream_time: -1 }
    }

    /// Finds the matches of a record.
    fn fetch<O>(
        &mut self,
        key: &K,
        timestamp: i64,
        windows: JoinWindows,
        ctx: &mut ProcessorContext<'_, K, O>,
    ) -> Result<()> {
        let (from, to) = windows.range(timestamp);
        self.records.get(ctx)?.fetch_into(key, from, to, &mut self.matches)
    }
}

impl<K: Data, L: Data, R: Data, O: Data, F: Joiner<K, L, R, Joined = O>> SelfJoining<K, L, R, F> {
    fn forward(
        &self,
        record: &Record<K, L>,
        (left, right, timestamp): (&L, &L, i64),
        ctx: &mut ProcessorContext<'_, K, O>,
    ) -> Result<(), BoxError> {
        let right = (right as &dyn Any).downcast_ref::<R>();
        match (self.join.joiner)(&record.key, Some(left), right)? {
            Some(value) => Ok(ctx.forward(Record {
                key: record.key.clone(),
                value,
                timestamp,
                headers: record.headers.clone(),
            })?),
            None => Ok(()),
        }
    }

    fn forward_pairs(
        &mut self,
        record: &Record<K, L>,
        ctx: &mut ProcessorContext<'_, K, O>,
    ) -> Result<(), BoxError> {
        let (value, timestamp, windows) = (&record.value, record.timestamp, self.join.windows);
        self.fetch(&record.key, timestamp, windows, ctx)?;
        while let Some(found) = self.matches.next() {
            let (time, other) = found?;
            self.forward(record, (value, &other, timestamp.max(time)), ctx)?;
        }
        self.fetch(&record.key, timestamp, windows.mirrored(), ctx)?;
        let mut itself = self.joins_itself(timestamp).then_some((value, value, timestamp));
        while let Some(found) = self.matches.next() {
            let (time, other) = found?;
            if time > timestamp
                && let Some(pair) = itself.take()
            {
                self.forward(record, pair, ctx)?;
            }
            self.forward(record, (&other, value, timestamp.max(time)), ctx)?;
        }
        itself.map_or(Ok(()), |pair| self.forward(record, pair, ctx))
    }

    /// Whether a store would keep the record: it is not that late. As in Kafka, it then joins itself even where the window
    /// excludes its own time.
    fn joins_itself(&self, timestamp: i64) -> bool {
        timestamp > self.stream_time.saturating_sub(self.join.windows.retention_ms()).saturating_add(1)
    }
}

impl<K: Data, L: Data, R: Data, O: Data, F: Joiner<K, L, R, Joined = O>> Processor<K, L, K, O>
    for SelfJoining<K, L, R, F>
{
    fn init(&mut self, ctx: &mut ProcessorContext<'_, K, O>) -> Result<(), BoxError> {
        Ok(self.records.connect(ctx)?)
    }

    fn process(
        &mut self,
        record: Record<K, L>,
        ctx: &mut ProcessorContext<'_, K, O>,
    ) -> Result<(), BoxError> {
        let Join { key_serde, left_serde, .. } = &*self.join;
        if key_serde.is_null(&record.key) || left_serde.is_null(&record.value) {
            skip(ctx, "a join needs a key and a value");
            return Ok(());
        }
        self.stream_time = self.stream_time.max(record.timestamp);
        self.forward_pairs(&record, ctx)
    }
}
