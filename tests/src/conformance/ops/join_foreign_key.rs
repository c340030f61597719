//! `fk_join`.

use streams_core::DefaultSerde;
use streams_dsl::TableJoined;

use super::materialized::{WindowTimes, materialized};
use super::{BuildFailure, Builder, Done, Node, OpKey, OpValue, Table, wrong_input};
use crate::conformance::functions::{Joiner, KeyFn};
use crate::conformance::op::Op;
use crate::conformance::values::{Key, Val};
use streams_dsl::Materialized;

impl Builder {
    pub(super) fn fk_join(&mut self, op: &Op) -> Done {
        match (self.node(op, 0)?, self.node(op, 1)?) {
            (Node::Table(left), Node::Table(right)) => self.fk_join_both(op, &left, &right),
            (Node::Table(left), Node::CountTable(right)) => self.fk_join_both(op, &left, &right),
            (Node::CountTable(left), Node::Table(right)) => self.fk_join_both(op, &left, &right),
            (Node::CountTable(left), Node::CountTable(right)) => self.fk_join_both(op, &left, &right),
            (Node::WindowedTable(left), Node::Table(right)) => self.fk_join_both(op, &left, &right),
            (Node::WindowedTable(left), Node::CountTable(right)) => self.fk_join_both(op, &left, &right),
            (Node::WindowedCountTable(left), Node::Table(right)) => self.fk_join_both(op, &left, &right),
            (Node::WindowedCountTable(left), Node::CountTable(right)) => self.fk_join_both(op, &left, &right),
            (_, other) => Err(wrong_input(op, &other)),
        }
    }

    fn fk_join_both<K: OpKey + DefaultSerde, L: OpValue + DefaultSerde, R: OpValue + DefaultSerde>(
        &mut self,
        op: &Op,
        left: &Table<K, L>,
        right: &Table<Key, R>,
    ) -> Done
    where
        Node: From<Table<K, Val>>,
    {
        let joined = join(op, left, right)?;
        self.put(op, joined)
    }
}

fn join<K: OpKey + DefaultSerde, L: OpValue + DefaultSerde, R: OpValue + DefaultSerde>(
    op: &Op,
    left: &Table<K, L>,
    right: &Table<Key, R>,
) -> Result<Table<K, Val>, BuildFailure> {
    let joiner = Joiner::parse(op.params().str("joiner")?)?;
    let key_fn = KeyFn::parse(op.params().str("fk")?)?;
    let kind = joiner.output(left.kind, right.kind);
    let joined = op.name()?.map_or_else(TableJoined::new, TableJoined::as_);
    let (keys, values) = (K::serde(left.keys), kind.serde());
    let given = materialized(op, keys.clone(), values.clone(), WindowTimes::default())?;
    let store = given.unwrap_or_else(|| Materialized::with(keys, values));
    let left_join = match op.params().str("kind")? {
        "inner" => false,
        "left" => true,
        other => return Err(format!("tables have no `{other}` join by foreign key").into()),
    };
    let join = move |left: &L, right: &R| joiner.apply("", &left.val(), &right.val());
    let join_left = move |left: &L, right: Option<&R>| {
        joiner.apply("", &left.val(), &right.map_or(Val::Null, OpValue::val))
    };
    let (left_table, right_table) = (&left.inner.with_default_serdes(), &right.inner.with_default_serdes());
    let inner = if key_fn.sees_key() {
        let extract = move |key: &K, value: &L| key_fn.apply(key, &value.val()).map(Key::of);
        if left_join {
            left_table.left_join_foreign_key_keyed_with(right_table, extract, join_left, joined, store)
        } else {
            left_table.join_foreign_key_keyed_with(right_table, extract, join, joined, store)
        }
    } else {
        let extract = move |value: &L| key_fn.apply(&Key::null(), &value.val()).map(Key::of);
        if left_join {
            left_table.left_join_foreign_key_with(right_table, extract, join_left, joined, store)
        } else {
            left_table.join_foreign_key_with(right_table, extract, join, joined, store)
        }
    };
    Ok(left.with(inner, kind))
}
