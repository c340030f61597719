//! Operators that make tables, and those on one table.

use streams_core::BoxError;
use streams_dsl::{Materialized, Named, TransformerContext, ValueTransformer, ViewParams};

use super::materialized::{WindowTimes, materialized, stored};
use super::sources::consumed_of_table;
use super::{BuildFailure, Builder, Done, Node, OpKey, OpValue, Stream, Table, Typed};
use super::{named, on_stream, on_table, wrong_input};
use crate::conformance::functions::{KeyFn, Predicate, ValueFn};
use crate::conformance::op::Op;
use crate::conformance::values::{Key, Kind, Val};

/// Name and, if there is one, store of an operator on a table.
pub(super) struct View<K, V>(Named, Option<Materialized<K, V>>);

impl<K, V> ViewParams<K, V> for View<K, V> {
    fn into_parts(self) -> (Named, Option<Materialized<K, V>>) {
        (self.0, self.1)
    }
}

pub(super) fn view<K: OpKey, V: OpValue, V0>(
    op: &Op,
    table: &Table<K, V0>,
    kind: Kind,
) -> Result<View<K, V>, BuildFailure> {
    let (keys, values) = (K::serde(table.keys), V::serde(kind));
    Ok(View(named(op)?, materialized(op, keys, values, WindowTimes::default())?))
}

impl Builder {
    pub(super) fn table(&mut self, op: &Op) -> Done {
        let kind = Kind::of_type(op.params().opt_str("type")?)?;
        let topic = op.params().str("topic")?;
        let consumed = consumed_of_table(op, kind)?;
        let given = materialized(op, Kind::key_serde(), kind.serde(), WindowTimes::default())?;
        let inner = self.dsl.table_with(topic, consumed, given.unwrap_or_else(Materialized::inherited));
        self.put(op, Table::plain(inner, kind))
    }

    pub(super) fn global_table(&mut self, op: &Op) -> Done {
        let kind = Kind::of_type(op.params().opt_str("type")?)?;
        let topic = op.params().str("topic")?;
        let consumed = consumed_of_table(op, kind)?;
        let given = materialized(op, Kind::key_serde(), kind.serde(), WindowTimes::default())?;
        let inner =
            self.dsl.global_table_with(topic, consumed, given.unwrap_or_else(Materialized::inherited));
        self.put(op, Typed::plain(inner, kind))
    }

    pub(super) fn stream_to_table(&mut self, op: &Op) -> Done {
        on_stream!(self, op, |stream| {
            let (keys, values) = (stream.key_serde(), stream.value_serde());
            let inner = stream.inner.to_table_with(stored(op, keys, values, WindowTimes::default())?);
            self.put(op, stream.with(inner, stream.kind))
        })
    }

    pub(super) fn table_filter(&mut self, op: &Op, not: bool) -> Done {
        let predicate = Predicate::parse(op.params().str("pred")?)?;
        on_table!(self, op, |table| {
            let view = view(op, &table, table.kind)?;
            let test = move |key: &_, value: &_| predicate.test(key, &OpValue::val(value));
            let inner = if not {
                table.inner.filter_not_with(test, view)
            } else {
                table.inner.filter_with(test, view)
            };
            self.put(op, table.with(inner, table.kind))
        })
    }

    pub(super) fn table_map_values(&mut self, op: &Op) -> Done {
        let f = ValueFn::parse(op.params().str("fn")?)?;
        on_table!(self, op, |table| {
            let kind = f.output(table.kind);
            let view = view(op, &table, kind)?;
            let inner = if f.sees_key() {
                let map = move |key: &_, value: _| not_null(f.apply(key, OpValue::val(&value)));
                table.inner.filter_map_values_keyed_with(map, view)
            } else {
                let map = move |value: _| not_null(f.apply(&Key::null(), OpValue::val(&value)));
                table.inner.filter_map_values_with(map, view)
            };
            self.put(op, table.with(inner, kind))
        })
    }

    pub(super) fn table_transform_values(&mut self, op: &Op) -> Done {
        let f = ValueFn::parse(op.params().str("fn")?)?;
        on_table!(self, op, |table| {
            let kind = f.output(table.kind);
            let view = view(op, &table, kind)?;
            let make = move || Transformer(f.clone());
            let inner = table.inner.transform_values_with(make, &[], view);
            self.put(op, table.with(inner, kind))
        })
    }

    pub(super) fn table_to_stream(&mut self, op: &Op) -> Done {
        let key_fn = op.params().opt_str("key_fn")?.map(KeyFn::parse).transpose()?;
        let named = named(op)?;
        on_table!(self, op, |table| match key_fn {
            None => {
                let inner = table.inner.to_stream_into_with::<Val>(named);
                self.put(op, table.with(inner, table.kind))
            }
            Some(key_fn) => {
                let select = move |key: &_, value: &Val| Key(key_fn.apply(key, value));
                let inner = table.inner.to_stream_into_with::<Val>(named).select_key(select);
                self.put(op, Stream::plain(inner, table.kind))
            }
        })
    }
}

pub(super) fn not_null(value: Val) -> Option<Val> {
    Some(value).filter(|value| !value.is_null())
}

/// A value function as a transformer without state.
struct Transformer(ValueFn);

impl<K: OpKey, V: OpValue> ValueTransformer<K, V, Val> for Transformer {
    fn transform(
        &mut self,
        key: &K,
        value: Option<V>,
        _: &mut TransformerContext<'_>,
    ) -> Result<Option<Val>, BoxError> {
        let value = value.map_or(Val::Null, |value| value.val());
        Ok(not_null(self.0.apply(key, value)))
    }
}
