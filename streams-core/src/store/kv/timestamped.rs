//! The key-value store whose values carry the time of their last update.

use std::cell::RefCell;
use std::fmt;
use std::sync::Arc;

use super::lru::CachedLru;
use super::plain::{encode_range, make_room};
use crate::error::Result;
use crate::processor::RawRecord;
use crate::record::Headers;
use crate::serde::Serde;
use crate::store::bytes::{Cached, Direction, KeyRange};
use crate::store::changelog::ChangelogBuffer;
use crate::store::core::{StoreCore, TimestampedValues, decode, delegate_to_core, log_cached};
use crate::store::dirty::DirtyEntry;
use crate::store::iterator::StoreIterator;
use crate::store::state_store::StateStore;
use crate::store::value_and_timestamp::ValueAndTimestamp;

/// A store of values with timestamps by key (KIP-258): what aggregations and tables keep.
///
/// In the changelog the timestamp is the record's and the value is plain.
pub struct TimestampedKeyValueStore<K, V> {
    pub(super) core: StoreCore,
    pub(super) key_serde: Serde<K>,
    pub(super) values: TimestampedValues<V>,
    pub(super) lru: Option<CachedLru>,
}

impl<K: 'static, V: 'static> TimestampedKeyValueStore<K, V> {
    /// The value of `key` and its timestamp.
    ///
    /// # Errors
    /// The key is null, a serde fails, or the local disk does.
    pub fn get(&mut self, key: &K) -> Result<Option<ValueAndTimestamp<V>>> {
        self.core.encode_key(&self.key_serde, key)?;
        self.get_encoded()
    }

    /// Sets the value of `key` as of `timestamp` (milliseconds since the epoch); `None`, or a value that serializes to
    /// null, deletes it.
    ///
    /// # Errors
    /// As [`TimestampedKeyValueStore::get`].
    pub fn put(&mut self, key: &K, value: Option<&V>, timestamp: i64) -> Result<()> {
        self.put_with_headers(key, value, timestamp, None)
    }

    /// As [`TimestampedKeyValueStore::put`], with headers for the changelog record (KIP-1271).
    ///
    /// # Errors
    /// As [`TimestampedKeyValueStore::get`].
    pub fn put_with_headers(
        &mut self,
        key: &K,
        value: Option<&V>,
        timestamp: i64,
        headers: Option<Headers>,
    ) -> Result<()> {
        self.core.encode_key(&self.key_serde, key)?;
        self.put_encoded(value, timestamp, headers)
    }

    /// Deletes `key` and returns what it had.
    ///
    /// # Errors
    /// As [`TimestampedKeyValueStore::get`].
    pub fn delete(&mut self, key: &K) -> Result<Option<ValueAndTimestamp<V>>> {
        self.core.encode_key(&self.key_serde, key)?;
        let old = self.get_encoded()?;
        self.put_encoded(None, self.core.record.timestamp, None)?;
        Ok(old)
    }

    /// Sets the value of `key` if it has none, and returns the one that it has.
    ///
    /// # Errors
    /// As [`TimestampedKeyValueStore::get`].
    pub fn put_if_absent(
        &mut self,
        key: &K,
        value: &V,
        timestamp: i64,
    ) -> Result<Option<ValueAndTimestamp<V>>> {
        self.core.encode_key(&self.key_serde, key)?;
        let old = self.get_encoded()?;
        if old.is_none() {
            self.put_encoded(Some(value), timestamp, None)?;
        }
        Ok(old)
    }

    /// Entries with keys from `from` to `to`, both included; `None` is open. Inverted bounds hold nothing.
    ///
    /// # Errors
    /// As [`TimestampedKeyValueStore::get`].
    pub fn range(
        &mut self,
        from: Option<&K>,
        to: Option<&K>,
    ) -> Result<StoreIterator<'_, (K, ValueAndTimestamp<V>)>> {
        let range = encode_range(&self.core, &self.key_serde, from, to)?;
        Ok(self.scan(range, Direction::Forward))
    }

    /// As [`TimestampedKeyValueStore::range`], from the last key to the first (KIP-617).
    ///
    /// # Errors
    /// As [`TimestampedKeyValueStore::get`].
    pub fn reverse_range(
        &mut self,
        from: Option<&K>,
        to: Option<&K>,
    ) -> Result<StoreIterator<'_, (K, ValueAndTimestamp<V>)>> {
        let range = encode_range(&self.core, &self.key_serde, from, to)?;
        Ok(self.scan(range, Direction::Backward))
    }

    /// All entries.
    ///
    /// # Errors
    /// As [`TimestampedKeyValueStore::get`].
    pub fn all(&mut self) -> Result<StoreIterator<'_, (K, ValueAndTimestamp<V>)>> {
        Ok(self.scan(KeyRange::all(), Direction::Forward))
    }

    /// All entries, from the last key to the first.
    ///
    /// # Errors
    /// As [`TimestampedKeyValueStore::get`].
    pub fn reverse_all(&mut self) -> Result<StoreIterator<'_, (K, ValueAndTimestamp<V>)>> {
        Ok(self.scan(KeyRange::all(), Direction::Backward))
    }

    /// Entries whose serialized keys begin with `prefix` (KIP-614).
    ///
    /// # Errors
    /// As [`TimestampedKeyValueStore::get`].
    pub fn prefix_scan(&mut self, prefix: &[u8]) -> Result<StoreIterator<'_, (K, ValueAndTimestamp<V>)>> {
        Ok(self.scan(KeyRange::prefix(prefix), Direction::Forward))
    }

    /// About how many entries there are.
    ///
    /// # Errors
    /// The local disk fails.
    pub fn approximate_num_entries(&self) -> Result<u64> {
        self.core.bytes.approximate_len()
    }

    /// Whether updates wait in a record cache for [`TimestampedKeyValueStore::drain_dirty`].
    pub fn is_caching(&self) -> bool {
        self.core.caching
    }

    /// Empties the record cache: logs what it held and returns it, in the order of the last updates.
    ///
    /// # Errors
    /// A serde fails.
    pub fn drain_dirty(&mut self) -> Result<Vec<DirtyEntry<K, ValueAndTimestamp<V>>>> {
        let Self { core, key_serde, values, lru } = self;
        let (name, topic) = (core.name.clone(), core.topic.clone());
        let mut entries = Vec::new();
        drain_cached(core, lru.as_mut(), |log, key, value, cached| {
            log_cached(log, key, value, &cached)?;
            let read = |bytes: &[u8]| values.decode(&name, &topic, bytes);
            entries.push(DirtyEntry {
                key: decode(&name, &topic, key_serde, "key", key)?,
                new: value.map(read).transpose()?,
                old: cached.below.as_deref().map(read).transpose()?,
                context: cached.context,
            });
            Ok(())
        })?;
        Ok(entries)
    }

    fn get_encoded(&mut self) -> Result<Option<ValueAndTimestamp<V>>> {
        let StoreCore { name, topic, bytes, key, caching, .. } = &mut self.core;
        if let Some(lru) = self.lru.as_mut().filter(|_| !*caching) {
            lru.order.touch(key);
        }
        bytes.get(key)?.map(|bytes| self.values.decode(name, topic, bytes)).transpose()
    }

    fn put_encoded(&mut self, value: Option<&V>, timestamp: i64, headers: Option<Headers>) -> Result<()> {
        let present = self.values.encode(&mut self.core, value, timestamp)?;
        // Kafka tells the changelog what an LRU store pushes out only where the store keeps plain values.
        if let Some(lru) = self.lru.as_mut().filter(|_| !self.core.caching) {
            make_room(&mut self.core, Some(&mut lru.order), present, false);
        }
        if self.core.put_buffers(present)? {
            let timestamp = if present { timestamp } else { self.core.record.timestamp };
            self.core.log_buffers_with_headers(present, 8, Some(timestamp), headers);
        }
        Ok(())
    }

    fn scan(
        &mut self,
        range: KeyRange,
        direction: Direction,
    ) -> StoreIterator<'_, (K, ValueAndTimestamp<V>)> {
        let Self { core: StoreCore { name, topic, bytes, .. }, key_serde, values, .. } = self;
        StoreIterator::new(bytes.scan(vec![range], direction), |key, value| {
            let key = decode(name, topic, key_serde, "key", key)?;
            Ok(Some((key, values.decode(name, topic, value)?)))
        })
    }
}

impl<K: 'static, V: 'static> StateStore for TimestampedKeyValueStore<K, V> {
    delegate_to_core!(core);

    fn restore(&mut self, records: &[RawRecord]) -> Result<()> {
        for record in records {
            let Some(key) = record.payload.key() else { continue };
            let core = &mut self.core;
            core.key.clear();
            core.key.extend_from_slice(key);
            core.value.clear();
            core.value.extend_from_slice(&record.timestamp.to_be_bytes());
            core.value.extend_from_slice(record.payload.value().unwrap_or_default());
            let present = record.payload.value().is_some();
            make_room(core, self.lru.as_mut().map(|lru| &mut lru.order), present, false);
            core.bytes.put(&core.key, present.then_some(&core.value));
        }
        Ok(())
    }

    fn flush(&mut self) -> Result<()> {
        let Self { core, lru, .. } = self;
        let mut gone = Vec::new();
        let result = core.flush_cached(|log, key, value, cached| {
            gone.extend(lru.as_mut().and_then(|lru| lru.leaves_cache(key, value.is_some())));
            log_cached(log, key, value, &cached)
        });
        forget(core, lru.as_ref(), gone);
        result
    }
}

/// [`StoreCore::drain_cached`], with what an LRU store pushes out.
fn drain_cached(
    core: &mut StoreCore,
    lru: Option<&mut CachedLru>,
    mut f: impl FnMut(Option<&mut ChangelogBuffer>, &[u8], Option<&[u8]>, Cached) -> Result<()>,
) -> Result<()> {
    let Some(lru) = lru else { return core.drain_cached(f) };
    let mut gone = Vec::new();
    let lru = RefCell::new(lru);
    let result = core.drain_cached_over(
        |key| !lru.borrow().is_pushed_out(key),
        |log, key, value, cached| {
            gone.extend(lru.borrow_mut().leaves_cache(key, value.is_some()));
            f(log, key, value, cached)
        },
    );
    forget(core, Some(*lru.borrow()), gone);
    result
}

/// Removes keys that no cache shows any longer, unless they came back.
fn forget(core: &mut StoreCore, lru: Option<&CachedLru>, keys: Vec<Arc<[u8]>>) {
    for key in keys {
        if !lru.is_some_and(|lru| lru.order.contains(&key)) {
            core.bytes.put(&key, None);
        }
    }
}

impl<K, V> fmt::Debug for TimestampedKeyValueStore<K, V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.core.fmt(f)
    }
}
