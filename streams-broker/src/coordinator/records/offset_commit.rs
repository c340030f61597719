//! A committed offset: key type 1, value versions 0–4 (written as 4, as 1 when it has its own expiry).

use crate::coordinator::codec::{DecodeError, Field, Reader, Writer};
use uuid::Uuid;

/// One committed offset.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct OffsetValue {
    /// The offset of the next record to read.
    pub(crate) offset: i64,
    /// Leader epoch of the last record read, -1 if the client did not say.
    pub(crate) leader_epoch: i32,
    /// What the client wanted kept beside the offset.
    pub(crate) metadata: String,
    /// When it was committed, ms since the epoch.
    pub(crate) commit_timestamp: i64,
    /// When it expires, if the client asked for a retention time (OffsetCommit v2–v4), else -1.
    pub(crate) expire_timestamp: i64,
    /// The topic's id, so that a later topic of the same name does not inherit the offset; nil if not known.
    pub(crate) topic_id: Uuid,
}

impl Default for OffsetValue {
    fn default() -> Self {
        Self {
            offset: 0,
            leader_epoch: -1,
            metadata: String::new(),
            commit_timestamp: 0,
            expire_timestamp: -1,
            topic_id: Uuid::nil(),
        }
    }
}

impl OffsetValue {
    /// Whether it belongs to the topic that has this id now, as far as ids are known.
    pub(crate) fn is_of(&self, topic_id: Option<Uuid>) -> bool {
        self.topic_id.is_nil() || topic_id.is_none_or(|id| id == self.topic_id)
    }

    pub(super) fn encode(&self) -> Vec<u8> {
        let version = if self.expire_timestamp >= 0 { 1 } else { 4 };
        let mut w = Writer::new();
        w.i16(version);
        w.i64(self.offset);
        if version == 1 {
            w.string(&self.metadata);
            w.i64(self.commit_timestamp);
            w.i64(self.expire_timestamp);
            return w.into_bytes();
        }
        w.i32(self.leader_epoch);
        self.metadata.write(&mut w);
        w.i64(self.commit_timestamp);
        let id = (!self.topic_id.is_nil()).then(|| (0, self.topic_id.as_bytes().to_vec()));
        w.tags(id.as_slice());
        w.into_bytes()
    }

    pub(super) fn decode(bytes: &[u8]) -> Result<Self, DecodeError> {
        let mut r = Reader::new(bytes);
        let version = r.i16()?;
        if !(0..=4).contains(&version) {
            return Err(DecodeError::Version { what: "OffsetCommitValue", version });
        }
        let offset = r.i64()?;
        let leader_epoch = if version >= 3 { r.i32()? } else { -1 };
        let metadata =
            if version >= 4 { r.compact_string()?.ok_or(DecodeError::Length(-1))? } else { r.string()? };
        let commit_timestamp = r.i64()?;
        let expire_timestamp = if version == 1 { r.i64()? } else { -1 };
        let mut topic_id = Uuid::nil();
        if version >= 4 {
            r.tags(|tag, value| {
                if tag == 0 {
                    topic_id = value.uuid()?;
                }
                Ok(())
            })?;
        }
        Ok(Self { offset, leader_epoch, metadata, commit_timestamp, expire_timestamp, topic_id })
    }
}
