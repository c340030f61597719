//! The record cache's part of an entry (features S46 to S53).

use crate::record::RecordContext;

/// What the record cache keeps of a change that was neither logged nor forwarded yet.
#[derive(Debug)]
pub(crate) struct Cached {
    /// The value below the cache, `None` if there is none.
    pub(crate) below: Option<Vec<u8>>,
    /// The context of the record that made the (last) change.
    pub(crate) context: RecordContext,
    /// Grows with every write: the order in which the cache is emptied.
    pub(super) sequence: u64,
}
