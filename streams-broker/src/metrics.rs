//! What the broker counts.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};

use crate::broker::Broker;
use crate::fault::ApiKey;

/// Keys that are counted one by one; Kafka's are all below.
const KEYS: usize = 128;

/// Counters since the start of a broker, and its present state.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct BrokerMetrics {
    /// Requests that have been taken, by API.
    pub requests: BTreeMap<ApiKey, u64>,
    /// Bytes of requests, without their lengths.
    pub bytes_in: u64,
    /// Bytes of answers, without their lengths and headers.
    pub bytes_out: u64,
    /// Connections that have been accepted.
    pub connections_accepted: u64,
    /// Connections that are open.
    pub connections_open: u64,
    /// Topics, the broker's own included.
    pub topics: usize,
    /// Partitions, those of the broker's own topics included.
    pub partitions: usize,
    /// Bytes of all logs.
    pub log_bytes: u64,
}

/// The counters.
#[derive(Debug)]
pub(crate) struct Counters {
    requests: [AtomicU64; KEYS],
    bytes_in: AtomicU64,
    bytes_out: AtomicU64,
    accepted: AtomicU64,
    open: AtomicU64,
}

impl Default for Counters {
    fn default() -> Self {
        Counters {
            requests: [const { AtomicU64::new(0) }; KEYS],
            bytes_in: AtomicU64::new(0),
            bytes_out: AtomicU64::new(0),
            accepted: AtomicU64::new(0),
            open: AtomicU64::new(0),
        }
    }
}

impl Counters {
    /// Counts a request.
    pub(crate) fn request(&self, key: i16, bytes: usize) {
        if let Some(count) = usize::try_from(key).ok().and_then(|key| self.requests.get(key)) {
            count.fetch_add(1, Ordering::Relaxed);
        }
        self.bytes_in.fetch_add(bytes as u64, Ordering::Relaxed);
    }

    /// Counts an answer.
    pub(crate) fn answer(&self, bytes: usize) {
        self.bytes_out.fetch_add(bytes as u64, Ordering::Relaxed);
    }

    /// Counts a connection that has been opened.
    pub(crate) fn opened(&self) {
        self.accepted.fetch_add(1, Ordering::Relaxed);
        self.open.fetch_add(1, Ordering::Relaxed);
    }

    /// Counts a connection that has been closed.
    pub(crate) fn closed(&self) {
        self.open.fetch_sub(1, Ordering::Relaxed);
    }

    /// The counters' values, and what `broker` holds.
    pub(crate) fn read(&self, broker: &Broker) -> BrokerMetrics {
        let counted =
            self.requests.iter().enumerate().map(|(key, count)| (key, count.load(Ordering::Relaxed)));
        let mut metrics = BrokerMetrics {
            requests: counted
                .filter(|(_, count)| *count > 0)
                .map(|(key, count)| (ApiKey(key as i16), count))
                .collect(),
            bytes_in: self.bytes_in.load(Ordering::Relaxed),
            bytes_out: self.bytes_out.load(Ordering::Relaxed),
            connections_accepted: self.accepted.load(Ordering::Relaxed),
            connections_open: self.open.load(Ordering::Relaxed),
            ..BrokerMetrics::default()
        };
        for topic in broker.topics.list() {
            metrics.topics += 1;
            for partition in topic.partitions().iter() {
                metrics.partitions += 1;
                metrics.log_bytes += partition.log().size();
            }
        }
        metrics
    }
}
