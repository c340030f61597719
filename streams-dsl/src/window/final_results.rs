//! When the final results of windows are due.

use std::sync::Arc;

use streams_core::ProcessorContext;

/// Kafka's internal key for the least wall-clock time between two emissions.
const INTERVAL: &str = "__emit.interval.ms.kstreams.windowed.aggregation__";
const DEFAULT_INTERVAL_MS: i64 = 1000;

/// Decides when a processor looks for windows that have closed: when stream time has closed some, and, since the look
/// is a scan of the store, at most once in a while by the wall clock (feature D61).
///
/// When windows were last emitted is committed with the offsets, so that none is emitted twice after a restart (feature
/// D59).
#[derive(Debug)]
pub(super) struct FinalResults {
    store: Arc<str>,
    /// Windows that closed at this time or before are emitted; `None` before the first emission.
    last_close: Option<i64>,
    next_look: i64,
    interval_ms: i64,
}

impl FinalResults {
    pub(super) fn new<K, V>(ctx: &ProcessorContext<'_, K, V>, store: &Arc<str>) -> Self {
        let interval = ctx.config().get_or_default(INTERVAL).and_then(|value| value.parse().ok());
        Self {
            store: Arc::clone(store),
            last_close: ctx.committed_number(store),
            next_look: 0,
            interval_ms: interval.unwrap_or(DEFAULT_INTERVAL_MS),
        }
    }

    /// Whether it is time to look for windows that closed at `close` or before.
    pub(super) fn due(&mut self, now: i64, close: i64) -> bool {
        if now < self.next_look {
            return false;
        }
        self.next_look = now.saturating_add(self.interval_ms);
        self.last_close.is_none_or(|last| last < close)
    }

    pub(super) fn last_close(&self) -> Option<i64> {
        self.last_close
    }

    pub(super) fn emitted<K, V>(&mut self, ctx: &mut ProcessorContext<'_, K, V>, close: i64) {
        self.last_close = Some(close);
        ctx.commit_number(&self.store, close);
    }
}
