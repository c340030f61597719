//! `suppress`.

use streams_core::Windowed;
use streams_dsl::{BufferConfig, StrictBufferConfig, Suppressed};

use super::materialized::duration;
use super::{BuildFailure, Builder, Done, Node, OpKey, on_table, wrong_input};
use crate::conformance::op::Op;
use crate::conformance::values::Key;

/// The two types of keys, of which only one has windows that can close.
trait Suppress: OpKey {
    fn until_window_closes(buffer: StrictBufferConfig) -> Result<Suppressed<Self>, BuildFailure>;
}

impl Suppress for Key {
    fn until_window_closes(_: StrictBufferConfig) -> Result<Suppressed<Self>, BuildFailure> {
        Err("the types refuse `until_window_closes` on keys without windows".into())
    }
}

impl Suppress for Windowed<Key> {
    fn until_window_closes(buffer: StrictBufferConfig) -> Result<Suppressed<Self>, BuildFailure> {
        Ok(Suppressed::until_window_closes(buffer))
    }
}

impl Builder {
    pub(super) fn suppress(&mut self, op: &Op) -> Done {
        on_table!(self, op, |table| {
            let inner = table.inner.suppress_with(suppressed(op)?);
            self.put(op, table.with(inner, table.kind))
        })
    }
}

fn suppressed<K: Suppress>(op: &Op) -> Result<Suppressed<K>, BuildFailure> {
    let suppressed = match op.params().str("mode")? {
        "window_close" => Suppress::until_window_closes(logged(op, BufferConfig::unbounded())?)?,
        "time_limit" => {
            let ms = duration(op.params().int("ms")?)?;
            match (bounds(op)?, op.params().opt_str("full")?) {
                (None, _) => Suppressed::until_time_limit(ms, logged(op, BufferConfig::unbounded())?),
                (Some(buffer), Some("shutdown")) => {
                    Suppressed::until_time_limit(ms, logged(op, buffer.shut_down_when_full())?)
                }
                (Some(buffer), Some("emit") | None) => {
                    let strict = logged(op, buffer.shut_down_when_full())?;
                    Suppressed::until_time_limit(ms, strict.emit_early_when_full())
                }
                (_, Some(other)) => return Err(format!("a full buffer cannot `{other}`").into()),
            }
        }
        other => return Err(format!("suppression `{other}` is unknown").into()),
    };
    Ok(match op.name()? {
        Some(name) => suppressed.with_name(name),
        None => suppressed,
    })
}

/// The limits of the buffer, if it has some.
fn bounds(op: &Op) -> Result<Option<BufferConfig>, BuildFailure> {
    let limit = |name: &str| -> Result<Option<usize>, BuildFailure> {
        let limit = op.params().opt_int(name)?.map(usize::try_from).transpose();
        limit.map_err(|_| format!("`{name}` is negative").into())
    };
    Ok(match (limit("max_records")?, limit("max_bytes")?) {
        (Some(records), Some(bytes)) => Some(BufferConfig::max_records(records).with_max_bytes(bytes)),
        (Some(records), None) => Some(BufferConfig::max_records(records)),
        (None, Some(bytes)) => Some(BufferConfig::max_bytes(bytes)),
        (None, None) => None,
    })
}

fn logged(op: &Op, buffer: StrictBufferConfig) -> Result<StrictBufferConfig, BuildFailure> {
    Ok(if op.params().opt_flag("logging")? == Some(false) { buffer.with_logging_disabled() } else { buffer })
}
