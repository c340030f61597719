//! `suppress`.

use std::collections::BTreeMap;

use streams_core::{DefaultSerde, Error, Windowed};
use streams_dsl::{BufferConfig, StrictBufferConfig, Suppressed};

use super::materialized::duration;
use super::{BuildFailure, Builder, Done, Node, OpKey, OpValue, Table, wrong_input};
use crate::conformance::op::{Op, Reason};
use crate::conformance::values::Key;

impl Builder {
    pub(super) fn suppress(&mut self, op: &Op) -> Done {
        let until_close = match op.params().str("mode")? {
            "window_close" => true,
            "time_limit" => false,
            other => return Err(format!("suppression until `{other}` is unknown").into()),
        };
        match self.node(op, 0)? {
            Node::WindowedTable(table) if until_close => {
                self.suppress_table(op, &table, until_window_closes(op)?)
            }
            Node::WindowedCountTable(table) if until_close => {
                self.suppress_table(op, &table, until_window_closes(op)?)
            }
            Node::Table(table) if !until_close => self.suppress_table(op, &table, until_time_limit(op)?),
            Node::CountTable(table) if !until_close => self.suppress_table(op, &table, until_time_limit(op)?),
            Node::WindowedTable(table) => self.suppress_table(op, &table, until_time_limit(op)?),
            Node::WindowedCountTable(table) => self.suppress_table(op, &table, until_time_limit(op)?),
            // Where Kafka refuses the topology, the types do here.
            Node::Table(_) | Node::CountTable(_) => {
                Err(Error::topology("only windowed tables can be suppressed until windows close").into())
            }
            other => Err(wrong_input(op, &other)),
        }
    }

    fn suppress_table<K, V>(&mut self, op: &Op, table: &Table<K, V>, suppressed: Suppressed<K>) -> Done
    where
        K: OpKey + DefaultSerde,
        V: OpValue + DefaultSerde,
        Node: From<Table<K, V>>,
    {
        let suppressed = match op.name()? {
            Some(name) => suppressed.with_name(name),
            None => suppressed,
        };
        self.put(op, table.with(table.inner.suppress(suppressed), table.kind))
    }
}

fn until_window_closes(op: &Op) -> Result<Suppressed<Windowed<Key>>, Reason> {
    if let Some(other) = op.params().opt_str("full")?.filter(|full| *full != "shutdown") {
        return Err(format!("a full buffer of final results cannot `{other}`"));
    }
    let buffer = limited(op, BufferConfig::unbounded())?;
    Ok(Suppressed::until_window_closes(logged(op, buffer)?))
}

fn until_time_limit<K>(op: &Op) -> Result<Suppressed<K>, BuildFailure> {
    let time = duration(op.params().int("ms")?)?;
    let buffer = logged(op, limited(op, BufferConfig::unbounded())?)?;
    let has_limit = op.params().get("max_records").is_some() || op.params().get("max_bytes").is_some();
    let emits_early = match op.params().opt_str("full")? {
        Some("emit") => true,
        Some("shutdown") => false,
        None => has_limit,
        Some(other) => return Err(format!("a full buffer cannot `{other}`").into()),
    };
    Ok(if emits_early {
        Suppressed::until_time_limit(time, buffer.emit_early_when_full())
    } else {
        Suppressed::until_time_limit(time, buffer)
    })
}

fn limited(op: &Op, buffer: StrictBufferConfig) -> Result<StrictBufferConfig, Reason> {
    let limit = |name: &str| {
        let limit = op.params().opt_int(name)?.map(usize::try_from).transpose();
        limit.map_err(|_| format!("`{name}` is negative"))
    };
    let buffer = limit("max_records")?.map_or(buffer.clone(), |records| buffer.with_max_records(records));
    Ok(limit("max_bytes")?.map_or(buffer.clone(), |bytes| buffer.with_max_bytes(bytes)))
}

fn logged(op: &Op, buffer: StrictBufferConfig) -> Result<StrictBufferConfig, Reason> {
    Ok(match op.params().opt_flag("logging")? {
        Some(false) => buffer.with_logging_disabled(),
        Some(true) => buffer.with_logging_enabled(BTreeMap::new()),
        None => buffer,
    })
}
