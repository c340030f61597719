//! The plain window store.

use std::fmt;

use super::bytes::{EntryKey, WindowBytes};
use super::reads::window_reads;
use super::values::WindowValues;
use crate::error::Result;
use crate::processor::RawRecord;
use crate::record::Headers;
use crate::serde::Serde;
use crate::serde::{Window, Windowed};
use crate::store::bytes::Direction;
use crate::store::core::{PlainValues, StoreCore, append_key, decode, delegate_to_core};
use crate::store::dirty::DirtyEntry;
use crate::store::iterator::StoreIterator;
use crate::store::segments::PREFIX;
use crate::store::state_store::StateStore;

/// A store of values by key and window start. Entries older than the store's retention, by the largest window start
/// that was put so far, are gone.
pub struct WindowStore<K, V> {
    pub(super) windows: WindowBytes,
    pub(super) key_serde: Serde<K>,
    pub(super) values: PlainValues<V>,
}

impl<K: 'static, V: 'static> WindowStore<K, V> {
    /// Sets the value of `key` in the window that starts at `start` (milliseconds since the epoch); `None`, or a value
    /// that serializes to null, deletes it. A store that retains duplicates adds the value to those that are there, and
    /// ignores deletions.
    ///
    /// # Errors
    /// The key is null, a serde fails, or the local disk does.
    pub fn put(&mut self, key: &K, value: Option<&V>, start: i64) -> Result<()> {
        self.put_with_headers(key, value, start, None)
    }

    /// As [`WindowStore::put`], with headers for the changelog record (KIP-1271).
    ///
    /// # Errors
    /// As [`WindowStore::put`].
    pub fn put_with_headers(
        &mut self,
        key: &K,
        value: Option<&V>,
        start: i64,
        headers: Option<Headers>,
    ) -> Result<()> {
        let windows = &mut self.windows;
        windows.locate(&self.key_serde, key, start)?;
        windows.entries.core.value.clear();
        let present = match value {
            Some(value) => windows.entries.core.append_value(&self.values.serde, value)?,
            None => false,
        };
        if windows.put(start, present)? {
            let timestamp = Some(windows.entries.core.record.timestamp);
            windows.entries.core.log_buffers_with_headers(present, 0, timestamp, headers);
        }
        Ok(())
    }

    /// Empties the record cache: logs what it held and returns it, in the order of the last updates.
    ///
    /// # Errors
    /// A serde fails.
    pub fn drain_dirty(&mut self) -> Result<Vec<DirtyEntry<Windowed<K>, V>>> {
        let Self { windows, key_serde, values } = self;
        let (name, topic, size) =
            (windows.entries.core.name.clone(), windows.entries.core.topic.clone(), windows.window_size);
        let mut entries = Vec::new();
        windows.entries.drain_cached(|log, physical, value, cached| {
            if let Some(log) = log {
                log.push(&physical[PREFIX..], value, Some(cached.context.timestamp));
            }
            let Some(entry) = EntryKey::read(physical) else { return Ok(()) };
            let window = Window::new(entry.start, entry.start.saturating_add(size));
            let read = |bytes: &[u8]| values.decode(&name, &topic, bytes);
            entries.push(DirtyEntry {
                key: Windowed::new(decode(&name, &topic, key_serde, "key", entry.key)?, window),
                new: value.map(read).transpose()?,
                old: cached.below.as_deref().map(read).transpose()?,
                context: cached.context,
            });
            Ok(())
        })?;
        Ok(entries)
    }

    /// As [`WindowStore::fetch_range`], but takes the values out of the store at once, into `found` (which forgets what
    /// it held): the store is free while they are dealt with.
    ///
    /// # Errors
    /// The key is null, its serde fails, or the local disk does.
    pub fn fetch_into(&mut self, key: &K, from: i64, to: i64, found: &mut WindowValues<V>) -> Result<()> {
        let Self { windows, key_serde, values } = self;
        found.restart(&windows.entries.core.name, &windows.entries.core.topic, &values.serde);
        windows.visit_key(key_serde, key, (from, to), |start, value| found.push(start, value))
    }

    window_reads!(V);
}

impl<K: 'static, V: 'static> StateStore for WindowStore<K, V> {
    delegate_to_core!(windows.entries.core);

    fn restore(&mut self, records: &[RawRecord]) -> Result<()> {
        for record in records {
            let Some(key) = record.payload.key() else { continue };
            self.windows.entries.core.value.clear();
            self.windows.entries.core.value.extend_from_slice(record.payload.value().unwrap_or_default());
            self.windows.entries.restore(key, record.payload.value().is_some())?;
        }
        Ok(())
    }

    fn flush(&mut self) -> Result<()> {
        self.windows.entries.flush_cached(|log, physical, value, cached| {
            if let Some(log) = log {
                log.push(&physical[PREFIX..], value, Some(cached.context.timestamp));
            }
            Ok(())
        })
    }
}

impl<K, V> fmt::Debug for WindowStore<K, V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.windows.entries.core.fmt(f)
    }
}
