//! `join_stream`.

use streams_dsl::{JoinWindows, KStream, StreamJoined};

use super::materialized::duration;
use super::{BuildFailure, Builder, Done, Node, OpKey, Stream, wrong_input};
use crate::conformance::functions::Joiner;
use crate::conformance::op::Op;
use crate::conformance::values::Val;

impl Builder {
    pub(super) fn join_stream(&mut self, op: &Op) -> Done {
        match (self.node(op, 0)?, self.node(op, 1)?) {
            (Node::Stream(left), Node::Stream(right)) => {
                let joined = join(op, &left, &right)?;
                self.put(op, joined)
            }
            (Node::WindowedStream(left), Node::WindowedStream(right)) => {
                let joined = join(op, &left, &right)?;
                self.put(op, joined)
            }
            (other, _) => Err(wrong_input(op, &other)),
        }
    }
}

fn join<K: OpKey>(op: &Op, left: &Stream<K>, right: &Stream<K>) -> Result<Stream<K>, BuildFailure> {
    let joiner = Joiner::parse(op.params().str("joiner")?)?;
    let windows = windows(op)?;
    let joined = stream_joined(op, left, right)?;
    let inner: KStream<K, Val> = match op.params().str("kind")? {
        "inner" => {
            let join = move |key: &K, left: &Val, right: &Val| joiner.apply(&key.shown(), left, right);
            left.inner.join_keyed_with(&right.inner, join, windows, joined)
        }
        "left" => {
            let join = move |key: &K, left: &Val, right: Option<&Val>| {
                joiner.apply(&key.shown(), left, right.unwrap_or(&Val::Null))
            };
            left.inner.left_join_keyed_with(&right.inner, join, windows, joined)
        }
        "outer" => {
            let join = move |key: &K, left: Option<&Val>, right: Option<&Val>| {
                joiner.apply(&key.shown(), left.unwrap_or(&Val::Null), right.unwrap_or(&Val::Null))
            };
            left.inner.outer_join_keyed_with(&right.inner, join, windows, joined)
        }
        other => return Err(format!("streams have no `{other}` join").into()),
    };
    Ok(left.with(inner, joiner.output(left.kind, right.kind)))
}

fn windows(op: &Op) -> Result<JoinWindows, BuildFailure> {
    let before = op.params().int("before")?;
    let after = op.params().opt_int("after")?.unwrap_or(before);
    let grace = duration(op.params().opt_int("grace")?.unwrap_or(0))?;
    let before = duration(before)?;
    let windows = JoinWindows::of_time_difference_and_grace(before, grace);
    let windows =
        if after < 0 { windows.ending_before(duration(-after)?) } else { windows.after(duration(after)?) };
    Ok(windows.before(before))
}

fn stream_joined<K: OpKey>(
    op: &Op,
    left: &Stream<K>,
    right: &Stream<K>,
) -> Result<StreamJoined<K, Val, Val>, BuildFailure> {
    let mut joined = StreamJoined::with(left.key_serde(), left.value_serde(), right.value_serde());
    if let Some(name) = op.name()? {
        joined = joined.with_name(name);
    }
    if let Some(name) = op.params().opt_str("store_name")? {
        joined = joined.with_store_name(name);
    }
    Ok(match op.params().opt_flag("logging")? {
        Some(false) => joined.with_logging_disabled(),
        Some(true) => joined.with_logging_enabled(Default::default()),
        None => joined,
    })
}
