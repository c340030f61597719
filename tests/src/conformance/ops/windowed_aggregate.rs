//! `count`, `reduce` and `aggregate` by windows.

use streams_dsl::{SessionWindowedKStream, TimeWindowedKStream};

use super::aggregate::{aggregated_kind, initial};
use super::materialized::stored;
use super::node::InWindows;
use super::{Builder, Done, OpValue, Table};
use crate::conformance::functions::{Aggregator, Merger, Reducer};
use crate::conformance::keys::CaseKey;
use crate::conformance::op::{Op, Reason};
use crate::conformance::values::{Key, Kind, Val};

type InTime = InWindows<TimeWindowedKStream<Key, Val>>;
type InSessions = InWindows<SessionWindowedKStream<Key, Val>>;

impl Builder {
    pub(super) fn count_in_time(&mut self, op: &Op, windowed: &InTime) -> Done {
        let params = stored(op, Kind::key_serde(), i64::serde(Kind::Long), windowed.times)?;
        let (inner, keys) = (windowed.inner.count_with(params), windowed.keys);
        self.put(op, Table { inner, keys, kind: Kind::Long })
    }

    pub(super) fn count_in_sessions(&mut self, op: &Op, windowed: &InSessions) -> Done {
        let params = stored(op, Kind::key_serde(), i64::serde(Kind::Long), windowed.times)?;
        let (inner, keys) = (windowed.inner.count_with(params), windowed.keys);
        self.put(op, Table { inner, keys, kind: Kind::Long })
    }

    pub(super) fn reduce_in_time(&mut self, op: &Op, windowed: &InTime) -> Done {
        let reducer = Reducer::parse(op.params().str("reducer")?)?;
        let params = stored(op, Kind::key_serde(), windowed.kind.serde(), windowed.times)?;
        let inner = windowed.inner.reduce_with(move |a, b| reducer.apply(&a, &b), params);
        self.put(op, Table { inner, keys: windowed.keys, kind: windowed.kind })
    }

    pub(super) fn reduce_in_sessions(&mut self, op: &Op, windowed: &InSessions) -> Done {
        let reducer = Reducer::parse(op.params().str("reducer")?)?;
        let params = stored(op, Kind::key_serde(), windowed.kind.serde(), windowed.times)?;
        let inner = windowed.inner.reduce_with(move |a, b| reducer.apply(&a, &b), params);
        self.put(op, Table { inner, keys: windowed.keys, kind: windowed.kind })
    }

    pub(super) fn aggregate_in_time(&mut self, op: &Op, windowed: &InTime) -> Done {
        let (init, aggregator) = (initial(op)?, Aggregator::parse(op.params().str("agg")?)?);
        let kind = aggregated_kind(&aggregator, windowed.kind);
        let params = stored(op, Kind::key_serde(), kind.serde(), windowed.times)?;
        let aggregate = move |key: &Key, value: Val, sum: Val| aggregator.apply(&key.shown(), &value, &sum);
        let inner = windowed.inner.aggregate_with(move || init.clone(), aggregate, params);
        self.put(op, Table { inner, keys: windowed.keys, kind })
    }

    pub(super) fn aggregate_in_sessions(&mut self, op: &Op, windowed: &InSessions) -> Done {
        let (init, aggregator) = (initial(op)?, Aggregator::parse(op.params().str("agg")?)?);
        let merger = merger(op)?;
        let kind = aggregated_kind(&aggregator, windowed.kind);
        let params = stored(op, Kind::key_serde(), kind.serde(), windowed.times)?;
        let aggregate = move |key: &Key, value: Val, sum: Val| aggregator.apply(&key.shown(), &value, &sum);
        let merge = move |_: &Key, a: Val, b: Val| merger.apply(&a, &b);
        let inner = windowed.inner.aggregate_with(move || init.clone(), aggregate, merge, params);
        self.put(op, Table { inner, keys: windowed.keys, kind })
    }
}

/// The merger of an aggregation by sessions.
pub(super) fn merger(op: &Op) -> Result<Merger, Reason> {
    Merger::parse(op.params().str("merger")?)
}
