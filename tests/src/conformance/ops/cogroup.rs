//! `cogroup`, and `aggregate` on what it makes.

use streams_dsl::{CogroupedKStream, SessionWindowedCogroupedKStream, TimeWindowedCogroupedKStream};

use super::aggregate::{aggregated_kind, initial};
use super::materialized::{WindowTimes, stored};
use super::node::InWindows;
use super::windowed_aggregate::merger;
use super::{Builder, Done, Node, Table, Typed, wrong_input};
use crate::conformance::functions::Aggregator;
use crate::conformance::keys::CaseKey;
use crate::conformance::op::Op;
use crate::conformance::values::{Key, Kind, Val};

type Cogrouped = CogroupedKStream<Key, Val>;

impl Builder {
    pub(super) fn cogroup(&mut self, op: &Op) -> Done {
        let aggregators = op.params().list("aggs")?;
        if op.from.len() != aggregators.len() || op.from.is_empty() {
            return Err("`cogroup` needs as many aggregators as inputs, and at least one".into());
        }
        let mut cogrouped: Option<Typed<Cogrouped>> = None;
        for (index, aggregator) in aggregators.into_iter().enumerate() {
            let grouped = match self.node(op, index)? {
                Node::GroupedStream(grouped) => grouped,
                other => return Err(wrong_input(op, &other)),
            };
            let aggregator = Aggregator::parse(aggregator)?;
            let kind = aggregated_kind(&aggregator, grouped.kind);
            let aggregate =
                move |key: &Key, value: Val, sum: Val| aggregator.apply(&key.shown(), &value, &sum);
            cogrouped = Some(match cogrouped {
                None => Typed::plain(grouped.inner.cogroup(aggregate), kind),
                Some(before) => before.with(before.inner.cogroup(&grouped.inner, aggregate), before.kind),
            });
        }
        match cogrouped {
            Some(cogrouped) => self.put(op, cogrouped),
            None => Err("`cogroup` needs an input".into()),
        }
    }

    pub(super) fn aggregate_cogrouped(&mut self, op: &Op, cogrouped: &Typed<Cogrouped>) -> Done {
        let init = initial(op)?;
        let params = stored(op, Kind::key_serde(), cogrouped.kind.serde(), WindowTimes::default())?;
        let inner = cogrouped.inner.aggregate_with(move || init.clone(), params);
        self.put(op, Table::plain(inner, cogrouped.kind))
    }

    pub(super) fn aggregate_cogrouped_in_time(
        &mut self,
        op: &Op,
        cogrouped: &InWindows<TimeWindowedCogroupedKStream<Key, Val>>,
    ) -> Done {
        let init = initial(op)?;
        let params = stored(op, Kind::key_serde(), cogrouped.kind.serde(), cogrouped.times)?;
        let inner = cogrouped.inner.aggregate_with(move || init.clone(), params);
        self.put(op, Table { inner, keys: cogrouped.keys, kind: cogrouped.kind })
    }

    pub(super) fn aggregate_cogrouped_in_sessions(
        &mut self,
        op: &Op,
        cogrouped: &InWindows<SessionWindowedCogroupedKStream<Key, Val>>,
    ) -> Done {
        let (init, merger) = (initial(op)?, merger(op)?);
        let params = stored(op, Kind::key_serde(), cogrouped.kind.serde(), cogrouped.times)?;
        let merge = move |_: &Key, a: Val, b: Val| merger.apply(&a, &b);
        let inner = cogrouped.inner.aggregate_with(move || init.clone(), merge, params);
        self.put(op, Table { inner, keys: cogrouped.keys, kind: cogrouped.kind })
    }
}
