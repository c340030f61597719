//! `count`, `reduce` and `aggregate` on grouped streams without windows.

use super::materialized::{WindowTimes, stored};
use super::{Builder, Done, GroupedStream, Node, OpKey, OpValue, Table, wrong_input};
use crate::conformance::case::Datum;
use crate::conformance::functions::{Aggregator, Reducer};
use crate::conformance::op::{Op, Reason};
use crate::conformance::values::{Kind, Val};

impl Builder {
    pub(super) fn count(&mut self, op: &Op) -> Done {
        match self.node(op, 0)? {
            Node::GroupedStream(grouped) => self.count_stream(op, &grouped),
            Node::GroupedWindowedStream(grouped) => self.count_stream(op, &grouped),
            Node::GroupedTable(grouped) => self.count_groups(op, &grouped),
            Node::InTime(windowed) => self.count_in_time(op, &windowed),
            Node::InSessions(windowed) => self.count_in_sessions(op, &windowed),
            other => Err(wrong_input(op, &other)),
        }
    }

    pub(super) fn reduce(&mut self, op: &Op) -> Done {
        match self.node(op, 0)? {
            Node::GroupedStream(grouped) => self.reduce_stream(op, &grouped),
            Node::GroupedWindowedStream(grouped) => self.reduce_stream(op, &grouped),
            Node::GroupedTable(grouped) => self.reduce_groups(op, &grouped),
            Node::InTime(windowed) => self.reduce_in_time(op, &windowed),
            Node::InSessions(windowed) => self.reduce_in_sessions(op, &windowed),
            other => Err(wrong_input(op, &other)),
        }
    }

    pub(super) fn aggregate(&mut self, op: &Op) -> Done {
        match self.node(op, 0)? {
            Node::GroupedStream(grouped) => self.aggregate_stream(op, &grouped),
            Node::GroupedWindowedStream(grouped) => self.aggregate_stream(op, &grouped),
            Node::GroupedTable(grouped) => self.aggregate_groups(op, &grouped),
            Node::InTime(windowed) => self.aggregate_in_time(op, &windowed),
            Node::InSessions(windowed) => self.aggregate_in_sessions(op, &windowed),
            Node::Cogrouped(cogrouped) => self.aggregate_cogrouped(op, &cogrouped),
            Node::CogroupedInTime(cogrouped) => self.aggregate_cogrouped_in_time(op, &cogrouped),
            Node::CogroupedInSessions(cogrouped) => self.aggregate_cogrouped_in_sessions(op, &cogrouped),
            other => Err(wrong_input(op, &other)),
        }
    }

    fn count_stream<K: OpKey>(&mut self, op: &Op, grouped: &GroupedStream<K>) -> Done
    where
        Node: From<Table<K, i64>>,
    {
        let params = stored(op, K::serde(grouped.keys), i64::serde(Kind::Long), WindowTimes::default())?;
        self.put(op, grouped.with(grouped.inner.count_with(params), Kind::Long))
    }

    fn reduce_stream<K: OpKey>(&mut self, op: &Op, grouped: &GroupedStream<K>) -> Done
    where
        Node: From<Table<K, Val>>,
    {
        let reducer = Reducer::parse(op.params().str("reducer")?)?;
        let params = stored(op, K::serde(grouped.keys), grouped.kind.serde(), WindowTimes::default())?;
        let inner = grouped.inner.reduce_with(move |a, b| reducer.apply(&a, &b), params);
        self.put(op, grouped.with(inner, grouped.kind))
    }

    fn aggregate_stream<K: OpKey>(&mut self, op: &Op, grouped: &GroupedStream<K>) -> Done
    where
        Node: From<Table<K, Val>>,
    {
        let (init, aggregator) = (initial(op)?, Aggregator::parse(op.params().str("agg")?)?);
        let kind = aggregated_kind(&aggregator, grouped.kind);
        let params = stored(op, K::serde(grouped.keys), kind.serde(), WindowTimes::default())?;
        let aggregate =
            move |key: &K, value: Val, aggregate: Val| aggregator.apply(&key.shown(), &value, &aggregate);
        let inner = grouped.inner.aggregate_with(move || init.clone(), aggregate, params);
        self.put(op, grouped.with(inner, kind))
    }
}

/// The initializer's value.
pub(super) fn initial(op: &Op) -> Result<Val, Reason> {
    let value = op.params().get_nullable("init").ok_or("parameter `init` is missing")?;
    let datum: Datum = serde_json::from_value(value.clone()).map_err(|error| error.to_string())?;
    Val::of_datum(&datum)
}

/// The kind of an aggregator's results for values of a kind.
pub(super) fn aggregated_kind(aggregator: &Aggregator, values: Kind) -> Kind {
    match aggregator {
        Aggregator::Last => values,
        other => other.output(),
    }
}
