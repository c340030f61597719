//! A committed offset: key type 1, value versions 0–4 (written as 3, as 1 when it has its own expiry).

use crate::coordinator::codec::{DecodeError, Reader, Writer};

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
}

impl OffsetValue {
    pub(super) fn encode(&self) -> Vec<u8> {
        let version = if self.expire_timestamp >= 0 { 1 } else { 3 };
        let mut w = Writer::new();
        w.i16(version);
        w.i64(self.offset);
        if version == 3 {
            w.i32(self.leader_epoch);
        }
        w.string(&self.metadata);
        w.i64(self.commit_timestamp);
        if version == 1 {
            w.i64(self.expire_timestamp);
        }
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
        Ok(Self { offset, leader_epoch, metadata, commit_timestamp, expire_timestamp })
    }
}
