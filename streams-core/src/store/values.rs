//! How stored bytes become values.

use super::bytes::Cached;
use super::changelog::ChangelogBuffer;
use super::core::{StoreCore, decode};
use super::value_and_timestamp::ValueAndTimestamp;
use crate::error::{Error, Result};
use crate::serde::Serde;

/// How stored bytes become values: as they are.
pub(crate) struct PlainValues<V> {
    pub(crate) serde: Serde<V>,
}

impl<V: 'static> PlainValues<V> {
    pub(crate) fn decode(&self, name: &str, topic: &str, bytes: &[u8]) -> Result<V> {
        decode(name, topic, &self.serde, "value", bytes)
    }
}

/// How stored bytes become values: timestamp, then the plain value.
pub(crate) struct TimestampedValues<V> {
    pub(crate) serde: Serde<V>,
    /// Whether timestamps read as what they are, or as -1.
    pub(crate) shown: bool,
}

impl<V: 'static> TimestampedValues<V> {
    pub(crate) fn decode(&self, name: &str, topic: &str, bytes: &[u8]) -> Result<ValueAndTimestamp<V>> {
        let (timestamp, value) = split_timestamp(bytes)?;
        let value = decode(name, topic, &self.serde, "value", value)?;
        Ok(ValueAndTimestamp { value, timestamp: if self.shown { timestamp } else { -1 } })
    }

    /// Writes timestamp and value into the value buffer; `false` for null.
    pub(crate) fn encode(&self, core: &mut StoreCore, value: Option<&V>, timestamp: i64) -> Result<bool> {
        core.value.clear();
        core.value.extend_from_slice(&timestamp.to_be_bytes());
        match value {
            Some(value) => core.append_value(&self.serde, value),
            None => Ok(false),
        }
    }
}

/// Logs a change that left the record cache.
pub(crate) fn log_cached(
    log: Option<&mut ChangelogBuffer>,
    key: &[u8],
    value: Option<&[u8]>,
    cached: &Cached,
) -> Result<()> {
    let Some(log) = log else { return Ok(()) };
    match value.map(split_timestamp).transpose()? {
        Some((timestamp, value)) => log.push(key, Some(value), Some(timestamp)),
        None => log.push_tombstone(key, cached.context.timestamp, &cached.context),
    }
    Ok(())
}

/// Splits the timestamp off a timestamped value.
pub(crate) fn split_timestamp(bytes: &[u8]) -> Result<(i64, &[u8])> {
    match bytes.split_first_chunk::<8>() {
        Some((timestamp, value)) => Ok((i64::from_be_bytes(*timestamp), value)),
        None => Err(Error::state("a stored value is shorter than its timestamp: the local state is damaged")),
    }
}
