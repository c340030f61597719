//! The node that joins the updates of one table with the values of the other.

use std::sync::Arc;

use streams_core::{BoxError, Processor, ProcessorContext, Record, Serde};

use super::side::{Join, Side};
use crate::join::skipped::skip;
use crate::join::{JoinResult, Joiner};
use crate::table::Getter;
use crate::{Change, Data};

/// One side of a join of tables (features D86 and D87).
pub(super) struct Joining<K, L, R, O, F, S: Side<K, L, R>> {
    join: Arc<Join<K, L, R, F>>,
    other: Box<dyn Getter<K, S::Other>>,
    /// Tells null results.
    results: Option<Serde<O>>,
    send_old: bool,
    /// Whether this table keeps versions: updates of the past then change nothing.
    versioned: bool,
}

impl<K: Data, L: Data, R: Data, O: Data, F: Joiner<K, L, R, Joined = O>, S: Side<K, L, R>>
    Joining<K, L, R, O, F, S>
{
    pub(super) fn new(
        join: &Arc<Join<K, L, R, F>>,
        results: Option<Serde<O>>,
        send_old: bool,
        versioned: bool,
    ) -> Self {
        Self { other: S::other(join).get(), join: Arc::clone(join), results, send_old, versioned }
    }

    fn pair(&self, key: &K, this: Option<&S::This>, other: Option<&S::Other>) -> JoinResult<O> {
        let (left, right) = S::arguments(this, other);
        let result = (self.join.joiner)(key, left, right)?;
        Ok(result.filter(|result| !self.results.as_ref().is_some_and(|serde| serde.is_null(result))))
    }
}

impl<K: Data, L: Data, R: Data, O: Data, F: Joiner<K, L, R, Joined = O>, S: Side<K, L, R>>
    Processor<K, Change<S::This>, K, Change<O>> for Joining<K, L, R, O, F, S>
{
    fn init(&mut self, ctx: &mut ProcessorContext<'_, K, Change<O>>) -> Result<(), BoxError> {
        self.other.init(ctx.stores())
    }

    fn process(
        &mut self,
        record: Record<K, Change<S::This>>,
        ctx: &mut ProcessorContext<'_, K, Change<O>>,
    ) -> Result<(), BoxError> {
        let change = &record.value;
        if self.versioned && !change.is_latest {
            skip(ctx, "a join of tables ignores updates of the past");
            return Ok(());
        }
        let found = self.other.get(ctx.stores(), &record.key)?;
        let timestamp =
            found.as_ref().map_or(record.timestamp, |found| found.timestamp.max(record.timestamp));
        let other = found.as_ref().map(|found| &found.value);
        let nothing = change.new.is_none() && change.old.is_none();
        if other.is_none() && (nothing || S::needs_other(self.join.kind)) {
            return Ok(());
        }
        let new = self.pair(&record.key, change.new.as_ref(), other)?;
        let old = match self.send_old {
            true => self.pair(&record.key, change.old.as_ref(), other)?,
            false => None,
        };
        let joined = Change { new, old, is_latest: change.is_latest };
        Ok(ctx.forward(record.with_value(joined).with_timestamp(timestamp))?)
    }
}
