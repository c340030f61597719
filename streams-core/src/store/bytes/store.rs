//! An ordered store of bytes: what is new or hot in memory, over a column family of the task's database or nothing.

use std::sync::Arc;

use super::cache::Cached;
use super::memory::Memory;
use super::overlay::{Overlay, SlotId};
use super::range::KeyRange;
use super::runs::Runs;
use super::scan::{Direction, Scan};
use crate::error::{Error, Result};
use crate::record::RecordContext;
use crate::store::disk::{StateWrites, TaskDb};
use crate::store::task_state::TaskState;

/// What lies below the memory.
#[derive(Debug)]
pub(super) struct Disk {
    state: TaskState,
    /// `None` until something was written.
    pub(super) db: Option<Arc<TaskDb>>,
    pub(super) family: String,
    /// Nothing was ever written: no need to look.
    pub(super) empty: bool,
    /// Ranges that are to be deleted at the next write, before anything is put.
    dropped: Vec<KeyRange>,
}

impl Disk {
    /// The database and the family, if something was written.
    pub(super) fn written(&self) -> Option<(&TaskDb, &str)> {
        let db = self.db.as_deref().filter(|_| !self.empty)?;
        Some((db, &self.family))
    }

    /// What lies behind all keys on disk, if a range without an end is to be deleted: a range deletion needs one.
    fn end_of_all(&self) -> Result<Option<Vec<u8>>> {
        let Some((db, family)) = self.written() else { return Ok(None) };
        if self.dropped.iter().all(|range| range.end.is_some()) {
            return Ok(None);
        }
        let last = db.last_key(family)?;
        Ok(last.map(|mut key| {
            key.push(0);
            key
        }))
    }

    /// Whether a key lies in a range that is about to be deleted.
    pub(super) fn is_dropped(&self, key: &[u8]) -> bool {
        self.dropped.iter().any(|range| range.contains(key))
    }
}

/// An ordered map of bytes. Writes stay in memory until [`ByteStore::stage`].
#[derive(Debug)]
pub(crate) struct ByteStore {
    memory: Memory,
    disk: Option<Disk>,
    updates: u64,
    clean_limit: usize,
}

impl ByteStore {
    /// A store that lives in memory alone.
    pub(crate) fn in_memory() -> Self {
        Self { memory: Memory::Slots(Overlay::in_memory()), disk: None, updates: 0, clean_limit: 0 }
    }

    /// A store in a column family of the task's database, which is opened with the first write unless it exists; up to
    /// `clean_limit` bytes of hot entries are kept in memory.
    pub(crate) fn on_disk(state: &TaskState, family: &str, clean_limit: usize) -> Result<Self> {
        let db = state.open_db();
        let empty = db.as_ref().map_or(Ok(true), |db| db.is_empty(family))?;
        let disk = Disk { state: state.clone(), db, family: family.to_owned(), empty, dropped: Vec::new() };
        let memory = Memory::Slots(Overlay::over_disk(empty, clean_limit));
        Ok(Self { memory, disk: Some(disk), updates: 0, clean_limit })
    }

    /// The same store, before anything was put, in another form: for keys that consist of a segment (8 bytes), a name, a
    /// time (8 bytes) and a number (4 bytes), for [`ByteStore::visit_run`], and without a record cache. `segments` are
    /// those that the store holds.
    pub(crate) fn with_runs(mut self, segments: impl Iterator<Item = u64>) -> Self {
        self.memory = Memory::Runs(Runs::new(self.disk.is_some(), segments, self.clean_limit));
        self
    }

    pub(crate) fn is_persistent(&self) -> bool {
        self.disk.is_some()
    }

    /// The value of a key.
    pub(crate) fn get(&mut self, key: &[u8]) -> Result<Option<&[u8]>> {
        match &mut self.memory {
            Memory::Slots(slots) => {
                let id = look_up(slots, self.disk.as_ref(), key)?;
                Ok(id.and_then(|id| slots.slot(id).value()))
            }
            Memory::Runs(runs) => runs.get(self.disk.as_ref(), key),
        }
    }

    /// Whether [`ByteStore::visit_run`] finds anything: the store was made [`with_runs`](ByteStore::with_runs).
    pub(crate) fn has_runs(&self) -> bool {
        matches!(self.memory, Memory::Runs(_))
    }

    /// Calls `f` with times and values, in order, of the keys that consist of `prefix`, a time between two times (both
    /// included) and a number.
    pub(crate) fn visit_run(
        &mut self,
        prefix: &[u8],
        times: (u64, u64),
        f: impl FnMut(u64, &[u8]),
    ) -> Result<()> {
        match &mut self.memory {
            Memory::Slots(_) => Ok(()),
            Memory::Runs(runs) => runs.visit(self.disk.as_ref(), prefix, times, f),
        }
    }

    /// Changes the value of a key; `None` deletes it.
    pub(crate) fn put(&mut self, key: &[u8], value: Option<&[u8]>) {
        self.updates += 1;
        match &mut self.memory {
            Memory::Slots(slots) => {
                let found = slots.find(key);
                slots.put(found, key, value);
            }
            Memory::Runs(runs) => runs.put(key, value),
        }
    }

    /// As [`ByteStore::put`], leaving the change in the record cache until [`ByteStore::drain_cached`].
    pub(crate) fn put_cached(
        &mut self,
        key: &[u8],
        value: Option<&[u8]>,
        context: RecordContext,
    ) -> Result<()> {
        self.updates += 1;
        let Memory::Slots(slots) = &mut self.memory else {
            return Err(Error::bug("a store of runs has no record cache"));
        };
        let id = match look_up(slots, self.disk.as_ref(), key)? {
            Some(id) => id,
            None => slots.slot_for_write(key),
        };
        slots.cache(id, context);
        slots.put(Some(id), key, value);
        Ok(())
    }

    /// Empties the record cache: calls `f` with key, new value and what was cached, in the order of the last writes.
    pub(crate) fn drain_cached(
        &mut self,
        f: impl FnMut(&[u8], Option<&[u8]>, Cached) -> Result<()>,
    ) -> Result<()> {
        match &mut self.memory {
            Memory::Slots(slots) => slots.drain_cached(f),
            Memory::Runs(_) => Ok(()),
        }
    }

    /// All entries of the ranges, range after range (for [`Direction::Backward`] give them in descending order too).
    pub(crate) fn scan(&mut self, ranges: Vec<KeyRange>, direction: Direction) -> Scan<'_> {
        self.memory.prepare_scan();
        let disk = self.disk.as_ref().filter(|_| !self.memory.is_complete());
        Scan::new(&self.memory, disk, ranges, direction)
    }

    /// The entries that an index stands for: scans the index's `ranges`; `target` makes an entry's key of an index key.
    pub(crate) fn look_up_through(
        &mut self,
        ranges: Vec<KeyRange>,
        direction: Direction,
        target: impl Fn(&[u8]) -> Vec<u8>,
    ) -> Result<Vec<(Vec<u8>, Vec<u8>)>> {
        let mut keys = Vec::new();
        {
            let mut scan = self.scan(ranges, direction);
            while let Some((key, _)) = scan.next()? {
                keys.push(target(key));
            }
        }
        let mut entries = Vec::with_capacity(keys.len());
        for key in keys {
            if let Some(value) = self.get(&key)? {
                let value = value.to_vec();
                entries.push((key, value));
            }
        }
        Ok(entries)
    }

    /// Deletes all keys of a range, cheaply on disk: by one range deletion, whatever it holds.
    pub(crate) fn delete_range(&mut self, range: &KeyRange) {
        if range.is_empty() {
            return;
        }
        self.updates += 1;
        self.memory.forget_range(range);
        if let Some(disk) = self.disk.as_mut().filter(|disk| !disk.empty) {
            disk.dropped.push(range.clone());
        }
    }

    /// Bytes that are not on disk yet; of a store in memory none.
    pub(crate) fn unwritten_bytes(&self) -> usize {
        if self.disk.is_some() { self.memory.dirty_bytes() } else { 0 }
    }

    /// Changes since the last write to disk; of a store in memory none.
    pub(crate) fn unwritten_updates(&self) -> u64 {
        if self.disk.is_some() { self.updates } else { 0 }
    }

    /// Bytes that have not left the record cache.
    pub(crate) fn cached_bytes(&self) -> usize {
        self.memory.cached_bytes()
    }

    /// About how many entries there are.
    pub(crate) fn approximate_len(&self) -> Result<u64> {
        let disk = self.disk.as_ref().filter(|_| !self.memory.is_complete());
        let on_disk = match disk.and_then(Disk::written) {
            Some((db, family)) => db.approximate_len(family)?,
            None => 0,
        };
        Ok(on_disk + self.memory.live() as u64)
    }

    /// Adds all that is not on disk yet to a set of writes.
    pub(crate) fn stage(&self, writes: &mut StateWrites<'_>) -> Result<()> {
        let Some(disk) = &self.disk else { return Ok(()) };
        if disk.dropped.is_empty() && self.memory.dirty_bytes() == 0 {
            return Ok(());
        }
        let end_of_all = disk.end_of_all()?;
        writes.family(&disk.family, |family| {
            for range in &disk.dropped {
                let end = range.end.as_ref().or(end_of_all.as_ref());
                if let Some(end) = end.filter(|end| **end > range.start) {
                    family.delete_range(&range.start, end);
                }
            }
            self.memory.for_each_dirty(|key, value| family.put(key, value));
        })
    }

    /// The set of writes that [`ByteStore::stage`] added to is on disk.
    pub(crate) fn staged_is_written(&mut self) -> Result<()> {
        self.updates = 0;
        let Some(disk) = &mut self.disk else { return Ok(()) };
        disk.empty &= self.memory.dirty_bytes() == 0;
        if disk.db.is_none() {
            disk.db = disk.state.open_db();
        }
        self.memory.written();
        for range in disk.dropped.drain(..) {
            if let (Some(end), Some(db)) = (&range.end, &disk.db) {
                db.drop_files(&disk.family, &range.start, end)?;
            }
        }
        Ok(())
    }
}

fn look_up(slots: &mut Overlay, disk: Option<&Disk>, key: &[u8]) -> Result<Option<SlotId>> {
    if let Some(id) = slots.find(key) {
        return Ok(Some(id));
    }
    let Some(disk) = disk.filter(|_| !slots.is_complete()) else { return Ok(None) };
    let Some((db, family)) = disk.written().filter(|_| !disk.is_dropped(key)) else { return Ok(None) };
    let value = db.get(family, key)?;
    Ok(Some(slots.insert_clean(key, value.as_deref())))
}
