//! Records and what is known of where they came from.

mod context;
mod headers;
mod payload;

pub use context::{RecordContext, RecordMetadata};
pub use headers::{Header, Headers};
pub use payload::RawPayload;

/// A record as processors see it: typed key and value, a timestamp and headers.
///
/// A value that its serde writes as null *is* null for every rule of Kafka's (`Option<T>` is the usual type for it).
///
/// ```
/// use streams_core::Record;
///
/// let record = Record::new("user-1".to_string(), 7_i64, 1_000);
/// let renamed = record.with_value("seven");
/// assert_eq!((renamed.key.as_str(), renamed.value, renamed.timestamp), ("user-1", "seven", 1_000));
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Record<K, V> {
    /// The key.
    pub key: K,
    /// The value.
    pub value: V,
    /// Milliseconds since the epoch.
    pub timestamp: i64,
    /// The headers.
    pub headers: Headers,
}

impl<K, V> Record<K, V> {
    /// A record without headers; `timestamp` in milliseconds since the epoch.
    #[inline]
    pub fn new(key: K, value: V, timestamp: i64) -> Self {
        Self { key, value, timestamp, headers: Headers::new() }
    }

    /// The same record with another key (of another type, perhaps).
    #[inline]
    pub fn with_key<K2>(self, key: K2) -> Record<K2, V> {
        Record { key, value: self.value, timestamp: self.timestamp, headers: self.headers.detach() }
    }

    /// The same record with another value (of another type, perhaps).
    #[inline]
    pub fn with_value<V2>(self, value: V2) -> Record<K, V2> {
        Record { key: self.key, value, timestamp: self.timestamp, headers: self.headers.detach() }
    }

    /// The same record at another time, in milliseconds since the epoch.
    #[must_use]
    #[inline]
    pub fn with_timestamp(self, timestamp: i64) -> Self {
        Self { timestamp, headers: self.headers.detach(), ..self }
    }

    /// The same record with other headers.
    #[must_use]
    #[inline]
    pub fn with_headers(self, headers: Headers) -> Self {
        Self { headers, ..self }
    }

    /// A copy for one of several children: the headers stay shared (see [`Headers::share`]).
    pub(crate) fn share(&mut self) -> Self
    where
        K: Clone,
        V: Clone,
    {
        let headers = self.headers.share();
        Self { key: self.key.clone(), value: self.value.clone(), timestamp: self.timestamp, headers }
    }
}
