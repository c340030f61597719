//! `table_group_by`, and aggregations of grouped tables.

use streams_dsl::KGroupedTable;

use super::aggregate::initial;
use super::grouping::grouped;
use super::materialized::{WindowTimes, stored};
use super::{Builder, Done, Node, OpValue, Table, Typed, on_table, wrong_input};
use crate::conformance::functions::{Aggregator, KeyFn, Reducer, ValueFn};
use crate::conformance::keys::CaseKey;
use crate::conformance::op::Op;
use crate::conformance::values::{Key, Kind, Val};

type GroupedTable = Typed<KGroupedTable<Key, Val>>;

impl Builder {
    pub(super) fn table_group_by(&mut self, op: &Op) -> Done {
        let key_fn = KeyFn::parse(op.params().str("key")?)?;
        let value_fn = ValueFn::parse(op.params().str("value")?)?;
        on_table!(self, op, |table| {
            let kind = value_fn.output(table.kind);
            let select = move |key: &_, value: _| {
                let value = OpValue::val(&value);
                (Key(key_fn.apply(key, &value)), value_fn.apply(key, value))
            };
            let inner = table.inner.group_by_with(select, grouped(op, Kind::key_serde(), kind)?);
            self.put(op, GroupedTable::plain(inner, kind))
        })
    }

    pub(super) fn count_groups(&mut self, op: &Op, grouped: &GroupedTable) -> Done {
        let params = stored(op, Kind::key_serde(), i64::serde(Kind::Long), WindowTimes::default())?;
        self.put(op, Table::plain(grouped.inner.count_with(params), Kind::Long))
    }

    pub(super) fn reduce_groups(&mut self, op: &Op, grouped: &GroupedTable) -> Done {
        let adder = Reducer::parse(op.params().str("adder")?)?;
        let subtractor = Reducer::parse(op.params().str("subtractor")?)?;
        let params = stored(op, Kind::key_serde(), grouped.kind.serde(), WindowTimes::default())?;
        let (add, subtract) = (
            move |sum: Val, value: Val| adder.apply(&sum, &value),
            move |sum: Val, value: Val| subtractor.apply(&sum, &value),
        );
        self.put(op, Table::plain(grouped.inner.reduce_with(add, subtract, params), grouped.kind))
    }

    pub(super) fn aggregate_groups(&mut self, op: &Op, grouped: &GroupedTable) -> Done {
        let init = initial(op)?;
        let adder = Aggregator::parse(op.params().str("adder")?)?;
        let subtractor = Aggregator::parse(op.params().str("subtractor")?)?;
        let kind = super::aggregate::aggregated_kind(&adder, grouped.kind);
        let params = stored(op, Kind::key_serde(), kind.serde(), WindowTimes::default())?;
        let add = move |key: &Key, value: Val, sum: Val| adder.apply(&key.shown(), &value, &sum);
        let subtract = move |key: &Key, value: Val, sum: Val| subtractor.apply(&key.shown(), &value, &sum);
        let inner = grouped.inner.aggregate_with(move || init.clone(), add, subtract, params);
        self.put(op, Table::plain(inner, kind))
    }
}
