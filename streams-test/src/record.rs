//! The record that tests pipe and read.

use std::fmt;

use streams_core::{Error, Headers, Result};

/// A record of a test: a timestamp is optional when it is piped, and always there when it was read (unless the topology
/// wrote it without one).
///
/// ```
/// use streams_test::TestRecord;
///
/// let record = TestRecord::new("user-1", 7).at(1_000)?.with_header("trace", "a1");
/// assert_eq!((record.key, record.value, record.timestamp), ("user-1", 7, Some(1_000)));
/// assert!(TestRecord::new("user-1", 7).at(-1).is_err());
/// # Ok::<(), streams_core::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TestRecord<K, V> {
    /// The key.
    pub key: K,
    /// The value.
    pub value: V,
    /// Milliseconds since the epoch; `None` when piped: the topic's own time.
    pub timestamp: Option<i64>,
    /// The headers; they take part in comparisons.
    pub headers: Headers,
}

impl<K, V> TestRecord<K, V> {
    /// A record without timestamp and headers.
    pub fn new(key: K, value: V) -> Self {
        Self { key, value, timestamp: None, headers: Headers::new() }
    }

    /// The same record at a time, in milliseconds since the epoch.
    ///
    /// # Errors
    /// The time is negative.
    pub fn at(mut self, timestamp: i64) -> Result<Self> {
        if timestamp < 0 {
            return Err(Error::argument(format!("a record cannot have the negative time {timestamp}")));
        }
        self.timestamp = Some(timestamp);
        Ok(self)
    }

    /// The same record with one more header.
    #[must_use]
    pub fn with_header(mut self, name: &str, value: impl Into<Vec<u8>>) -> Self {
        self.headers.add(name, Some(value));
        self
    }

    /// The same record with other headers.
    #[must_use]
    pub fn with_headers(mut self, headers: Headers) -> Self {
        self.headers = headers;
        self
    }
}

impl<K, V> From<streams_core::Record<K, V>> for TestRecord<K, V> {
    fn from(record: streams_core::Record<K, V>) -> Self {
        let streams_core::Record { key, value, timestamp, headers } = record;
        Self { key, value, timestamp: Some(timestamp), headers }
    }
}

impl<K: fmt::Display, V: fmt::Display> fmt::Display for TestRecord<K, V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.key, self.value)?;
        match self.timestamp {
            Some(timestamp) => write!(f, " @{timestamp}"),
            None => Ok(()),
        }
    }
}
