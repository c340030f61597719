//! The in-memory part of a store that is only added to and that is read key by key: the stores of stream-stream joins.
//!
//! Entries of one key and segment lie together in a [`Run`], which one hash look-up finds. There is no order across
//! runs: whoever reads over several keys pays for the sorting.

use std::collections::BTreeMap;
use std::fmt;
use std::hash::BuildHasher;

use hashbrown::hash_table::Entry;
use hashbrown::{DefaultHashBuilder, HashTable};
use rocksdb::ReadOptions;

use super::range::KeyRange;
use super::run::{PLACE, Run, join, split, split_prefix};
use super::store::Disk;
use crate::error::Result;
use crate::store::disk::TaskDb;

/// See the module.
pub(super) struct Runs {
    hasher: DefaultHashBuilder,
    segments: BTreeMap<u64, Segment>,
    to_disk: bool,
    clean_limit: usize,
    clean_bytes: usize,
    dirty_bytes: usize,
}

/// The runs of one segment.
struct Segment {
    runs: HashTable<Run>,
    /// Whether the disk may have runs of this segment that are not here.
    spilled: bool,
}

impl Segment {
    fn new(spilled: bool) -> Self {
        Self { runs: HashTable::new(), spilled }
    }

    fn find(&self, hash: u64, name: &[u8]) -> Option<&Run> {
        self.runs.find(hash, |run| run.hash == hash && run.name() == name)
    }
}

impl Runs {
    /// Runs over a disk that holds these segments, of which up to `clean_limit` bytes are kept that the disk has too; or
    /// over nothing.
    pub(super) fn new(to_disk: bool, on_disk: impl Iterator<Item = u64>, clean_limit: usize) -> Self {
        Self {
            hasher: DefaultHashBuilder::default(),
            segments: on_disk.map(|segment| (segment, Segment::new(true))).collect(),
            to_disk,
            clean_limit,
            clean_bytes: 0,
            dirty_bytes: 0,
        }
    }

    /// Bytes of changes that the disk does not have.
    pub(super) fn dirty_bytes(&self) -> usize {
        self.dirty_bytes
    }

    /// Whether a key that is not here does not exist.
    pub(super) fn is_complete(&self) -> bool {
        self.segments.values().all(|segment| !segment.spilled)
    }

    /// How many entries have a value; of a store whose disk has more, only those that the disk does not have.
    pub(super) fn live(&self) -> usize {
        let only_dirty = !self.is_complete();
        let runs = self.segments.values().flat_map(|segment| &segment.runs);
        runs.flat_map(|run| run.entries(only_dirty)).filter(|(_, value)| value.is_some()).count()
    }

    /// Changes the value of a key; `None` deletes it. Keys that no entry can have are left out.
    pub(super) fn put(&mut self, key: &[u8], value: Option<&[u8]>) {
        let Some((segment, name, place)) = split(key) else { return };
        let hash = self.hasher.hash_one(name);
        let Segment { runs, spilled } = self.segments.entry(segment).or_insert_with(|| Segment::new(false));
        let run = match runs.entry(hash, |run| run.hash == hash && run.name() == name, |run| run.hash) {
            Entry::Occupied(found) => {
                let run = found.into_mut();
                self.clean_bytes -= run.clean_bytes();
                self.dirty_bytes -= run.dirty_bytes();
                run
            }
            Entry::Vacant(free) => free.insert(Run::new(hash, name, !*spilled)).into_mut(),
        };
        run.put(place, value, self.to_disk);
        self.clean_bytes += run.clean_bytes();
        self.dirty_bytes += run.dirty_bytes();
    }

    /// The value of a key.
    pub(super) fn get(&mut self, disk: Option<&Disk>, key: &[u8]) -> Result<Option<&[u8]>> {
        let Some((segment, name, place)) = split(key) else { return Ok(None) };
        Ok(self.run(disk, segment, name)?.and_then(|run| run.get(place)))
    }

    /// Calls `f` with times and values of the run whose entries' keys begin with `prefix`, between two times.
    pub(super) fn visit(
        &mut self,
        disk: Option<&Disk>,
        prefix: &[u8],
        (from, to): (u64, u64),
        f: impl FnMut(u64, &[u8]),
    ) -> Result<()> {
        let Some((segment, name)) = split_prefix(prefix) else { return Ok(()) };
        if let Some(run) = self.run(disk, segment, name)? {
            run.visit(from, to, f);
        }
        Ok(())
    }

    /// Keys and values within a range, in order; tombstones without a value.
    pub(super) fn sorted(&self, range: &KeyRange) -> Vec<(Vec<u8>, Option<&[u8]>)> {
        let mut sorted = Vec::new();
        let mut key = Vec::new();
        for (segment, run) in self.all_runs() {
            for (place, value) in run.entries(false) {
                join(&mut key, segment, run.name(), place);
                if range.contains(&key) {
                    sorted.push((key.clone(), value));
                }
            }
        }
        sorted.sort_unstable_by(|(one, _), (other, _)| one.cmp(other));
        sorted
    }

    /// Calls `f` with every change that the disk does not have.
    pub(super) fn for_each_dirty(&self, mut f: impl FnMut(&[u8], Option<&[u8]>)) {
        let mut key = Vec::new();
        for (segment, run) in self.all_runs().filter(|(_, run)| run.dirty_bytes() > 0) {
            for (place, value) in run.entries(true) {
                join(&mut key, segment, run.name(), place);
                f(&key, value);
            }
        }
    }

    /// The disk has everything now.
    pub(super) fn written(&mut self) {
        let runs = self.segments.values_mut().flat_map(|segment| &mut segment.runs);
        for run in runs.filter(|run| run.dirty_bytes() > 0) {
            self.clean_bytes -= run.clean_bytes();
            run.written();
            self.clean_bytes += run.clean_bytes();
        }
        self.dirty_bytes = 0;
        self.evict();
    }

    /// Forgets the segments that lie within a range.
    pub(super) fn forget_range(&mut self, range: &KeyRange) {
        let first = |key: &[u8]| split_prefix(key).map_or(0, |(segment, _)| segment);
        let (from, to) = (first(&range.start), range.end.as_deref().map_or(u64::MAX, first));
        while let Some((segment, _)) = self.segments.range(from..to).next() {
            let segment = *segment;
            for run in self.segments.remove(&segment).iter().flat_map(|segment| &segment.runs) {
                self.clean_bytes -= run.clean_bytes();
                self.dirty_bytes -= run.dirty_bytes();
            }
        }
    }

    fn all_runs(&self) -> impl Iterator<Item = (u64, &Run)> {
        self.segments.iter().flat_map(|(number, segment)| segment.runs.iter().map(|run| (*number, run)))
    }

    /// A run with all that is known of it, here and on disk.
    fn run(&mut self, disk: Option<&Disk>, number: u64, name: &[u8]) -> Result<Option<&Run>> {
        let hash = self.hasher.hash_one(name);
        let spilled = self.segments.get(&number).is_some_and(|segment| segment.spilled);
        let on_disk = disk.filter(|_| spilled).and_then(|disk| Some((disk, disk.written()?)));
        if let Some((disk, (db, family))) = on_disk {
            let found = self.segments.get(&number).and_then(|segment| segment.find(hash, name));
            if found.is_none_or(|run| !run.complete) {
                self.evict();
                self.load(disk, (db, family), (number, hash, name))?;
            }
        }
        let runs = self.segments.get_mut(&number).map(|segment| &mut segment.runs);
        let run = runs.and_then(|runs| runs.find_mut(hash, |run| run.hash == hash && run.name() == name));
        Ok(run.map(|run| {
            run.used = true;
            &*run
        }))
    }

    /// Completes a run by what the disk has of it.
    fn load(
        &mut self,
        disk: &Disk,
        (db, family): (&TaskDb, &str),
        (number, hash, name): (u64, u64, &[u8]),
    ) -> Result<()> {
        let start = [&number.to_be_bytes(), name].concat();
        let end = [&start[..], &[u8::MAX; PLACE + 1]].concat();
        let mut options = ReadOptions::default();
        options.set_iterate_lower_bound(start);
        options.set_iterate_upper_bound(end);
        let mut iterator = db.iterator(family, options)?;
        let segment = self.segments.entry(number).or_insert_with(|| Segment::new(true));
        let run = segment
            .runs
            .entry(hash, |run| run.hash == hash && run.name() == name, |run| run.hash)
            .and_modify(|run| self.clean_bytes -= run.clean_bytes())
            .or_insert_with(|| Run::new(hash, name, false))
            .into_mut();
        iterator.seek_to_first();
        while let Some((key, value)) = iterator.item() {
            if let Some((_, _, place)) = split(key).filter(|(_, other, _)| *other == name)
                && !disk.is_dropped(key)
            {
                run.load(place, value);
            }
            iterator.next();
        }
        self.clean_bytes += run.clean_bytes();
        db.check(&iterator)?;
        run.complete = true;
        Ok(())
    }

    /// If there is more than may be of what the disk has too, forgets runs, older segments first and those that were not
    /// used lately before others, until a tenth of the budget is free.
    fn evict(&mut self) {
        if !self.to_disk || self.clean_bytes <= self.clean_limit {
            return;
        }
        let goal = self.clean_limit - self.clean_limit / 10;
        for _round in 0..2 {
            for Segment { runs, spilled } in self.segments.values_mut() {
                runs.retain(|run| {
                    let keep =
                        self.clean_bytes <= goal || run.dirty_bytes() > 0 || std::mem::take(&mut run.used);
                    if !keep {
                        self.clean_bytes -= run.clean_bytes();
                        *spilled = true;
                    }
                    keep
                });
            }
        }
    }
}

impl fmt::Debug for Runs {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Runs")
            .field("segments", &self.segments.len())
            .field("dirty_bytes", &self.dirty_bytes)
            .field("clean_bytes", &self.clean_bytes)
            .finish_non_exhaustive()
    }
}
