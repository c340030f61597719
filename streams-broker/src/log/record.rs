//! Records inside a batch. Borrows from the (decompressed) batch; nothing is copied.

use std::borrow::Cow;

use super::batch::{Attributes, BATCH_HEADER, BatchError, BatchHeader};
use super::codec;

/// A record, with what its batch says about it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Record<'a> {
    /// Its offset in the partition.
    pub(crate) offset: i64,
    /// Its time stamp, in ms since the epoch.
    pub(crate) timestamp: i64,
    /// Its key; `None` is null.
    pub(crate) key: Option<&'a [u8]>,
    /// Its value; `None` is null.
    pub(crate) value: Option<&'a [u8]>,
    /// Its encoded headers: a count, then keys and values.
    pub(crate) headers: &'a [u8],
    /// The whole encoded record, without its length.
    pub(crate) encoded: &'a [u8],
}

/// What a transaction marker says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ControlType {
    /// The transaction was aborted.
    Abort,
    /// The transaction was committed.
    Commit,
}

impl ControlType {
    /// Reads the key of a control record: version, type.
    pub(crate) fn parse(key: &[u8]) -> Option<Self> {
        match key.get(2..4)? {
            [0, 0] => Some(ControlType::Abort),
            [0, 1] => Some(ControlType::Commit),
            _ => None,
        }
    }
}

/// The decoded bytes of a batch's records, from which [`Records::iter`] reads.
#[derive(Debug)]
pub(crate) struct Records<'a> {
    header: BatchHeader,
    bytes: Cow<'a, [u8]>,
}

/// Decompresses a batch's records if need be.
///
/// # Errors
/// If the batch is cut off, or its codec cannot decode it.
pub(crate) fn records<'a>(header: &BatchHeader, batch: &'a [u8]) -> Result<Records<'a>, BatchError> {
    let encoded = batch.get(BATCH_HEADER..header.size).ok_or(BatchError::Truncated)?;
    let bytes =
        codec::decompress(header.attributes.codec(), encoded).map_err(|_| BatchError::Inconsistent)?;
    Ok(Records { header: *header, bytes })
}

impl Records<'_> {
    /// The records in order; ends after the first error. Bytes behind the last record are an
    /// error, too.
    pub(crate) fn iter(&self) -> impl Iterator<Item = Result<Record<'_>, BatchError>> {
        let mut rest: &[u8] = &self.bytes;
        let mut left = self.header.record_count.max(0);
        std::iter::from_fn(move || {
            if left == 0 {
                if rest.is_empty() {
                    return None;
                }
                rest = &[];
                return Some(Err(BatchError::Inconsistent));
            }
            left -= 1;
            let record = parse(&self.header, &mut rest).ok_or(BatchError::Inconsistent);
            if record.is_err() {
                left = 0;
                rest = &[];
            }
            Some(record)
        })
    }
}

fn parse<'a>(header: &BatchHeader, rest: &mut &'a [u8]) -> Option<Record<'a>> {
    let length = usize::try_from(varint(rest)?).ok()?;
    let (encoded, behind) = rest.split_at_checked(length)?;
    *rest = behind;
    let mut fields = encoded.get(1..)?;
    let timestamp_delta = varint(&mut fields)?;
    let offset_delta = varint(&mut fields)?;
    let key = nullable(&mut fields)?;
    let value = nullable(&mut fields)?;
    let timestamp = match header.attributes.is_log_append_time() {
        true => header.max_timestamp,
        false => header.base_timestamp.wrapping_add(timestamp_delta),
    };
    let offset = header.base_offset.wrapping_add(offset_delta);
    check_headers(fields)?;
    Some(Record { offset, timestamp, key, value, headers: fields, encoded })
}

fn check_headers(mut fields: &[u8]) -> Option<()> {
    for _ in 0..u64::try_from(varint(&mut fields)?).ok()? {
        nullable(&mut fields)??;
        nullable(&mut fields)?;
    }
    fields.is_empty().then_some(())
}

fn nullable<'a>(fields: &mut &'a [u8]) -> Option<Option<&'a [u8]>> {
    let Ok(length) = usize::try_from(varint(fields)?) else { return Some(None) };
    let (bytes, behind) = fields.split_at_checked(length)?;
    *fields = behind;
    Some(Some(bytes))
}

/// Reads a zig-zag varint of up to 64 bits.
pub(crate) fn varint(bytes: &mut &[u8]) -> Option<i64> {
    let mut value = 0u64;
    for shift in (0..64).step_by(7) {
        let (byte, behind) = bytes.split_first()?;
        *bytes = behind;
        value |= u64::from(byte & 0x7f) << shift;
        if byte & 0x80 == 0 {
            return Some((value >> 1) as i64 ^ -((value & 1) as i64));
        }
    }
    None
}

/// Whether the attributes name a codec that exists.
pub(crate) fn is_known_codec(attributes: Attributes) -> bool {
    attributes.codec() <= 4
}
