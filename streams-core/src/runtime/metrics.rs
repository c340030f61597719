//! Counters of what an application did.

use std::sync::atomic::{AtomicU64, Ordering};

/// What all threads count.
#[derive(Debug, Default)]
pub(crate) struct Counters {
    pub(crate) polled: AtomicU64,
    pub(crate) polled_bytes: AtomicU64,
    pub(crate) processed: AtomicU64,
    pub(crate) dropped: AtomicU64,
    pub(crate) sent: AtomicU64,
    pub(crate) commits: AtomicU64,
    pub(crate) punctuations: AtomicU64,
    pub(crate) restored: AtomicU64,
    pub(crate) tasks_created: AtomicU64,
    pub(crate) tasks_closed: AtomicU64,
    pub(crate) failed_threads: AtomicU64,
}

impl Counters {
    pub(crate) fn snapshot(&self, alive_stream_threads: usize) -> StreamsMetrics {
        let get = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        StreamsMetrics {
            polled_records: get(&self.polled),
            polled_bytes: get(&self.polled_bytes),
            processed_records: get(&self.processed),
            dropped_records: get(&self.dropped),
            sent_records: get(&self.sent),
            commits: get(&self.commits),
            punctuations: get(&self.punctuations),
            restored_records: get(&self.restored),
            tasks_created: get(&self.tasks_created),
            tasks_closed: get(&self.tasks_closed),
            alive_stream_threads,
            failed_stream_threads: get(&self.failed_threads),
        }
    }
}

/// Totals since the application was made, over all its threads.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct StreamsMetrics {
    /// Records read from input topics.
    pub polled_records: u64,
    /// Bytes of their keys and values.
    pub polled_bytes: u64,
    /// Records that went through a topology.
    pub processed_records: u64,
    /// Records that were dropped (`dropped-records`).
    pub dropped_records: u64,
    /// Records sent to sinks, repartition topics and changelogs.
    pub sent_records: u64,
    /// Commits that had something to commit.
    pub commits: u64,
    /// Turns in which a wall-clock punctuation ran.
    pub punctuations: u64,
    /// Changelog records read to restore stores.
    pub restored_records: u64,
    /// Tasks that were created.
    pub tasks_created: u64,
    /// Tasks that were closed.
    pub tasks_closed: u64,
    /// Stream threads that are not dead.
    pub alive_stream_threads: usize,
    /// Stream threads that died of an error.
    pub failed_stream_threads: u64,
}
