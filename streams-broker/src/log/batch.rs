//! Record batches, version 2 (magic 2), as they travel and as they lie on disk.
//!
//! A batch is stored as it came, but for its base offset and its leader epoch, which the broker
//! assigns and which lie outside the checksum, and its time stamp if the topic says LogAppendTime.

use bytes::{Bytes, BytesMut};

/// Length of a batch's header, up to the first record.
pub(crate) const BATCH_HEADER: usize = 61;

/// Bytes in front of those that the batch's own length counts.
pub(crate) const LENGTH_PREFIX: usize = 12;

/// Largest offset that is believed when it is read from the disk: with it, and after any number of
/// appends, sums stay in range.
pub(crate) const MAX_OFFSET: i64 = 1 << 62;

const MAGIC_AT: usize = 16;
pub(super) const CRC_AT: usize = 17;
pub(super) const ATTRIBUTES_AT: usize = 21;
const MAX_TIMESTAMP_AT: usize = 35;

/// Why bytes are not a record batch.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum BatchError {
    /// The bytes end before the batch does.
    #[error("the batch is cut off")]
    Truncated,
    /// The batch's length is impossible.
    #[error("the batch's length is impossible")]
    Length,
    /// An older or unknown format.
    #[error("unsupported record format version (magic) {0}")]
    Magic(u8),
    /// The checksum does not match.
    #[error("the batch's checksum does not match")]
    Crc,
    /// The header contradicts itself or the records.
    #[error("the batch's header and records disagree")]
    Inconsistent,
}

/// A batch's attribute bits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Attributes(pub(crate) i16);

impl Attributes {
    /// Bit of a time stamp that the broker set.
    pub(crate) const LOG_APPEND_TIME: i16 = 0x08;
    /// Bit of a batch that belongs to a transaction.
    pub(crate) const TRANSACTIONAL: i16 = 0x10;
    /// Bit of a transaction marker.
    pub(crate) const CONTROL: i16 = 0x20;

    /// Bit of a base time stamp that says until when tombstones are kept (KIP-534).
    pub(crate) const DELETE_HORIZON: i16 = 0x40;

    /// Number of the compression codec.
    pub(crate) fn codec(self) -> u8 {
        (self.0 & 0x07) as u8
    }

    /// Whether the batch belongs to a transaction.
    pub(crate) fn is_transactional(self) -> bool {
        self.0 & Self::TRANSACTIONAL != 0
    }

    /// Whether the batch is a transaction marker.
    pub(crate) fn is_control(self) -> bool {
        self.0 & Self::CONTROL != 0
    }

    /// Whether all records carry the batch's maximum time stamp.
    pub(crate) fn is_log_append_time(self) -> bool {
        self.0 & Self::LOG_APPEND_TIME != 0
    }
}

/// The decoded header of a batch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct BatchHeader {
    /// Offset of the first record.
    pub(crate) base_offset: i64,
    /// Length of the whole batch in bytes.
    pub(crate) size: usize,
    /// Epoch of the leader that appended it.
    pub(crate) leader_epoch: i32,
    /// CRC-32C from the attributes to the end.
    pub(crate) crc: u32,
    /// Codec and flags.
    pub(crate) attributes: Attributes,
    /// Offset of the last record, relative to the first.
    pub(crate) last_offset_delta: i32,
    /// Time stamp that the records' time stamps are relative to, in ms.
    pub(crate) base_timestamp: i64,
    /// Largest time stamp, in ms; -1 if there is none.
    pub(crate) max_timestamp: i64,
    /// The producer's id, -1 without idempotence.
    pub(crate) producer_id: i64,
    /// The producer's epoch.
    pub(crate) producer_epoch: i16,
    /// Sequence number of the first record, -1 without idempotence.
    pub(crate) base_sequence: i32,
    /// Number of records.
    pub(crate) record_count: i32,
}

impl BatchHeader {
    /// Decodes the header at the front of `bytes`, which may end before the batch does. Checks
    /// the length and the magic, not the checksum.
    pub(crate) fn parse(bytes: &[u8]) -> Result<Self, BatchError> {
        let Some(head) = bytes.first_chunk::<BATCH_HEADER>() else {
            return Err(match bytes.get(MAGIC_AT) {
                Some(magic) if *magic != 2 => BatchError::Magic(*magic),
                _ => BatchError::Truncated,
            });
        };
        if head[MAGIC_AT] != 2 {
            return Err(BatchError::Magic(head[MAGIC_AT]));
        }
        let length = i32_at(head, 8);
        let size = usize::try_from(length).map_err(|_| BatchError::Length)?.saturating_add(LENGTH_PREFIX);
        if size < BATCH_HEADER {
            return Err(BatchError::Length);
        }
        Ok(BatchHeader {
            base_offset: i64_at(head, 0),
            size,
            leader_epoch: i32_at(head, 12),
            crc: i32_at(head, CRC_AT) as u32,
            attributes: Attributes(i16_at(head, ATTRIBUTES_AT)),
            last_offset_delta: i32_at(head, 23),
            base_timestamp: i64_at(head, 27),
            max_timestamp: i64_at(head, MAX_TIMESTAMP_AT),
            producer_id: i64_at(head, 43),
            producer_epoch: i16_at(head, 51),
            base_sequence: i32_at(head, 53),
            record_count: i32_at(head, 57),
        })
    }

    /// Offset of the last record.
    pub(crate) fn last_offset(&self) -> i64 {
        self.base_offset.saturating_add(i64::from(self.last_offset_delta))
    }

    /// Offset behind the last record.
    pub(crate) fn next_offset(&self) -> i64 {
        self.last_offset().saturating_add(1)
    }

    /// Sequence number of the last record; it wraps around to 0 after `i32::MAX`.
    pub(crate) fn last_sequence(&self) -> i32 {
        let last = i64::from(self.base_sequence) + i64::from(self.last_offset_delta);
        if last > i64::from(i32::MAX) { (last - i64::from(i32::MAX) - 1) as i32 } else { last as i32 }
    }

    /// Whether the producer is idempotent.
    pub(crate) fn has_producer(&self) -> bool {
        self.producer_id >= 0
    }

    /// Until when tombstones of this batch are kept, in ms, once compaction has met them.
    pub(crate) fn delete_horizon(&self) -> Option<i64> {
        (self.attributes.0 & Attributes::DELETE_HORIZON != 0).then_some(self.base_timestamp)
    }

    /// Writes the fields that say what the records are into an encoded header, apart from length,
    /// attributes and checksum.
    pub(crate) fn write_counts(&self, head: &mut [u8]) {
        head[27..35].copy_from_slice(&self.base_timestamp.to_be_bytes());
        head[MAX_TIMESTAMP_AT..MAX_TIMESTAMP_AT + 8].copy_from_slice(&self.max_timestamp.to_be_bytes());
        head[57..61].copy_from_slice(&self.record_count.to_be_bytes());
    }

    /// Checks the checksum of the whole batch in `bytes`.
    pub(crate) fn check_crc(&self, bytes: &[u8]) -> Result<(), BatchError> {
        let covered = bytes.get(ATTRIBUTES_AT..self.size).ok_or(BatchError::Truncated)?;
        if crc32c::crc32c(covered) == self.crc { Ok(()) } else { Err(BatchError::Crc) }
    }
}

/// Sets the fields that the broker assigns. They lie outside the checksum.
pub(crate) fn assign(batch: &mut [u8], base_offset: i64, leader_epoch: i32) {
    batch[0..8].copy_from_slice(&base_offset.to_be_bytes());
    batch[12..16].copy_from_slice(&leader_epoch.to_be_bytes());
}

/// Marks the batch with the time of its append, and renews the checksum.
pub(crate) fn set_log_append_time(batch: &mut [u8], timestamp: i64) {
    let attributes = i16_at(batch, ATTRIBUTES_AT) | Attributes::LOG_APPEND_TIME;
    batch[ATTRIBUTES_AT..ATTRIBUTES_AT + 2].copy_from_slice(&attributes.to_be_bytes());
    batch[MAX_TIMESTAMP_AT..MAX_TIMESTAMP_AT + 8].copy_from_slice(&timestamp.to_be_bytes());
    let crc = crc32c::crc32c(&batch[ATTRIBUTES_AT..]);
    batch[CRC_AT..CRC_AT + 4].copy_from_slice(&crc.to_be_bytes());
}

/// The batch of a producer with the time stamps' type and maximum as the records have them: both are
/// the broker's to say. `latest` is the records' latest time stamp in ms, -1 if there is none.
pub(crate) fn restamp(header: &BatchHeader, batch: Bytes, latest: i64) -> (BatchHeader, Bytes) {
    let attributes = header.attributes.0 & !Attributes::LOG_APPEND_TIME;
    if attributes == header.attributes.0 && latest == header.max_timestamp {
        return (*header, batch);
    }
    let mut changed = BytesMut::from(&batch[..]);
    changed[ATTRIBUTES_AT..ATTRIBUTES_AT + 2].copy_from_slice(&attributes.to_be_bytes());
    changed[MAX_TIMESTAMP_AT..MAX_TIMESTAMP_AT + 8].copy_from_slice(&latest.to_be_bytes());
    let crc = crc32c::crc32c(&changed[ATTRIBUTES_AT..]);
    changed[CRC_AT..CRC_AT + 4].copy_from_slice(&crc.to_be_bytes());
    let header = BatchHeader { attributes: Attributes(attributes), max_timestamp: latest, crc, ..*header };
    (header, changed.freeze())
}

/// Splits bytes into batches. Ends after the first error.
pub(crate) fn batches(bytes: Bytes) -> impl Iterator<Item = Result<(BatchHeader, Bytes), BatchError>> {
    let mut rest = bytes;
    std::iter::from_fn(move || {
        if rest.is_empty() {
            return None;
        }
        let header = match BatchHeader::parse(&rest) {
            Ok(header) if header.size <= rest.len() => header,
            Ok(_) => {
                rest.clear();
                return Some(Err(BatchError::Truncated));
            }
            Err(error) => {
                rest.clear();
                return Some(Err(error));
            }
        };
        Some(Ok((header, rest.split_to(header.size))))
    })
}

fn i16_at(bytes: &[u8], at: usize) -> i16 {
    i16::from_be_bytes([bytes[at], bytes[at + 1]])
}

fn i32_at(bytes: &[u8], at: usize) -> i32 {
    i32::from_be_bytes([bytes[at], bytes[at + 1], bytes[at + 2], bytes[at + 3]])
}

fn i64_at(bytes: &[u8], at: usize) -> i64 {
    (i64::from(i32_at(bytes, at)) << 32) | i64::from(i32_at(bytes, at + 4) as u32)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::log::BatchBuilder;

    fn batch() -> Bytes {
        BatchBuilder::new(1_000).record(Some(b"k"), Some(b"v"), &[]).build()
    }

    #[test]
    fn a_built_batch_is_valid() {
        let bytes = batch();
        let header = BatchHeader::parse(&bytes).unwrap();
        assert_eq!((header.size, header.record_count, header.max_timestamp), (bytes.len(), 1, 1_000));
        assert_eq!(header.check_crc(&bytes), Ok(()));
    }

    #[test]
    fn any_flipped_bit_behind_the_checksum_is_found() {
        let bytes = batch();
        for at in ATTRIBUTES_AT..bytes.len() {
            let mut broken = bytes.to_vec();
            broken[at] ^= 1;
            let header = BatchHeader::parse(&broken).unwrap();
            assert_eq!(header.check_crc(&broken), Err(BatchError::Crc), "byte {at}");
        }
    }

    #[test]
    fn assigned_fields_lie_outside_the_checksum() {
        let mut bytes = batch().to_vec();
        assign(&mut bytes, 42, 7);
        let header = BatchHeader::parse(&bytes).unwrap();
        assert_eq!((header.base_offset, header.leader_epoch), (42, 7));
        assert_eq!(header.check_crc(&bytes), Ok(()));
    }

    #[test]
    fn log_append_time_renews_the_checksum() {
        let mut bytes = batch().to_vec();
        set_log_append_time(&mut bytes, 5_000);
        let header = BatchHeader::parse(&bytes).unwrap();
        assert!(header.attributes.is_log_append_time());
        assert_eq!((header.max_timestamp, header.check_crc(&bytes)), (5_000, Ok(())));
    }

    #[test]
    fn a_torn_tail_ends_the_iteration_with_an_error() {
        let mut bytes = batch().to_vec();
        bytes.extend_from_slice(&batch()[..20]);
        let found: Vec<_> = batches(bytes.into()).collect();
        assert!(found[0].is_ok());
        assert_eq!(found[1].as_ref().err(), Some(&BatchError::Truncated));
        assert_eq!(found.len(), 2);
    }

    #[test]
    fn sequences_wrap_around() {
        let mut header = BatchHeader::parse(&batch()).unwrap();
        header.base_sequence = i32::MAX;
        header.last_offset_delta = 1;
        assert_eq!(header.last_sequence(), 0);
    }
}
