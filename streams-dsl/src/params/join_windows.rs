//! `JoinWindows`: how far apart in time records of two streams may be to be joined.

use std::time::Duration;

use streams_core::{Error, Result};

/// How far apart in time two records may be to be joined, and how late they may come.
///
/// A record of the left stream with timestamp `t` is joined with those of the right stream with timestamps from
/// `t - before` to `t + after`, both included.
///
/// ```
/// use std::time::Duration;
/// use streams_dsl::JoinWindows;
///
/// // Payments within ten minutes after their order, which may come up to an hour late.
/// let windows = JoinWindows::of_time_difference_and_grace(Duration::from_secs(600), Duration::from_secs(3600))
///     .before(Duration::ZERO);
/// assert_eq!(windows.size_ms(), 600_000);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct JoinWindows {
    before_ms: i64,
    after_ms: i64,
    grace_ms: i64,
}

impl JoinWindows {
    /// Records are joined if they are at most `difference` apart. A left or outer join gives out a record without a match
    /// as soon as stream time has passed its window.
    pub fn of_time_difference_with_no_grace(difference: Duration) -> Self {
        Self::of_time_difference_and_grace(difference, Duration::ZERO)
    }

    /// Records are joined if they are at most `difference` apart. A left or outer join waits `grace` longer for matches
    /// that come late (KIP-633).
    pub fn of_time_difference_and_grace(difference: Duration, grace: Duration) -> Self {
        let difference = millis(difference);
        Self { before_ms: difference, after_ms: difference, grace_ms: millis(grace) }
    }

    /// The right record may be older than the left one by at most `difference`.
    #[must_use]
    pub fn before(self, difference: Duration) -> Self {
        Self { before_ms: millis(difference), ..self }
    }

    /// The right record may be younger than the left one by at most `difference`.
    #[must_use]
    pub fn after(self, difference: Duration) -> Self {
        Self { after_ms: millis(difference), ..self }
    }

    /// The right record must be younger than the left one by at least `difference` (Kafka's `before` with a negative
    /// time).
    #[must_use]
    pub fn starting_after(self, difference: Duration) -> Self {
        Self { before_ms: -millis(difference), ..self }
    }

    /// The right record must be older than the left one by at least `difference` (Kafka's `after` with a negative time).
    #[must_use]
    pub fn ending_before(self, difference: Duration) -> Self {
        Self { after_ms: -millis(difference), ..self }
    }

    /// By how many milliseconds the right record may be older than the left one; negative if it must be younger.
    pub fn before_ms(&self) -> i64 {
        self.before_ms
    }

    /// By how many milliseconds the right record may be younger than the left one; negative if it must be older.
    pub fn after_ms(&self) -> i64 {
        self.after_ms
    }

    /// How late records may come, in milliseconds.
    pub fn grace_period_ms(&self) -> i64 {
        self.grace_ms
    }

    /// The length of the window, in milliseconds.
    pub fn size_ms(&self) -> i64 {
        self.before_ms.saturating_add(self.after_ms)
    }

    /// The same windows as the right stream sees them.
    pub(crate) fn mirrored(self) -> Self {
        Self { before_ms: self.after_ms, after_ms: self.before_ms, ..self }
    }

    /// From when to when the other records are that may be joined with one at `timestamp`. As in Kafka, both ends are at
    /// least 0: a window that lies before the epoch has the records at 0.
    pub(crate) fn range(&self, timestamp: i64) -> (i64, i64) {
        let from = timestamp.saturating_sub(self.before_ms);
        let to = timestamp.saturating_add(self.after_ms);
        (from.max(0), to.max(0))
    }

    /// How long a join's stores keep records, in milliseconds.
    pub(crate) fn retention_ms(&self) -> i64 {
        self.size_ms().saturating_add(self.grace_ms)
    }

    pub(crate) fn check(&self) -> Result<()> {
        if self.size_ms() < 0 {
            return Err(Error::argument(format!(
                "a join window ends {} ms before it starts: `before` and `after` must not be negative together",
                -self.size_ms()
            )));
        }
        Ok(())
    }
}

fn millis(duration: Duration) -> i64 {
    i64::try_from(duration.as_millis()).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_window_may_lie_wholly_to_one_side_but_not_end_before_it_starts() {
        let windows = JoinWindows::of_time_difference_with_no_grace(Duration::from_millis(10));
        let later = windows.starting_after(Duration::from_millis(4));
        assert_eq!((later.before_ms(), later.size_ms()), (-4, 6));
        later.check().unwrap();
        assert_eq!(later.mirrored().after_ms(), -4);
        windows.ending_before(Duration::from_millis(11)).check().unwrap_err();
    }
}
