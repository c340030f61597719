//! Ordered scans: the overlay's changes merged with what is on disk.

use std::cmp::Ordering;
use std::fmt;

use rocksdb::ReadOptions;

use super::memory::{Change, Changes, Memory};
use super::range::KeyRange;
use super::store::Disk;
use crate::error::Result;
use crate::store::disk::DiskIterator;

/// In which order a scan goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Direction {
    Forward,
    Backward,
}

impl Direction {
    /// The next of some items that are in ascending order.
    pub(super) fn next_of<I: DoubleEndedIterator>(self, items: &mut I) -> Option<I::Item> {
        match self {
            Self::Forward => items.next(),
            Self::Backward => items.next_back(),
        }
    }

    /// The items in this order, given in ascending order.
    pub(crate) fn order<T>(self, mut items: Vec<T>) -> Vec<T> {
        if self == Self::Backward {
            items.reverse();
        }
        items
    }
}

/// Where the entry at hand stands.
enum Place {
    Memory,
    Disk,
}

/// The part of a scan that covers one range.
struct Part<'a> {
    changes: Changes<'a>,
    /// The next change.
    change: Option<Change<'a>>,
    /// The change at hand.
    current: Option<Change<'a>>,
    disk: Option<DiskIterator<'a>>,
    /// The entry at hand is the disk iterator's: move on before the next one.
    disk_used: bool,
}

/// A scan over ranges of a [`ByteStore`](super::ByteStore). It borrows the store, so nothing changes beneath it.
pub(crate) struct Scan<'a> {
    memory: &'a Memory,
    disk: Option<&'a Disk>,
    ranges: std::vec::IntoIter<KeyRange>,
    part: Option<Part<'a>>,
    direction: Direction,
}

impl<'a> Scan<'a> {
    pub(super) fn new(
        memory: &'a Memory,
        disk: Option<&'a Disk>,
        ranges: Vec<KeyRange>,
        direction: Direction,
    ) -> Self {
        Self { memory, disk, ranges: ranges.into_iter(), part: None, direction }
    }

    /// The next key and value.
    pub(crate) fn next(&mut self) -> Result<Option<(&[u8], &[u8])>> {
        loop {
            if self.part.is_none() {
                let Some(range) = self.ranges.next() else { return Ok(None) };
                if !range.is_empty() {
                    self.part = Some(self.open(&range)?);
                }
                continue;
            }
            match self.step()? {
                Some(place) => return Ok(self.entry(place)),
                None => self.part = None,
            }
        }
    }

    fn open(&self, range: &KeyRange) -> Result<Part<'a>> {
        let mut changes = self.memory.changes(range);
        let change = changes.next(self.direction);
        let mut disk = None;
        if let Some((db, family)) = self.disk.and_then(Disk::written) {
            let mut options = ReadOptions::default();
            options.set_iterate_lower_bound(range.start.clone());
            if let Some(end) = &range.end {
                options.set_iterate_upper_bound(end.clone());
            }
            let mut iterator = db.iterator(family, options)?;
            match self.direction {
                Direction::Forward => iterator.seek_to_first(),
                Direction::Backward => iterator.seek_to_last(),
            }
            disk = Some(iterator);
        }
        Ok(Part { changes, change, current: None, disk, disk_used: false })
    }

    /// Finds the next entry of the current part.
    fn step(&mut self) -> Result<Option<Place>> {
        let Some(part) = &mut self.part else { return Ok(None) };
        loop {
            if std::mem::take(&mut part.disk_used) {
                advance(&mut part.disk, self.direction);
            }
            let on_disk = part.disk.as_ref().and_then(|iterator| iterator.key());
            if on_disk.is_none()
                && let (Some(iterator), Some((db, _))) = (&part.disk, self.disk.and_then(Disk::written))
            {
                db.check(iterator)?;
            }
            let order = match (&part.change, on_disk) {
                (None, None) => return Ok(None),
                (Some(_), None) => Ordering::Less,
                (None, Some(_)) => Ordering::Greater,
                (Some(Change { key, .. }), Some(disk_key)) => match self.direction {
                    Direction::Forward => (**key).cmp(disk_key),
                    Direction::Backward => disk_key.cmp(key),
                },
            };
            if order == Ordering::Greater {
                part.disk_used = true;
                let key = on_disk.unwrap_or_default();
                if self.disk.is_some_and(|below| below.is_dropped(key)) {
                    continue;
                }
                return Ok(Some(Place::Disk));
            }
            // What is in memory is right about keys that both have.
            part.disk_used = order == Ordering::Equal;
            let next = part.changes.next(self.direction);
            part.current = std::mem::replace(&mut part.change, next);
            if part.current.as_ref().is_some_and(|change| change.value.is_some()) {
                return Ok(Some(Place::Memory));
            }
        }
    }

    fn entry(&self, place: Place) -> Option<(&[u8], &[u8])> {
        let part = self.part.as_ref()?;
        match place {
            Place::Memory => part.current.as_ref().and_then(|change| Some((&*change.key, change.value?))),
            Place::Disk => part.disk.as_ref()?.item(),
        }
    }
}

fn advance(disk: &mut Option<DiskIterator<'_>>, direction: Direction) {
    if let Some(iterator) = disk {
        match direction {
            Direction::Forward => iterator.next(),
            Direction::Backward => iterator.prev(),
        }
    }
}

impl fmt::Debug for Scan<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Scan").field("direction", &self.direction).finish_non_exhaustive()
    }
}
