//! A value with the time of its last update.

/// A value with the time of its last update.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct ValueAndTimestamp<V> {
    /// The value.
    pub value: V,
    /// Milliseconds since the epoch; -1 if the store underneath keeps no timestamps (KIP-258).
    pub timestamp: i64,
}

impl<V> ValueAndTimestamp<V> {
    /// A value last updated at `timestamp`, in milliseconds since the epoch.
    pub fn new(value: V, timestamp: i64) -> Self {
        Self { value, timestamp }
    }
}
