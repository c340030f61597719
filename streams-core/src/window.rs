//! Windows of time, and keys that belong to one.

/// A span of time, in milliseconds since the epoch. Whether its end belongs to it depends on the kind of window: that
/// of sessions and sliding windows does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Window {
    /// The start, inclusive.
    pub start: i64,
    /// The end.
    pub end: i64,
}

impl Window {
    /// The window from `start` to `end`, in milliseconds since the epoch.
    pub const fn new(start: i64, end: i64) -> Self {
        Self { start, end }
    }
}

/// A key within a window.
///
/// ```
/// use streams_core::{Window, Windowed};
///
/// let key = Windowed::new("clicks", Window::new(0, 60_000));
/// assert_eq!(key.to_string(), "[clicks@0/60000]");
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Windowed<K> {
    /// The key.
    pub key: K,
    /// The window.
    pub window: Window,
}

impl<K> Windowed<K> {
    /// `key` in `window`.
    pub const fn new(key: K, window: Window) -> Self {
        Self { key, window }
    }
}

impl<K: std::fmt::Display> std::fmt::Display for Windowed<K> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "[{}@{}/{}]", self.key, self.window.start, self.window.end)
    }
}
