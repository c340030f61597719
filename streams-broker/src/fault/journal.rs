//! A journal of the requests that came in, to wait on.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::time::{Duration, Instant};

use super::api_key::ApiKey;
use crate::server::RequestHeader;

/// Requests that are kept; older ones are forgotten.
const CAPACITY: usize = 100_000;

/// A request that came in.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct JournalEntry {
    /// Which API it was for.
    pub api: ApiKey,
    /// In which version.
    pub version: i16,
    /// The client's `client.id`, if it gave one.
    pub client_id: Option<String>,
}

/// The requests that have come in since the journal was first asked for.
///
/// ```no_run
/// # use std::time::Duration;
/// # use streams_broker::{ApiKey, EmbeddedBroker};
/// # let broker = EmbeddedBroker::builder().start_blocking().unwrap();
/// let journal = broker.journal();
/// // … a consumer joins a group …
/// assert!(journal.wait_for(ApiKey::JOIN_GROUP, 1, Duration::from_secs(10)));
/// ```
#[derive(Debug, Clone)]
pub struct Journal(Arc<JournalState>);

#[derive(Debug, Default)]
pub(crate) struct JournalState {
    /// Nothing is noted until somebody asks.
    enabled: AtomicBool,
    entries: Mutex<VecDeque<JournalEntry>>,
    news: Condvar,
}

impl Journal {
    pub(crate) fn new(state: Arc<JournalState>) -> Self {
        state.enabled.store(true, Ordering::Release);
        Journal(state)
    }

    /// All requests, oldest first; at most the last 100,000.
    pub fn entries(&self) -> Vec<JournalEntry> {
        self.0.entries.lock().unwrap_or_else(PoisonError::into_inner).iter().cloned().collect()
    }

    /// Number of requests of an API.
    pub fn count(&self, api: ApiKey) -> usize {
        count(&self.0.entries.lock().unwrap_or_else(PoisonError::into_inner), api)
    }

    /// Blocks until there have been `requests` requests of an API. Returns whether there have been
    /// when `time` is over.
    pub fn wait_for(&self, api: ApiKey, requests: usize, time: Duration) -> bool {
        let deadline = Instant::now() + time;
        let mut entries = self.0.entries.lock().unwrap_or_else(PoisonError::into_inner);
        while count(&entries, api) < requests {
            let left = deadline.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return false;
            }
            entries = self.0.news.wait_timeout(entries, left).unwrap_or_else(PoisonError::into_inner).0;
        }
        true
    }

    /// Forgets what has come in.
    pub fn clear(&self) {
        self.0.entries.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }
}

fn count(entries: &VecDeque<JournalEntry>, api: ApiKey) -> usize {
    entries.iter().filter(|entry| entry.api == api).count()
}

impl JournalState {
    /// Notes a request.
    pub(crate) fn note(&self, header: &RequestHeader) {
        if !self.enabled.load(Ordering::Acquire) {
            return;
        }
        let entry = JournalEntry {
            api: ApiKey(header.key),
            version: header.version,
            client_id: header.client_id.as_ref().map(ToString::to_string),
        };
        let mut entries = self.entries.lock().unwrap_or_else(PoisonError::into_inner);
        if entries.len() == CAPACITY {
            entries.pop_front();
        }
        entries.push_back(entry);
        self.news.notify_all();
    }
}
