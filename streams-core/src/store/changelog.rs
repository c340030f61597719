//! Changelog records between the store that makes them and the collector that sends them.

use std::ops::Range;

use crate::error::Result;
use crate::record::{Headers, RecordContext};

/// A change of a store on its way to the changelog topic.
#[derive(Debug, Clone, Copy)]
pub struct ChangelogRecord<'a> {
    /// The key's bytes.
    pub key: &'a [u8],
    /// The value's bytes; `None` is a tombstone.
    pub value: Option<&'a [u8]>,
    /// Milliseconds since the epoch; `None` leaves the choice to the producer.
    pub timestamp: Option<i64>,
    /// The headers.
    pub headers: &'a Headers,
}

#[derive(Debug)]
struct Entry {
    key: Range<usize>,
    value: Option<Range<usize>>,
    timestamp: Option<i64>,
    headers: Option<Headers>,
}

/// Changes that were not drained yet: one buffer for all bytes, reused for ever.
#[derive(Debug, Default)]
pub(crate) struct ChangelogBuffer {
    bytes: Vec<u8>,
    entries: Vec<Entry>,
    tombstone_headers: bool,
}

impl ChangelogBuffer {
    /// Deletions carry the headers of the record that caused them from now on.
    pub(crate) fn log_tombstone_headers(&mut self) {
        self.tombstone_headers = true;
    }

    /// A deletion, caused by a record.
    pub(crate) fn push_tombstone(&mut self, key: &[u8], timestamp: i64, record: &RecordContext) {
        let headers = self.tombstone_headers.then(|| record.headers.clone());
        self.push_with_headers(key, None, Some(timestamp), headers);
    }

    pub(crate) fn push(&mut self, key: &[u8], value: Option<&[u8]>, timestamp: Option<i64>) {
        self.push_with_headers(key, value, timestamp, None);
    }

    pub(crate) fn push_with_headers(
        &mut self,
        key: &[u8],
        value: Option<&[u8]>,
        timestamp: Option<i64>,
        headers: Option<Headers>,
    ) {
        let key = self.append(key);
        let value = value.map(|value| self.append(value));
        self.entries.push(Entry { key, value, timestamp, headers });
    }

    /// Hands out all changes in order and forgets them (also those behind one that `f` failed on).
    pub(crate) fn drain(&mut self, f: &mut dyn FnMut(ChangelogRecord<'_>) -> Result<()>) -> Result<()> {
        if self.entries.is_empty() {
            return Ok(());
        }
        let none = Headers::new();
        let result = self.entries.iter().try_for_each(|entry| {
            f(ChangelogRecord {
                key: &self.bytes[entry.key.clone()],
                value: entry.value.clone().map(|range| &self.bytes[range]),
                timestamp: entry.timestamp,
                headers: entry.headers.as_ref().unwrap_or(&none),
            })
        });
        self.entries.clear();
        self.bytes.clear();
        result
    }

    fn append(&mut self, bytes: &[u8]) -> Range<usize> {
        let start = self.bytes.len();
        self.bytes.extend_from_slice(bytes);
        start..self.bytes.len()
    }
}
