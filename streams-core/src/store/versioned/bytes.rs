//! Versions of values as bytes.
//!
//! The latest version of a key lies apart from the older ones, so that the commonest read is one look-up. An older
//! version is an entry of the segment in which its validity ends: key, end of validity (8 bytes); the value is its start
//! (8 bytes), a byte that says whether it has a value, and the value. A deletion is a version without a value, or a gap
//! between two versions. A key without a latest version whose history ends at T was deleted at T.
//!
//! As in Kafka, a deletion at the very time of the latest version leaves only what was known before: if no older version
//! ends there, nothing remembers that time, and a version that is put before it later is the latest.

use crate::error::{Error, Result};
use crate::store::StoreContext;
use crate::store::bytes::{Direction, KeyRange};
use crate::store::core::StoreCore;
use crate::store::segments::{ENTRY, PREFIX, Segments, start_key};

/// Stands where segments have their number, and behind all of them.
const LATEST: [u8; 8] = [u8::MAX; 8];

/// What a put did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum VersionedPut {
    /// The version is the latest one of its key. Kafka's -1.
    Latest,
    /// The version is an older one: it was valid until this time, in milliseconds since the epoch.
    ValidUntil(i64),
    /// The version is older than the store's history and was dropped. Kafka's `Long.MIN_VALUE`.
    NotPut,
}

/// A version that is not the latest.
struct Past {
    valid_until: i64,
    valid_from: i64,
    value: Option<Vec<u8>>,
}

/// A version with a value, as bytes.
pub(super) struct Version {
    pub(super) valid_from: i64,
    pub(super) valid_until: Option<i64>,
    pub(super) value: Vec<u8>,
}

/// A versioned store of bytes.
#[derive(Debug)]
pub(super) struct VersionedBytes {
    pub(super) core: StoreCore,
    segments: Segments,
    history_retention: i64,
    observed: i64,
}

impl VersionedBytes {
    pub(super) fn new(
        name: &str,
        persistent: bool,
        history_retention: i64,
        segment_interval: i64,
        context: &StoreContext<'_>,
    ) -> Result<Self> {
        let mut bytes = context.bytes(name, persistent)?;
        let segments = Segments::with_interval(history_retention, segment_interval, &mut bytes)?;
        let core = StoreCore::new(name, bytes, false, context);
        Ok(Self { core, segments, history_retention, observed: -1 })
    }

    /// Puts the value buffer's value (if `present`) as the version of the key buffer's key from `time` on.
    pub(super) fn put(&mut self, time: i64, present: bool) -> Result<VersionedPut> {
        if time < self.observed.saturating_sub(self.history_retention) {
            tracing::warn!(store = %self.core.name, time, "version skipped: it is older than the history that the store keeps");
            return Ok(VersionedPut::NotPut);
        }
        self.observed = self.observed.max(time);
        let value = present.then(|| self.core.value.clone());
        if let Some((latest, old)) = self.latest()? {
            if time < latest {
                return self.put_past(time, value, Some(latest));
            }
            if time > latest {
                self.put_entry(time, latest, Some(&old));
            }
            self.set_latest(time, value.as_deref());
            return Ok(VersionedPut::Latest);
        }
        let deleted = self.last_past()?.map(|past| past.valid_until);
        if deleted.is_some_and(|deleted| time < deleted) {
            return self.put_past(time, value, None);
        }
        match &value {
            Some(value) => self.set_latest(time, Some(value)),
            None if deleted == Some(time) => {}
            None => self.put_entry(time, deleted.unwrap_or(time), None),
        }
        Ok(VersionedPut::Latest)
    }

    /// The latest version of the key buffer's key, if it has a value.
    pub(super) fn get(&mut self) -> Result<Option<Version>> {
        Ok(self.latest()?.map(|(valid_from, value)| Version { valid_from, valid_until: None, value }))
    }

    /// The version of the key buffer's key at `time`, if it had a value then and the store still knows.
    pub(super) fn get_as_of(&mut self, time: i64) -> Result<Option<Version>> {
        if let Some(latest) = self.get()?
            && latest.valid_from <= time
        {
            return Ok(Some(latest));
        }
        if time < self.observed.saturating_sub(self.history_retention) {
            return Ok(None);
        }
        let past = self.first_past_after(time)?.filter(|past| past.valid_from <= time);
        Ok(past.and_then(|past| {
            let (valid_from, valid_until) = (past.valid_from, Some(past.valid_until));
            past.value.map(|value| Version { valid_from, valid_until, value })
        }))
    }

    /// Puts a version among the older ones. `latest` is the start of the latest version, which a deleted key lacks.
    fn put_past(&mut self, time: i64, value: Option<Vec<u8>>, latest: Option<i64>) -> Result<VersionedPut> {
        let Some(next) = self.first_past_after(time)? else {
            let end = latest.unwrap_or(time);
            self.put_entry(end, time, value.as_deref());
            return Ok(VersionedPut::ValidUntil(end));
        };
        if next.valid_from > time {
            self.put_entry(next.valid_from, time, value.as_deref());
            return Ok(VersionedPut::ValidUntil(next.valid_from));
        }
        if next.valid_from < time {
            self.put_entry(time, next.valid_from, next.value.as_deref());
        }
        self.put_entry(next.valid_until, time, value.as_deref());
        Ok(VersionedPut::ValidUntil(next.valid_until))
    }

    fn latest(&mut self) -> Result<Option<(i64, Vec<u8>)>> {
        let key = latest_key(&self.core.key);
        let Some(stored) = self.core.bytes.get(&key)? else { return Ok(None) };
        let (time, value) = stored.split_first_chunk::<8>().ok_or_else(damaged)?;
        Ok(Some((i64::from_be_bytes(*time), value.to_vec())))
    }

    fn set_latest(&mut self, time: i64, value: Option<&[u8]>) {
        let key = latest_key(&self.core.key);
        let stored = value.map(|value| [&time.to_be_bytes(), value].concat());
        self.core.bytes.put(&key, stored.as_deref());
    }

    /// Puts an older version, unless it is older than all segments.
    fn put_entry(&mut self, valid_until: i64, valid_from: i64, value: Option<&[u8]>) {
        self.segments.observe(self.observed, &mut self.core.bytes);
        if self.segments.admit(valid_until, &mut self.core.bytes).is_none() {
            return;
        }
        let key = self.entry_key(valid_until);
        let mut stored = valid_from.to_be_bytes().to_vec();
        stored.push(u8::from(value.is_some()));
        stored.extend_from_slice(value.unwrap_or_default());
        self.core.bytes.put(&key, Some(&stored));
    }

    fn entry_key(&self, valid_until: i64) -> Vec<u8> {
        let mut key = Vec::new();
        start_key(&mut key, self.segments.id(valid_until), ENTRY);
        key.extend_from_slice(&self.core.key);
        key.extend_from_slice(&valid_until.to_be_bytes());
        key
    }

    /// The oldest version whose validity ends after `time`.
    fn first_past_after(&mut self, time: i64) -> Result<Option<Past>> {
        self.find_past(time.saturating_add(1), Direction::Forward)
    }

    /// The youngest of the older versions.
    fn last_past(&mut self) -> Result<Option<Past>> {
        self.find_past(0, Direction::Backward)
    }

    fn find_past(&mut self, from: i64, direction: Direction) -> Result<Option<Past>> {
        let key_len = self.core.key.len();
        let range = |segment| {
            let mut start = Vec::new();
            start_key(&mut start, segment, ENTRY);
            start.extend_from_slice(&self.core.key);
            let mut end = start.clone();
            start.extend_from_slice(&from.to_be_bytes());
            end.extend_from_slice(&[u8::MAX; 9]);
            KeyRange { start, end: Some(end) }
        };
        let ranges = direction.order(self.segments.between(from, i64::MAX).map(range).collect());
        let mut scan = self.core.bytes.scan(ranges, direction);
        while let Some((physical, stored)) = scan.next()? {
            if physical.len() != PREFIX + key_len + 8 {
                continue;
            }
            let end = physical.last_chunk::<8>().ok_or_else(damaged)?;
            let (start, rest) = stored.split_first_chunk::<8>().ok_or_else(damaged)?;
            let (present, value) = rest.split_first().ok_or_else(damaged)?;
            return Ok(Some(Past {
                valid_until: i64::from_be_bytes(*end),
                valid_from: i64::from_be_bytes(*start),
                value: (*present == 1).then(|| value.to_vec()),
            }));
        }
        Ok(None)
    }
}

fn latest_key(key: &[u8]) -> Vec<u8> {
    [&LATEST[..], &[ENTRY], key].concat()
}

fn damaged() -> Error {
    Error::state("an entry of a versioned store is too short: the local state is damaged")
}
