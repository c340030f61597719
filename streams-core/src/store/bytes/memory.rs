//! What a byte store keeps in memory, in one of two forms.

use std::borrow::Cow;
use std::collections::btree_map;

use super::index::IndexKey;
use super::overlay::{Overlay, SlotId};
use super::range::KeyRange;
use super::runs::Runs;
use super::scan::Direction;

/// What a byte store keeps in memory.
#[derive(Debug)]
pub(super) enum Memory {
    /// Key by key.
    Slots(Overlay),
    /// Key by key and segment by segment.
    Runs(Runs),
}

impl Memory {
    /// Bytes of changes that the disk does not have (or, without a disk, of everything).
    pub(super) fn dirty_bytes(&self) -> usize {
        match self {
            Self::Slots(slots) => slots.dirty_bytes(),
            Self::Runs(runs) => runs.dirty_bytes(),
        }
    }

    /// Bytes of changes that have not left the record cache.
    pub(super) fn cached_bytes(&self) -> usize {
        match self {
            Self::Slots(slots) => slots.cached_bytes(),
            Self::Runs(_) => 0,
        }
    }

    /// Whether a key that is not here does not exist.
    pub(super) fn is_complete(&self) -> bool {
        match self {
            Self::Slots(slots) => slots.is_complete(),
            Self::Runs(runs) => runs.is_complete(),
        }
    }

    /// About how many keys have a value, apart from those that only the disk has.
    pub(super) fn live(&self) -> usize {
        match self {
            Self::Slots(slots) => slots.live(),
            Self::Runs(runs) => runs.live(),
        }
    }

    /// Calls `f` with every change that the disk does not have.
    pub(super) fn for_each_dirty(&self, f: impl FnMut(&[u8], Option<&[u8]>)) {
        match self {
            Self::Slots(slots) => slots.for_each_dirty(f),
            Self::Runs(runs) => runs.for_each_dirty(f),
        }
    }

    /// The disk has everything now.
    pub(super) fn written(&mut self) {
        match self {
            Self::Slots(slots) => slots.written(),
            Self::Runs(runs) => runs.written(),
        }
    }

    /// Forgets all that is known of the keys of a range.
    pub(super) fn forget_range(&mut self, range: &KeyRange) {
        match self {
            Self::Slots(slots) => slots.forget_range(range),
            Self::Runs(runs) => runs.forget_range(range),
        }
    }

    /// Makes sure that [`Memory::changes`] has what it needs.
    pub(super) fn prepare_scan(&mut self) {
        if let Self::Slots(slots) = self {
            slots.make_index();
        }
    }

    /// What is known of the keys of a range, in order.
    pub(super) fn changes(&self, range: &KeyRange) -> Changes<'_> {
        match self {
            Self::Slots(slots) => {
                Changes::Indexed(slots, slots.index().map(|index| index.range::<[u8], _>(range.bounds())))
            }
            Self::Runs(runs) => Changes::Sorted(runs.sorted(range).into_iter()),
        }
    }
}

/// What is known of one key; without a value, that it has none.
pub(super) struct Change<'a> {
    pub(super) key: Cow<'a, [u8]>,
    pub(super) value: Option<&'a [u8]>,
}

/// Changes in the order of their keys.
pub(super) enum Changes<'a> {
    Indexed(&'a Overlay, Option<btree_map::Range<'a, IndexKey, SlotId>>),
    Sorted(std::vec::IntoIter<(Vec<u8>, Option<&'a [u8]>)>),
}

impl<'a> Changes<'a> {
    pub(super) fn next(&mut self, direction: Direction) -> Option<Change<'a>> {
        match self {
            Self::Indexed(slots, range) => {
                let (key, id) = direction.next_of(range.as_mut()?)?;
                Some(Change { key: Cow::Borrowed(key.bytes()), value: slots.slot(*id).value() })
            }
            Self::Sorted(sorted) => {
                let (key, value) = direction.next_of(sorted)?;
                Some(Change { key: Cow::Owned(key), value })
            }
        }
    }
}
