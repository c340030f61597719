//! The record that the topology wrote, as bytes.

use std::fmt;
use std::rc::Rc;
use std::sync::Arc;

use streams_core::{Headers, RawPayload};

/// A record that the topology wrote to a topic, as bytes. Records of a topic that were taken together share one buffer,
/// which belongs to the driver's thread: to send one elsewhere, copy its key and value.
#[derive(Clone)]
pub struct ProducedRecord {
    /// The partition.
    pub partition: i32,
    /// Milliseconds since the epoch; `None` if the topology left it to the producer.
    pub timestamp: Option<i64>,
    /// The headers.
    pub headers: Headers,
    pub(crate) shared: Rc<Shared>,
    pub(crate) place: Place,
}

/// What the records of a topic that were taken together have in common.
#[derive(Debug)]
pub(crate) struct Shared {
    pub(crate) topic: Arc<str>,
    pub(crate) bytes: Vec<u8>,
}

impl ProducedRecord {
    /// The topic.
    pub fn topic(&self) -> &str {
        &self.shared.topic
    }

    /// The key's bytes.
    pub fn key(&self) -> Option<&[u8]> {
        self.place.key(&self.shared.bytes)
    }

    /// The value's bytes; `None` is a tombstone.
    pub fn value(&self) -> Option<&[u8]> {
        self.place.value(&self.shared.bytes)
    }
}

impl PartialEq for ProducedRecord {
    fn eq(&self, other: &Self) -> bool {
        self.topic() == other.topic()
            && self.partition == other.partition
            && self.timestamp == other.timestamp
            && self.key() == other.key()
            && self.value() == other.value()
            && self.headers == other.headers
    }
}

impl Eq for ProducedRecord {}

impl fmt::Debug for ProducedRecord {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ProducedRecord")
            .field("topic", &self.topic())
            .field("partition", &self.partition)
            .field("key", &self.key())
            .field("value", &self.value())
            .field("timestamp", &self.timestamp)
            .field("headers", &self.headers)
            .finish()
    }
}

/// Where in a buffer a key and a value are.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Place {
    pub(crate) start: usize,
    pub(crate) key_len: Option<u32>,
    pub(crate) value_len: Option<u32>,
}

impl Place {
    /// The place of a key and, behind it, a value.
    #[inline]
    pub(crate) fn new(start: usize, key_len: Option<usize>, value_len: Option<usize>) -> Self {
        let short = |len| u32::try_from(len).unwrap_or(u32::MAX);
        Self { start, key_len: key_len.map(short), value_len: value_len.map(short) }
    }

    /// A copy of key and value.
    #[inline]
    pub(crate) fn payload(&self, bytes: &[u8]) -> RawPayload {
        RawPayload::new(self.key(bytes), self.value(bytes))
    }

    pub(crate) fn key<'a>(&self, bytes: &'a [u8]) -> Option<&'a [u8]> {
        self.key_len.map(|len| &bytes[self.start..][..len as usize])
    }

    /// Bytes of key and value.
    pub(crate) fn len(&self) -> usize {
        self.key_len.unwrap_or(0) as usize + self.value_len.unwrap_or(0) as usize
    }

    pub(crate) fn value<'a>(&self, bytes: &'a [u8]) -> Option<&'a [u8]> {
        let start = self.start + self.key_len.unwrap_or(0) as usize;
        self.value_len.map(|len| &bytes[start..][..len as usize])
    }
}
