//! The window store whose values carry the time of their last update.

use std::fmt;

use super::bytes::{EntryKey, WindowBytes};
use super::reads::window_reads;
use crate::error::Result;
use crate::processor::RawRecord;
use crate::serde::Serde;
use crate::serde::{Window, Windowed};
use crate::store::bytes::Direction;
use crate::store::core::{StoreCore, TimestampedValues, append_key, decode, delegate_to_core, log_cached};
use crate::store::dirty::DirtyEntry;
use crate::store::iterator::StoreIterator;
use crate::store::segments::PREFIX;
use crate::store::state_store::StateStore;
use crate::store::value_and_timestamp::ValueAndTimestamp;

/// A store of values with timestamps by key and window start: what windowed aggregations keep. Entries older than the
/// store's retention, by the largest window start that was put so far, are gone.
pub struct TimestampedWindowStore<K, V> {
    pub(super) windows: WindowBytes,
    pub(super) key_serde: Serde<K>,
    pub(super) values: TimestampedValues<V>,
}

impl<K: 'static, V: 'static> TimestampedWindowStore<K, V> {
    /// Sets the value of `key` in the window that starts at `start`, as of `timestamp` (both in milliseconds since the
    /// epoch); `None`, or a value that serializes to null, deletes it.
    ///
    /// # Errors
    /// The key is null, a serde fails, or the local disk does.
    pub fn put(&mut self, key: &K, value: Option<&V>, start: i64, timestamp: i64) -> Result<()> {
        let windows = &mut self.windows;
        windows.locate(&self.key_serde, key, start)?;
        let present = self.values.encode(&mut windows.entries.core, value, timestamp)?;
        if windows.put(start, present)? {
            let timestamp = if present { timestamp } else { windows.entries.core.record.timestamp };
            windows.entries.core.log_buffers(present, 8, Some(timestamp));
        }
        Ok(())
    }

    /// Empties the record cache: logs what it held and returns it, in the order of the last updates.
    ///
    /// # Errors
    /// A serde fails.
    pub fn drain_dirty(&mut self) -> Result<Vec<DirtyEntry<Windowed<K>, ValueAndTimestamp<V>>>> {
        let Self { windows, key_serde, values } = self;
        let (name, topic, size) =
            (windows.entries.core.name.clone(), windows.entries.core.topic.clone(), windows.window_size);
        let mut entries = Vec::new();
        windows.entries.drain_cached(|log, physical, value, cached| {
            log_cached(log, &physical[PREFIX..], value, &cached)?;
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

    window_reads!(ValueAndTimestamp<V>);
}

impl<K: 'static, V: 'static> StateStore for TimestampedWindowStore<K, V> {
    delegate_to_core!(windows.entries.core);

    fn restore(&mut self, records: &[RawRecord]) -> Result<()> {
        for record in records {
            let Some(key) = record.payload.key() else { continue };
            let value = &mut self.windows.entries.core.value;
            value.clear();
            value.extend_from_slice(&record.timestamp.to_be_bytes());
            value.extend_from_slice(record.payload.value().unwrap_or_default());
            self.windows.entries.restore(key, record.payload.value().is_some())?;
        }
        Ok(())
    }

    fn flush(&mut self) -> Result<()> {
        self.windows
            .entries
            .flush_cached(|log, physical, value, cached| log_cached(log, &physical[PREFIX..], value, &cached))
    }
}

impl<K, V> fmt::Debug for TimestampedWindowStore<K, V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.windows.entries.core.fmt(f)
    }
}
