//! `join_table` and `join_global`: streams with tables.

use streams_dsl::Joined;

use super::materialized::duration;
use super::{BuildFailure, Builder, Done, Node, OpKey, OpValue, Stream, Table, on_stream, wrong_input};
use crate::conformance::functions::{Joiner, KeyFn};
use crate::conformance::op::Op;
use crate::conformance::values::{Key, Val};

impl Builder {
    pub(super) fn join_table(&mut self, op: &Op) -> Done {
        match (self.node(op, 0)?, self.node(op, 1)?) {
            (Node::Stream(stream), Node::Table(table)) => self.join_with(op, &stream, &table),
            (Node::Stream(stream), Node::CountTable(table)) => self.join_with(op, &stream, &table),
            (Node::WindowedStream(stream), Node::WindowedTable(table)) => self.join_with(op, &stream, &table),
            (Node::WindowedStream(stream), Node::WindowedCountTable(table)) => {
                self.join_with(op, &stream, &table)
            }
            (_, other) => Err(wrong_input(op, &other)),
        }
    }

    fn join_with<K: OpKey, V: OpValue>(&mut self, op: &Op, stream: &Stream<K>, table: &Table<K, V>) -> Done
    where
        Node: From<Stream<K>>,
    {
        let joiner = Joiner::parse(op.params().str("joiner")?)?;
        let kind = joiner.output(stream.kind, table.kind);
        let joined = joined(op, stream)?;
        let inner = match op.params().str("kind")? {
            "inner" => {
                let join =
                    move |key: &K, left: &Val, right: &V| joiner.apply(&key.shown(), left, &right.val());
                stream.inner.join_table_keyed_with(&table.inner, join, joined)
            }
            "left" => {
                let join = move |key: &K, left: &Val, right: Option<&V>| {
                    joiner.apply(&key.shown(), left, &right.map_or(Val::Null, OpValue::val))
                };
                stream.inner.left_join_table_keyed_with(&table.inner, join, joined)
            }
            other => return Err(format!("a stream and a table have no `{other}` join").into()),
        };
        self.put(op, stream.with(inner, kind))
    }

    pub(super) fn join_global(&mut self, op: &Op) -> Done {
        let table = match self.node(op, 1)? {
            Node::GlobalTable(table) => table,
            other => return Err(wrong_input(op, &other)),
        };
        let joiner = Joiner::parse(op.params().str("joiner")?)?;
        let key_fn = KeyFn::parse(op.params().str("key_fn")?)?;
        on_stream!(self, op, |stream| {
            let kind = joiner.output(stream.kind, table.kind);
            let joined = joined(op, &stream)?;
            let select = move |key: &_, value: &Val| Key(key_fn.apply(key, value));
            let inner = match op.params().str("kind")? {
                "inner" => {
                    let join = move |key: &_, left: &Val, right: &Val| joiner.apply(&shown(key), left, right);
                    stream.inner.join_global_table_keyed_with(&table.inner, select, join, joined)
                }
                "left" => {
                    let join = move |key: &_, left: &Val, right: Option<&Val>| {
                        joiner.apply(&shown(key), left, right.unwrap_or(&Val::Null))
                    };
                    stream.inner.left_join_global_table_keyed_with(&table.inner, select, join, joined)
                }
                other => return Err(format!("a stream and a global table have no `{other}` join").into()),
            };
            self.put(op, stream.with(inner, kind))
        })
    }
}

fn shown(key: &impl OpKey) -> String {
    key.shown()
}

fn joined<K: OpKey>(op: &Op, stream: &Stream<K>) -> Result<Joined<K, Val>, BuildFailure> {
    let mut joined = Joined::with(stream.key_serde(), stream.value_serde());
    if let Some(name) = op.name()? {
        joined = joined.with_name(name);
    }
    if let Some(grace) = op.params().opt_int("grace")? {
        joined = joined.with_grace_period(duration(grace)?);
    }
    Ok(joined)
}
