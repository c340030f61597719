//! What kinds of windows have in common.

use std::sync::Arc;
use std::time::Duration;

use streams_core::{Error, Result, Window};

use super::SlidingWindows;

/// Windows that are fixed by time alone: which windows a time belongs to does not depend on the records.
///
/// [`TimeWindows`](super::TimeWindows) and [`UnlimitedWindows`](super::UnlimitedWindows) are such; others can be defined
/// by implementing this trait (days of a calendar, say).
///
/// ```
/// use streams_dsl::Windows;
/// use streams_dsl::prelude::Window;
///
/// const HOUR: i64 = 3_600_000;
///
/// /// Eight hours that begin two hours into the day; no window starts before the epoch.
/// struct Shift;
///
/// impl Windows for Shift {
///     fn windows_for(&self, timestamp: i64, windows: &mut Vec<Window>) {
///         let since_the_first = timestamp - 2 * HOUR;
///         if since_the_first >= 0 {
///             let start = timestamp - since_the_first % (8 * HOUR);
///             windows.push(Window::new(start, start + 8 * HOUR));
///         }
///     }
///
///     fn size_ms(&self) -> i64 {
///         8 * HOUR
///     }
/// }
///
/// let mut found = Vec::new();
/// Shift.windows_for(HOUR, &mut found);
/// assert!(found.is_empty());
/// Shift.windows_for(11 * HOUR, &mut found);
/// assert_eq!(found, [Window::new(10 * HOUR, 18 * HOUR)]);
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` does not define windows",
    note = "use `TimeWindows`, `SlidingWindows`, `SessionWindows` or `UnlimitedWindows`, or implement `Windows`"
)]
pub trait Windows: Send + Sync + 'static {
    /// Appends the windows that `timestamp` (milliseconds since the epoch) belongs to, by their start. Ends are exclusive.
    ///
    /// No window starts before the epoch or ends before it starts: an aggregation fails with
    /// [`ErrorKind::Argument`](streams_core::ErrorKind::Argument) at a record that is given such a window.
    fn windows_for(&self, timestamp: i64, windows: &mut Vec<Window>);

    /// The size of the windows in milliseconds: what the end of a stored window is computed with.
    fn size_ms(&self) -> i64;

    /// For how many milliseconds after a window's end late records are still counted.
    fn grace_period_ms(&self) -> i64 {
        0
    }

    /// Checks the definition.
    ///
    /// # Errors
    /// [`ErrorKind::Argument`](streams_core::ErrorKind::Argument): such windows are impossible.
    fn validate(&self) -> Result<()> {
        if self.size_ms() > 0 {
            return Ok(());
        }
        Err(Error::argument(format!("windows must be longer than 0 ms, not {} ms", self.size_ms())))
    }
}

/// Windows whose results are kept by key and start.
#[derive(Clone)]
pub(crate) enum TimeKind {
    Aligned(Arc<dyn Windows>),
    Sliding(SlidingWindows),
}

impl TimeKind {
    /// What the end of a stored window is computed with.
    pub(crate) fn size_ms(&self) -> i64 {
        match self {
            Self::Aligned(windows) => windows.size_ms(),
            Self::Sliding(windows) => windows.time_difference_ms(),
        }
    }

    pub(crate) fn validate(&self) -> Result<()> {
        match self {
            Self::Aligned(windows) => windows.validate(),
            Self::Sliding(_) => Ok(()),
        }
    }
}

/// A duration in milliseconds.
pub(crate) fn millis(duration: Duration) -> i64 {
    i64::try_from(duration.as_millis()).unwrap_or(i64::MAX)
}

/// Milliseconds as a duration.
pub(crate) fn duration(ms: i64) -> Duration {
    Duration::from_millis(u64::try_from(ms).unwrap_or(0))
}
