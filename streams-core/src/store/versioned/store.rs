//! The versioned key-value store.

use std::fmt;

pub use super::bytes::VersionedPut;
use super::bytes::{Version, VersionedBytes};
use crate::error::Result;
use crate::processor::RawRecord;
use crate::serde::Serde;
use crate::store::core::{PlainValues, delegate_to_core};
use crate::store::state_store::StateStore;

/// A value, and when it was valid.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct VersionedRecord<V> {
    /// The value.
    pub value: V,
    /// From when the value was valid, in milliseconds since the epoch.
    pub timestamp: i64,
    /// Until when (exclusive) the value was valid; `None` for the latest version.
    pub valid_until: Option<i64>,
}

/// A store that remembers which value a key had when, as far back as its history goes (KIP-889).
pub struct VersionedKeyValueStore<K, V> {
    pub(super) versions: VersionedBytes,
    pub(super) key_serde: Serde<K>,
    pub(super) values: PlainValues<V>,
}

impl<K: 'static, V: 'static> VersionedKeyValueStore<K, V> {
    /// Puts the value that `key` has from `timestamp` (milliseconds since the epoch) on, until that of the next version;
    /// `None`, or a value that serializes to null, says that it has none from then on.
    ///
    /// # Errors
    /// The key is null, a serde fails, or the local disk does.
    pub fn put(&mut self, key: &K, value: Option<&V>, timestamp: i64) -> Result<VersionedPut> {
        let core = &mut self.versions.core;
        core.encode_key(&self.key_serde, key)?;
        core.value.clear();
        let present = match value {
            Some(value) => core.append_value(&self.values.serde, value)?,
            None => false,
        };
        let put = self.versions.put(timestamp, present)?;
        self.versions.core.log_buffers(present, 0, Some(timestamp));
        Ok(put)
    }

    /// Deletes `key` as of `timestamp`, and returns what it had then.
    ///
    /// # Errors
    /// As [`VersionedKeyValueStore::put`].
    pub fn delete(&mut self, key: &K, timestamp: i64) -> Result<Option<VersionedRecord<V>>> {
        let old = self.get_as_of(key, timestamp)?;
        self.put(key, None, timestamp)?;
        Ok(old)
    }

    /// The latest value of `key`.
    ///
    /// # Errors
    /// As [`VersionedKeyValueStore::put`].
    pub fn get(&mut self, key: &K) -> Result<Option<VersionedRecord<V>>> {
        self.versions.core.encode_key(&self.key_serde, key)?;
        let version = self.versions.get()?;
        self.read(version)
    }

    /// The value that `key` had at `timestamp`; none for times before the store's history.
    ///
    /// # Errors
    /// As [`VersionedKeyValueStore::put`].
    pub fn get_as_of(&mut self, key: &K, timestamp: i64) -> Result<Option<VersionedRecord<V>>> {
        self.versions.core.encode_key(&self.key_serde, key)?;
        let version = self.versions.get_as_of(timestamp)?;
        self.read(version)
    }

    fn read(&self, version: Option<Version>) -> Result<Option<VersionedRecord<V>>> {
        let core = &self.versions.core;
        let read = |version: Version| {
            let value = self.values.decode(&core.name, &core.topic, &version.value)?;
            Ok(VersionedRecord { value, timestamp: version.valid_from, valid_until: version.valid_until })
        };
        version.map(read).transpose()
    }
}

impl<K: 'static, V: 'static> StateStore for VersionedKeyValueStore<K, V> {
    delegate_to_core!(versions.core);

    fn restore(&mut self, records: &[RawRecord]) -> Result<()> {
        for record in records {
            let Some(key) = record.payload.key() else { continue };
            let core = &mut self.versions.core;
            core.key.clear();
            core.key.extend_from_slice(key);
            core.value.clear();
            core.value.extend_from_slice(record.payload.value().unwrap_or_default());
            self.versions.put(record.timestamp, record.payload.value().is_some())?;
        }
        Ok(())
    }
}

impl<K, V> fmt::Debug for VersionedKeyValueStore<K, V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.versions.fmt(f)
    }
}
