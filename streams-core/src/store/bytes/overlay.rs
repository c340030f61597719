//! The in-memory part of a store: writes that the disk does not have yet, and hot entries that it has.
//!
//! Point access is one hash look-up and allocates only for new keys. Order is kept lazily: an index of the keys comes
//! into being with the first scan, so that a store which is never scanned never pays for it.

use std::fmt;
use std::hash::BuildHasher;
use std::sync::Arc;

use hashbrown::{DefaultHashBuilder, HashTable};

use super::cache::Cached;
use super::index::{Index, IndexKey};
use super::range::KeyRange;
use super::slot::{SLOT_BYTES, Slot};
use crate::record::RecordContext;

/// The number of a slot.
pub(super) type SlotId = u32;

/// See the module.
pub(super) struct Overlay {
    hasher: DefaultHashBuilder,
    table: HashTable<SlotId>,
    slots: Vec<Slot>,
    free: Vec<SlotId>,
    /// Slots that differ from the disk; only with a disk.
    dirty: Vec<SlotId>,
    /// Slots with a cached change, in no particular order.
    cached: Vec<SlotId>,
    index: Option<Index>,
    on_disk: bool,
    /// Whether a key that is not here does not exist: there is no disk, or all that it has is here too.
    complete: bool,
    dirty_bytes: usize,
    clean_bytes: usize,
    cached_bytes: usize,
    clean_limit: usize,
    hand: usize,
    sequence: u64,
    live: usize,
    /// The slot that was found last, if it is still in use.
    found: SlotId,
}

impl Overlay {
    /// An overlay over a disk (which holds nothing so far if `complete`), which keeps up to `clean_limit` bytes of what
    /// the disk has too.
    pub(super) fn over_disk(complete: bool, clean_limit: usize) -> Self {
        Self::new(true, complete, clean_limit)
    }

    /// An overlay over nothing, which holds all there is.
    pub(super) fn in_memory() -> Self {
        Self::new(false, true, 0)
    }

    fn new(on_disk: bool, complete: bool, clean_limit: usize) -> Self {
        Self {
            hasher: DefaultHashBuilder::default(),
            table: HashTable::new(),
            slots: Vec::new(),
            free: Vec::new(),
            dirty: Vec::new(),
            cached: Vec::new(),
            index: None,
            on_disk,
            complete,
            dirty_bytes: 0,
            clean_bytes: 0,
            cached_bytes: 0,
            clean_limit,
            hand: 0,
            sequence: 0,
            live: 0,
            found: SlotId::MAX,
        }
    }

    /// The slot of `key`, if anything is known of the key.
    pub(super) fn find(&mut self, key: &[u8]) -> Option<SlotId> {
        // A processor often puts what it has just got.
        if let Some(slot) = self.slots.get_mut(self.found as usize)
            && *slot.key == *key
        {
            slot.referenced = true;
            return Some(self.found);
        }
        let hash = self.hasher.hash_one(key);
        let slots = &self.slots;
        let id = *self.table.find(hash, |id| {
            let slot = &slots[*id as usize];
            slot.hash == hash && *slot.key == *key
        })?;
        self.slots[id as usize].referenced = true;
        self.found = id;
        Some(id)
    }

    pub(super) fn slot(&self, id: SlotId) -> &Slot {
        &self.slots[id as usize]
    }

    /// Bytes of changes that the disk does not have (or, without a disk, of everything).
    pub(super) fn dirty_bytes(&self) -> usize {
        self.dirty_bytes
    }

    /// Bytes of changes that have not left the record cache.
    pub(super) fn cached_bytes(&self) -> usize {
        self.cached_bytes
    }

    /// Whether a key that is not here does not exist.
    pub(super) fn is_complete(&self) -> bool {
        self.complete
    }

    /// About how many keys have a value, apart from those that only the disk has.
    pub(super) fn live(&self) -> usize {
        if self.complete { self.table.len() } else { self.live }
    }

    /// Notes what the disk said of a key, in a slot that may be forgotten again.
    pub(super) fn insert_clean(&mut self, key: &[u8], value: Option<&[u8]>) -> SlotId {
        let id = self.insert_slot(key);
        let slot = &mut self.slots[id as usize];
        slot.set(value);
        self.clean_bytes += slot.cost();
        if self.clean_bytes > self.clean_limit {
            self.evict(id);
        }
        id
    }

    /// Changes the value of a key; `None` deletes it.
    pub(super) fn put(&mut self, found: Option<SlotId>, key: &[u8], value: Option<&[u8]>) -> Option<SlotId> {
        let id = match found {
            Some(id) => id,
            None if value.is_none() && self.complete => return None,
            None => self.slot_for_write(key),
        };
        self.make_dirty(id);
        let slot = &mut self.slots[id as usize];
        self.live = self.live + usize::from(value.is_some()) - usize::from(slot.present);
        self.dirty_bytes -= slot.value.len();
        slot.set(value);
        self.dirty_bytes += slot.value.len();
        if value.is_none() && !self.on_disk && slot.cached.is_none() {
            self.remove(id);
            return None;
        }
        Some(id)
    }

    /// Notes, before it is written, that a slot's next value belongs to the record cache. The first time the value
    /// below the cache is kept; `context` is that of the last write.
    pub(super) fn cache(&mut self, id: SlotId, context: RecordContext) {
        self.sequence += 1;
        let slot = &mut self.slots[id as usize];
        if slot.cached.is_none() {
            let below = slot.value().map(<[u8]>::to_vec);
            self.cached_bytes += SLOT_BYTES + slot.key.len() + below.as_ref().map_or(0, Vec::len);
            slot.cached = Some(Box::new(Cached { below, context, sequence: self.sequence }));
            self.cached.push(id);
        } else if let Some(cached) = &mut slot.cached {
            cached.context = context;
            cached.sequence = self.sequence;
        }
    }

    /// A slot for a key of which nothing is known and which is about to be written.
    pub(super) fn slot_for_write(&mut self, key: &[u8]) -> SlotId {
        let id = self.insert_slot(key);
        self.clean_bytes += self.slots[id as usize].cost();
        id
    }

    /// Empties the record cache: calls `f` with key, new value and what was cached, in the order of the last writes.
    pub(super) fn drain_cached<E>(
        &mut self,
        mut f: impl FnMut(&[u8], Option<&[u8]>, Cached) -> Result<(), E>,
    ) -> Result<(), E> {
        let mut ids = std::mem::take(&mut self.cached);
        self.cached_bytes = 0;
        let slots = &self.slots;
        ids.sort_unstable_by_key(|id| {
            slots[*id as usize].cached.as_ref().map_or(0, |cached| cached.sequence)
        });
        let mut result = Ok(());
        for id in ids.drain(..) {
            let slot = &mut self.slots[id as usize];
            let Some(cached) = slot.cached.take() else { continue };
            if result.is_ok() {
                result = f(&slot.key, slot.present.then_some(&*slot.value), *cached);
            }
            if !slot.present && !self.on_disk {
                self.remove(id);
            }
        }
        self.cached = ids;
        result
    }

    /// Calls `f` with every change that the disk does not have.
    pub(super) fn for_each_dirty(&self, mut f: impl FnMut(&[u8], Option<&[u8]>)) {
        for id in &self.dirty {
            let slot = &self.slots[*id as usize];
            f(&slot.key, slot.value());
        }
    }

    /// The disk has everything now.
    pub(super) fn written(&mut self) {
        for id in std::mem::take(&mut self.dirty) {
            let slot = &mut self.slots[id as usize];
            slot.dirty = false;
            self.clean_bytes += slot.cost();
            if self.complete && !slot.present && slot.cached.is_none() {
                self.remove(id);
            }
        }
        self.dirty_bytes = 0;
        self.live = 0;
        if let Some(index) = self.index.as_mut().filter(|_| !self.complete) {
            index.clear();
        }
        if self.clean_bytes > self.clean_limit {
            self.evict(SlotId::MAX);
        }
    }

    /// Forgets all that is known of the keys of a range, as if it had never been written; but not what the record cache
    /// holds, for that is still to be logged and forwarded.
    pub(super) fn forget_range(&mut self, range: &KeyRange) {
        self.make_index();
        let index = self.index.as_ref();
        let mut ids: Vec<SlotId> = index
            .map(|index| index.range::<[u8], _>(range.bounds()).map(|(_, id)| *id).collect())
            .unwrap_or_default();
        if !self.complete {
            // Clean slots stand in no index; a segment is dropped seldom enough to look at them all.
            ids.extend(self.table.iter().filter(|id| {
                let slot = &self.slots[**id as usize];
                !slot.dirty && range.contains(&slot.key)
            }));
        }
        ids.retain(|id| self.slots[*id as usize].cached.is_none());
        for id in ids {
            self.remove(id);
        }
        // What was removed is no longer dirty.
        self.dirty.retain(|id| self.slots[*id as usize].dirty);
    }

    /// Makes sure that the index exists.
    pub(super) fn make_index(&mut self) {
        if self.index.is_some() {
            return;
        }
        let stands_in_index = |slot: &Slot| slot.dirty || self.complete && slot.present;
        let slots = self.slots.iter().enumerate().filter(|(_, slot)| stands_in_index(slot));
        let entry = |(id, slot): (usize, &Slot)| {
            (IndexKey::new(&slot.key), SlotId::try_from(id).unwrap_or(SlotId::MAX))
        };
        self.index = Some(slots.map(entry).collect());
    }

    /// The index; empty before [`Overlay::make_index`].
    pub(super) fn index(&self) -> Option<&Index> {
        self.index.as_ref()
    }

    fn make_dirty(&mut self, id: SlotId) {
        let slot = &mut self.slots[id as usize];
        if slot.dirty {
            return;
        }
        slot.dirty = true;
        self.clean_bytes -= slot.cost();
        self.dirty_bytes += slot.cost();
        self.live += usize::from(slot.present);
        if self.on_disk {
            self.dirty.push(id);
        }
        if let Some(index) = &mut self.index {
            index.insert(IndexKey::new(&slot.key), id);
        }
    }

    fn insert_slot(&mut self, key: &[u8]) -> SlotId {
        let hash = self.hasher.hash_one(key);
        let slot = Slot {
            key: Arc::from(key),
            hash,
            value: Vec::new(),
            present: false,
            dirty: false,
            referenced: true,
            cached: None,
        };
        let id = match self.free.pop() {
            Some(id) => {
                self.slots[id as usize] = slot;
                id
            }
            None => {
                self.slots.push(slot);
                SlotId::try_from(self.slots.len() - 1).unwrap_or(SlotId::MAX)
            }
        };
        let slots = &self.slots;
        self.table.insert_unique(hash, id, |id| slots[*id as usize].hash);
        id
    }

    /// Forgets a slot altogether.
    fn remove(&mut self, id: SlotId) {
        let slot = &mut self.slots[id as usize];
        if let Ok(entry) = self.table.find_entry(slot.hash, |other| *other == id) {
            entry.remove();
        }
        if slot.dirty {
            self.dirty_bytes -= slot.cost();
            self.live -= usize::from(slot.present);
        } else {
            self.clean_bytes -= slot.cost();
        }
        if let Some(index) = self.index.as_mut().filter(|_| slot.dirty || self.complete) {
            index.remove(&*slot.key);
        }
        slot.key = Arc::default();
        slot.value = Vec::new();
        slot.present = false;
        slot.dirty = false;
        slot.referenced = false;
        if self.found == id {
            self.found = SlotId::MAX;
        }
        self.free.push(id);
    }

    /// Forgets clean slots that were not used lately (the CLOCK algorithm), but never `keep`, until a tenth of the
    /// budget is free.
    fn evict(&mut self, keep: SlotId) {
        if std::mem::take(&mut self.complete)
            && let Some(index) = &mut self.index
        {
            let slots = &self.slots;
            index.retain(|_, id| slots[*id as usize].dirty);
        }
        let goal = self.clean_limit - self.clean_limit / 10;
        let mut steps = self.slots.len().saturating_mul(2);
        while self.clean_bytes > goal && steps > 0 {
            steps -= 1;
            self.hand = if self.hand + 1 < self.slots.len() { self.hand + 1 } else { 0 };
            let slot = &mut self.slots[self.hand];
            let id = SlotId::try_from(self.hand).unwrap_or(SlotId::MAX);
            if slot.dirty || slot.cached.is_some() || id == keep {
                continue;
            }
            if std::mem::take(&mut slot.referenced) {
                continue;
            }
            if self.table.find(slot.hash, |other| *other == id).is_some() {
                self.remove(id);
            }
        }
    }
}

impl fmt::Debug for Overlay {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Overlay")
            .field("slots", &self.table.len())
            .field("dirty_bytes", &self.dirty_bytes)
            .field("clean_bytes", &self.clean_bytes)
            .finish_non_exhaustive()
    }
}
