//! Windowed keys: the key of a windowed aggregation's result, and its two byte formats.

use std::fmt;

use super::{DefaultSerde, Deserializer, IsNull, NullPayload, Serde, Serializer, WrongLength};
use crate::error::BoxError;

/// A span of time, in milliseconds since the epoch.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Window {
    /// Where it starts; this instant is inside.
    pub start: i64,
    /// Where it ends: outside for tumbling, hopping and unlimited windows, inside for sliding and session windows.
    pub end: i64,
}

impl Window {
    /// The window from `start` to `end`.
    pub const fn new(start: i64, end: i64) -> Self {
        Self { start, end }
    }
}

/// A key and the window that a result belongs to.
///
/// ```
/// use streams_core::{Window, Windowed};
///
/// let key = Windowed::new("user-1", Window::new(60_000, 120_000));
/// assert_eq!(key.to_string(), "[user-1@60000/120000]");
/// ```
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Windowed<K> {
    /// The key.
    pub key: K,
    /// The window.
    pub window: Window,
}

impl<K> Windowed<K> {
    /// The key in the window.
    pub const fn new(key: K, window: Window) -> Self {
        Self { key, window }
    }
}

impl<K: fmt::Display> fmt::Display for Windowed<K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "[{}@{}/{}]", self.key, self.window.start, self.window.end)
    }
}

/// Keys of time windows: the key's bytes and the start of the window, 8 bytes big-endian. The end is not written: the
/// reader knows the window's size.
#[derive(Debug, Clone)]
pub struct TimeWindowedSerde<K> {
    inner: Serde<K>,
    size_ms: i64,
}

impl<K: 'static> TimeWindowedSerde<K> {
    /// The serde of windows that are `size_ms` milliseconds long (for sliding windows: the time difference).
    pub fn new(inner: Serde<K>, size_ms: i64) -> Self {
        Self { inner, size_ms }
    }
}

impl<K: 'static> Serializer<Windowed<K>> for TimeWindowedSerde<K> {
    fn serialize(&self, topic: &str, key: &Windowed<K>, out: &mut Vec<u8>) -> Result<IsNull, BoxError> {
        serialize_key(&self.inner, topic, &key.key, out)?;
        out.extend_from_slice(&key.window.start.to_be_bytes());
        Ok(IsNull::No)
    }

    fn unpartitioned_suffix(&self) -> usize {
        8
    }
}

impl<K: 'static> Deserializer<Windowed<K>> for TimeWindowedSerde<K> {
    fn deserialize(&self, topic: &str, data: Option<&[u8]>) -> Result<Windowed<K>, BoxError> {
        let (key, start) = split_time(data.ok_or(NullPayload("Windowed"))?)?;
        let key = self.inner.deserializer().deserialize(topic, Some(key))?;
        let end = start.saturating_add(self.size_ms);
        Ok(Windowed::new(key, Window::new(start, end)))
    }
}

/// Keys of session windows: the key's bytes, then the end and the start of the window, 8 bytes big-endian each.
#[derive(Debug, Clone)]
pub struct SessionWindowedSerde<K> {
    inner: Serde<K>,
}

impl<K: 'static> SessionWindowedSerde<K> {
    /// The serde of sessions whose keys `inner` reads and writes.
    pub fn new(inner: Serde<K>) -> Self {
        Self { inner }
    }
}

impl<K: 'static> Serializer<Windowed<K>> for SessionWindowedSerde<K> {
    fn serialize(&self, topic: &str, key: &Windowed<K>, out: &mut Vec<u8>) -> Result<IsNull, BoxError> {
        serialize_key(&self.inner, topic, &key.key, out)?;
        out.extend_from_slice(&key.window.end.to_be_bytes());
        out.extend_from_slice(&key.window.start.to_be_bytes());
        Ok(IsNull::No)
    }

    fn unpartitioned_suffix(&self) -> usize {
        16
    }
}

impl<K: 'static> Deserializer<Windowed<K>> for SessionWindowedSerde<K> {
    fn deserialize(&self, topic: &str, data: Option<&[u8]>) -> Result<Windowed<K>, BoxError> {
        let (rest, start) = split_time(data.ok_or(NullPayload("Windowed"))?)?;
        let (key, end) = split_time(rest)?;
        let key = self.inner.deserializer().deserialize(topic, Some(key))?;
        Ok(Windowed::new(key, Window::new(start, end)))
    }
}

impl<K: 'static> Serde<K> {
    /// The serde of this key in time windows of `size_ms` milliseconds (for sliding windows: the time difference).
    pub fn time_windowed(self, size_ms: i64) -> Serde<Windowed<K>> {
        Serde::new(TimeWindowedSerde::new(self, size_ms))
    }

    /// The serde of this key in session windows.
    pub fn session_windowed(self) -> Serde<Windowed<K>> {
        Serde::new(SessionWindowedSerde::new(self))
    }
}

/// Windowed keys as sessions have them, which is the form that can be read without knowing a window's size. Keys of
/// time windows need [`Serde::time_windowed`].
impl<K: DefaultSerde> DefaultSerde for Windowed<K> {
    fn default_serde() -> Serde<Self> {
        K::default_serde().session_windowed()
    }
}

/// Writes the key that a window belongs to. A null one has no form: Kafka Streams refuses it as well.
fn serialize_key<K: 'static>(
    inner: &Serde<K>,
    topic: &str,
    key: &K,
    out: &mut Vec<u8>,
) -> Result<(), BoxError> {
    match inner.serializer().serialize(topic, key, out)? {
        IsNull::No => Ok(()),
        IsNull::Yes => Err("the key within a windowed key is null; drop such records".into()),
    }
}

/// The payload without its last 8 bytes, and these as a time.
fn split_time(data: &[u8]) -> Result<(&[u8], i64), WrongLength> {
    let short = WrongLength { type_name: "the time in a windowed key", expected: 8, found: data.len() };
    let (rest, time) = data.split_last_chunk::<8>().ok_or(short)?;
    Ok((rest, i64::from_be_bytes(*time)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hex(bytes: &[u8]) -> String {
        bytes.iter().map(|byte| format!("{byte:02x}")).collect()
    }

    fn check(serde: &Serde<Windowed<String>>, key: &str, (start, end): (i64, i64), golden: &str) {
        let key = Windowed::new(key.to_owned(), Window::new(start, end));
        let bytes = serde.to_bytes("t", &key).unwrap().unwrap();
        assert_eq!(hex(&bytes), golden);
        assert_eq!(serde.from_bytes("t", Some(&bytes)).unwrap(), key);
    }

    #[test]
    fn keys_are_those_of_the_jvm() {
        let time = |size| String::default_serde().time_windowed(size);
        let session = String::default_serde().session_windowed();
        check(&time(10), "a", (0, 10), "610000000000000000");
        check(&session, "a", (0, 10), "61000000000000000a0000000000000000");
        check(&time(60_000), "key", (60_000, 120_000), "6b6579000000000000ea60");
        check(&session, "key", (60_000, 120_000), "6b6579000000000001d4c0000000000000ea60");
        check(&time(i64::MAX), "é", (5, i64::MAX), "c3a90000000000000005");
        check(&session, "é", (5, i64::MAX), "c3a97fffffffffffffff0000000000000005");
    }

    #[test]
    fn a_null_key_in_a_window_is_refused() {
        let serde = Option::<String>::default_serde();
        for serde in [serde.clone().time_windowed(10), serde.session_windowed()] {
            let error = serde.to_bytes("t", &Windowed::new(None, Window::new(0, 10))).unwrap_err();
            assert!(error.to_string().contains("is null"), "{error}");
            serde.to_bytes("t", &Windowed::new(Some(String::new()), Window::new(0, 10))).unwrap();
        }
    }

    #[test]
    fn short_payloads_are_refused() {
        let session = String::default_serde().session_windowed();
        assert!(session.from_bytes("t", Some(&[0; 15])).is_err());
        assert!(session.from_bytes("t", None).is_err());
        assert_eq!(session.from_bytes("t", Some(&[0; 16])).unwrap().key, "");
    }
}
