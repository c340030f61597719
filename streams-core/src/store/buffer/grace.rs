//! The buffer of stream-table joins with a grace period.

use std::collections::BTreeMap;
use std::fmt;
use std::time::Duration;

use super::record_bytes::BufferedBytes;
use crate::error::{Error, Result};
use crate::processor::RawRecord;
use crate::record::RecordContext;
use crate::serde::Serde;
use crate::store::bytes::{Direction, KeyRange};
use crate::store::core::{StoreCore, append_key, append_value_to, decode, delegate_to_core};
use crate::store::settings::StoreSettings;
use crate::store::state_store::StateStore;
use crate::store::window::millis;
use crate::store::{StoreBuilder, StoreContext};

/// A record that left the buffer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BufferedRecord<K, V> {
    /// The key.
    pub key: K,
    /// The value.
    pub value: V,
    /// The record's context.
    pub context: RecordContext,
}

/// Holds back records of a stream until stream time has passed them by a grace period (KIP-923), in the order of time,
/// then key, then arrival. An entry's key is: a zero (1 byte), timestamp (8 bytes), key, sequence number (4 bytes).
pub struct GraceBuffer<K, V> {
    core: StoreCore,
    key_serde: Serde<K>,
    value_serde: Serde<V>,
    grace_ms: i64,
    sequence: u32,
    /// The largest timestamp that was put.
    observed: i64,
}

impl<K: 'static, V: 'static> GraceBuffer<K, V> {
    /// Buffers a record; `false` if it is older than the grace period allows, and is not buffered.
    ///
    /// # Errors
    /// The key or the value is null, a serde fails, or the local disk does.
    pub fn put(&mut self, key: &K, value: &V, timestamp: i64, context: RecordContext) -> Result<bool> {
        if self.observed.saturating_sub(self.grace_ms) > timestamp {
            return Ok(false);
        }
        self.observed = self.observed.max(timestamp);
        self.sequence = (self.sequence + 1) & 0x7fff_ffff;
        let core = &mut self.core;
        core.key.clear();
        core.key.push(0);
        core.key.extend_from_slice(&timestamp.to_be_bytes());
        append_key(&core.name, &core.topic, &self.key_serde, key, &mut core.key)?;
        core.key.extend_from_slice(&self.sequence.to_be_bytes());
        let mut new = Vec::new();
        if !append_value_to(&core.name, &core.topic, &self.value_serde, value, &mut new)? {
            return Err(Error::argument(format!("buffer `{}` takes no null values", core.name)));
        }
        core.value.clear();
        BufferedBytes { context, prior: None, old: None, new: Some(new) }.encode(0, &mut core.value);
        core.put_buffers(true)?;
        core.log_buffers(true, 0, None);
        Ok(true)
    }

    /// Takes out all records whose grace period is over.
    ///
    /// # Errors
    /// A serde or the local disk fails.
    pub fn evict(&mut self) -> Result<Vec<BufferedRecord<K, V>>> {
        let until = self.observed.saturating_sub(self.grace_ms);
        if until < 0 {
            return Ok(Vec::new());
        }
        let end = [&[0], &until.saturating_add(1).to_be_bytes()[..]].concat();
        let (mut keys, mut records) = (Vec::new(), Vec::new());
        {
            let StoreCore { name, topic, bytes, .. } = &mut self.core;
            let range = KeyRange { start: Vec::new(), end: Some(end) };
            let mut scan = bytes.scan(vec![range], Direction::Forward);
            while let Some((key, value)) = scan.next()? {
                keys.push(key.to_vec());
                let (buffered, _) = BufferedBytes::decode(value).ok_or_else(|| damaged(name))?;
                let own_key = key.get(9..key.len().saturating_sub(4)).ok_or_else(|| damaged(name))?;
                let new = buffered.new.ok_or_else(|| damaged(name))?;
                records.push(BufferedRecord {
                    key: decode(name, topic, &self.key_serde, "key", own_key)?,
                    value: decode(name, topic, &self.value_serde, "value", &new)?,
                    context: buffered.context,
                });
            }
        }
        for key in keys {
            self.core.bytes.put(&key, None);
            if let Some(log) = &mut self.core.log {
                log.push(&key, None, None);
            }
        }
        Ok(records)
    }

    /// Time and sequence number go on from what the store holds.
    fn note(&mut self, key: &[u8]) {
        if let Some(time) = key.get(1..).and_then(<[u8]>::first_chunk::<8>) {
            self.observed = self.observed.max(i64::from_be_bytes(*time));
        }
        if let Some(sequence) = key.last_chunk::<4>() {
            self.sequence = self.sequence.max(u32::from_be_bytes(*sequence) & 0x7fff_ffff);
        }
    }

    fn note_all(&mut self) -> Result<()> {
        let mut keys = Vec::new();
        {
            let mut scan = self.core.bytes.scan(vec![KeyRange::all()], Direction::Forward);
            while let Some((key, _)) = scan.next()? {
                keys.push(key.to_vec());
            }
        }
        keys.iter().for_each(|key| self.note(key));
        Ok(())
    }
}

fn damaged(name: &str) -> Error {
    Error::state(format!("an entry of buffer `{name}` is damaged"))
}

impl<K: 'static, V: 'static> StateStore for GraceBuffer<K, V> {
    delegate_to_core!(core);

    fn restore(&mut self, records: &[RawRecord]) -> Result<()> {
        for record in records {
            let Some(key) = record.payload.key() else { continue };
            self.note(key);
            self.core.bytes.put(key, record.payload.value());
        }
        Ok(())
    }
}

impl<K, V> fmt::Debug for GraceBuffer<K, V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.core.fmt(f)
    }
}

/// Describes a [`GraceBuffer`], which is always on disk.
pub struct GraceBufferBuilder<K, V> {
    name: String,
    grace_ms: i64,
    key_serde: Serde<K>,
    value_serde: Serde<V>,
    settings: StoreSettings,
}

impl<K, V> GraceBufferBuilder<K, V> {
    /// A builder of a buffer of that name.
    pub fn new(name: impl Into<String>, grace: Duration, key_serde: Serde<K>, value_serde: Serde<V>) -> Self {
        let settings = StoreSettings::default();
        Self { name: name.into(), grace_ms: millis(grace), key_serde, value_serde, settings }
    }

    /// Changes go nowhere: what is held back is lost when the task moves.
    #[must_use]
    pub fn with_logging_disabled(mut self) -> Self {
        self.settings.logging = false;
        self
    }
}

impl<K: 'static, V: 'static> StoreBuilder for GraceBufferBuilder<K, V> {
    fn name(&self) -> &str {
        &self.name
    }

    fn logging_enabled(&self) -> bool {
        self.settings.logging
    }

    fn changelog_config(&self, _additional_retention_ms: i64) -> BTreeMap<String, String> {
        self.settings.topic_config([("cleanup.policy", "compact".to_owned())])
    }

    fn build(&self, context: &StoreContext<'_>) -> Result<Box<dyn StateStore>> {
        let bytes = context.bytes(&self.name, true)?;
        let mut buffer = GraceBuffer {
            core: StoreCore::new(&self.name, bytes, false, context),
            key_serde: self.key_serde.clone(),
            value_serde: self.value_serde.clone(),
            grace_ms: self.grace_ms,
            sequence: 0,
            observed: -1,
        };
        buffer.note_all()?;
        Ok(Box::new(buffer))
    }
}

impl<K, V> fmt::Debug for GraceBufferBuilder<K, V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("GraceBufferBuilder").field("name", &self.name).finish_non_exhaustive()
    }
}
