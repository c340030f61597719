//! What window and session stores have in common: entries in time segments, by key and perhaps also by time.
//!
//! An entry's own key consists of the key and a suffix that begins with the time (8 bytes) by which the entry expires.

use std::cell::Cell;

use super::bytes::{Cached, Direction, KeyRange};
use super::changelog::ChangelogBuffer;
use super::core::StoreCore;
use super::segments::{BY_TIME, ENTRY, PREFIX, Segments, start_key};
use crate::error::{Error, Result};
use crate::store::StoreContext;

/// How entries' keys are made.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Layout {
    /// The length of what stands behind the key.
    pub(crate) suffix: usize,
    /// How much of that stands before the key in the index by time.
    pub(crate) leading: usize,
    /// How long after its retention an entry of a store on disk with such an index is still read, in milliseconds: what
    /// Kafka's stores differ in.
    pub(crate) leeway: i64,
}

impl Layout {
    /// The time that an entry expires by.
    fn time(self, physical: &[u8]) -> i64 {
        let suffix = physical.len().checked_sub(self.suffix).and_then(|at| physical.get(at..));
        let time = suffix.and_then(<[u8]>::first_chunk::<8>);
        time.map_or(0, |time| i64::from_be_bytes(*time))
    }

    /// Writes the index's key of an entry.
    fn write_index_key(self, physical: &[u8], out: &mut Vec<u8>) {
        let (key, suffix) = physical[PREFIX..].split_at(physical.len() - PREFIX - self.suffix);
        let (leading, trailing) = suffix.split_at(self.leading);
        out.clear();
        for part in [&physical[..PREFIX - 1], &[BY_TIME], leading, key, trailing] {
            out.extend_from_slice(part);
        }
    }

    /// The key of the entry that a key of the index stands for.
    fn physical_key(self, index_key: &[u8]) -> Vec<u8> {
        let (segment, rest) = index_key.split_at(PREFIX - 1);
        let (leading, rest) = rest[1..].split_at(self.leading);
        let (key, trailing) = rest.split_at(rest.len() + self.leading - self.suffix);
        [segment, &[ENTRY], key, leading, trailing].concat()
    }
}

/// How a store is asked for.
#[derive(Debug, Clone, Copy)]
pub(crate) struct SegmentedOptions<'a> {
    pub(crate) name: &'a str,
    pub(crate) persistent: bool,
    pub(crate) retention_ms: i64,
    /// With an index by time.
    pub(crate) by_time: bool,
    pub(crate) caching: bool,
    /// Entries are only added: a store without index and cache keeps them in runs.
    pub(crate) append_only: bool,
}

/// See the module.
#[derive(Debug)]
pub(crate) struct Segmented {
    pub(crate) core: StoreCore,
    pub(crate) segments: Segments,
    layout: Layout,
    by_time: bool,
    /// Times from `live_from` back to this many milliseconds earlier are still read.
    leeway: i64,
    scratch: Vec<u8>,
}

impl Segmented {
    pub(crate) fn new(
        layout: Layout,
        options: SegmentedOptions<'_>,
        context: &StoreContext<'_>,
    ) -> Result<Self> {
        let SegmentedOptions { name, persistent, retention_ms, by_time, caching, append_only } = options;
        let mut bytes = context.bytes(name, persistent)?;
        let segments = Segments::new(retention_ms, &mut bytes)?;
        if append_only && !by_time && !(caching && context.cache) {
            bytes = bytes.with_runs(segments.all());
        }
        let mut core = StoreCore::new(name, bytes, caching, context);
        core.key_skip = PREFIX;
        let leeway = if by_time && persistent { layout.leeway } else { 0 };
        Ok(Self { core, segments, layout, by_time, leeway, scratch: Vec::new() })
    }

    /// Whether there is an index by time.
    pub(crate) fn is_by_time(&self) -> bool {
        self.by_time
    }

    /// The smallest time that reads see. A record cache does not look at retention, nor does Kafka's.
    pub(crate) fn live_from(&self) -> i64 {
        if self.core.caching { i64::MIN } else { self.segments.live_from() - self.leeway }
    }

    /// Puts the buffers' entry. Says whether the change is to be logged now.
    ///
    /// As in Kafka, a record cache takes every entry, and nothing expires before the cache is emptied.
    pub(crate) fn put(&mut self, time: i64, present: bool) -> Result<bool> {
        if self.core.caching {
            self.segments.hold(time, self.core.key.len() + self.core.value.len());
        } else if self.segments.admit(time, &mut self.core.bytes).is_none() {
            tracing::warn!(store = %self.core.name, time, "entry skipped: its segment has expired");
            return Ok(true);
        }
        self.index(present);
        self.core.put_buffers(present)
    }

    /// Moves the store's time without putting anything.
    pub(crate) fn advance(&mut self, time: i64) {
        self.segments.observe(time, &mut self.core.bytes);
    }

    /// Applies a changelog record; the value buffer holds what is to be stored.
    pub(crate) fn restore(&mut self, logical: &[u8], present: bool) -> Result<()> {
        if logical.len() < self.layout.suffix {
            return Err(Error::data(format!(
                "a changelog record of state store `{}` has a key of {} bytes; it needs at least {}",
                self.core.name,
                logical.len(),
                self.layout.suffix
            )));
        }
        let time = self.layout.time(logical);
        if self.segments.admit(time, &mut self.core.bytes).is_none() {
            return Ok(());
        }
        start_key(&mut self.core.key, self.segments.id(time), ENTRY);
        self.core.key.extend_from_slice(logical);
        self.index(present);
        let value = present.then_some(&*self.core.value);
        self.core.bytes.put(&self.core.key, value);
        Ok(())
    }

    /// Adds the entry of the key buffer to the index by time, or removes it.
    fn index(&mut self, present: bool) {
        if self.by_time {
            self.layout.write_index_key(&self.core.key, &mut self.scratch);
            self.core.bytes.put(&self.scratch, present.then_some(&[]));
        }
    }

    /// Empties the record cache. As in Kafka, what lies below it expires by the time of what has left it.
    pub(crate) fn drain_cached(
        &mut self,
        mut f: impl FnMut(Option<&mut ChangelogBuffer>, &[u8], Option<&[u8]>, Cached) -> Result<()>,
    ) -> Result<()> {
        let Self { core, segments, layout, leeway, .. } = self;
        let (kept, latest) = (segments.retention().saturating_add(*leeway), Cell::new(segments.observed()));
        let result = core.drain_cached_over(
            |physical| layout.time(physical) > latest.get().saturating_sub(kept),
            |log, physical, value, cached| {
                latest.set(latest.get().max(layout.time(physical)));
                f(log, physical, value, cached)
            },
        );
        segments.expire_by(latest.get(), &mut core.bytes);
        result
    }

    /// Empties the record cache of a store that tells nobody.
    pub(crate) fn flush_cached(
        &mut self,
        mut f: impl FnMut(Option<&mut ChangelogBuffer>, &[u8], Option<&[u8]>, Cached) -> Result<()>,
    ) -> Result<()> {
        let Self { core, segments, layout, .. } = self;
        let mut latest = segments.observed();
        let result = core.flush_cached(|log, physical, value, cached| {
            latest = layout.time(physical).max(latest);
            f(log, physical, value, cached)
        });
        segments.expire_by(latest, &mut core.bytes);
        result
    }

    /// Key ranges that hold the entries of one serialized key between two times, and some of longer keys that begin so.
    pub(crate) fn ranges_of_key(
        &self,
        key: &[u8],
        from: i64,
        to: i64,
        direction: Direction,
    ) -> Vec<KeyRange> {
        let from = from.max(self.live_from()).max(0);
        let range = |segment| {
            let mut start = Vec::with_capacity(PREFIX + key.len() + self.layout.suffix);
            start_key(&mut start, segment, ENTRY);
            start.extend_from_slice(key);
            let mut end = start.clone();
            start.extend_from_slice(&from.to_be_bytes());
            end.extend_from_slice(&to.to_be_bytes());
            end.resize(end.len() + self.layout.suffix - 7, u8::MAX);
            KeyRange { start, end: Some(end) }
        };
        direction.order(self.segments.between(from, to).map(range).collect())
    }

    /// Key ranges that hold the entries of all keys from `first` to `last` between two times.
    pub(crate) fn ranges_of_keys(
        &self,
        (first, last): (Option<&[u8]>, Option<&[u8]>),
        (from, to): (i64, i64),
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
                    end.resize(end.len() + self.layout.suffix + 1, u8::MAX);
                }
                None => end[PREFIX - 1] = ENTRY + 1,
            }
            KeyRange { start, end: Some(end) }
        };
        let from = from.max(self.live_from());
        direction.order(self.segments.between(from, to).map(range).collect())
    }

    /// Physical keys and values of the entries between two times, in the index's order; whether they are visible is not
    /// looked at.
    pub(crate) fn through_index(
        &mut self,
        from: i64,
        to: i64,
        direction: Direction,
    ) -> Result<Vec<(Vec<u8>, Vec<u8>)>> {
        let range = |segment| {
            let (mut start, mut end) = (Vec::new(), Vec::new());
            start_key(&mut start, segment, BY_TIME);
            start.extend_from_slice(&from.to_be_bytes());
            start_key(&mut end, segment, BY_TIME);
            end.extend_from_slice(&to.saturating_add(1).to_be_bytes());
            KeyRange { start, end: Some(end) }
        };
        let ranges = direction.order(self.segments.between(from, to).map(range).collect());
        let layout = self.layout;
        self.core.bytes.look_up_through(ranges, direction, |key| layout.physical_key(key))
    }

    /// The same without an index, in the order of segment, key, time.
    pub(crate) fn by_scan(&mut self, from: i64, to: i64) -> Result<Vec<(Vec<u8>, Vec<u8>)>> {
        let ranges = self.ranges_of_keys((None, None), (from, to), Direction::Forward);
        let mut entries = Vec::new();
        let mut scan = self.core.bytes.scan(ranges, Direction::Forward);
        while let Some((key, value)) = scan.next()? {
            if (from..=to).contains(&self.layout.time(key)) {
                entries.push((key.to_vec(), value.to_vec()));
            }
        }
        Ok(entries)
    }
}
