//! `windowed_by`.

use std::time::Duration;

use streams_dsl::{
    EmitStrategy, SessionWindows, SlidingWindows, TimeWindows, UnlimitedWindows, WindowDefinition,
};

use super::materialized::{WindowTimes, duration};
use super::node::InWindows;
use super::{BuildFailure, Builder, Done, KeyFormat, Node, wrong_input};
use crate::conformance::op::{Op, Params, Reason};

/// The windows of a case.
enum Windows {
    Time(TimeWindows),
    Unlimited(UnlimitedWindows),
    Sliding(SlidingWindows),
    Session(SessionWindows),
}

/// Windows, how keys in them are written, and what their stores must know.
struct Definition {
    windows: Windows,
    keys: KeyFormat,
    times: WindowTimes,
}

impl Builder {
    pub(super) fn windowed_by(&mut self, op: &Op) -> Done {
        let params = op.params().nested("window")?.ok_or("parameter `window` is missing")?;
        let definition = definition(&params)?;
        params.finish("window")?;
        let emit = emit(op)?;
        match (self.node(op, 0)?, definition.windows) {
            (Node::GroupedStream(grouped), Windows::Session(windows)) => {
                let inner = grouped.inner.windowed_by(windows);
                let inner = emit.map_or(inner.clone(), |emit| inner.emit_strategy(emit));
                let (keys, kind, times) = (definition.keys, grouped.kind, definition.times);
                self.put(op, InWindows { inner, keys, kind, times })
            }
            (Node::GroupedStream(grouped), windows) => {
                let inner = match windows {
                    Windows::Time(windows) => grouped.inner.windowed_by(windows),
                    Windows::Unlimited(windows) => grouped.inner.windowed_by(windows),
                    Windows::Sliding(windows) => grouped.inner.windowed_by(windows),
                    Windows::Session(_) => return Err("sessions are handled above".into()),
                };
                let inner = emit.map_or(inner.clone(), |emit| inner.emit_strategy(emit));
                let (keys, kind, times) = (definition.keys, grouped.kind, definition.times);
                self.put(op, InWindows { inner, keys, kind, times })
            }
            (Node::Cogrouped(cogrouped), windows) => {
                let (keys, kind, times) = (definition.keys, cogrouped.kind, definition.times);
                match windows {
                    Windows::Session(windows) => {
                        let inner = windows.window_cogrouped(&cogrouped.inner);
                        self.put(op, InWindows { inner, keys, kind, times })
                    }
                    Windows::Time(windows) => {
                        let inner = windows.window_cogrouped(&cogrouped.inner);
                        self.put(op, InWindows { inner, keys, kind, times })
                    }
                    Windows::Unlimited(windows) => {
                        let inner = windows.window_cogrouped(&cogrouped.inner);
                        self.put(op, InWindows { inner, keys, kind, times })
                    }
                    Windows::Sliding(windows) => {
                        let inner = windows.window_cogrouped(&cogrouped.inner);
                        self.put(op, InWindows { inner, keys, kind, times })
                    }
                }
            }
            (other, _) => Err(wrong_input(op, &other)),
        }
    }
}

fn emit(op: &Op) -> Result<Option<EmitStrategy>, Reason> {
    match op.params().opt_str("emit")? {
        None => Ok(None),
        Some("update") => Ok(Some(EmitStrategy::OnWindowUpdate)),
        Some("close") => Ok(Some(EmitStrategy::OnWindowClose)),
        Some(other) => Err(format!("emit strategy `{other}` is unknown")),
    }
}

fn definition(params: &Params) -> Result<Definition, BuildFailure> {
    let grace_ms = params.opt_int("grace")?;
    let grace = grace_ms.map(duration).transpose()?;
    let kept = |ms: i64| ms.saturating_add(grace_ms.unwrap_or(0));
    match params.str("type")? {
        kind @ ("tumbling" | "hopping") => {
            let size_ms = params.int("size")?;
            let windows = time_windows(duration(size_ms)?, grace);
            let windows = match kind {
                "hopping" => windows.advance_by(duration(params.int("advance")?)?),
                _ => windows,
            };
            let times = WindowTimes { size_ms, retention_ms: kept(size_ms) };
            Ok(Definition { windows: Windows::Time(windows), keys: KeyFormat::Time(size_ms), times })
        }
        "sliding" => {
            let size_ms = params.int("diff")?;
            let difference = duration(size_ms)?;
            let windows = match grace {
                Some(grace) => SlidingWindows::of_time_difference_and_grace(difference, grace),
                None => SlidingWindows::of_time_difference_with_no_grace(difference),
            };
            let times = WindowTimes { size_ms, retention_ms: kept(size_ms.saturating_mul(2)) };
            Ok(Definition { windows: Windows::Sliding(windows), keys: KeyFormat::Time(size_ms), times })
        }
        "session" => {
            let gap_ms = params.int("gap")?;
            let gap = duration(gap_ms)?;
            let windows = match grace {
                Some(grace) => SessionWindows::of_inactivity_gap_and_grace(gap, grace),
                None => SessionWindows::of_inactivity_gap_with_no_grace(gap),
            };
            let times = WindowTimes { size_ms: gap_ms, retention_ms: kept(gap_ms) };
            Ok(Definition { windows: Windows::Session(windows), keys: KeyFormat::Session, times })
        }
        "unlimited" => {
            let windows = match params.opt_int("start")? {
                Some(start) => UnlimitedWindows::of().start_on(start),
                None => UnlimitedWindows::of(),
            };
            let times = WindowTimes { size_ms: i64::MAX, retention_ms: i64::MAX };
            Ok(Definition { windows: Windows::Unlimited(windows), keys: KeyFormat::Time(i64::MAX), times })
        }
        other => Err(format!("windows of type `{other}` are unknown").into()),
    }
}

fn time_windows(size: Duration, grace: Option<Duration>) -> TimeWindows {
    match grace {
        Some(grace) => TimeWindows::of_size_and_grace(size, grace),
        None => TimeWindows::of_size_with_no_grace(size),
    }
}
