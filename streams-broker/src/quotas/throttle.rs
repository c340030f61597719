//! What clients have used of their rates: one bucket for each that a quota counts together.

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use rustc_hash::FxHashMap;

/// A rate holds on average over this time, as with Apache Kafka's eleven samples of a second.
const WINDOW_SECONDS: f64 = 10.0;

/// The longest pause: beyond it clients would take the broker for dead.
const LONGEST_PAUSE: Duration = Duration::from_secs(30);

/// From this many buckets on those that are full again are forgotten.
const MANY: usize = 1_024;

/// The quota, and the user and client that it counts, if it tells them apart.
type Who = (&'static str, Option<String>, Option<String>);

/// The buckets that are not full.
#[derive(Debug, Default)]
pub(super) struct Buckets(Mutex<FxHashMap<Who, Bucket>>);

/// Bytes that may still be used; they come back at the quota's rate, up to a window's worth.
#[derive(Debug, Clone, Copy)]
struct Bucket {
    left: f64,
    at: Instant,
}

impl Bucket {
    fn refilled(self, rate: f64, now: Instant) -> Self {
        let back = now.saturating_duration_since(self.at).as_secs_f64() * rate;
        Bucket { left: (self.left + back).min(rate * WINDOW_SECONDS), at: now }
    }
}

impl Buckets {
    /// Takes bytes out, and says for how long to pause until there are some again.
    pub(super) fn take(&self, who: Who, rate: f64, bytes: usize, now: Instant) -> Duration {
        let mut buckets = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if buckets.len() >= MANY {
            // Whatever its rate, a bucket is full after as long as it may have to pause, and a window.
            let full = LONGEST_PAUSE + Duration::from_secs_f64(WINDOW_SECONDS);
            buckets.retain(|_, bucket| now.saturating_duration_since(bucket.at) < full);
        }
        let full = Bucket { left: rate * WINDOW_SECONDS, at: now };
        let bucket = buckets.entry(who).or_insert(full);
        *bucket = bucket.refilled(rate, now);
        bucket.left -= bytes as f64;
        if bucket.left >= 0.0 {
            return Duration::ZERO;
        }
        let pause = Duration::try_from_secs_f64(-bucket.left / rate).unwrap_or(LONGEST_PAUSE);
        if pause > LONGEST_PAUSE {
            bucket.left = -rate * LONGEST_PAUSE.as_secs_f64();
        }
        pause.min(LONGEST_PAUSE)
    }

    /// Begins anew, after rates have changed.
    pub(super) fn clear(&self) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn take(buckets: &Buckets, bytes: usize, now: Instant) -> u128 {
        buckets.take(("producer_byte_rate", None, Some("c".into())), 100.0, bytes, now).as_millis()
    }

    #[test]
    fn a_burst_is_free_and_what_exceeds_it_is_waited_for() {
        let (buckets, start) = (Buckets::default(), Instant::now());
        assert_eq!(take(&buckets, 1_000, start), 0);
        assert_eq!(take(&buckets, 50, start), 500);
        let later = start + Duration::from_millis(1_500);
        assert_eq!(take(&buckets, 100, later), 0);
        assert_eq!(take(&buckets, 1, later), 10);
    }

    #[test]
    fn what_comes_back_is_at_most_a_window() {
        let (buckets, start) = (Buckets::default(), Instant::now());
        take(&buckets, 1_000, start);
        let later = start + Duration::from_secs(3_600);
        assert_eq!(take(&buckets, 1_000, later), 0);
        assert_eq!(take(&buckets, 100, later), 1_000);
    }

    #[test]
    fn no_pause_is_longer_than_clients_wait() {
        let (buckets, start) = (Buckets::default(), Instant::now());
        assert_eq!(take(&buckets, 1 << 30, start), 30_000);
        assert_eq!(take(&buckets, 100, start + LONGEST_PAUSE), 1_000);
    }
}
