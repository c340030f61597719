//! Rewriting of a batch with another codec, for topics whose `compression.type` names one.

use std::io;

use bytes::{BufMut, Bytes, BytesMut};

use super::batch::{ATTRIBUTES_AT, Attributes, BATCH_HEADER, BatchHeader, CRC_AT, LENGTH_PREFIX};
use super::codec;

/// The same batch with its records compressed by `codec`, at a level or at its default.
///
/// # Errors
/// If the records cannot be decompressed.
pub(crate) fn recompress(
    codec: u8,
    level: Option<i32>,
    header: &BatchHeader,
    batch: &[u8],
) -> io::Result<(BatchHeader, Bytes)> {
    let encoded = batch.get(BATCH_HEADER..header.size).ok_or(io::ErrorKind::UnexpectedEof)?;
    let records = codec::decompress(header.attributes.codec(), encoded)?;
    pack(codec, level, header, batch, &records)
}

/// A batch with the header of `batch` and other records, compressed by `codec`. The caller has set
/// what the header says of their number and times.
pub(crate) fn rewrite(
    codec: u8,
    header: &BatchHeader,
    batch: &[u8],
    records: &[u8],
) -> io::Result<(BatchHeader, Bytes)> {
    pack(codec, None, header, batch, records)
}

fn pack(
    codec: u8,
    level: Option<i32>,
    header: &BatchHeader,
    batch: &[u8],
    records: &[u8],
) -> io::Result<(BatchHeader, Bytes)> {
    let packed = codec::compress(codec, level, records)?;
    let mut out = BytesMut::with_capacity(BATCH_HEADER + packed.len());
    out.extend_from_slice(batch.get(..BATCH_HEADER).ok_or(io::ErrorKind::UnexpectedEof)?);
    out.extend_from_slice(&packed);
    let length = (out.len() - LENGTH_PREFIX) as i32;
    out[8..12].copy_from_slice(&length.to_be_bytes());
    let attributes = (header.attributes.0 & !0x07) | i16::from(codec);
    out[ATTRIBUTES_AT..ATTRIBUTES_AT + 2].copy_from_slice(&attributes.to_be_bytes());
    let crc = crc32c::crc32c(&out[ATTRIBUTES_AT..]);
    (&mut out[CRC_AT..CRC_AT + 4]).put_u32(crc);
    let header = BatchHeader { size: out.len(), crc, attributes: Attributes(attributes), ..*header };
    Ok((header, out.freeze()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::log::{BatchBuilder, records};

    #[test]
    fn a_recompressed_batch_is_valid_and_has_the_same_records() {
        let batch = BatchBuilder::new(5)
            .record(Some(b"k"), Some(&[7; 1000]), &[("h", b"x")])
            .record(None, None, &[])
            .build();
        let header = BatchHeader::parse(&batch).unwrap();
        for codec in 1..=4 {
            let (packed_header, packed) = recompress(codec, None, &header, &batch).unwrap();
            assert!(packed.len() < batch.len());
            assert_eq!(BatchHeader::parse(&packed), Ok(packed_header));
            assert_eq!(packed_header.check_crc(&packed), Ok(()));
            let before = records(&header, &batch).unwrap();
            let after = records(&packed_header, &packed).unwrap();
            assert!(before.iter().eq(after.iter()), "codec {codec}");
        }
    }
}
