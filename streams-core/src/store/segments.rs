//! Time segments: entries of about one age lie together and expire together.
//!
//! The physical key of an entry begins with the number of its segment (8 bytes) and a byte for its kind, so that a
//! segment is one range of keys, dropped by one range deletion.

use std::collections::{BTreeMap, BTreeSet};

use super::bytes::{ByteStore, Direction, KeyRange};
use crate::error::Result;

/// The length of what stands before an entry's own key: segment and kind.
pub(crate) const PREFIX: usize = 9;
/// The kind of a segment's entries.
pub(crate) const ENTRY: u8 = 0;
/// The kind of the index by time: keys without values.
pub(crate) const BY_TIME: u8 = 1;

/// As in Kafka, a record cache shows entries that have expired below it, until it needs the room: here this many bytes.
const SHOWN_BY_CACHE: usize = 64 << 10;

/// The shortest segment, in milliseconds.
const SHORTEST_INTERVAL_MS: i64 = 60_000;

/// Which segments a store has, and which of them have not expired.
#[derive(Debug)]
pub(crate) struct Segments {
    interval: i64,
    retention: i64,
    /// The largest time that was put; -1 before the first.
    observed: i64,
    ids: BTreeSet<i64>,
    /// About how many bytes were put into the segments through a record cache.
    held: BTreeMap<i64, usize>,
}

impl Segments {
    /// The segments of a store that keeps what is younger than `retention` milliseconds; `bytes` may hold some.
    pub(crate) fn new(retention: i64, bytes: &mut ByteStore) -> Result<Self> {
        Self::with_interval(retention, (retention / 2).max(SHORTEST_INTERVAL_MS), bytes)
    }

    /// As [`Segments::new`], with segments of `interval` milliseconds.
    pub(crate) fn with_interval(retention: i64, interval: i64, bytes: &mut ByteStore) -> Result<Self> {
        Ok(Self {
            interval: interval.max(1),
            retention,
            observed: -1,
            ids: discover(bytes)?,
            held: BTreeMap::new(),
        })
    }

    /// Notes that time has come to `time`, and drops what expires by that.
    pub(crate) fn observe(&mut self, time: i64, bytes: &mut ByteStore) {
        if time > self.observed {
            self.observed = time;
            self.expire(bytes);
        }
    }

    /// Notes that an entry of time `time` is put, drops what expires by that, and returns the entry's segment, or
    /// `None` if that has expired itself.
    pub(crate) fn admit(&mut self, time: i64, bytes: &mut ByteStore) -> Option<i64> {
        self.observe(time, bytes);
        let id = self.id(time);
        if id < self.first_live() {
            return None;
        }
        self.ids.insert(id);
        Some(id)
    }

    /// The segment of a time.
    pub(crate) fn id(&self, time: i64) -> i64 {
        time.max(0) / self.interval
    }

    /// The smallest time that reads see: older entries count as gone, even if they are still there.
    pub(crate) fn live_from(&self) -> i64 {
        self.observed.saturating_sub(self.retention).saturating_add(1)
    }

    /// How long entries are kept, in milliseconds.
    pub(crate) fn retention(&self) -> i64 {
        self.retention
    }

    /// The largest time that was put; -1 before the first.
    pub(crate) fn observed(&self) -> i64 {
        self.observed
    }

    /// Notes that an entry of time `time` and some size is put through a record cache, however old, without moving the
    /// store's time.
    pub(crate) fn hold(&mut self, time: i64, bytes: usize) {
        let id = self.id(time);
        self.ids.insert(id);
        *self.held.entry(id).or_default() += bytes;
    }

    /// Notes that time has come to `time`, and drops all that has expired, also what was held meanwhile.
    pub(crate) fn expire_by(&mut self, time: i64, bytes: &mut ByteStore) {
        self.observed = self.observed.max(time);
        self.expire(bytes);
    }

    /// All segments.
    pub(crate) fn all(&self) -> impl Iterator<Item = u64> {
        self.ids.iter().map(|id| id.cast_unsigned())
    }

    /// The segments with times between `from` and `to`, oldest first.
    pub(crate) fn between(&self, from: i64, to: i64) -> impl Iterator<Item = i64> {
        let range = (from <= to).then(|| self.ids.range(self.id(from)..=self.id(to)));
        range.into_iter().flatten().copied()
    }

    fn first_live(&self) -> i64 {
        self.id(self.observed.saturating_sub(self.retention))
    }

    fn expire(&mut self, bytes: &mut ByteStore) {
        let first_live = self.first_live();
        if self.ids.first().is_none_or(|id| *id >= first_live) {
            return;
        }
        let mut shown: usize = self.held.range(..first_live).map(|(_, bytes)| bytes).sum();
        let expired: Vec<i64> = self.ids.range(..first_live).copied().collect();
        for id in expired {
            if self.held.contains_key(&id) && shown <= SHOWN_BY_CACHE {
                continue;
            }
            shown -= self.held.remove(&id).unwrap_or(0);
            self.ids.remove(&id);
            bytes.delete_range(&KeyRange::prefix(&id.to_be_bytes()));
        }
    }
}

/// The segments that a store holds: one seek for each.
fn discover(bytes: &mut ByteStore) -> Result<BTreeSet<i64>> {
    let mut ids = BTreeSet::new();
    let mut start = Vec::new();
    loop {
        let mut scan = bytes.scan(vec![KeyRange { start, end: None }], Direction::Forward);
        let first = scan.next()?.and_then(|(key, _)| key.first_chunk::<8>().copied());
        let Some(id) = first.map(i64::from_be_bytes).filter(|id| *id >= 0 && *id < i64::MAX) else {
            return Ok(ids);
        };
        ids.insert(id);
        start = (id + 1).to_be_bytes().to_vec();
    }
}

/// Writes segment and kind into an empty buffer.
pub(crate) fn start_key(out: &mut Vec<u8>, segment: i64, kind: u8) {
    out.clear();
    out.extend_from_slice(&segment.to_be_bytes());
    out.push(kind);
}
