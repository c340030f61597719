//! One topic of a driver: what was written to it, and who reads it.

use std::rc::Rc;
use std::sync::Arc;

use rustc_hash::FxHashSet;
use streams_core::{Headers, OutgoingRecord, RawRecord};

use crate::produced::{Place, ProducedRecord, Shared};

/// A log of fewer records is not compacted.
const SHORT: usize = 4_096;

/// A record in a topic's log.
#[derive(Debug)]
struct Entry {
    /// The place among all records that the driver has seen.
    sequence: u64,
    offset: i64,
    place: Place,
    timestamp: Option<i64>,
    headers: Headers,
    partition: i32,
    /// Written by the topology, not piped in by the test.
    produced: bool,
}

impl Entry {
    fn raw(&self, bytes: &[u8], without_timestamp: i64) -> RawRecord {
        let timestamp = self.timestamp.unwrap_or(without_timestamp);
        let payload = self.place.payload(bytes);
        RawRecord { offset: self.offset, timestamp, payload, headers: self.headers.clone() }
    }
}

/// A view of a record that is being read.
#[derive(Debug)]
pub(crate) struct View<'a> {
    pub(crate) key: Option<&'a [u8]>,
    pub(crate) value: Option<&'a [u8]>,
    pub(crate) timestamp: Option<i64>,
    pub(crate) headers: &'a Headers,
}

/// One topic.
#[derive(Debug)]
pub(crate) struct Topic {
    pub(crate) name: Arc<str>,
    /// For each partition the task that reads it, and the number of its queue there.
    pub(crate) readers: Vec<Option<(usize, usize)>>,
    /// Global stores read it.
    pub(crate) global: bool,
    /// Tasks or global stores read it; also if nobody has looked for these yet.
    pub(crate) is_read: bool,
    /// State is restored from it: nothing is forgotten.
    pub(crate) keep: bool,
    /// But for older records of a key that has a newer one: the broker would compact the topic.
    pub(crate) compacts: bool,
    /// The number of records that the last compaction left.
    compacted: usize,
    pub(crate) produced: u64,
    next_offsets: Vec<i64>,
    bytes: Vec<u8>,
    entries: Vec<Entry>,
    next_read: usize,
    unread: usize,
}

impl Topic {
    pub(crate) fn new(name: Arc<str>, partitions: usize) -> Self {
        Self {
            name,
            readers: vec![None; partitions],
            global: false,
            is_read: true,
            keep: false,
            compacts: false,
            compacted: 0,
            produced: 0,
            next_offsets: vec![0; partitions],
            bytes: Vec::new(),
            entries: Vec::new(),
            next_read: 0,
            unread: 0,
        }
    }

    pub(crate) fn partitions(&self) -> usize {
        self.readers.len()
    }

    /// The number of records in the log.
    pub(crate) fn len(&self) -> usize {
        self.entries.len()
    }

    /// The offset of the next record of a partition.
    pub(crate) fn next_offset(&self, partition: i32) -> i64 {
        usize::try_from(partition).ok().and_then(|index| self.next_offsets.get(index)).copied().unwrap_or(0)
    }

    /// Takes the next offset of a partition.
    pub(crate) fn take_offset(&mut self, partition: i32) -> i64 {
        let index = usize::try_from(partition).unwrap_or(0);
        match self.next_offsets.get_mut(index) {
            Some(next) => {
                *next += 1;
                *next - 1
            }
            None => self.first_offset(index),
        }
    }

    /// Takes the first offset of a partition that a partitioner made up.
    #[cold]
    fn first_offset(&mut self, index: usize) -> i64 {
        self.next_offsets.resize(index + 1, 0);
        self.next_offsets[index] = 1;
        0
    }

    /// Appends a record that the test pipes in, or that the topology has `produced`, to a partition and returns its
    /// offset.
    #[inline]
    pub(crate) fn append(
        &mut self,
        record: &OutgoingRecord<'_>,
        partition: i32,
        sequence: u64,
        produced: bool,
    ) -> i64 {
        let offset = self.take_offset(partition);
        let OutgoingRecord { key, value, timestamp, headers, .. } = *record;
        let place = Place::new(self.bytes.len(), key.map(<[u8]>::len), value.map(<[u8]>::len));
        self.bytes.extend_from_slice(key.unwrap_or_default());
        self.bytes.extend_from_slice(value.unwrap_or_default());
        let headers = headers.clone();
        self.entries.push(Entry { sequence, offset, place, timestamp, headers, partition, produced });
        self.produced += u64::from(produced);
        self.unread += usize::from(produced);
        offset
    }

    /// Removes the records behind a place among all that the driver has seen; nobody has read them.
    pub(crate) fn take_back(&mut self, sequence: u64) {
        while let Some(entry) = self.entries.pop_if(|entry| entry.sequence > sequence) {
            self.bytes.truncate(entry.place.start);
            self.produced -= u64::from(entry.produced);
            self.unread -= usize::from(entry.produced);
            let index = usize::try_from(entry.partition).unwrap_or(0);
            if let Some(next) = self.next_offsets.get_mut(index) {
                *next = entry.offset;
            }
        }
    }

    /// The number of records that the topology wrote and nobody read.
    pub(crate) fn unread(&self) -> usize {
        self.unread
    }

    /// The next record that the topology wrote.
    pub(crate) fn peek(&mut self) -> Option<View<'_>> {
        while self.entries.get(self.next_read).is_some_and(|entry| !entry.produced) {
            self.next_read += 1;
        }
        let entry = self.entries.get(self.next_read)?;
        Some(View {
            key: entry.place.key(&self.bytes),
            value: entry.place.value(&self.bytes),
            timestamp: entry.timestamp,
            headers: &entry.headers,
        })
    }

    /// Marks the record that [`Topic::peek`] shows as read.
    pub(crate) fn advance(&mut self) {
        self.next_read += 1;
        self.unread = self.unread.saturating_sub(1);
        if self.unread == 0 {
            self.all_is_read();
        }
    }

    /// All unread records that the topology wrote, with bytes of their own. [`Topic::all_is_read`] must follow.
    pub(crate) fn take_unread(&mut self) -> Unread<'_> {
        let entries = &self.entries[self.next_read.min(self.entries.len())..];
        let start = entries.first().filter(|_| self.keep).map_or(0, |entry| entry.place.start);
        let bytes = if self.keep {
            self.bytes[start..].to_vec()
        } else {
            // As much again may come up until the next time.
            let room = Vec::with_capacity(self.bytes.len());
            std::mem::replace(&mut self.bytes, room)
        };
        let shared = Rc::new(Shared { topic: Arc::clone(&self.name), bytes });
        Unread { shared, start, entries }
    }

    /// Marks all records as read.
    pub(crate) fn all_is_read(&mut self) {
        self.unread = 0;
        if !self.keep {
            self.entries.clear();
            self.bytes.clear();
        } else if self.compacts && self.entries.len() >= 2 * self.compacted.max(SHORT) {
            self.compact();
        }
        self.next_read = self.entries.len();
    }

    /// Forgets all but the newest record of each key.
    fn compact(&mut self) {
        let mut seen = FxHashSet::default();
        seen.reserve(self.compacted);
        let bytes = &self.bytes;
        let mut is_newest =
            |entry: &Entry| entry.place.key(bytes).is_none_or(|key| seen.insert((entry.partition, key)));
        let newest: Vec<bool> = self.entries.iter().rev().map(&mut is_newest).collect();
        let mut newest = newest.into_iter().rev();
        self.entries.retain(|_| newest.next().unwrap_or(true));
        let mut kept = Vec::new();
        for Entry { place, .. } in &mut self.entries {
            let old = std::mem::replace(&mut place.start, kept.len());
            kept.extend_from_slice(&bytes[old..old + place.len()]);
        }
        self.bytes.clear();
        self.bytes.append(&mut kept);
        self.compacted = self.entries.len();
    }

    /// A record of the log, and its partition, as a consumer would get it. `now` is the time of a record that has none.
    pub(crate) fn fetch(&self, index: usize, now: i64) -> Option<(i32, RawRecord)> {
        let entry = self.entries.get(index)?;
        Some((entry.partition, entry.raw(&self.bytes, now)))
    }

    /// All records of a partition from `offset` on, for a restore.
    pub(crate) fn history(&self, partition: i32, offset: i64) -> Vec<RawRecord> {
        let wanted = |entry: &&Entry| entry.partition == partition && entry.offset >= offset;
        self.entries.iter().filter(wanted).map(|entry| entry.raw(&self.bytes, -1)).collect()
    }
}

/// The unread records of a topic.
#[derive(Debug)]
pub(crate) struct Unread<'a> {
    shared: Rc<Shared>,
    /// Where the shared bytes begin in the topic's own.
    start: usize,
    entries: &'a [Entry],
}

impl Unread<'_> {
    /// Takes the records whose place among all that the driver has seen is before `until`, and returns the place of the
    /// next; the last of all places if there is none.
    pub(crate) fn take_until(&mut self, until: u64, records: &mut Vec<ProducedRecord>) -> u64 {
        while let Some((entry, rest)) = self.entries.split_first() {
            if entry.produced {
                if entry.sequence >= until {
                    return entry.sequence;
                }
                records.push(ProducedRecord {
                    partition: entry.partition,
                    timestamp: entry.timestamp,
                    headers: entry.headers.clone(),
                    shared: Rc::clone(&self.shared),
                    place: Place { start: entry.place.start - self.start, ..entry.place },
                });
            }
            self.entries = rest;
        }
        u64::MAX
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn write(topic: &mut Topic, key: &str, value: &str) {
        let headers = Headers::new();
        let record = OutgoingRecord {
            topic: "log",
            partition: Some(0),
            key: Some(key.as_bytes()),
            value: Some(value.as_bytes()),
            timestamp: Some(0),
            headers: &headers,
        };
        topic.append(&record, 0, 0, true);
    }

    #[test]
    fn of_a_compacted_log_that_is_read_the_newest_records_stay() {
        for compacts in [true, false] {
            let mut topic = Topic::new("log".into(), 1);
            (topic.keep, topic.compacts) = (true, compacts);
            write(&mut topic, "once", "first");
            for n in 0..2 * SHORT {
                write(&mut topic, "often", &n.to_string());
            }
            assert!(topic.len() > 2 * SHORT, "what is not read is not forgotten");
            topic.all_is_read();
            let history = topic.history(0, 0);
            let values: Vec<_> = history.iter().filter_map(|record| record.payload.value()).collect();
            if compacts {
                assert_eq!(values, [b"first".as_slice(), (2 * SHORT - 1).to_string().as_bytes()]);
                assert_eq!(history[1].offset, i64::try_from(2 * SHORT).unwrap());
            } else {
                assert_eq!(values.len(), 2 * SHORT + 1);
            }
        }
    }
}
