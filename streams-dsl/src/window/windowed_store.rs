//! The stores of windowed tables, as aggregations and lookups use them: windows of a fixed size, and sessions.

use streams_core::{
    DirtyEntry, RecordContext, Result, SessionStore, StateStore, TimestampedWindowStore, ValueAndTimestamp,
    Window, Windowed,
};

use crate::Data;

/// An update that a record cache held back.
pub(crate) struct HeldBack<K, V> {
    pub(super) key: Windowed<K>,
    pub(super) new: Option<V>,
    pub(super) old: Option<V>,
    pub(super) timestamp: i64,
    pub(super) context: RecordContext,
}

/// A store that a windowed table is kept in.
pub(crate) trait WindowedStore<K, V>: StateStore {
    /// Whether updates go out with the headers of the record that made them.
    const FORWARDS_HEADERS: bool;

    /// Whether there is a record cache.
    fn has_cache(&self) -> bool;

    /// The value of a window.
    fn read(&mut self, key: &Windowed<K>) -> Result<Option<ValueAndTimestamp<V>>>;

    /// Puts or deletes the value of a window.
    fn write(&mut self, key: &K, window: Window, value: Option<&V>, timestamp: i64) -> Result<()>;

    /// The windows from one time to another: by start, sessions by end.
    fn between(&mut self, from: i64, to: i64) -> Result<Vec<(Windowed<K>, ValueAndTimestamp<V>)>>;

    /// What the record cache held back.
    fn drain(&mut self) -> Result<impl Iterator<Item = HeldBack<K, V>> + use<K, V, Self>>;
}

impl<K: Data, V: Data> WindowedStore<K, V> for TimestampedWindowStore<K, V> {
    const FORWARDS_HEADERS: bool = true;

    fn has_cache(&self) -> bool {
        self.is_caching()
    }

    fn read(&mut self, key: &Windowed<K>) -> Result<Option<ValueAndTimestamp<V>>> {
        self.fetch(&key.key, key.window.start)
    }

    fn write(&mut self, key: &K, window: Window, value: Option<&V>, timestamp: i64) -> Result<()> {
        self.put(key, value, window.start, timestamp)
    }

    fn between(&mut self, from: i64, to: i64) -> Result<Vec<(Windowed<K>, ValueAndTimestamp<V>)>> {
        self.fetch_all(from, to)?.collect()
    }

    fn drain(&mut self) -> Result<impl Iterator<Item = HeldBack<K, V>> + use<K, V>> {
        let value = |it: Option<ValueAndTimestamp<V>>| it.map(|it| it.value);
        Ok(self.drain_dirty()?.into_iter().map(move |DirtyEntry { key, new, old, context }| {
            let timestamp = new.as_ref().map_or(context.timestamp, |new| new.timestamp);
            HeldBack { key, new: value(new), old: value(old), timestamp, context }
        }))
    }
}

/// A session's time is its end.
impl<K: Data, V: Data> WindowedStore<K, V> for SessionStore<K, V> {
    /// In Kafka too, sessions' updates leave the record's headers behind, unlike those of other windows.
    const FORWARDS_HEADERS: bool = false;

    fn has_cache(&self) -> bool {
        self.is_caching()
    }

    fn read(&mut self, key: &Windowed<K>) -> Result<Option<ValueAndTimestamp<V>>> {
        let value = self.fetch_session(&key.key, key.window)?;
        Ok(value.map(|value| ValueAndTimestamp::new(value, key.window.end)))
    }

    fn write(&mut self, key: &K, window: Window, value: Option<&V>, _timestamp: i64) -> Result<()> {
        self.put(key, window, value)
    }

    fn between(&mut self, from: i64, to: i64) -> Result<Vec<(Windowed<K>, ValueAndTimestamp<V>)>> {
        let timed = |session: Result<(Windowed<K>, V)>| {
            session.map(|(key, value)| {
                let end = key.window.end;
                (key, ValueAndTimestamp::new(value, end))
            })
        };
        self.find_sessions_by_end(from, to)?.map(timed).collect()
    }

    fn drain(&mut self) -> Result<impl Iterator<Item = HeldBack<K, V>> + use<K, V>> {
        Ok(self.drain_dirty()?.into_iter().map(|DirtyEntry { key, new, old, context }| {
            let timestamp = key.window.end;
            HeldBack { key, new, old, timestamp, context }
        }))
    }
}
