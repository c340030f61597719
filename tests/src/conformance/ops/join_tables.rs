//! `join_tables`.

use super::tables::{not_null, view};
use super::{BuildFailure, Builder, Done, Node, OpKey, OpValue, Table, wrong_input};
use crate::conformance::functions::Joiner;
use crate::conformance::op::Op;
use crate::conformance::values::Val;

impl Builder {
    pub(super) fn join_tables(&mut self, op: &Op) -> Done {
        match (self.node(op, 0)?, self.node(op, 1)?) {
            (Node::Table(left), Node::Table(right)) => self.join_both(op, &left, &right),
            (Node::Table(left), Node::CountTable(right)) => self.join_both(op, &left, &right),
            (Node::CountTable(left), Node::Table(right)) => self.join_both(op, &left, &right),
            (Node::CountTable(left), Node::CountTable(right)) => self.join_both(op, &left, &right),
            (Node::WindowedTable(left), Node::WindowedTable(right)) => self.join_both(op, &left, &right),
            (Node::WindowedTable(left), Node::WindowedCountTable(right)) => self.join_both(op, &left, &right),
            (Node::WindowedCountTable(left), Node::WindowedTable(right)) => self.join_both(op, &left, &right),
            (Node::WindowedCountTable(left), Node::WindowedCountTable(right)) => {
                self.join_both(op, &left, &right)
            }
            (_, other) => Err(wrong_input(op, &other)),
        }
    }

    fn join_both<K: OpKey, L: OpValue, R: OpValue>(
        &mut self,
        op: &Op,
        left: &Table<K, L>,
        right: &Table<K, R>,
    ) -> Done
    where
        Node: From<Table<K, Val>>,
    {
        let joined = join(op, left, right)?;
        self.put(op, joined)
    }
}

fn join<K: OpKey, L: OpValue, R: OpValue>(
    op: &Op,
    left: &Table<K, L>,
    right: &Table<K, R>,
) -> Result<Table<K, Val>, BuildFailure> {
    let joiner = Joiner::parse(op.params().str("joiner")?)?;
    let kind = joiner.output(left.kind, right.kind);
    let view = view(op, left, kind)?;
    // Only joins of streams have joiners that show the key.
    let apply = move |left: &Val, right: &Val| not_null(joiner.apply("", left, right));
    let inner = match op.params().str("kind")? {
        "inner" => {
            let join = move |left: &L, right: &R| apply(&left.val(), &right.val());
            left.inner.filter_join_with(&right.inner, join, view)
        }
        "left" => {
            let join = move |left: &L, right: Option<&R>| apply(&left.val(), &val(right));
            left.inner.filter_left_join_with(&right.inner, join, view)
        }
        "outer" => {
            let join = move |left: Option<&L>, right: Option<&R>| apply(&val(left), &val(right));
            left.inner.filter_outer_join_with(&right.inner, join, view)
        }
        other => return Err(format!("tables have no `{other}` join").into()),
    };
    Ok(left.with(inner, kind))
}

fn val<V: OpValue>(value: Option<&V>) -> Val {
    value.map_or(Val::Null, OpValue::val)
}
