//! Window stores of bytes.
//!
//! An entry's own key is Kafka's: key, window start (8 bytes), sequence number (4 bytes).

use std::cell::Cell;

use super::supplier::WindowStoreSupplier;
use crate::error::Result;
use crate::serde::Serde;
use crate::store::StoreContext;
use crate::store::bytes::{Cached, Direction, KeyRange};
use crate::store::changelog::ChangelogBuffer;
use crate::store::core::{StoreCore, append_key};
use crate::store::segments::{BY_TIME, ENTRY, PREFIX, Segments, forget_expired, start_key};

/// Window start and sequence number.
const SUFFIX: usize = 12;

/// A window store of bytes.
#[derive(Debug)]
pub(super) struct WindowBytes {
    pub(super) core: StoreCore,
    segments: Segments,
    pub(super) window_size: i64,
    retain_duplicates: bool,
    sequence: u32,
    by_time: bool,
    /// Window starts between this and `live_from` are still read: what Kafka's stores differ in.
    leeway: i64,
    /// The largest time that has left the record cache; -1 before the first.
    flushed: i64,
    scratch: Vec<u8>,
}

/// What an entry's key says.
pub(super) struct EntryKey<'a> {
    pub(super) key: &'a [u8],
    pub(super) start: i64,
}

impl<'a> EntryKey<'a> {
    /// Reads a physical key.
    pub(super) fn read(physical: &'a [u8]) -> Option<Self> {
        let logical = physical.get(PREFIX..)?;
        let (rest, _sequence) = logical.split_last_chunk::<4>()?;
        let (key, start) = rest.split_last_chunk::<8>()?;
        Some(Self { key, start: i64::from_be_bytes(*start) })
    }
}

/// The time that an entry expires by.
fn time_of(physical: &[u8]) -> i64 {
    EntryKey::read(physical).map_or(0, |entry| entry.start)
}

impl WindowBytes {
    pub(super) fn new(
        supplier: &WindowStoreSupplier,
        caching: bool,
        context: &StoreContext<'_>,
    ) -> Result<Self> {
        let mut bytes = context.bytes(supplier.name(), supplier.is_persistent())?;
        let segments = Segments::new(supplier.retention_ms(), &mut bytes)?;
        if supplier.retains_duplicates() && !supplier.is_by_time() && !(caching && context.cache) {
            bytes = bytes.with_runs(segments.all());
        }
        let mut core = StoreCore::new(supplier.name(), bytes, caching, context);
        core.key_skip = PREFIX;
        let leeway = if supplier.is_by_time() && supplier.is_persistent() { 1 } else { 0 };
        Ok(Self {
            core,
            segments,
            window_size: supplier.window_size_ms(),
            retain_duplicates: supplier.retains_duplicates(),
            sequence: 0,
            by_time: supplier.is_by_time(),
            leeway,
            flushed: -1,
            scratch: Vec::new(),
        })
    }

    /// The smallest window start that reads see. A record cache does not look at retention, nor does Kafka's.
    fn live_from(&self) -> i64 {
        if self.core.caching { i64::MIN } else { self.segments.live_from() - self.leeway }
    }

    /// Writes the physical key of an entry into the key buffer.
    pub(super) fn locate<K: 'static>(&mut self, serde: &Serde<K>, key: &K, start: i64) -> Result<()> {
        let Self { core, segments, .. } = self;
        start_key(&mut core.key, segments.id(start), ENTRY);
        append_key(&core.name, &core.topic, serde, key, &mut core.key)?;
        core.key.extend_from_slice(&start.to_be_bytes());
        core.key.extend_from_slice(&[0; 4]);
        Ok(())
    }

    /// Whether reads see windows that start at `start`.
    pub(super) fn is_visible(&self, start: i64) -> bool {
        start >= self.live_from()
    }

    /// Puts the buffers' entry. Says whether the change is to be logged now.
    pub(super) fn put(&mut self, start: i64, present: bool) -> Result<bool> {
        if self.retain_duplicates {
            self.sequence = (self.sequence + 1) & 0x7fff_ffff;
            let at = self.core.key.len() - 4;
            self.core.key[at..].copy_from_slice(&self.sequence.to_be_bytes());
            if !present {
                return Ok(true);
            }
        }
        let live = self.segments.admit(start, &mut self.core.bytes).is_some();
        if !live {
            tracing::warn!(store = %self.core.name, start, "entry skipped: its segment has expired");
            return Ok(!self.core.caching);
        }
        if self.by_time {
            self.index(present);
        }
        self.core.put_buffers(present)
    }

    /// Applies a changelog record; the value buffer holds what is to be stored.
    pub(super) fn restore(&mut self, logical: &[u8], present: bool) -> Result<()> {
        let Some(rest) = logical.len().checked_sub(SUFFIX) else {
            return Err(crate::Error::data(format!(
                "a changelog record of window store `{}` has a key of {} bytes; it needs at least {SUFFIX}",
                self.core.name,
                logical.len()
            )));
        };
        let start = logical[rest..].first_chunk::<8>().map_or(0, |start| i64::from_be_bytes(*start));
        if self.segments.admit(start, &mut self.core.bytes).is_none() {
            return Ok(());
        }
        start_key(&mut self.core.key, self.segments.id(start), ENTRY);
        self.core.key.extend_from_slice(logical);
        if self.by_time {
            self.index(present);
        }
        let value = present.then_some(&*self.core.value);
        self.core.bytes.put(&self.core.key, value);
        Ok(())
    }

    /// Empties the record cache. As in Kafka, what lies below it expires by the time of what has left it.
    pub(super) fn drain_cached(
        &mut self,
        mut f: impl FnMut(Option<&mut ChangelogBuffer>, &[u8], Option<&[u8]>, Cached) -> Result<()>,
    ) -> Result<()> {
        let Self { core, segments, leeway, flushed, .. } = self;
        let (kept, time) = (segments.retention().saturating_add(*leeway), Cell::new(*flushed));
        let result = core.drain_cached_over(
            |physical| time_of(physical) > time.get().saturating_sub(kept),
            |log, physical, value, cached| {
                time.set(time.get().max(time_of(physical)));
                f(log, physical, value, cached)
            },
        );
        *flushed = time.get();
        result
    }

    /// Empties the record cache of a store that tells nobody.
    pub(super) fn flush_cached(
        &mut self,
        mut f: impl FnMut(Option<&mut ChangelogBuffer>, &[u8], Option<&[u8]>, Cached) -> Result<()>,
    ) -> Result<()> {
        let flushed = &mut self.flushed;
        self.core.flush_cached(|log, physical, value, cached| {
            *flushed = time_of(physical).max(*flushed);
            f(log, physical, value, cached)
        })
    }

    /// Adds the entry of the key buffer to the index by time, or removes it.
    fn index(&mut self, present: bool) {
        let Self { core, scratch, .. } = self;
        scratch.clear();
        scratch.extend_from_slice(&core.key[..PREFIX - 1]);
        scratch.push(BY_TIME);
        let logical = &core.key[PREFIX..];
        let (key, suffix) = logical.split_at(logical.len() - SUFFIX);
        scratch.extend_from_slice(&suffix[..8]);
        scratch.extend_from_slice(key);
        scratch.extend_from_slice(&suffix[8..]);
        core.bytes.put(scratch, present.then_some(&[]));
    }

    /// Key ranges that hold the entries of one serialized key between two times, to be filtered by [`Self::matches`].
    pub(super) fn ranges_of_key(
        &self,
        key: &[u8],
        from: i64,
        to: i64,
        direction: Direction,
    ) -> Vec<KeyRange> {
        let from = from.max(self.live_from()).max(0);
        let range = |segment| {
            let mut start = Vec::with_capacity(PREFIX + key.len() + SUFFIX);
            start_key(&mut start, segment, ENTRY);
            start.extend_from_slice(key);
            let mut end = start.clone();
            start.extend_from_slice(&from.to_be_bytes());
            end.extend_from_slice(&to.to_be_bytes());
            end.extend_from_slice(&[u8::MAX; 5]);
            KeyRange { start, end: Some(end) }
        };
        direction.order(self.segments.between(from, to).map(range).collect())
    }

    /// Whether [`WindowBytes::visit_key`] is faster than a scan, which gives out entry by entry.
    pub(super) fn has_runs(&self) -> bool {
        self.core.bytes.has_runs()
    }

    /// Calls `f` with window starts and values of a key between two times (both included), in order.
    pub(super) fn visit_key<K: 'static>(
        &mut self,
        serde: &Serde<K>,
        key: &K,
        (from, to): (i64, i64),
        mut f: impl FnMut(i64, &[u8]),
    ) -> Result<()> {
        let StoreCore { name, topic, value: encoded, .. } = &mut self.core;
        encoded.clear();
        append_key(name, topic, serde, key, encoded)?;
        if self.has_runs() {
            return self.visit_runs(from, to, f);
        }
        let ranges = self.ranges_of_key(&self.core.value, from, to, Direction::Forward);
        let StoreCore { bytes, value: key, .. } = &mut self.core;
        let mut scan = bytes.scan(ranges, Direction::Forward);
        while let Some((physical, value)) = scan.next()? {
            if let Some(entry) = EntryKey::read(physical).filter(|entry| *entry.key == **key) {
                f(entry.start, value);
            }
        }
        Ok(())
    }

    /// Window starts (as bytes) and values of a key between two times, in order.
    pub(super) fn entries_of_key<K: 'static>(
        &mut self,
        serde: &Serde<K>,
        key: &K,
        from: i64,
        to: i64,
    ) -> Result<Vec<(Vec<u8>, Vec<u8>)>> {
        let mut entries = Vec::new();
        self.visit_key(serde, key, (from, to), |start, value| {
            entries.push((start.to_be_bytes().to_vec(), value.to_vec()));
        })?;
        Ok(entries)
    }

    /// As [`WindowBytes::visit_key`], of the serialized key in the value buffer.
    fn visit_runs(&mut self, from: i64, to: i64, mut f: impl FnMut(i64, &[u8])) -> Result<()> {
        let from = from.max(self.live_from()).max(0);
        let Self { core: StoreCore { bytes, key: prefix, value: key, .. }, segments, .. } = self;
        for segment in segments.between(from, to) {
            start_key(prefix, segment, ENTRY);
            prefix.extend_from_slice(key);
            bytes.visit_run(prefix, (from.cast_unsigned(), to.cast_unsigned()), |start, value| {
                f(start.cast_signed(), value);
            })?;
        }
        Ok(())
    }

    /// Key ranges that hold the entries of all keys from `first` to `last` between two times.
    pub(super) fn ranges_of_keys(
        &self,
        first: Option<&[u8]>,
        last: Option<&[u8]>,
        from: i64,
        to: i64,
        direction: Direction,
    ) -> Vec<KeyRange> {
        let range = |segment| {
            let mut start = Vec::new();
            start_key(&mut start, segment, ENTRY);
            let mut end = start.clone();
            start.extend_from_slice(first.unwrap_or_default());
            match last {
                Some(last) => {
                    end.extend_from_slice(last);
                    end.extend_from_slice(&[u8::MAX; SUFFIX + 1]);
                }
                None => end[PREFIX - 1] = ENTRY + 1,
            }
            KeyRange { start, end: Some(end) }
        };
        let from = from.max(self.live_from());
        direction.order(self.segments.between(from, to).map(range).collect())
    }

    /// Physical keys and values of the entries between two times, in the order of time, then key.
    pub(super) fn by_time(
        &mut self,
        from: i64,
        to: i64,
        direction: Direction,
    ) -> Result<Vec<(Vec<u8>, Vec<u8>)>> {
        let from = from.max(self.live_from()).max(0);
        if !self.by_time {
            return self.sorted_by_time(from, to, direction);
        }
        let range = |segment| {
            let (mut start, mut end) = (Vec::new(), Vec::new());
            start_key(&mut start, segment, BY_TIME);
            start.extend_from_slice(&from.to_be_bytes());
            start_key(&mut end, segment, BY_TIME);
            end.extend_from_slice(&to.saturating_add(1).to_be_bytes());
            KeyRange { start, end: Some(end) }
        };
        let ranges = direction.order(self.segments.between(from, to).map(range).collect());
        self.core.bytes.look_up_through(ranges, direction, physical_key)
    }

    /// The same without an index.
    fn sorted_by_time(
        &mut self,
        from: i64,
        to: i64,
        direction: Direction,
    ) -> Result<Vec<(Vec<u8>, Vec<u8>)>> {
        let ranges = self.ranges_of_keys(None, None, from, to, Direction::Forward);
        let mut entries = Vec::new();
        let mut scan = self.core.bytes.scan(ranges, Direction::Forward);
        while let Some((key, value)) = scan.next()? {
            if EntryKey::read(key).is_some_and(|entry| entry.start >= from && entry.start <= to) {
                entries.push((key.to_vec(), value.to_vec()));
            }
        }
        entries.sort_by(|(a, _), (b, _)| {
            let order = |key: &[u8]| EntryKey::read(key).map(|entry| entry.start);
            order(a).cmp(&order(b)).then_with(|| a[PREFIX..].cmp(&b[PREFIX..]))
        });
        Ok(direction.order(entries))
    }

    /// Whether an entry is one of `key` (and not of a longer key that begins so).
    pub(super) fn is_of_key(physical: &[u8], key: &[u8]) -> bool {
        physical.len() == PREFIX + key.len() + SUFFIX && physical[PREFIX..].starts_with(key)
    }

    /// The times that a read between `from` and `to` may see.
    pub(super) fn visible(&self, from: i64, to: i64) -> (i64, i64) {
        (from.max(self.live_from()), to)
    }

    /// Whether time-ordered reads are what Kafka's store of this kind gives out.
    pub(super) fn reads_by_time(&self) -> bool {
        self.by_time || !self.core.bytes.is_persistent()
    }

    /// Deletes what the record cache held of segments that expired meanwhile.
    pub(super) fn forget_expired(&mut self, keys: Vec<Vec<u8>>) {
        forget_expired(&mut self.core.bytes, &self.segments, keys);
    }
}

/// The key of the entry that a key of the index stands for.
fn physical_key(index_key: &[u8]) -> Vec<u8> {
    let (segment, rest) = index_key.split_at(PREFIX - 1);
    let (start, rest) = rest[1..].split_at(8);
    let (key, sequence) = rest.split_at(rest.len() - 4);
    [segment, &[ENTRY], key, start, sequence].concat()
}
