//! What comes out of a record cache.

use crate::record::RecordContext;

/// A change that a record cache held back: all updates of one key since the cache was last emptied, as one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DirtyEntry<K, V> {
    /// The key.
    pub key: K,
    /// The new value, `None` if the key was deleted.
    pub new: Option<V>,
    /// The value below the cache: the last one that was forwarded.
    pub old: Option<V>,
    /// The context of the record that made the last of the updates.
    pub context: RecordContext,
}
