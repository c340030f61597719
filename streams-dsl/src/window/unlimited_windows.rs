//! `UnlimitedWindows`: one window without an end.

use streams_core::{Error, Result, Window};

use super::definition::Windows;

/// One window that begins at a time and never ends. Earlier records are ignored.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct UnlimitedWindows {
    start_ms: i64,
}

impl UnlimitedWindows {
    /// The window that begins at the epoch.
    pub fn of() -> Self {
        Self::default()
    }

    /// The window that begins at this time, in milliseconds since the epoch.
    #[must_use]
    pub fn start_on(self, start_ms: i64) -> Self {
        Self { start_ms }
    }
}

impl Windows for UnlimitedWindows {
    fn windows_for(&self, timestamp: i64, windows: &mut Vec<Window>) {
        if timestamp >= self.start_ms {
            windows.push(Window::new(self.start_ms, i64::MAX));
        }
    }

    fn size_ms(&self) -> i64 {
        i64::MAX
    }

    fn validate(&self) -> Result<()> {
        if self.start_ms >= 0 {
            return Ok(());
        }
        Err(Error::argument(format!(
            "an unlimited window cannot start before the epoch, at {}",
            self.start_ms
        )))
    }
}
