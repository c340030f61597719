//! The plain key-value store.

use std::fmt;

use super::lru::LruOrder;
use crate::error::Result;
use crate::processor::RawRecord;
use crate::serde::Serde;
use crate::store::bytes::{Direction, KeyRange};
use crate::store::core::{StoreCore, append_key, decode, delegate_to_core};
use crate::store::dirty::DirtyEntry;
use crate::store::iterator::StoreIterator;
use crate::store::state_store::StateStore;

/// A store of values by key. Keys are ordered by their bytes, unsigned.
///
/// Made by [`KeyValueStoreBuilder`](crate::KeyValueStoreBuilder), reached with
/// [`ProcessorContext::store_ref`](crate::ProcessorContext::store_ref).
pub struct KeyValueStore<K, V> {
    pub(super) core: StoreCore,
    pub(super) key_serde: Serde<K>,
    pub(super) value_serde: Serde<V>,
    pub(super) lru: Option<LruOrder>,
}

impl<K: 'static, V: 'static> KeyValueStore<K, V> {
    /// The value of `key`.
    ///
    /// # Errors
    /// The key is null, a serde fails, or the local disk does.
    pub fn get(&mut self, key: &K) -> Result<Option<V>> {
        self.core.encode_key(&self.key_serde, key)?;
        self.get_encoded()
    }

    /// Sets the value of `key`; a value that serializes to null deletes it.
    ///
    /// # Errors
    /// As [`KeyValueStore::get`].
    pub fn put(&mut self, key: &K, value: &V) -> Result<()> {
        self.core.encode_key(&self.key_serde, key)?;
        self.put_encoded(Some(value))
    }

    /// Deletes `key` and returns what it had.
    ///
    /// # Errors
    /// As [`KeyValueStore::get`].
    pub fn delete(&mut self, key: &K) -> Result<Option<V>> {
        self.core.encode_key(&self.key_serde, key)?;
        let old = self.get_encoded()?;
        self.put_encoded(None)?;
        Ok(old)
    }

    /// Sets the value of `key` if it has none, and returns the one that it has.
    ///
    /// # Errors
    /// As [`KeyValueStore::get`].
    pub fn put_if_absent(&mut self, key: &K, value: &V) -> Result<Option<V>> {
        self.core.encode_key(&self.key_serde, key)?;
        let old = self.get_encoded()?;
        if old.is_none() {
            self.put_encoded(Some(value))?;
        }
        Ok(old)
    }

    /// Entries with keys from `from` to `to`, both included; `None` is open. Inverted bounds hold nothing.
    ///
    /// # Errors
    /// As [`KeyValueStore::get`].
    pub fn range(&mut self, from: Option<&K>, to: Option<&K>) -> Result<StoreIterator<'_, (K, V)>> {
        let range = self.key_range(from, to)?;
        Ok(self.scan(range, Direction::Forward))
    }

    /// As [`KeyValueStore::range`], from the last key to the first (KIP-617).
    ///
    /// # Errors
    /// As [`KeyValueStore::get`].
    pub fn reverse_range(&mut self, from: Option<&K>, to: Option<&K>) -> Result<StoreIterator<'_, (K, V)>> {
        let range = self.key_range(from, to)?;
        Ok(self.scan(range, Direction::Backward))
    }

    /// All entries.
    ///
    /// # Errors
    /// As [`KeyValueStore::get`].
    pub fn all(&mut self) -> Result<StoreIterator<'_, (K, V)>> {
        Ok(self.scan(KeyRange::all(), Direction::Forward))
    }

    /// All entries, from the last key to the first.
    ///
    /// # Errors
    /// As [`KeyValueStore::get`].
    pub fn reverse_all(&mut self) -> Result<StoreIterator<'_, (K, V)>> {
        Ok(self.scan(KeyRange::all(), Direction::Backward))
    }

    /// Entries whose serialized keys begin with `prefix` (KIP-614).
    ///
    /// # Errors
    /// As [`KeyValueStore::get`].
    pub fn prefix_scan(&mut self, prefix: &[u8]) -> Result<StoreIterator<'_, (K, V)>> {
        Ok(self.scan(KeyRange::prefix(prefix), Direction::Forward))
    }

    /// About how many entries there are.
    ///
    /// # Errors
    /// The local disk fails.
    pub fn approximate_num_entries(&self) -> Result<u64> {
        self.core.bytes.approximate_len()
    }

    /// Whether updates wait in a record cache for [`KeyValueStore::drain_dirty`].
    pub fn is_caching(&self) -> bool {
        self.core.caching
    }

    /// Empties the record cache: logs what it held and returns it, in the order of the last updates.
    ///
    /// # Errors
    /// A serde fails.
    pub fn drain_dirty(&mut self) -> Result<Vec<DirtyEntry<K, V>>> {
        let Self { core, key_serde, value_serde, .. } = self;
        let (name, topic) = (core.name.clone(), core.topic.clone());
        let mut entries = Vec::new();
        core.drain_cached(|log, key, value, cached| {
            if let Some(log) = log {
                log.push(key, value, Some(cached.context.timestamp));
            }
            let read = |bytes: &[u8]| decode(&name, &topic, value_serde, "value", bytes);
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

    /// The value of the key in the buffer.
    fn get_encoded(&mut self) -> Result<Option<V>> {
        let StoreCore { name, topic, bytes, key, .. } = &mut self.core;
        if let Some(lru) = &mut self.lru {
            lru.touch(key);
        }
        let value = bytes.get(key)?;
        value.map(|bytes| decode(name, topic, &self.value_serde, "value", bytes)).transpose()
    }

    /// Sets the value of the key in the buffer.
    fn put_encoded(&mut self, value: Option<&V>) -> Result<()> {
        self.core.value.clear();
        let present = match value {
            Some(value) => self.core.append_value(&self.value_serde, value)?,
            None => false,
        };
        make_room(&mut self.core, self.lru.as_mut(), present, true);
        if self.core.put_buffers(present)? {
            self.core.log_buffers(present, 0, Some(self.core.record.timestamp));
        }
        Ok(())
    }

    fn key_range(&mut self, from: Option<&K>, to: Option<&K>) -> Result<KeyRange> {
        encode_range(&self.core, &self.key_serde, from, to)
    }

    fn scan(&mut self, range: KeyRange, direction: Direction) -> StoreIterator<'_, (K, V)> {
        let Self { core: StoreCore { name, topic, bytes, .. }, key_serde, value_serde, .. } = self;
        StoreIterator::new(bytes.scan(vec![range], direction), |key, value| {
            let key = decode(name, topic, key_serde, "key", key)?;
            Ok(Some((key, decode(name, topic, value_serde, "value", value)?)))
        })
    }
}

/// The range of serialized keys between two keys.
pub(super) fn encode_range<K: 'static>(
    core: &StoreCore,
    serde: &Serde<K>,
    from: Option<&K>,
    to: Option<&K>,
) -> Result<KeyRange> {
    let encode = |key: &K| {
        let mut out = Vec::new();
        append_key(&core.name, &core.topic, serde, key, &mut out).map(|()| out)
    };
    let (from, to) = (from.map(encode).transpose()?, to.map(encode).transpose()?);
    if let (Some(from), Some(to)) = (&from, &to)
        && from > to
    {
        tracing::warn!(store = %core.name, "a range from a larger to a smaller key (in the order of their bytes) is empty");
    }
    Ok(KeyRange::inclusive(from.as_deref(), to.as_deref()))
}

/// In an LRU store: notes the use of the key in the buffer, and removes the key that must make room for it.
pub(super) fn make_room(core: &mut StoreCore, lru: Option<&mut LruOrder>, present: bool, log: bool) {
    let Some(lru) = lru else { return };
    if !present {
        lru.remove(&core.key);
        return;
    }
    if let Some(eldest) = lru.insert(&core.key) {
        core.bytes.put(&eldest, None);
        if let Some(buffer) = core.log.as_mut().filter(|_| log) {
            buffer.push(&eldest, None, Some(core.record.timestamp));
        }
    }
}

impl<K: 'static, V: 'static> StateStore for KeyValueStore<K, V> {
    delegate_to_core!(core);

    fn restore(&mut self, records: &[RawRecord]) -> Result<()> {
        for record in records {
            let Some(key) = record.payload.key() else { continue };
            self.core.key.clear();
            self.core.key.extend_from_slice(key);
            make_room(&mut self.core, self.lru.as_mut(), record.payload.value().is_some(), false);
            self.core.bytes.put(key, record.payload.value());
        }
        Ok(())
    }

    fn flush(&mut self) -> Result<()> {
        self.core.flush_cached(|log, key, value, cached| {
            if let Some(log) = log {
                log.push(key, value, Some(cached.context.timestamp));
            }
            Ok(())
        })
    }
}

impl<K, V> fmt::Debug for KeyValueStore<K, V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.core.fmt(f)
    }
}
