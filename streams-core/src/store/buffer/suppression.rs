//! The buffer of suppressed results.

use std::any::Any;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::fmt;
use std::sync::Arc;

use super::record_bytes::BufferedBytes;
use crate::error::{Error, Result};
use crate::processor::RawRecord;
use crate::record::{Header, Headers, RecordContext};
use crate::serde::Serde;
use crate::store::ChangelogRecord;
use crate::store::changelog::ChangelogBuffer;
use crate::store::core::{append_key, append_value_to, decode};
use crate::store::state_store::StateStore;

/// The changelog's format, in the header [`VERSION_HEADER`].
const VERSION: u8 = 3;
const VERSION_HEADER: &str = "v";

/// A change that leaves the buffer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BufferedChange<K, V> {
    /// The key.
    pub key: K,
    /// The new value of the last update.
    pub new: Option<V>,
    /// The old value of the last update.
    pub old: Option<V>,
    /// The old value of the first update: what was last seen downstream.
    pub prior: Option<V>,
    /// The context of the last update.
    pub context: RecordContext,
}

type BufferKey = (i64, Arc<[u8]>);

/// Holds back updates of a table: the last one of each key, in the order of time, then key (KIP-328).
///
/// It lives in memory. Its changelog is written at commits, one record for each key that changed.
pub struct SuppressionBuffer<K, V> {
    pub(super) name: String,
    pub(super) topic: String,
    pub(super) key_serde: Serde<K>,
    pub(super) value_serde: Serde<V>,
    pub(super) log: Option<ChangelogBuffer>,
    pub(super) entries: BTreeMap<BufferKey, BufferedBytes>,
    pub(super) times: HashMap<Arc<[u8]>, i64>,
    pub(super) dirty: BTreeSet<Arc<[u8]>>,
    pub(super) bytes: usize,
}

impl<K: 'static, V: 'static> SuppressionBuffer<K, V> {
    /// Buffers an update. `time` (milliseconds since the epoch) is its place in the order; a key that is already
    /// buffered keeps the place that it has.
    ///
    /// # Errors
    /// The key is null or a serde fails.
    pub fn put(
        &mut self,
        time: i64,
        key: &K,
        new: Option<&V>,
        old: Option<&V>,
        context: RecordContext,
    ) -> Result<()> {
        let key = self.encode_key(key)?;
        let (new, old) = (self.encode_value(new)?, self.encode_value(old)?);
        let time = self.times.get(&key).copied().unwrap_or(time);
        let buffered = self.entries.get(&(time, Arc::clone(&key)));
        let prior = buffered.map_or_else(|| old.clone(), |buffered| buffered.prior.clone());
        self.insert(time, Arc::clone(&key), BufferedBytes { context, prior, old, new });
        if self.log.is_some() {
            self.dirty.insert(key);
        }
        Ok(())
    }

    /// The value of `key` that was last seen downstream, if the key is buffered.
    ///
    /// # Errors
    /// As [`SuppressionBuffer::put`].
    pub fn prior_value(&self, key: &K) -> Result<Option<Option<V>>> {
        let key = self.encode_key(key)?;
        let Some(time) = self.times.get(&key) else { return Ok(None) };
        let buffered = self.entries.get(&(*time, key));
        buffered.map(|buffered| self.decode_value(buffered.prior.as_deref())).transpose()
    }

    /// The smallest time in the buffer, in milliseconds since the epoch.
    pub fn min_time(&self) -> Option<i64> {
        self.entries.first_key_value().map(|((time, _), _)| *time)
    }

    /// The number of keys in the buffer.
    pub fn num_records(&self) -> usize {
        self.entries.len()
    }

    /// The size of the buffer in bytes, counted as Kafka does.
    pub fn buffer_bytes(&self) -> usize {
        self.bytes
    }

    /// The first change in the buffer.
    ///
    /// # Errors
    /// A serde fails.
    pub fn first(&self) -> Result<Option<BufferedChange<K, V>>> {
        let Some(((_, key), buffered)) = self.entries.first_key_value() else { return Ok(None) };
        Ok(Some(BufferedChange {
            key: decode(&self.name, &self.topic, &self.key_serde, "key", key)?,
            new: self.decode_value(buffered.new.as_deref())?,
            old: self.decode_value(buffered.old.as_deref())?,
            prior: self.decode_value(buffered.prior.as_deref())?,
            context: buffered.context.clone(),
        }))
    }

    /// Takes the first change out of the buffer.
    pub fn remove_first(&mut self) {
        let Some(((_, key), buffered)) = self.entries.pop_first() else { return };
        self.times.remove(&key);
        self.bytes -= size(&key, &buffered);
        if self.log.is_some() {
            self.dirty.insert(key);
        }
    }

    fn insert(&mut self, time: i64, key: Arc<[u8]>, buffered: BufferedBytes) {
        self.bytes += size(&key, &buffered);
        self.times.insert(Arc::clone(&key), time);
        if let Some(replaced) = self.entries.insert((time, Arc::clone(&key)), buffered) {
            self.bytes -= size(&key, &replaced);
        }
    }

    fn remove(&mut self, key: &[u8]) {
        if let Some((key, time)) = self.times.remove_entry(key)
            && let Some(removed) = self.entries.remove(&(time, Arc::clone(&key)))
        {
            self.bytes -= size(&key, &removed);
        }
    }

    fn encode_key(&self, key: &K) -> Result<Arc<[u8]>> {
        let mut out = Vec::new();
        append_key(&self.name, &self.topic, &self.key_serde, key, &mut out)?;
        Ok(out.into())
    }

    fn encode_value(&self, value: Option<&V>) -> Result<Option<Vec<u8>>> {
        let Some(value) = value else { return Ok(None) };
        let mut out = Vec::new();
        let present = append_value_to(&self.name, &self.topic, &self.value_serde, value, &mut out)?;
        Ok(present.then_some(out))
    }

    fn decode_value(&self, value: Option<&[u8]>) -> Result<Option<V>> {
        value.map(|value| decode(&self.name, &self.topic, &self.value_serde, "value", value)).transpose()
    }

    fn restore_one(&mut self, record: &RawRecord) -> Result<()> {
        let Some(key) = record.payload.key() else { return Ok(()) };
        self.remove(key);
        let Some(value) = record.payload.value() else { return Ok(()) };
        let version = record.headers.last(VERSION_HEADER).and_then(|header| header.value);
        if version.as_deref() != Some(&[VERSION]) {
            return Err(Error::data(format!(
                "offset {} of the changelog of suppression buffer `{}` has format {version:?}, written before Kafka \
                 2.4; only format {VERSION} can be read: let a newer Kafka Streams rewrite it, or reset the application",
                record.offset, self.name
            )));
        }
        let (buffered, time) = BufferedBytes::decode(value).ok_or_else(|| {
            Error::data(format!(
                "offset {} of the changelog of suppression buffer `{}` is damaged",
                record.offset, self.name
            ))
        })?;
        self.insert(time, key.into(), buffered);
        Ok(())
    }
}

/// What an entry adds to the size of the buffer: time, key and the rest.
fn size(key: &[u8], buffered: &BufferedBytes) -> usize {
    8 + key.len() + buffered.resident_bytes()
}

impl<K: 'static, V: 'static> StateStore for SuppressionBuffer<K, V> {
    fn name(&self) -> &str {
        &self.name
    }

    fn as_any_mut(&mut self) -> &mut dyn Any {
        self
    }

    fn set_time(&mut self, _timestamp: i64) {}

    fn drain_changelog(&mut self, f: &mut dyn FnMut(ChangelogRecord<'_>) -> Result<()>) -> Result<()> {
        self.log.as_mut().map_or(Ok(()), |log| log.drain(f))
    }

    fn restore(&mut self, records: &[RawRecord]) -> Result<()> {
        records.iter().try_for_each(|record| self.restore_one(record))
    }

    /// Writes what changed since the last commit into the changelog.
    fn flush(&mut self) -> Result<()> {
        let dirty = std::mem::take(&mut self.dirty);
        let Some(log) = &mut self.log else { return Ok(()) };
        let mut value = Vec::new();
        for key in dirty {
            let entry = self.times.get(&key).and_then(|time| {
                self.entries.get(&(*time, Arc::clone(&key))).map(|buffered| (*time, buffered))
            });
            let Some((time, buffered)) = entry else {
                log.push(&key, None, None);
                continue;
            };
            value.clear();
            buffered.encode(time, &mut value);
            let version = Header { key: VERSION_HEADER.to_owned(), value: Some(vec![VERSION].into()) };
            log.push_with_headers(&key, Some(&value), None, Some(Headers::from_iter([version])));
        }
        Ok(())
    }

    /// Not 0 if [`StateStore::flush`] has something to log. The buffer has limits of its own: it takes no room in the record
    /// cache.
    fn cached_bytes(&self) -> usize {
        usize::from(!self.dirty.is_empty())
    }
}

impl<K, V> fmt::Debug for SuppressionBuffer<K, V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SuppressionBuffer")
            .field("name", &self.name)
            .field("records", &self.entries.len())
            .finish_non_exhaustive()
    }
}
