//! The session store.

use std::fmt;

use super::bytes::{EntryKey, SessionBytes};
use crate::error::Result;
use crate::processor::RawRecord;
use crate::record::{Headers, RecordContext};
use crate::serde::Serde;
use crate::serde::{Window, Windowed};
use crate::store::bytes::Direction;
use crate::store::changelog::ChangelogBuffer;
use crate::store::core::{StoreCore, append_key, decode, delegate_to_core};
use crate::store::dirty::DirtyEntry;
use crate::store::iterator::StoreIterator;
use crate::store::segments::PREFIX;
use crate::store::state_store::StateStore;

/// A store of values by key and session (KIP-94). Sessions that ended longer ago than the store's retention, by the
/// latest end that was put so far, are gone.
pub struct SessionStore<K, V> {
    pub(super) sessions: SessionBytes,
    pub(super) key_serde: Serde<K>,
    pub(super) value_serde: Serde<V>,
}

impl<K: 'static, V: 'static> SessionStore<K, V> {
    /// Sets the value of a session; `None`, or a value that serializes to null, removes it.
    ///
    /// # Errors
    /// The key is null, a serde fails, or the local disk does.
    pub fn put(&mut self, key: &K, session: Window, value: Option<&V>) -> Result<()> {
        let sessions = &mut self.sessions;
        sessions.locate(&self.key_serde, key, session)?;
        sessions.entries.core.value.clear();
        let present = match value {
            Some(value) => sessions.entries.core.append_value(&self.value_serde, value)?,
            None => false,
        };
        if sessions.entries.put(session.end, present)? {
            sessions.entries.core.log_buffers(present, 0, Some(sessions.entries.core.record.timestamp));
        }
        Ok(())
    }

    /// Removes a session.
    ///
    /// # Errors
    /// As [`SessionStore::put`].
    pub fn remove(&mut self, key: &K, session: Window) -> Result<()> {
        self.put(key, session, None)
    }

    /// The value of exactly this session.
    ///
    /// # Errors
    /// As [`SessionStore::put`].
    pub fn fetch_session(&mut self, key: &K, session: Window) -> Result<Option<V>> {
        self.sessions.locate(&self.key_serde, key, session)?;
        if !self.sessions.is_visible(session.end) {
            return Ok(None);
        }
        let StoreCore { name, topic, bytes, key, .. } = &mut self.sessions.entries.core;
        bytes.get(key)?.map(|bytes| decode(name, topic, &self.value_serde, "value", bytes)).transpose()
    }

    /// The sessions of `key` that end at `earliest_end` or later and start at `latest_start` or earlier, by end.
    ///
    /// # Errors
    /// As [`SessionStore::put`].
    pub fn find_sessions(
        &mut self,
        key: &K,
        earliest_end: i64,
        latest_start: i64,
    ) -> Result<StoreIterator<'_, (Window, V)>> {
        self.sessions_of(key, earliest_end, latest_start, Direction::Forward)
    }

    /// As [`SessionStore::find_sessions`], latest first.
    ///
    /// # Errors
    /// As [`SessionStore::put`].
    pub fn backward_find_sessions(
        &mut self,
        key: &K,
        earliest_end: i64,
        latest_start: i64,
    ) -> Result<StoreIterator<'_, (Window, V)>> {
        self.sessions_of(key, earliest_end, latest_start, Direction::Backward)
    }

    /// As [`SessionStore::find_sessions`] for all keys from `first` to `last`, both included; `None` is open.
    ///
    /// # Errors
    /// As [`SessionStore::put`].
    pub fn find_sessions_of_keys(
        &mut self,
        first: Option<&K>,
        last: Option<&K>,
        earliest_end: i64,
        latest_start: i64,
    ) -> Result<StoreIterator<'_, (Windowed<K>, V)>> {
        self.sessions_of_keys(first, last, earliest_end, latest_start, Direction::Forward)
    }

    /// As [`SessionStore::find_sessions_of_keys`], in the opposite order.
    ///
    /// # Errors
    /// As [`SessionStore::put`].
    pub fn backward_find_sessions_of_keys(
        &mut self,
        first: Option<&K>,
        last: Option<&K>,
        earliest_end: i64,
        latest_start: i64,
    ) -> Result<StoreIterator<'_, (Windowed<K>, V)>> {
        self.sessions_of_keys(first, last, earliest_end, latest_start, Direction::Backward)
    }

    /// The sessions of all keys that end from `earliest_end` to `latest_end`, both included, in the order of their ends
    /// (KIP-825); those of one end by start and key on disk, by key and start in memory.
    ///
    /// # Errors
    /// As [`SessionStore::put`].
    pub fn find_sessions_by_end(
        &mut self,
        earliest_end: i64,
        latest_end: i64,
    ) -> Result<StoreIterator<'_, (Windowed<K>, V)>> {
        let entries = self.sessions.by_end(earliest_end, latest_end)?;
        let Self { sessions, key_serde, value_serde } = self;
        let StoreCore { name, topic, .. } = &sessions.entries.core;
        Ok(StoreIterator::of_entries(entries, move |physical, value| {
            let Some(entry) = EntryKey::read(physical) else { return Ok(None) };
            let key = decode(name, topic, key_serde, "key", entry.key)?;
            let value = decode(name, topic, value_serde, "value", value)?;
            Ok(Some((Windowed::new(key, entry.session), value)))
        }))
    }

    /// All sessions of `key`.
    ///
    /// # Errors
    /// As [`SessionStore::put`].
    pub fn fetch(&mut self, key: &K) -> Result<StoreIterator<'_, (Window, V)>> {
        self.find_sessions(key, 0, i64::MAX)
    }

    /// All sessions of all keys from `first` to `last`, both included; `None` is open.
    ///
    /// # Errors
    /// As [`SessionStore::put`].
    pub fn fetch_keys(
        &mut self,
        first: Option<&K>,
        last: Option<&K>,
    ) -> Result<StoreIterator<'_, (Windowed<K>, V)>> {
        self.find_sessions_of_keys(first, last, 0, i64::MAX)
    }

    /// Whether updates wait in a record cache for [`SessionStore::drain_dirty`].
    pub fn is_caching(&self) -> bool {
        self.sessions.entries.core.caching
    }

    /// Empties the record cache: logs what it held and returns it, in the order of the last updates.
    ///
    /// # Errors
    /// A serde fails.
    pub fn drain_dirty(&mut self) -> Result<Vec<DirtyEntry<Windowed<K>, V>>> {
        let Self { sessions, key_serde, value_serde } = self;
        let (name, topic) = (sessions.entries.core.name.clone(), sessions.entries.core.topic.clone());
        let forgets_headers = sessions.entries.core.tombstone_headers;
        let mut entries = Vec::new();
        sessions.entries.drain_cached(|log, physical, value, mut cached| {
            log_cached(log, &physical[PREFIX..], value, &cached.context);
            if forgets_headers {
                // Kafka's cache gives out the headers of the stored sessions, which have none.
                cached.context.headers = Headers::new();
            }
            let Some(entry) = EntryKey::read(physical) else { return Ok(()) };
            let read = |bytes: &[u8]| decode(&name, &topic, value_serde, "value", bytes);
            entries.push(DirtyEntry {
                key: Windowed::new(decode(&name, &topic, key_serde, "key", entry.key)?, entry.session),
                new: value.map(read).transpose()?,
                old: cached.below.as_deref().map(read).transpose()?,
                context: cached.context,
            });
            Ok(())
        })?;
        Ok(entries)
    }

    fn sessions_of(
        &mut self,
        key: &K,
        earliest_end: i64,
        latest_start: i64,
        direction: Direction,
    ) -> Result<StoreIterator<'_, (Window, V)>> {
        let mut encoded = Vec::new();
        let Self { sessions, key_serde, value_serde } = self;
        append_key(&sessions.entries.core.name, &sessions.entries.core.topic, key_serde, key, &mut encoded)?;
        let ranges = sessions.entries.ranges_of_key(&encoded, earliest_end, i64::MAX, direction);
        let StoreCore { name, topic, bytes, .. } = &mut sessions.entries.core;
        Ok(StoreIterator::new(bytes.scan(ranges, direction), move |physical, value| {
            let entry = EntryKey::read(physical)
                .filter(|entry| entry.key == encoded && entry.session.start <= latest_start);
            let Some(entry) = entry else { return Ok(None) };
            Ok(Some((entry.session, decode(name, topic, value_serde, "value", value)?)))
        }))
    }

    fn sessions_of_keys(
        &mut self,
        first: Option<&K>,
        last: Option<&K>,
        earliest_end: i64,
        latest_start: i64,
        direction: Direction,
    ) -> Result<StoreIterator<'_, (Windowed<K>, V)>> {
        let encode = |key: &K| {
            let mut out = Vec::new();
            let StoreCore { name, topic, .. } = &self.sessions.entries.core;
            append_key(name, topic, &self.key_serde, key, &mut out).map(|()| out)
        };
        let first = first.map(encode).transpose()?;
        let last = last.map(encode).transpose()?;
        let Self { sessions, key_serde, value_serde } = self;
        let (keys, ends) = ((first.as_deref(), last.as_deref()), (earliest_end, i64::MAX));
        let ranges = sessions.entries.ranges_of_keys(keys, ends, direction);
        let visible_from = sessions.visible_from(earliest_end);
        let StoreCore { name, topic, bytes, .. } = &mut sessions.entries.core;
        Ok(StoreIterator::new(bytes.scan(ranges, direction), move |physical, value| {
            let entry = EntryKey::read(physical).filter(|entry| {
                first.as_deref().is_none_or(|first| entry.key >= first)
                    && last.as_deref().is_none_or(|last| entry.key <= last)
                    && entry.session.end >= visible_from
                    && entry.session.start <= latest_start
            });
            let Some(entry) = entry else { return Ok(None) };
            let key = decode(name, topic, key_serde, "key", entry.key)?;
            Ok(Some((Windowed::new(key, entry.session), decode(name, topic, value_serde, "value", value)?)))
        }))
    }
}

impl<K: 'static, V: 'static> StateStore for SessionStore<K, V> {
    delegate_to_core!(sessions.entries.core);

    fn restore(&mut self, records: &[RawRecord]) -> Result<()> {
        for record in records {
            let Some(key) = record.payload.key() else { continue };
            let sessions = &mut self.sessions.entries;
            sessions.core.value.clear();
            sessions.core.value.extend_from_slice(record.payload.value().unwrap_or_default());
            sessions.restore(key, record.payload.value().is_some())?;
        }
        Ok(())
    }

    fn flush(&mut self) -> Result<()> {
        self.sessions.entries.flush_cached(|log, physical, value, cached| {
            log_cached(log, &physical[PREFIX..], value, &cached.context);
            Ok(())
        })
    }
}

fn log_cached(log: Option<&mut ChangelogBuffer>, key: &[u8], value: Option<&[u8]>, context: &RecordContext) {
    match (log, value) {
        (None, _) => {}
        (Some(log), Some(value)) => log.push(key, Some(value), Some(context.timestamp)),
        (Some(log), None) => log.push_tombstone(key, context.timestamp, context),
    }
}

impl<K, V> fmt::Debug for SessionStore<K, V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.sessions.entries.core.fmt(f)
    }
}
