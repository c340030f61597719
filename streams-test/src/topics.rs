//! The topics of a driver: what was written to them, and which task reads them.

use std::ops::Range;
use std::sync::Arc;

use bytes::Bytes;
use rustc_hash::FxHashMap;
use streams_core::{Headers, RawRecord};

/// A record that the topology wrote to a topic, as bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProducedRecord {
    /// The topic.
    pub topic: Arc<str>,
    /// The partition.
    pub partition: i32,
    /// The key's bytes.
    pub key: Option<Vec<u8>>,
    /// The value's bytes; `None` is a tombstone.
    pub value: Option<Vec<u8>>,
    /// Milliseconds since the epoch; `None` if the topology left it to the producer.
    pub timestamp: Option<i64>,
    /// The headers.
    pub headers: Headers,
}

/// A record in a topic's log.
#[derive(Debug)]
struct Entry {
    /// The place among all records that the driver has seen.
    sequence: u64,
    partition: i32,
    offset: i64,
    key: Option<Range<usize>>,
    value: Option<Range<usize>>,
    timestamp: Option<i64>,
    headers: Headers,
    /// Written by the topology, not piped in by the test.
    produced: bool,
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
    /// For each partition the task that reads it.
    pub(crate) readers: Vec<Option<usize>>,
    /// Global stores read it.
    pub(crate) global: bool,
    /// State is restored from it: nothing is forgotten.
    pub(crate) keep: bool,
    pub(crate) produced: u64,
    next_offsets: Vec<i64>,
    bytes: Vec<u8>,
    entries: Vec<Entry>,
    next_read: usize,
    unread: usize,
}

/// What is appended to a topic.
#[derive(Debug)]
pub(crate) struct Append<'a> {
    pub(crate) sequence: u64,
    pub(crate) partition: i32,
    pub(crate) key: Option<&'a [u8]>,
    pub(crate) value: Option<&'a [u8]>,
    pub(crate) timestamp: Option<i64>,
    pub(crate) headers: Headers,
    pub(crate) produced: bool,
}

impl Topic {
    fn new(name: Arc<str>, partitions: usize) -> Self {
        Self {
            name,
            readers: vec![None; partitions],
            global: false,
            keep: false,
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

    pub(crate) fn is_read(&self) -> bool {
        self.global || self.readers.iter().any(Option::is_some)
    }

    /// The offset of the next record of a partition.
    pub(crate) fn next_offset(&self, partition: i32) -> i64 {
        usize::try_from(partition).ok().and_then(|index| self.next_offsets.get(index)).copied().unwrap_or(0)
    }

    /// Takes the next offset of a partition.
    pub(crate) fn take_offset(&mut self, partition: i32) -> i64 {
        let index = usize::try_from(partition).unwrap_or(0);
        if self.next_offsets.len() <= index {
            self.next_offsets.resize(index + 1, 0);
        }
        let offset = self.next_offsets[index];
        self.next_offsets[index] += 1;
        offset
    }

    /// Appends a record and returns its offset.
    pub(crate) fn append(&mut self, record: Append<'_>) -> i64 {
        let offset = self.take_offset(record.partition);
        let key = record.key.map(|key| self.copy(key));
        let value = record.value.map(|value| self.copy(value));
        let Append { sequence, partition, timestamp, headers, produced, .. } = record;
        self.entries.push(Entry { sequence, partition, offset, key, value, timestamp, headers, produced });
        self.produced += u64::from(produced);
        self.unread += usize::from(produced);
        offset
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
            key: slice(&self.bytes, entry.key.as_ref()),
            value: slice(&self.bytes, entry.value.as_ref()),
            timestamp: entry.timestamp,
            headers: &entry.headers,
        })
    }

    /// Marks the record that [`Topic::peek`] shows as read.
    pub(crate) fn advance(&mut self) {
        self.next_read += 1;
        self.unread = self.unread.saturating_sub(1);
        if self.unread == 0 && !self.keep {
            self.entries.clear();
            self.bytes.clear();
            self.next_read = 0;
        }
    }

    /// Hands out the unread records that the topology wrote, with their places in the overall order.
    pub(crate) fn take_unread(&mut self, out: &mut Vec<(u64, ProducedRecord)>) {
        while self.peek().is_some() {
            let entry = &self.entries[self.next_read];
            let record = ProducedRecord {
                topic: Arc::clone(&self.name),
                partition: entry.partition,
                key: slice(&self.bytes, entry.key.as_ref()).map(<[u8]>::to_vec),
                value: slice(&self.bytes, entry.value.as_ref()).map(<[u8]>::to_vec),
                timestamp: entry.timestamp,
                headers: entry.headers.clone(),
            };
            out.push((entry.sequence, record));
            self.advance();
        }
    }

    /// All records of a partition from `offset` on, for a restore.
    pub(crate) fn history(&self, partition: i32, offset: i64) -> Vec<RawRecord> {
        let wanted = |entry: &&Entry| entry.partition == partition && entry.offset >= offset;
        let bytes = |range: Option<&Range<usize>>| slice(&self.bytes, range).map(Bytes::copy_from_slice);
        let raw = |entry: &Entry| RawRecord {
            offset: entry.offset,
            timestamp: entry.timestamp.unwrap_or(-1),
            key: bytes(entry.key.as_ref()),
            value: bytes(entry.value.as_ref()),
            headers: entry.headers.clone(),
        };
        self.entries.iter().filter(wanted).map(raw).collect()
    }

    fn copy(&mut self, bytes: &[u8]) -> Range<usize> {
        let start = self.bytes.len();
        self.bytes.extend_from_slice(bytes);
        start..self.bytes.len()
    }
}

fn slice<'a>(bytes: &'a [u8], range: Option<&Range<usize>>) -> Option<&'a [u8]> {
    range.map(|range| &bytes[range.clone()])
}

/// All topics, by number and by name.
#[derive(Debug, Default)]
pub(crate) struct Topics {
    list: Vec<Topic>,
    by_name: FxHashMap<Arc<str>, usize>,
}

impl Topics {
    pub(crate) fn find(&self, name: &str) -> Option<usize> {
        self.by_name.get(name).copied()
    }

    pub(crate) fn add(&mut self, name: &str, partitions: usize) -> usize {
        if let Some(number) = self.find(name) {
            return number;
        }
        let name: Arc<str> = name.into();
        self.list.push(Topic::new(Arc::clone(&name), partitions));
        self.by_name.insert(name, self.list.len() - 1);
        self.list.len() - 1
    }

    pub(crate) fn at(&self, number: usize) -> &Topic {
        &self.list[number]
    }

    pub(crate) fn at_mut(&mut self, number: usize) -> &mut Topic {
        &mut self.list[number]
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &Topic> {
        self.list.iter()
    }

    pub(crate) fn iter_mut(&mut self) -> impl Iterator<Item = &mut Topic> {
        self.list.iter_mut()
    }
}
