//! Window stores of bytes.
//!
//! An entry's own key is Kafka's: key, window start (8 bytes), sequence number (4 bytes).

use super::supplier::WindowStoreSupplier;
use crate::error::Result;
use crate::serde::Serde;
use crate::store::StoreContext;
use crate::store::bytes::Direction;
use crate::store::core::{StoreCore, append_key};
use crate::store::segmented::{Layout, Segmented, SegmentedOptions};
use crate::store::segments::{ENTRY, PREFIX, start_key};

/// Window start and sequence number; in the index the start comes first.
const LAYOUT: Layout = Layout { suffix: 12, leading: 8, leeway: 1 };

/// A window store of bytes.
#[derive(Debug)]
pub(super) struct WindowBytes {
    pub(super) entries: Segmented,
    pub(super) window_size: i64,
    retain_duplicates: bool,
    sequence: u32,
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

impl WindowBytes {
    pub(super) fn new(
        supplier: &WindowStoreSupplier,
        caching: bool,
        context: &StoreContext<'_>,
    ) -> Result<Self> {
        let options = SegmentedOptions {
            name: supplier.name(),
            persistent: supplier.is_persistent(),
            retention_ms: supplier.retention_ms(),
            by_time: supplier.is_by_time(),
            caching,
            append_only: supplier.retains_duplicates(),
        };
        Ok(Self {
            entries: Segmented::new(LAYOUT, options, context)?,
            window_size: supplier.window_size_ms(),
            retain_duplicates: supplier.retains_duplicates(),
            sequence: 0,
        })
    }

    /// Writes the physical key of an entry into the key buffer.
    pub(super) fn locate<K: 'static>(&mut self, serde: &Serde<K>, key: &K, start: i64) -> Result<()> {
        let Segmented { core, segments, .. } = &mut self.entries;
        start_key(&mut core.key, segments.id(start), ENTRY);
        append_key(&core.name, &core.topic, serde, key, &mut core.key)?;
        core.key.extend_from_slice(&start.to_be_bytes());
        core.key.extend_from_slice(&[0; 4]);
        Ok(())
    }

    /// Whether reads see windows that start at `start`.
    pub(super) fn is_visible(&self, start: i64) -> bool {
        start >= self.entries.live_from()
    }

    /// Puts the buffers' entry. Says whether the change is to be logged now.
    pub(super) fn put(&mut self, start: i64, present: bool) -> Result<bool> {
        if self.retain_duplicates {
            self.sequence = (self.sequence + 1) & 0x7fff_ffff;
            let key = &mut self.entries.core.key;
            let at = key.len() - 4;
            key[at..].copy_from_slice(&self.sequence.to_be_bytes());
            if !present {
                if !self.entries.core.bytes.is_persistent() {
                    // As in Kafka, nothing moves the time of a store in memory, but not that of one on disk.
                    self.entries.advance(start);
                }
                return Ok(true);
            }
        }
        self.entries.put(start, present)
    }

    /// Whether [`WindowBytes::visit_key`] is faster than a scan, which gives out entry by entry.
    pub(super) fn has_runs(&self) -> bool {
        self.entries.core.bytes.has_runs()
    }

    /// Calls `f` with window starts and values of a key between two times (both included), in order.
    pub(super) fn visit_key<K: 'static>(
        &mut self,
        serde: &Serde<K>,
        key: &K,
        (from, to): (i64, i64),
        mut f: impl FnMut(i64, &[u8]),
    ) -> Result<()> {
        let StoreCore { name, topic, value: encoded, .. } = &mut self.entries.core;
        encoded.clear();
        append_key(name, topic, serde, key, encoded)?;
        if self.has_runs() {
            return self.visit_runs(from, to, f);
        }
        let ranges = self.entries.ranges_of_key(&self.entries.core.value, from, to, Direction::Forward);
        let StoreCore { bytes, value: key, .. } = &mut self.entries.core;
        let mut scan = bytes.scan(ranges, Direction::Forward);
        while let Some((physical, value)) = scan.next()? {
            if let Some(entry) = EntryKey::read(physical).filter(|entry| *entry.key == **key) {
                f(entry.start, value);
            }
        }
        Ok(())
    }

    /// As [`WindowBytes::visit_key`], of the serialized key in the value buffer.
    fn visit_runs(&mut self, from: i64, to: i64, mut f: impl FnMut(i64, &[u8])) -> Result<()> {
        let from = from.max(self.entries.live_from()).max(0);
        let Segmented { core: StoreCore { bytes, key: prefix, value: key, .. }, segments, .. } =
            &mut self.entries;
        for segment in segments.between(from, to) {
            start_key(prefix, segment, ENTRY);
            prefix.extend_from_slice(key);
            bytes.visit_run(prefix, (from.cast_unsigned(), to.cast_unsigned()), |start, value| {
                f(start.cast_signed(), value);
            })?;
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

    /// Physical keys and values of the entries between two times, in the order of time, then key.
    pub(super) fn by_time(
        &mut self,
        from: i64,
        to: i64,
        direction: Direction,
    ) -> Result<Vec<(Vec<u8>, Vec<u8>)>> {
        let from = from.max(self.entries.live_from()).max(0);
        if self.entries.is_by_time() {
            return self.entries.through_index(from, to, direction);
        }
        let mut entries = self.entries.by_scan(from, to)?;
        entries.sort_by(|(a, _), (b, _)| {
            let order = |key: &[u8]| EntryKey::read(key).map(|entry| entry.start);
            order(a).cmp(&order(b)).then_with(|| a[PREFIX..].cmp(&b[PREFIX..]))
        });
        Ok(direction.order(entries))
    }

    /// The times that a read between `from` and `to` may see.
    pub(super) fn visible(&self, from: i64, to: i64) -> (i64, i64) {
        (from.max(self.entries.live_from()), to)
    }

    /// Whether time-ordered reads are what Kafka's store of this kind gives out.
    pub(super) fn reads_by_time(&self) -> bool {
        self.entries.is_by_time() || !self.entries.core.bytes.is_persistent()
    }
}
