//! What all typed stores are made of: bytes, changelog, record cache, and scratch buffers.

use std::fmt;

use super::bytes::{ByteStore, Cached};
use super::changelog::ChangelogBuffer;
use super::context::StoreContext;
use crate::error::{BoxError, Error, Result};
use crate::record::{Headers, RecordContext};
use crate::serde::{IsNull, Serde};

/// The untyped part of a store.
pub(crate) struct StoreCore {
    pub(crate) name: String,
    /// The topic that serdes are told.
    pub(crate) topic: String,
    pub(crate) bytes: ByteStore,
    pub(crate) log: Option<ChangelogBuffer>,
    /// The record at hand; only its timestamp is kept up unless its headers may be asked for.
    pub(crate) record: RecordContext,
    pub(crate) caching: bool,
    /// Deletions are logged with the record's headers.
    pub(crate) tombstone_headers: bool,
    pub(crate) key: Vec<u8>,
    pub(crate) value: Vec<u8>,
    /// How many of the key's first bytes are for the local disk alone.
    pub(crate) key_skip: usize,
}

impl StoreCore {
    /// The core of a store. `caching` is what the builder wishes.
    pub(crate) fn new(name: &str, bytes: ByteStore, caching: bool, context: &StoreContext<'_>) -> Self {
        Self {
            name: name.to_owned(),
            topic: context.serde_topic(name),
            bytes,
            log: context.write_changelog.then(ChangelogBuffer::default),
            record: RecordContext::punctuation(-1),
            caching: caching && context.cache,
            tombstone_headers: false,
            key: Vec::new(),
            value: Vec::new(),
            key_skip: 0,
        }
    }

    /// Logs deletions with the record's headers from now on.
    pub(crate) fn log_tombstone_headers(&mut self) {
        self.tombstone_headers = true;
        if let Some(log) = &mut self.log {
            log.log_tombstone_headers();
        }
    }

    pub(crate) fn set_record(&mut self, record: &RecordContext) {
        if self.caching || self.tombstone_headers {
            self.record.clone_from(record);
        } else {
            self.record.timestamp = record.timestamp;
        }
    }

    /// Serializes a key into the key buffer.
    pub(crate) fn encode_key<K: 'static>(&mut self, serde: &Serde<K>, key: &K) -> Result<()> {
        self.key.clear();
        append_key(&self.name, &self.topic, serde, key, &mut self.key)
    }

    /// Appends a value to the value buffer; `false` for null.
    pub(crate) fn append_value<V: 'static>(&mut self, serde: &Serde<V>, value: &V) -> Result<bool> {
        append_value_to(&self.name, &self.topic, serde, value, &mut self.value)
    }

    /// Logs what the key buffer and (from byte `skip` on) the value buffer hold.
    pub(crate) fn log_buffers(&mut self, present: bool, skip: usize, timestamp: Option<i64>) {
        self.log_buffers_with_headers(present, skip, timestamp, None);
    }

    /// As [`StoreCore::log_buffers`], with headers.
    pub(crate) fn log_buffers_with_headers(
        &mut self,
        present: bool,
        skip: usize,
        timestamp: Option<i64>,
        headers: Option<Headers>,
    ) {
        if let Some(log) = &mut self.log {
            let value = present.then(|| &self.value[skip..]);
            let key = &self.key[self.key_skip..];
            match (value, timestamp, &headers) {
                (None, Some(timestamp), None) => log.push_tombstone(key, timestamp, &self.record),
                _ => log.push_with_headers(key, value, timestamp, headers),
            }
        }
    }

    /// Writes the buffers to the store, by way of the cache if there is one. Says whether the change is to be logged
    /// now.
    pub(crate) fn put_buffers(&mut self, present: bool) -> Result<bool> {
        let value = present.then_some(&*self.value);
        if self.caching {
            self.bytes.put_cached(&self.key, value, self.record.clone())?;
        } else {
            self.bytes.put(&self.key, value);
        }
        Ok(!self.caching)
    }

    /// Empties the record cache: calls `f` with the log, key, new value and what was cached. Changes from nothing to
    /// nothing are left out (feature S50).
    pub(crate) fn drain_cached(
        &mut self,
        f: impl FnMut(Option<&mut ChangelogBuffer>, &[u8], Option<&[u8]>, Cached) -> Result<()>,
    ) -> Result<()> {
        self.drain_cached_over(|_| true, f)
    }

    /// As [`StoreCore::drain_cached`], for a store whose entries expire: where `seen` says that the key's former value
    /// has, there was nothing.
    pub(crate) fn drain_cached_over(
        &mut self,
        mut seen: impl FnMut(&[u8]) -> bool,
        mut f: impl FnMut(Option<&mut ChangelogBuffer>, &[u8], Option<&[u8]>, Cached) -> Result<()>,
    ) -> Result<()> {
        let log = &mut self.log;
        self.bytes.drain_cached(|key, value, mut cached| {
            if !seen(key) {
                cached.below = None;
            }
            if value.is_none() && cached.below.is_none() {
                return Ok(());
            }
            f(log.as_mut(), key, value, cached)
        })
    }
}

impl StoreCore {
    /// Empties the record cache of a store that tells nobody: changes from nothing to nothing are put as well.
    pub(crate) fn flush_cached(
        &mut self,
        mut f: impl FnMut(Option<&mut ChangelogBuffer>, &[u8], Option<&[u8]>, Cached) -> Result<()>,
    ) -> Result<()> {
        let log = &mut self.log;
        self.bytes.drain_cached(|key, value, cached| f(log.as_mut(), key, value, cached))
    }
}

impl fmt::Debug for StoreCore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Store").field("name", &self.name).field("bytes", &self.bytes).finish_non_exhaustive()
    }
}

/// Appends a key to `out`; null is refused.
pub(crate) fn append_key<K: 'static>(
    store: &str,
    topic: &str,
    serde: &Serde<K>,
    key: &K,
    out: &mut Vec<u8>,
) -> Result<()> {
    match serde.serializer().serialize(topic, key, out) {
        Ok(IsNull::No) => Ok(()),
        Ok(IsNull::Yes) => Err(Error::argument(format!("state store `{store}` takes no null key"))),
        Err(error) => Err(unwritable(store, "key", error)),
    }
}

/// Appends a value to `out`; `false` for null.
pub(crate) fn append_value_to<V: 'static>(
    store: &str,
    topic: &str,
    serde: &Serde<V>,
    value: &V,
    out: &mut Vec<u8>,
) -> Result<bool> {
    match serde.serializer().serialize(topic, value, out) {
        Ok(is_null) => Ok(is_null == IsNull::No),
        Err(error) => Err(unwritable(store, "value", error)),
    }
}

/// Reads a key or a value of a store.
pub(crate) fn decode<T: 'static>(
    store: &str,
    topic: &str,
    serde: &Serde<T>,
    what: &str,
    bytes: &[u8],
) -> Result<T> {
    serde.deserializer().deserialize(topic, Some(bytes)).map_err(|error| {
        Error::data(error.to_string())
            .with_source(error)
            .context(format!("cannot read a {what} of state store `{store}`: was its type or serde changed?"))
    })
}

fn unwritable(store: &str, what: &str, error: BoxError) -> Error {
    Error::data(error.to_string())
        .with_source(error)
        .context(format!("cannot write the {what} of an entry of state store `{store}`"))
}

/// The parts of [`StateStore`](super::StateStore) that a typed store leaves to its [`StoreCore`], a field of a field.
macro_rules! delegate_to_core {
    ($($core:ident).+) => {
        fn name(&self) -> &str {
            &self.$($core).+.name
        }

        fn as_any_mut(&mut self) -> &mut dyn std::any::Any {
            self
        }

        fn set_time(&mut self, timestamp: i64) {
            self.$($core).+.record.timestamp = timestamp;
        }

        fn set_record(&mut self, record: &$crate::record::RecordContext) {
            self.$($core).+.set_record(record);
        }

        fn persistent(&self) -> bool {
            self.$($core).+.bytes.is_persistent()
        }

        fn drain_changelog(
            &mut self,
            f: &mut dyn FnMut($crate::store::ChangelogRecord<'_>) -> $crate::error::Result<()>,
        ) -> $crate::error::Result<()> {
            self.$($core).+.log.as_mut().map_or(Ok(()), |log| log.drain(f))
        }

        fn cached_bytes(&self) -> usize {
            self.$($core).+.bytes.cached_bytes()
        }

        fn unwritten_bytes(&self) -> usize {
            self.$($core).+.bytes.unwritten_bytes()
        }

        fn unwritten_updates(&self) -> u64 {
            self.$($core).+.bytes.unwritten_updates()
        }

        fn stage(&self, writes: &mut $crate::store::StateWrites<'_>) -> $crate::error::Result<()> {
            self.$($core).+.bytes.stage(writes)
        }

        fn staged_is_written(&mut self) -> $crate::error::Result<()> {
            self.$($core).+.bytes.staged_is_written()
        }
    };
}

pub(crate) use delegate_to_core;

pub(crate) use super::values::{PlainValues, TimestampedValues, log_cached};
