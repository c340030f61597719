//! A run: what a store holds of one key in one segment, in the order of time.

use std::mem::size_of;

/// Time, and the number that tells values of one time apart: an entry's place in its run.
pub(super) type Place = (u64, u32);

/// The length of a place at the end of an entry's key.
pub(super) const PLACE: usize = 12;
/// The length of a segment's number at the start of an entry's key.
const SEGMENT: usize = 8;

/// Takes the key of an entry apart: segment, the run's name (all that lies between), and the place in the run. `None` for
/// keys that are too short to be an entry's.
pub(super) fn split(key: &[u8]) -> Option<(u64, &[u8], Place)> {
    let (segment, name) = split_prefix(key)?;
    let (name, sequence) = name.split_last_chunk::<4>()?;
    let (name, time) = name.split_last_chunk::<8>()?;
    Some((segment, name, (u64::from_be_bytes(*time), u32::from_be_bytes(*sequence))))
}

/// Segment and name of the run whose entries' keys begin so.
pub(super) fn split_prefix(prefix: &[u8]) -> Option<(u64, &[u8])> {
    let (segment, name) = prefix.split_first_chunk::<SEGMENT>()?;
    Some((u64::from_be_bytes(*segment), name))
}

/// Writes the key of an entry into a buffer.
pub(super) fn join(out: &mut Vec<u8>, segment: u64, name: &[u8], (time, sequence): Place) {
    out.clear();
    out.reserve(SEGMENT + name.len() + PLACE);
    out.extend_from_slice(&segment.to_be_bytes());
    out.extend_from_slice(name);
    out.extend_from_slice(&time.to_be_bytes());
    out.extend_from_slice(&sequence.to_be_bytes());
}

/// One entry; its value lies in the run's bytes.
struct Entry {
    place: Place,
    at: usize,
    len: usize,
    /// Without a value this is a tombstone: the disk still has one.
    present: bool,
    /// Whether the disk has something else.
    dirty: bool,
}

impl Entry {
    fn cost(&self) -> usize {
        size_of::<Self>() + self.len
    }
}

/// See the module. Values lie side by side, in the order in which they came: reading a run is a walk through memory.
pub(super) struct Run {
    pub(super) hash: u64,
    /// Whether all that the disk has of this run is here too.
    pub(super) complete: bool,
    /// Whether the run was used since it was last thought of being forgotten.
    pub(super) used: bool,
    name_len: usize,
    /// The name, then the values.
    bytes: Vec<u8>,
    entries: Vec<Entry>,
    dirty_bytes: usize,
    clean_bytes: usize,
}

impl Run {
    /// An empty run; it is `complete` if the disk has nothing of it.
    pub(super) fn new(hash: u64, name: &[u8], complete: bool) -> Self {
        let clean_bytes = size_of::<Self>() + name.len();
        let (bytes, entries) = (name.to_vec(), Vec::new());
        Self { hash, complete, used: true, name_len: name.len(), bytes, entries, dirty_bytes: 0, clean_bytes }
    }

    pub(super) fn name(&self) -> &[u8] {
        &self.bytes[..self.name_len]
    }

    /// Bytes of changes that the disk does not have.
    pub(super) fn dirty_bytes(&self) -> usize {
        self.dirty_bytes
    }

    /// All other bytes.
    pub(super) fn clean_bytes(&self) -> usize {
        self.clean_bytes
    }

    /// Puts or (with `None`) deletes an entry, for the disk to learn of if it is `to_disk`.
    pub(super) fn put(&mut self, place: Place, value: Option<&[u8]>, to_disk: bool) {
        match (self.find(place), value) {
            (Ok(index), None) if !to_disk => self.remove(index),
            (Ok(index), value) => {
                self.remove(index);
                self.insert(index, place, value, to_disk);
            }
            (Err(_), None) if self.complete => {}
            (Err(index), value) => self.insert(index, place, value, to_disk),
        }
    }

    /// Adds an entry of the disk's, unless a later change of it is here.
    pub(super) fn load(&mut self, place: Place, value: &[u8]) {
        if let Err(index) = self.find(place) {
            self.insert(index, place, Some(value), false);
        }
    }

    /// The value at a place.
    pub(super) fn get(&self, place: Place) -> Option<&[u8]> {
        self.value(&self.entries[self.find(place).ok()?])
    }

    /// Calls `f` with times and values between two times, both included.
    pub(super) fn visit(&self, from: u64, to: u64, mut f: impl FnMut(u64, &[u8])) {
        let first = self.entries.partition_point(|entry| entry.place.0 < from);
        for entry in self.entries[first..].iter().take_while(|entry| entry.place.0 <= to) {
            if let Some(value) = self.value(entry) {
                f(entry.place.0, value);
            }
        }
    }

    /// All entries (or only those that the disk does not have), in order; tombstones without a value.
    pub(super) fn entries(&self, only_dirty: bool) -> impl Iterator<Item = (Place, Option<&[u8]>)> {
        let entries = self.entries.iter().filter(move |entry| entry.dirty || !only_dirty);
        entries.map(|entry| (entry.place, self.value(entry)))
    }

    /// The disk has everything now.
    pub(super) fn written(&mut self) {
        self.entries.retain(|entry| entry.present);
        for entry in self.entries.iter_mut().filter(|entry| entry.dirty) {
            entry.dirty = false;
            self.clean_bytes += entry.cost();
        }
        self.dirty_bytes = 0;
    }

    fn value(&self, entry: &Entry) -> Option<&[u8]> {
        entry.present.then(|| &self.bytes[entry.at..entry.at + entry.len])
    }

    /// Where the entry at a place is, or belongs: nearly always at the end.
    fn find(&self, place: Place) -> Result<usize, usize> {
        match self.entries.last() {
            Some(last) if last.place >= place => {
                self.entries.binary_search_by_key(&place, |entry| entry.place)
            }
            _ => Err(self.entries.len()),
        }
    }

    fn insert(&mut self, index: usize, place: Place, value: Option<&[u8]>, dirty: bool) {
        let (at, present, value) = (self.bytes.len(), value.is_some(), value.unwrap_or_default());
        let entry = Entry { place, at, len: value.len(), present, dirty };
        *self.bytes_of(dirty) += entry.cost();
        self.bytes.extend_from_slice(value);
        self.entries.insert(index, entry);
    }

    /// Values that are put again are few: what the former one takes is given back with the run.
    fn remove(&mut self, index: usize) {
        let entry = self.entries.remove(index);
        *self.bytes_of(entry.dirty) -= entry.cost();
    }

    fn bytes_of(&mut self, dirty: bool) -> &mut usize {
        if dirty { &mut self.dirty_bytes } else { &mut self.clean_bytes }
    }
}
