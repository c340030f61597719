//! What the broker knows of who is at the other end of a connection.

use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use kafka_protocol::protocol::StrBytes;

/// The user of connections that need not authenticate.
const ANONYMOUS: &str = "ANONYMOUS";

/// What is known of a connection's client, and what it has to wait for.
#[derive(Debug, Default)]
pub(crate) struct Session {
    user: OnceLock<String>,
    software: OnceLock<(StrBytes, StrBytes)>,
    pause_ms: AtomicU64,
}

impl Session {
    /// The user that the client has authenticated as.
    pub(crate) fn user(&self) -> &str {
        self.user.get().map_or(ANONYMOUS, String::as_str)
    }

    /// Whether the client has authenticated.
    pub(crate) fn is_authenticated(&self) -> bool {
        self.user.get().is_some()
    }

    /// Notes who the client is; that does not change any more.
    pub(super) fn authenticated(&self, user: &str) {
        let _ = self.user.set(user.to_owned());
    }

    /// Name and version of the client's library, empty if it has not said (KIP-511).
    pub(crate) fn software(&self) -> (&str, &str) {
        self.software.get().map_or(("", ""), |(name, version)| (name, version))
    }

    /// Notes the client's library.
    pub(crate) fn introduce(&self, name: StrBytes, version: StrBytes) {
        let _ = self.software.set((name, version));
    }

    /// Serves no further request for this long once the present one is answered.
    pub(crate) fn pause(&self, time: Duration) {
        self.pause_ms.store(u64::try_from(time.as_millis()).unwrap_or(u64::MAX), Ordering::Relaxed);
    }

    /// The pause that is due, once.
    pub(super) fn take_pause(&self) -> Option<Duration> {
        match self.pause_ms.load(Ordering::Relaxed) {
            0 => None,
            time => {
                self.pause_ms.store(0, Ordering::Relaxed);
                Some(Duration::from_millis(time))
            }
        }
    }
}
