//! `SessionWindows`: windows of activity.

use std::time::Duration;

use super::definition::millis;

/// Sessions: records of a key that are at most an inactivity gap apart belong together. A session is as long as its
/// records make it, and both its ends are records' times (KIP-94).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SessionWindows {
    gap_ms: i64,
    grace_ms: i64,
}

impl SessionWindows {
    /// Sessions that take no record that comes more than a gap after their end.
    pub fn of_inactivity_gap_with_no_grace(gap: Duration) -> Self {
        Self::of_inactivity_gap_and_grace(gap, Duration::ZERO)
    }

    /// Sessions that take late records for `grace` longer.
    pub fn of_inactivity_gap_and_grace(gap: Duration, grace: Duration) -> Self {
        Self { gap_ms: millis(gap), grace_ms: millis(grace) }
    }

    /// The inactivity gap in milliseconds.
    pub fn inactivity_gap_ms(&self) -> i64 {
        self.gap_ms
    }

    /// For how many milliseconds longer late records are taken.
    pub fn grace_period_ms(&self) -> i64 {
        self.grace_ms
    }

    pub(crate) fn least_retention_ms(&self) -> i64 {
        self.gap_ms.saturating_add(self.grace_ms)
    }
}
