//! Operators on streams that keep nothing between records.

use super::{Builder, Done, Node, Stream, named, on_stream, wrong_input};
use crate::conformance::functions::{KeyFn, ListFn, PairFn, Predicate, ValueFn};
use crate::conformance::op::Op;
use crate::conformance::values::{Key, Val};

impl Builder {
    pub(super) fn filter(&mut self, op: &Op, not: bool) -> Done {
        let predicate = Predicate::parse(op.params().str("pred")?)?;
        let named = named(op)?;
        on_stream!(self, op, |stream| {
            let test = move |key: &_, value: &Val| predicate.test(key, value);
            let inner = if not {
                stream.inner.filter_not_with(test, named)
            } else {
                stream.inner.filter_with(test, named)
            };
            self.put(op, stream.with(inner, stream.kind))
        })
    }

    pub(super) fn map(&mut self, op: &Op) -> Done {
        let key = KeyFn::parse(op.params().str("key")?)?;
        let value = ValueFn::parse(op.params().str("value")?)?;
        let named = named(op)?;
        on_stream!(self, op, |stream| {
            let kind = value.output(stream.kind);
            let f = move |k: _, v: Val| {
                let new_key = key.apply(&k, &v);
                (Key(new_key), value.apply(&k, v))
            };
            self.put(op, Stream::plain(stream.inner.map_with(f, named), kind))
        })
    }

    pub(super) fn map_values(&mut self, op: &Op) -> Done {
        let f = ValueFn::parse(op.params().str("fn")?)?;
        let named = named(op)?;
        on_stream!(self, op, |stream| {
            let kind = f.output(stream.kind);
            let inner = if f.sees_key() {
                stream.inner.map_values_keyed_with(move |key, value| f.apply(key, value), named)
            } else {
                stream.inner.map_values_with(move |value| f.apply(&Key::null(), value), named)
            };
            self.put(op, stream.with(inner, kind))
        })
    }

    pub(super) fn flat_map(&mut self, op: &Op) -> Done {
        let f = PairFn::parse(op.params().str("fn")?)?;
        let named = named(op)?;
        on_stream!(self, op, |stream| {
            let inner = stream.inner.flat_map_with(move |key, value| f.apply(key, value), named);
            self.put(op, stream.with(inner, stream.kind))
        })
    }

    pub(super) fn flat_map_values(&mut self, op: &Op) -> Done {
        let f = ListFn::parse(op.params().str("fn")?)?;
        let named = named(op)?;
        on_stream!(self, op, |stream| {
            let inner = stream.inner.flat_map_values_with(move |value| f.apply(value), named);
            self.put(op, stream.with(inner, stream.kind))
        })
    }

    pub(super) fn select_key(&mut self, op: &Op) -> Done {
        let f = KeyFn::parse(op.params().str("fn")?)?;
        let named = named(op)?;
        on_stream!(self, op, |stream| {
            let inner = stream.inner.select_key_with(move |key, value| Key(f.apply(key, value)), named);
            self.put(op, Stream::plain(inner, stream.kind))
        })
    }

    pub(super) fn peek(&mut self, op: &Op) -> Done {
        let named = named(op)?;
        on_stream!(self, op, |stream| {
            let inner = stream.inner.peek_with(|_, _| {}, named);
            self.put(op, stream.with(inner, stream.kind))
        })
    }

    pub(super) fn for_each(&mut self, op: &Op) -> Done {
        let named = named(op)?;
        on_stream!(self, op, |stream| {
            stream.inner.for_each_with(|_, _| {}, named);
            Ok(())
        })
    }

    pub(super) fn merge(&mut self, op: &Op) -> Done {
        let named = named(op)?;
        match (self.node(op, 0)?, self.node(op, 1)?) {
            (Node::Stream(left), Node::Stream(right)) => {
                self.put(op, left.with(left.inner.merge_with(&right.inner, named), left.kind))
            }
            (Node::WindowedStream(left), Node::WindowedStream(right)) => {
                self.put(op, left.with(left.inner.merge_with(&right.inner, named), left.kind))
            }
            (other, _) => Err(wrong_input(op, &other)),
        }
    }
}
