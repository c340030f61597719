//! `group_by_key` and `group_by`.

use streams_core::Serde;
use streams_dsl::Grouped;

use super::{Builder, Done, GroupedStream, Node, on_stream, wrong_input};
use crate::conformance::functions::KeyFn;
use crate::conformance::op::{Op, Reason};
use crate::conformance::values::{Key, Kind, Val};

/// Serdes and name of a grouping.
pub(super) fn grouped<K: 'static>(op: &Op, keys: Serde<K>, kind: Kind) -> Result<Grouped<K, Val>, Reason> {
    let grouped = Grouped::with(keys, kind.serde());
    Ok(match op.name()? {
        Some(name) => grouped.with_name(name),
        None => grouped,
    })
}

impl Builder {
    pub(super) fn group_by_key(&mut self, op: &Op) -> Done {
        on_stream!(self, op, |stream| {
            let grouped = grouped(op, stream.key_serde(), stream.kind)?;
            self.put(op, stream.with(stream.inner.group_by_key_with(grouped), stream.kind))
        })
    }

    pub(super) fn group_by(&mut self, op: &Op) -> Done {
        let f = KeyFn::parse(op.params().str("fn")?)?;
        on_stream!(self, op, |stream| {
            let grouped = grouped(op, Kind::key_serde(), stream.kind)?;
            let select = move |key: &_, value: &Val| Key(f.apply(key, value));
            let inner = stream.inner.group_by_with(select, grouped);
            self.put(op, GroupedStream::plain(inner, stream.kind))
        })
    }
}
