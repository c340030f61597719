//! The store of stream-stream left and outer joins: records that have found no match yet, by time.

use std::collections::BTreeMap;
use std::fmt;

use crate::error::{Error, Result};
use crate::processor::RawRecord;
use crate::serde::Serde;
use crate::store::bytes::{Direction, KeyRange};
use crate::store::core::{StoreCore, append_key, decode, delegate_to_core};
use crate::store::iterator::StoreIterator;
use crate::store::settings::StoreSettings;
use crate::store::state_store::StateStore;
use crate::store::{StoreBuilder, StoreContext};

/// A list of values begins so: a list without a schema for nulls (Kafka's list serde).
const LIST_VERSION: u8 = 1;

/// A value of one of the two sides of a join.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum JoinSide<L, R> {
    /// Of the left stream.
    Left(L),
    /// Of the right stream.
    Right(R),
}

impl<L, R> JoinSide<L, R> {
    /// The same side without the value.
    pub fn side(&self) -> JoinSide<(), ()> {
        match self {
            Self::Left(_) => JoinSide::Left(()),
            Self::Right(_) => JoinSide::Right(()),
        }
    }

    fn byte(&self) -> u8 {
        match self {
            Self::Left(_) => 1,
            Self::Right(_) => 0,
        }
    }
}

/// Records of one key, time and side that have found no match.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unmatched<K, L, R> {
    /// The key.
    pub key: K,
    /// Their timestamp, in milliseconds since the epoch.
    pub timestamp: i64,
    /// Their values, in the order in which they came; never empty, and all of one side.
    pub values: Vec<JoinSide<L, R>>,
}

/// The store of stream-stream left and outer joins (KIP-633): records that have found no match yet, in the order of
/// time, then right side before left, then key. It is shared by the two sides of the join.
pub struct OuterJoinStore<K, L, R> {
    core: StoreCore,
    serdes: Serdes<K, L, R>,
    clock: JoinClock,
}

/// The time of a left or outer join, shared by its two sides. It is not restored: it starts anew with the task.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct JoinClock {
    /// The largest timestamp that either side has seen; -1 at the start. Milliseconds since the epoch.
    pub stream_time: i64,
    /// No record in the store is older than this, as far as is known; `None` if nothing is known of it.
    pub min_time: Option<i64>,
    /// The wall clock (milliseconds since the epoch) before which the store is not looked through again.
    pub next_scan: i64,
}

struct Serdes<K, L, R> {
    key: Serde<K>,
    left: Serde<L>,
    right: Serde<R>,
}

impl<K: 'static, L: 'static, R: 'static> OuterJoinStore<K, L, R> {
    /// Adds a record without a match.
    ///
    /// # Errors
    /// The key is null, a serde fails, or the local disk does.
    pub fn add(&mut self, key: &K, timestamp: i64, value: &JoinSide<L, R>) -> Result<()> {
        self.locate(key, timestamp, value.byte())?;
        let Self { core, serdes, .. } = self;
        let mut element = vec![value.byte()];
        std::mem::swap(&mut core.value, &mut element);
        match value {
            JoinSide::Left(value) => core.append_value(&serdes.left, value)?,
            JoinSide::Right(value) => core.append_value(&serdes.right, value)?,
        };
        std::mem::swap(&mut core.value, &mut element);
        let StoreCore { bytes, key, value, .. } = &mut *core;
        value.clear();
        match bytes.get(key)? {
            Some(list) => value.extend_from_slice(list),
            None => value.extend_from_slice(&[LIST_VERSION, 0, 0, 0, 0]),
        }
        append_element(value, &element)?;
        self.put(true)
    }

    /// Removes all records of that key, time and side, if there are any.
    ///
    /// # Errors
    /// As [`OuterJoinStore::add`].
    pub fn remove(&mut self, key: &K, timestamp: i64, side: JoinSide<(), ()>) -> Result<()> {
        self.locate(key, timestamp, side.byte())?;
        if self.core.bytes.get(&self.core.key)?.is_none() {
            return Ok(());
        }
        self.put(false)
    }

    /// The join's time.
    pub fn clock(&mut self) -> &mut JoinClock {
        &mut self.clock
    }

    /// All records, in the store's order.
    ///
    /// # Errors
    /// As [`OuterJoinStore::add`].
    pub fn all(&mut self) -> Result<StoreIterator<'_, Unmatched<K, L, R>>> {
        let Self { core: StoreCore { name, topic, bytes, .. }, serdes, .. } = self;
        let scan = bytes.scan(vec![KeyRange::all()], Direction::Forward);
        Ok(StoreIterator::new(scan, |key, list| serdes.read(name, topic, key, list).map(Some)))
    }

    fn locate(&mut self, key: &K, timestamp: i64, side: u8) -> Result<()> {
        let Self { core, serdes, .. } = self;
        core.key.clear();
        core.key.extend_from_slice(&timestamp.to_be_bytes());
        core.key.push(side);
        append_key(&core.name, &core.topic, &serdes.key, key, &mut core.key)
    }

    fn put(&mut self, present: bool) -> Result<()> {
        self.core.put_buffers(present)?;
        self.core.log_buffers(present, 0, Some(self.core.record.timestamp));
        Ok(())
    }
}

impl<K: 'static, L: 'static, R: 'static> Serdes<K, L, R> {
    fn read(&self, name: &str, topic: &str, key: &[u8], list: &[u8]) -> Result<Unmatched<K, L, R>> {
        let (timestamp, rest) = key.split_first_chunk::<8>().ok_or_else(|| damaged(name))?;
        let (_side, key) = rest.split_first().ok_or_else(|| damaged(name))?;
        let mut values = Vec::new();
        for element in elements(list).ok_or_else(|| damaged(name))? {
            let (side, value) = element.split_first().ok_or_else(|| damaged(name))?;
            values.push(match side {
                1 => JoinSide::Left(decode(name, topic, &self.left, "value", value)?),
                _ => JoinSide::Right(decode(name, topic, &self.right, "value", value)?),
            });
        }
        let key = decode(name, topic, &self.key, "key", key)?;
        Ok(Unmatched { key, timestamp: i64::from_be_bytes(*timestamp), values })
    }
}

/// Appends an element to a list: its length, then itself; and counts it.
fn append_element(list: &mut Vec<u8>, element: &[u8]) -> Result<()> {
    let length =
        u32::try_from(element.len()).map_err(|_| Error::data("a value of a join is larger than 4 GiB"))?;
    list.extend_from_slice(&length.to_be_bytes());
    list.extend_from_slice(element);
    if let Some(count) = list.get_mut(1..5) {
        let next = count.iter().fold(0_u32, |count, byte| count << 8 | u32::from(*byte)).saturating_add(1);
        count.copy_from_slice(&next.to_be_bytes());
    }
    Ok(())
}

/// The elements of a list; `None` if it is damaged.
fn elements(list: &[u8]) -> Option<Vec<&[u8]>> {
    let (count, mut rest) = list.get(1..)?.split_first_chunk::<4>()?;
    let mut elements = Vec::new();
    for _ in 0..u32::from_be_bytes(*count) {
        let (length, behind) = rest.split_first_chunk::<4>()?;
        let (element, behind) = behind.split_at_checked(u32::from_be_bytes(*length) as usize)?;
        elements.push(element);
        rest = behind;
    }
    Some(elements)
}

fn damaged(name: &str) -> Error {
    Error::state(format!("an entry of state store `{name}` is too short: the local state is damaged"))
}

impl<K: 'static, L: 'static, R: 'static> StateStore for OuterJoinStore<K, L, R> {
    delegate_to_core!(core);

    fn restore(&mut self, records: &[RawRecord]) -> Result<()> {
        for record in records {
            let Some(key) = record.payload.key() else { continue };
            self.core.bytes.put(key, record.payload.value());
        }
        Ok(())
    }
}

impl<K, L, R> fmt::Debug for OuterJoinStore<K, L, R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.core.fmt(f)
    }
}

/// Describes an [`OuterJoinStore`].
pub struct OuterJoinStoreBuilder<K, L, R> {
    name: String,
    persistent: bool,
    serdes: Serdes<K, L, R>,
    settings: StoreSettings,
}

impl<K, L, R> OuterJoinStoreBuilder<K, L, R> {
    /// A builder of a store of that name, on disk or in memory.
    pub fn new(
        name: impl Into<String>,
        persistent: bool,
        key_serde: Serde<K>,
        left_serde: Serde<L>,
        right_serde: Serde<R>,
    ) -> Self {
        let serdes = Serdes { key: key_serde, left: left_serde, right: right_serde };
        Self { name: name.into(), persistent, serdes, settings: StoreSettings::default() }
    }

    /// Changes go to a changelog topic, created with these settings on top of the library's (the default, without
    /// settings).
    #[must_use]
    pub fn with_logging_enabled(mut self, config: BTreeMap<String, String>) -> Self {
        self.settings.logging = true;
        self.settings.log_config = config;
        self
    }

    /// Changes go nowhere: the store starts empty wherever its task moves to.
    #[must_use]
    pub fn with_logging_disabled(mut self) -> Self {
        self.settings.logging = false;
        self
    }
}

impl<K: 'static, L: 'static, R: 'static> StoreBuilder for OuterJoinStoreBuilder<K, L, R> {
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
        let bytes = context.bytes(&self.name, self.persistent)?;
        let serdes = Serdes {
            key: self.serdes.key.clone(),
            left: self.serdes.left.clone(),
            right: self.serdes.right.clone(),
        };
        let clock = JoinClock { stream_time: -1, min_time: None, next_scan: 0 };
        Ok(Box::new(OuterJoinStore {
            core: StoreCore::new(&self.name, bytes, false, context),
            serdes,
            clock,
        }))
    }
}

impl<K, L, R> fmt::Debug for OuterJoinStoreBuilder<K, L, R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OuterJoinStoreBuilder").field("name", &self.name).finish_non_exhaustive()
    }
}
