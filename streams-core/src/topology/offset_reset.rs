//! Where a source starts when its group has no committed offset.

use std::time::Duration;

/// Where to start reading a partition for which there is no committed offset, or one that no longer exists (KIP-1106).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum AutoOffsetReset {
    /// Stop with an error.
    None,
    /// At the first record that is still there.
    Earliest,
    /// Behind the last record.
    Latest,
    /// At the first record that is no older than this.
    ByDuration(Duration),
}
