//! Session stores of bytes.
//!
//! An entry's own key is Kafka's: key, session end (8 bytes), session start (8 bytes). Its time is the session's end.

use std::cell::Cell;

use super::supplier::SessionStoreSupplier;
use crate::error::{Error, Result};
use crate::serde::Serde;
use crate::serde::Window;
use crate::store::StoreContext;
use crate::store::bytes::{Cached, Direction, KeyRange};
use crate::store::changelog::ChangelogBuffer;
use crate::store::core::{StoreCore, append_key};
use crate::store::segments::{BY_TIME, ENTRY, PREFIX, Segments, forget_expired, start_key};

/// Session end and start.
const SUFFIX: usize = 16;

/// A session store of bytes.
#[derive(Debug)]
pub(super) struct SessionBytes {
    pub(super) core: StoreCore,
    segments: Segments,
    by_time: bool,
    leeway: i64,
    /// The largest time that has left the record cache; -1 before the first.
    flushed: i64,
    scratch: Vec<u8>,
}

/// What an entry's key says.
pub(super) struct EntryKey<'a> {
    pub(super) key: &'a [u8],
    pub(super) session: Window,
}

impl<'a> EntryKey<'a> {
    /// Reads a physical key.
    pub(super) fn read(physical: &'a [u8]) -> Option<Self> {
        let logical = physical.get(PREFIX..)?;
        let (rest, start) = logical.split_last_chunk::<8>()?;
        let (key, end) = rest.split_last_chunk::<8>()?;
        Some(Self { key, session: Window::new(i64::from_be_bytes(*start), i64::from_be_bytes(*end)) })
    }
}

/// The time that an entry expires by.
fn time_of(physical: &[u8]) -> i64 {
    EntryKey::read(physical).map_or(0, |entry| entry.session.end)
}

impl SessionBytes {
    pub(super) fn new(
        supplier: &SessionStoreSupplier,
        caching: bool,
        context: &StoreContext<'_>,
    ) -> Result<Self> {
        let mut bytes = context.bytes(supplier.name(), supplier.is_persistent())?;
        let segments = Segments::new(supplier.retention_ms(), &mut bytes)?;
        let mut core = StoreCore::new(supplier.name(), bytes, caching, context);
        core.key_skip = PREFIX;
        let leeway = if supplier.is_by_time() && supplier.is_persistent() { 1 } else { 0 };
        Ok(Self { core, segments, by_time: supplier.is_by_time(), leeway, flushed: -1, scratch: Vec::new() })
    }

    /// The smallest session end that reads see. A record cache does not look at retention, nor does Kafka's.
    fn live_from(&self) -> i64 {
        if self.core.caching { i64::MIN } else { self.segments.live_from() - self.leeway }
    }

    /// Whether reads see sessions that end at `end`.
    pub(super) fn is_visible(&self, end: i64) -> bool {
        end >= self.live_from()
    }

    /// The smallest session end that a read from `earliest_end` on sees.
    pub(super) fn visible_from(&self, earliest_end: i64) -> i64 {
        earliest_end.max(self.live_from())
    }

    /// Writes the physical key of a session into the key buffer.
    pub(super) fn locate<K: 'static>(&mut self, serde: &Serde<K>, key: &K, session: Window) -> Result<()> {
        let Self { core, segments, .. } = self;
        start_key(&mut core.key, segments.id(session.end), ENTRY);
        append_key(&core.name, &core.topic, serde, key, &mut core.key)?;
        core.key.extend_from_slice(&session.end.to_be_bytes());
        core.key.extend_from_slice(&session.start.to_be_bytes());
        Ok(())
    }

    /// Puts the buffers' session. Says whether the change is to be logged now.
    pub(super) fn put(&mut self, end: i64, present: bool) -> Result<bool> {
        if self.segments.admit(end, &mut self.core.bytes).is_none() {
            tracing::warn!(store = %self.core.name, end, "session skipped: its segment has expired");
            return Ok(!self.core.caching);
        }
        if self.by_time {
            self.index(present);
        }
        self.core.put_buffers(present)
    }

    /// Applies a changelog record.
    pub(super) fn restore(&mut self, logical: &[u8], value: Option<&[u8]>) -> Result<()> {
        let Some(at) = logical.len().checked_sub(SUFFIX) else {
            return Err(Error::data(format!(
                "a changelog record of session store `{}` has a key of {} bytes; it needs at least {SUFFIX}",
                self.core.name,
                logical.len()
            )));
        };
        let end = logical[at..].first_chunk::<8>().map_or(0, |end| i64::from_be_bytes(*end));
        if self.segments.admit(end, &mut self.core.bytes).is_none() {
            return Ok(());
        }
        start_key(&mut self.core.key, self.segments.id(end), ENTRY);
        self.core.key.extend_from_slice(logical);
        if self.by_time {
            self.index(value.is_some());
        }
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

    /// Adds the session of the key buffer to the index by time, or removes it.
    fn index(&mut self, present: bool) {
        let Self { core, scratch, .. } = self;
        scratch.clear();
        scratch.extend_from_slice(&core.key[..PREFIX - 1]);
        scratch.push(BY_TIME);
        let logical = &core.key[PREFIX..];
        let (key, times) = logical.split_at(logical.len() - SUFFIX);
        scratch.extend_from_slice(times);
        scratch.extend_from_slice(key);
        core.bytes.put(scratch, present.then_some(&[]));
    }

    /// Key ranges that hold the sessions of one serialized key that end at `earliest_end` or later.
    pub(super) fn ranges_of_key(&self, key: &[u8], earliest_end: i64, direction: Direction) -> Vec<KeyRange> {
        let from = earliest_end.max(self.live_from()).max(0);
        let range = |segment| {
            let mut start = Vec::with_capacity(PREFIX + key.len() + SUFFIX);
            start_key(&mut start, segment, ENTRY);
            start.extend_from_slice(key);
            let mut end = start.clone();
            start.extend_from_slice(&from.to_be_bytes());
            end.extend_from_slice(&[u8::MAX; SUFFIX + 1]);
            KeyRange { start, end: Some(end) }
        };
        direction.order(self.segments.between(from, i64::MAX).map(range).collect())
    }

    /// Key ranges that hold the sessions of all keys from `first` to `last` that end at `earliest_end` or later.
    pub(super) fn ranges_of_keys(
        &self,
        first: Option<&[u8]>,
        last: Option<&[u8]>,
        earliest_end: i64,
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
        let from = earliest_end.max(self.live_from());
        direction.order(self.segments.between(from, i64::MAX).map(range).collect())
    }

    /// Physical keys and values of the sessions that end between two times, in the order of end, start, key.
    pub(super) fn by_end(&mut self, from: i64, to: i64) -> Result<Vec<(Vec<u8>, Vec<u8>)>> {
        // Kafka's stores on disk do not look at retention here: sessions are found until their segment is dropped.
        let all = self.by_time && self.core.bytes.is_persistent();
        let from = if all { from } else { from.max(self.live_from()) }.max(0);
        if !self.by_time {
            return self.sorted_by_end(from, to);
        }
        let range = |segment| {
            let (mut start, mut end) = (Vec::new(), Vec::new());
            start_key(&mut start, segment, BY_TIME);
            start.extend_from_slice(&from.to_be_bytes());
            start_key(&mut end, segment, BY_TIME);
            end.extend_from_slice(&to.saturating_add(1).to_be_bytes());
            KeyRange { start, end: Some(end) }
        };
        let ranges = self.segments.between(from, to).map(range).collect();
        self.core.bytes.look_up_through(ranges, Direction::Forward, physical_key)
    }

    /// The same without an index.
    fn sorted_by_end(&mut self, from: i64, to: i64) -> Result<Vec<(Vec<u8>, Vec<u8>)>> {
        let ranges = self.ranges_of_keys(None, None, from, Direction::Forward);
        let mut entries = Vec::new();
        let mut scan = self.core.bytes.scan(ranges, Direction::Forward);
        while let Some((key, value)) = scan.next()? {
            if EntryKey::read(key).is_some_and(|entry| (from..=to).contains(&entry.session.end)) {
                entries.push((key.to_vec(), value.to_vec()));
            }
        }
        let order = |key: &[u8]| {
            EntryKey::read(key).map(|entry| (entry.session.end, entry.session.start, entry.key.to_vec()))
        };
        entries.sort_by_cached_key(|(key, _)| order(key));
        Ok(entries)
    }

    /// Whether an entry is one of `key` (and not of a longer key that begins so).
    pub(super) fn is_of_key(physical: &[u8], key: &[u8]) -> bool {
        physical.len() == PREFIX + key.len() + SUFFIX && physical[PREFIX..].starts_with(key)
    }

    /// Deletes what the record cache held of segments that expired meanwhile.
    pub(super) fn forget_expired(&mut self, keys: Vec<Vec<u8>>) {
        forget_expired(&mut self.core.bytes, &self.segments, keys);
    }
}

/// The key of the session that a key of the index stands for.
fn physical_key(index_key: &[u8]) -> Vec<u8> {
    let (segment, rest) = index_key.split_at(PREFIX - 1);
    let (times, key) = rest[1..].split_at(SUFFIX);
    [segment, &[ENTRY], key, times].concat()
}
