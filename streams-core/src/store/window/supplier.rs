//! Which kind of window store, under which name.

use std::time::Duration;

use crate::error::{Error, Result};

/// Which kind of window store, under which name: what Kafka calls a `WindowBytesStoreSupplier` (feature S9).
///
/// ```
/// use std::time::Duration;
/// use streams_core::WindowStoreSupplier;
///
/// let (hour, minute) = (Duration::from_secs(3600), Duration::from_secs(60));
/// let clicks = WindowStoreSupplier::persistent("clicks", hour, minute, false)?;
/// assert_eq!(clicks.retention_ms(), 3_600_000);
/// # Ok::<(), streams_core::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WindowStoreSupplier {
    name: String,
    persistent: bool,
    retention_ms: i64,
    window_size_ms: i64,
    retain_duplicates: bool,
    by_time: bool,
    timestamps: bool,
}

impl WindowStoreSupplier {
    /// A store on disk. Under a timestamped builder it keeps no timestamps: they read as -1.
    ///
    /// # Errors
    /// The retention is shorter than a window.
    pub fn persistent(
        name: impl Into<String>,
        retention: Duration,
        window_size: Duration,
        retain_duplicates: bool,
    ) -> Result<Self> {
        let supplier = Self::persistent_timestamped(name, retention, window_size, retain_duplicates)?;
        Ok(Self { timestamps: false, ..supplier })
    }

    /// A store on disk that keeps timestamps.
    ///
    /// # Errors
    /// The retention is shorter than a window.
    pub fn persistent_timestamped(
        name: impl Into<String>,
        retention: Duration,
        window_size: Duration,
        retain_duplicates: bool,
    ) -> Result<Self> {
        Self::in_memory(name, retention, window_size, retain_duplicates)
            .map(|supplier| Self { persistent: true, ..supplier })
    }

    /// A store in memory, filled from the changelog at every start.
    ///
    /// # Errors
    /// The retention is shorter than a window.
    pub fn in_memory(
        name: impl Into<String>,
        retention: Duration,
        window_size: Duration,
        retain_duplicates: bool,
    ) -> Result<Self> {
        let name = name.into();
        if retention < window_size {
            return Err(Error::argument(format!(
                "window store `{name}` keeps entries for {retention:?}, which is shorter than its windows \
                 ({window_size:?}): give it a longer retention"
            )));
        }
        Ok(Self {
            name,
            persistent: false,
            retention_ms: millis(retention),
            window_size_ms: millis(window_size),
            retain_duplicates,
            by_time: false,
            timestamps: true,
        })
    }

    /// The same kind of store with an index by time, for results on window close (KIP-825).
    #[must_use]
    pub fn ordered_by_time(mut self) -> Self {
        self.by_time = true;
        self
    }

    /// The store's name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// How long entries are kept, in milliseconds.
    pub fn retention_ms(&self) -> i64 {
        self.retention_ms
    }

    /// The size of the windows, in milliseconds.
    pub fn window_size_ms(&self) -> i64 {
        self.window_size_ms
    }

    /// Whether a key may have several values in one window.
    pub fn retains_duplicates(&self) -> bool {
        self.retain_duplicates
    }

    /// Whether the store is on disk.
    pub fn is_persistent(&self) -> bool {
        self.persistent
    }

    pub(super) fn is_by_time(&self) -> bool {
        self.by_time
    }

    pub(super) fn keeps_timestamps(&self) -> bool {
        self.timestamps
    }
}

pub(in crate::store) fn millis(duration: Duration) -> i64 {
    i64::try_from(duration.as_millis()).unwrap_or(i64::MAX)
}
