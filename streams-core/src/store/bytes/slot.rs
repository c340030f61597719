//! One key of an overlay.

use std::sync::Arc;

use super::cache::Cached;

/// What a slot costs beyond its key and value: the slot itself, its hash-table entry and the allocator's headers.
pub(super) const SLOT_BYTES: usize = 96;

/// One key and what is known of it.
pub(super) struct Slot {
    pub(super) key: Arc<[u8]>,
    pub(super) hash: u64,
    pub(super) value: Vec<u8>,
    /// Whether the key has a value; without one this is a tombstone, or remembers that the disk has none either.
    pub(super) present: bool,
    /// Whether the disk has something else (or, without a disk, always).
    pub(super) dirty: bool,
    /// Whether the slot was used since the eviction hand last passed.
    pub(super) referenced: bool,
    /// The record cache's part: set while the change has not left the cache.
    pub(super) cached: Option<Box<Cached>>,
}

impl Slot {
    /// The value, `None` for an absent key.
    pub(super) fn value(&self) -> Option<&[u8]> {
        self.present.then_some(&*self.value)
    }

    /// What the slot takes of memory, in bytes.
    pub(super) fn cost(&self) -> usize {
        SLOT_BYTES + self.key.len() + self.value.len()
    }

    pub(super) fn set(&mut self, value: Option<&[u8]>) {
        self.value.clear();
        self.value.extend_from_slice(value.unwrap_or_default());
        self.present = value.is_some();
    }
}
