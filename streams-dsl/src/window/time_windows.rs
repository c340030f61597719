//! `TimeWindows`: tumbling and hopping windows.

use std::time::Duration;

use streams_core::{Error, Result, Window};

use super::definition::{Windows, millis};

/// Windows of one size at a fixed distance, aligned to the epoch; the start belongs to a window, the end does not.
/// Without [`TimeWindows::advance_by`] they do not overlap (tumbling windows); with it they may (hopping windows).
///
/// ```
/// use std::time::Duration;
/// use streams_dsl::{TimeWindows, Windows};
///
/// let windows = TimeWindows::of_size_with_no_grace(Duration::from_secs(60)).advance_by(Duration::from_secs(20));
/// let mut found = Vec::new();
/// windows.windows_for(65_000, &mut found);
/// let starts: Vec<i64> = found.iter().map(|window| window.start).collect();
/// assert_eq!(starts, [20_000, 40_000, 60_000]);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TimeWindows {
    size_ms: i64,
    advance_ms: i64,
    grace_ms: i64,
}

impl TimeWindows {
    /// Windows that count no record that comes after their end (KIP-633).
    pub fn of_size_with_no_grace(size: Duration) -> Self {
        Self::of_size_and_grace(size, Duration::ZERO)
    }

    /// Windows that count late records for `grace` after their end (KIP-633).
    pub fn of_size_and_grace(size: Duration, grace: Duration) -> Self {
        let size_ms = millis(size);
        Self { size_ms, advance_ms: size_ms, grace_ms: millis(grace) }
    }

    /// Begins a window every `advance`, which is at most the windows' size.
    #[must_use]
    pub fn advance_by(self, advance: Duration) -> Self {
        Self { advance_ms: millis(advance), ..self }
    }
}

impl Windows for TimeWindows {
    fn windows_for(&self, timestamp: i64, windows: &mut Vec<Window>) {
        let earliest = timestamp.saturating_sub(self.size_ms).saturating_add(self.advance_ms).max(0);
        let mut start = earliest / self.advance_ms * self.advance_ms;
        while start <= timestamp {
            // Behind the last possible time the end wraps, as in Kafka: an aggregation refuses such a window.
            windows.push(Window::new(start, start.wrapping_add(self.size_ms)));
            let Some(next) = start.checked_add(self.advance_ms) else { break };
            start = next;
        }
    }

    fn size_ms(&self) -> i64 {
        self.size_ms
    }

    fn grace_period_ms(&self) -> i64 {
        self.grace_ms
    }

    fn validate(&self) -> Result<()> {
        let Self { size_ms, advance_ms, .. } = *self;
        if size_ms < 1 {
            return Err(Error::argument(format!("windows must be longer than 0 ms, not {size_ms} ms")));
        }
        if advance_ms < 1 || advance_ms > size_ms {
            return Err(Error::argument(format!(
                "windows of {size_ms} ms must advance by 1 to {size_ms} ms, not {advance_ms} ms"
            )));
        }
        Ok(())
    }
}
