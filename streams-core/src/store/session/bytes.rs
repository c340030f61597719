//! Session stores of bytes.
//!
//! An entry's own key is Kafka's: key, session end (8 bytes), session start (8 bytes). Its time is the session's end.

use super::supplier::SessionStoreSupplier;
use crate::error::Result;
use crate::serde::Serde;
use crate::serde::Window;
use crate::store::StoreContext;
use crate::store::bytes::Direction;
use crate::store::core::append_key;
use crate::store::segmented::{Layout, Segmented, SegmentedOptions};
use crate::store::segments::{ENTRY, PREFIX, start_key};

/// Session end and start, which both come first in the index.
const LAYOUT: Layout = Layout { suffix: 16, leading: 16, leeway: 0 };

/// A session store of bytes.
#[derive(Debug)]
pub(super) struct SessionBytes {
    pub(super) entries: Segmented,
}

/// What an entry's key says.
pub(super) struct EntryKey<'a> {
    pub(super) key: &'a [u8],
    pub(super) session: Window,
}

impl<'a> EntryKey<'a> {
    /// Reads a physical key.
    pub(super) fn read(physical: &'a [u8]) -> Option<Self> {
        let logical = physical.get(PREFIX..)?;
        let (rest, start) = logical.split_last_chunk::<8>()?;
        let (key, end) = rest.split_last_chunk::<8>()?;
        Some(Self { key, session: Window::new(i64::from_be_bytes(*start), i64::from_be_bytes(*end)) })
    }
}

impl SessionBytes {
    pub(super) fn new(
        supplier: &SessionStoreSupplier,
        caching: bool,
        context: &StoreContext<'_>,
    ) -> Result<Self> {
        let options = SegmentedOptions {
            name: supplier.name(),
            persistent: supplier.is_persistent(),
            retention_ms: supplier.retention_ms(),
            by_time: supplier.is_by_time(),
            caching,
            append_only: false,
        };
        Ok(Self { entries: Segmented::new(LAYOUT, options, context)? })
    }

    /// Whether reads see sessions that end at `end`.
    pub(super) fn is_visible(&self, end: i64) -> bool {
        end >= self.entries.live_from()
    }

    /// The smallest session end that a read from `earliest_end` on sees.
    pub(super) fn visible_from(&self, earliest_end: i64) -> i64 {
        earliest_end.max(self.entries.live_from())
    }

    /// Writes the physical key of a session into the key buffer.
    pub(super) fn locate<K: 'static>(&mut self, serde: &Serde<K>, key: &K, session: Window) -> Result<()> {
        let Segmented { core, segments, .. } = &mut self.entries;
        start_key(&mut core.key, segments.id(session.end), ENTRY);
        append_key(&core.name, &core.topic, serde, key, &mut core.key)?;
        core.key.extend_from_slice(&session.end.to_be_bytes());
        core.key.extend_from_slice(&session.start.to_be_bytes());
        Ok(())
    }

    /// Physical keys and values of the sessions that end between two times: on disk in the order of end, start, key, in
    /// memory of end, key, start, as Kafka's stores.
    pub(super) fn by_end(&mut self, from: i64, to: i64) -> Result<Vec<(Vec<u8>, Vec<u8>)>> {
        let entries = &mut self.entries;
        if entries.is_by_time() && entries.core.bytes.is_persistent() {
            // Kafka's stores on disk do not look at retention: sessions are found until their segment is dropped.
            return entries.through_index(from.max(0), to, Direction::Forward);
        }
        let from = from.max(entries.live_from()).max(0);
        let mut found = if entries.is_by_time() {
            entries.through_index(from, to, Direction::Forward)?
        } else {
            entries.by_scan(from, to)?
        };
        let start_first = entries.core.bytes.is_persistent();
        found.sort_by_cached_key(|(key, _)| {
            let entry = EntryKey::read(key)?;
            let Window { start, end } = entry.session;
            Some((end, start_first.then_some(start), entry.key.to_vec(), start))
        });
        Ok(found)
    }
}
