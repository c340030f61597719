//! When to try again what failed for a reason that may pass.

use std::time::{Duration, Instant};

const PAUSE: Duration = Duration::from_millis(200);

/// Since when something fails, and when it may be tried again.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Backoff(Option<Failing>);

#[derive(Debug, Clone, Copy)]
struct Failing {
    since: Instant,
    retry_at: Instant,
}

impl Backoff {
    /// Whether it may be tried at `now`.
    pub(super) fn is_due(&self, now: Instant) -> bool {
        self.remaining(now).is_zero()
    }

    /// How long it is still to be left alone.
    pub(super) fn remaining(&self, now: Instant) -> Duration {
        self.0.map_or(Duration::ZERO, |failing| failing.retry_at.saturating_duration_since(now))
    }

    /// It failed at `now`. Returns for how long it has been failing.
    pub(super) fn failed(&mut self, now: Instant) -> Duration {
        let since = self.0.map_or(now, |failing| failing.since);
        self.0 = Some(Failing { since, retry_at: now + PAUSE });
        now.saturating_duration_since(since)
    }

    /// It succeeded, or is of no interest any more.
    pub(super) fn clear(&mut self) {
        self.0 = None;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_failed_is_left_alone_for_a_while_and_its_time_is_counted_from_the_first_failure() {
        let start = Instant::now();
        let mut backoff = Backoff::default();
        assert!(backoff.is_due(start));
        assert_eq!(backoff.failed(start), Duration::ZERO);
        assert_eq!(backoff.remaining(start), PAUSE);
        assert!(!backoff.is_due(start + PAUSE / 2) && backoff.is_due(start + PAUSE));
        assert_eq!(backoff.failed(start + PAUSE * 3), PAUSE * 3);
        assert_eq!(backoff.remaining(start + PAUSE * 3), PAUSE);
        backoff.clear();
        assert!(backoff.is_due(start));
        assert_eq!(backoff.failed(start + PAUSE * 9), Duration::ZERO);
    }
}
