//! The values of one key, read in one go and decoded one by one.

use std::fmt;

use crate::error::Result;
use crate::serde::Serde;
use crate::store::core::decode;

/// What a [`WindowStore`](super::WindowStore) holds for one key in a range of time, for a processor that forwards
/// something for each of it: reading borrows the store no longer than [`fetch_into`](super::WindowStore::fetch_into)
/// takes. Keep it from record to record: what it allocated is used again.
///
/// It is an iterator over window starts (milliseconds since the epoch) and values, in order of time. A value is
/// deserialized when its turn comes.
pub struct WindowValues<V> {
    decoder: Option<Decoder<V>>,
    /// Window starts, and where in `bytes` their values end.
    entries: Vec<(i64, usize)>,
    bytes: Vec<u8>,
    next: usize,
}

/// How to read a store's values.
struct Decoder<V> {
    store: String,
    topic: String,
    serde: Serde<V>,
}

impl<V: 'static> WindowValues<V> {
    /// Nothing, for [`fetch_into`](super::WindowStore::fetch_into) to fill.
    pub fn new() -> Self {
        Self { decoder: None, entries: Vec::new(), bytes: Vec::new(), next: 0 }
    }

    /// The number of values that are still to come.
    pub fn len(&self) -> usize {
        self.entries.len() - self.next
    }

    /// Whether no value is still to come.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Forgets everything; what comes next is read as the values of that store.
    pub(super) fn restart(&mut self, store: &str, topic: &str, serde: &Serde<V>) {
        self.entries.clear();
        self.bytes.clear();
        self.next = 0;
        if self.decoder.as_ref().is_none_or(|decoder| decoder.topic != topic) {
            let (store, topic) = (store.to_owned(), topic.to_owned());
            self.decoder = Some(Decoder { store, topic, serde: serde.clone() });
        }
    }

    pub(super) fn push(&mut self, start: i64, value: &[u8]) {
        self.bytes.extend_from_slice(value);
        self.entries.push((start, self.bytes.len()));
    }
}

impl<V: 'static> Iterator for WindowValues<V> {
    type Item = Result<(i64, V)>;

    fn next(&mut self) -> Option<Self::Item> {
        let Decoder { store, topic, serde } = self.decoder.as_ref()?;
        let (start, end) = *self.entries.get(self.next)?;
        let begin = self.next.checked_sub(1).map_or(0, |before| self.entries[before].1);
        self.next += 1;
        Some(decode(store, topic, serde, "value", &self.bytes[begin..end]).map(|value| (start, value)))
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        (self.len(), Some(self.len()))
    }
}

impl<V: 'static> ExactSizeIterator for WindowValues<V> {}

impl<V: 'static> Default for WindowValues<V> {
    fn default() -> Self {
        Self::new()
    }
}

impl<V> fmt::Debug for WindowValues<V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "WindowValues({} of {})", self.entries.len() - self.next, self.entries.len())
    }
}
