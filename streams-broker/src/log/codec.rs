//! The compression codecs of record batches. The broker stores batches as they come and only
//! looks inside one to find a record by its time, and to compact.

use std::borrow::Cow;
use std::io::{self, Read, Write};

/// Largest decompressed batch, in bytes.
const MAX_DECOMPRESSED: u64 = 512 * 1024 * 1024;

/// A batch may always be this large when decompressed, however small it is.
const SMALL_DECOMPRESSED: u64 = 64 * 1024 * 1024;

/// Above [`SMALL_DECOMPRESSED`]: how many bytes a compressed byte may stand for. A small batch that
/// grows to hundreds of megabytes is an attack.
const MAX_RATIO: u64 = 64;

/// Header that marks the framing of the Java client's Snappy library: magic, version, compatible
/// version.
const SNAPPY_JAVA: [u8; 8] = [0x82, b'S', b'N', b'A', b'P', b'P', b'Y', 0];

/// What a gzip member begins with.
const GZIP: [u8; 2] = [0x1f, 0x8b];

fn invalid(message: &'static str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, message)
}

/// Largest decompressed form of this many bytes.
fn limit(compressed: usize) -> u64 {
    (compressed as u64).saturating_mul(MAX_RATIO).clamp(SMALL_DECOMPRESSED, MAX_DECOMPRESSED)
}

fn read_limited(reader: impl Read, limit: u64) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    append_limited(&mut bytes, reader, limit)?;
    Ok(bytes)
}

/// Reads all that there is behind `bytes`, which may grow to `limit`.
fn append_limited(bytes: &mut Vec<u8>, reader: impl Read, limit: u64) -> io::Result<()> {
    reader.take(limit + 1 - bytes.len() as u64).read_to_end(bytes)?;
    if bytes.len() as u64 > limit {
        return Err(invalid("the batch is too large when decompressed"));
    }
    Ok(())
}

/// Decompresses the records of a batch whose attributes name `codec`.
pub(crate) fn decompress(codec: u8, bytes: &[u8]) -> io::Result<Cow<'_, [u8]>> {
    let limit = limit(bytes.len());
    Ok(match codec {
        0 => Cow::Borrowed(bytes),
        1 => Cow::Owned(gunzip(bytes, limit)?),
        2 => Cow::Owned(snappy(bytes)?),
        3 if !is_whole_lz4(bytes) => return Err(invalid("the frame has no end")),
        3 => Cow::Owned(read_limited(lz4_flex::frame::FrameDecoder::new(bytes), limit)?),
        // As in Apache Kafka, whose decoder of Zstandard is the only one that takes no bytes for no bytes.
        4 if bytes.is_empty() => Cow::Borrowed(bytes),
        4 => Cow::Owned(read_limited(zstd::stream::read::Decoder::new(bytes)?, limit)?),
        _ => return Err(invalid("unknown compression codec")),
    })
}

/// Decompresses one gzip member behind the other. As in Java, what follows and is none does not matter.
fn gunzip(mut bytes: &[u8], limit: u64) -> io::Result<Vec<u8>> {
    let mut all = Vec::new();
    loop {
        let mut decoder = flate2::bufread::GzDecoder::new(bytes);
        append_limited(&mut all, &mut decoder, limit)?;
        bytes = decoder.into_inner();
        if !bytes.starts_with(&GZIP) {
            return Ok(all);
        }
    }
}

/// Whether an LZ4 frame has its end mark, without which the decoder takes the end of the bytes for that of the frame.
fn is_whole_lz4(bytes: &[u8]) -> bool {
    let Some(flags) = bytes.get(4) else { return false };
    let has = |bit: u8| usize::from(flags >> bit & 1);
    // Behind magic, flags and block descriptor: the size of the content, the dictionary's id, the header's checksum.
    let mut rest = bytes.get(7 + 8 * has(3) + 4 * has(0)..);
    while let Some((size, behind)) = rest.and_then(|rest| rest.split_first_chunk::<4>()) {
        // The highest bit says that the block is not compressed.
        let size = u32::from_le_bytes(*size) & 0x7fff_ffff;
        if size == 0 {
            return true;
        }
        rest = behind.get(size as usize + 4 * has(4)..);
    }
    false
}

fn snappy(bytes: &[u8]) -> io::Result<Vec<u8>> {
    let Some(mut rest) = bytes.strip_prefix(&SNAPPY_JAVA).and_then(|rest| rest.get(8..)) else {
        return snappy_block(bytes);
    };
    let mut out = Vec::new();
    while !rest.is_empty() {
        let (length, behind) = rest.split_first_chunk::<4>().ok_or_else(|| invalid("cut off"))?;
        let length = u32::from_be_bytes(*length) as usize;
        let (block, behind) = behind.split_at_checked(length).ok_or_else(|| invalid("cut off"))?;
        out.extend_from_slice(&snappy_block(block)?);
        if out.len() as u64 > MAX_DECOMPRESSED {
            return Err(invalid("the batch is too large when decompressed"));
        }
        rest = behind;
    }
    Ok(out)
}

fn snappy_block(block: &[u8]) -> io::Result<Vec<u8>> {
    let length = snap::raw::decompress_len(block).map_err(io::Error::other)?;
    // A byte of Snappy expands to at most 64 bytes or so.
    if length > block.len().saturating_mul(128) || length as u64 > MAX_DECOMPRESSED {
        return Err(invalid("the block promises more than it can hold"));
    }
    snap::raw::Decoder::new().decompress_vec(block).map_err(io::Error::other)
}

/// Compresses records with `codec`, at a level or at its default. Snappy has no levels, and LZ4 none here.
pub(crate) fn compress(codec: u8, level: Option<i32>, bytes: &[u8]) -> io::Result<Vec<u8>> {
    match codec {
        0 => Ok(bytes.to_vec()),
        1 => {
            let mut encoder = flate2::write::GzEncoder::new(Vec::new(), gzip_level(level));
            encoder.write_all(bytes)?;
            encoder.finish()
        }
        2 => snap::raw::Encoder::new().compress_vec(bytes).map_err(io::Error::other),
        3 => {
            let mut encoder = lz4_flex::frame::FrameEncoder::new(Vec::new());
            encoder.write_all(bytes)?;
            encoder.finish().map_err(io::Error::other)
        }
        4 => zstd::stream::encode_all(bytes, level.unwrap_or(zstd::DEFAULT_COMPRESSION_LEVEL)),
        _ => Err(invalid("unknown compression codec")),
    }
}

fn gzip_level(level: Option<i32>) -> flate2::Compression {
    match level.and_then(|level| u32::try_from(level).ok()) {
        Some(level) => flate2::Compression::new(level.min(9)),
        None => flate2::Compression::default(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gzip_members_are_read_up_to_what_is_none() {
        let member = |text: &[u8]| compress(1, None, text).unwrap();
        let two = [member(b"one "), member(b"two")].concat();
        assert_eq!(&*decompress(1, &two).unwrap(), b"one two");
        assert_eq!(&*decompress(1, &[&two[..], b"junk"].concat()).unwrap(), b"one two");
        assert!(decompress(1, &two[..two.len() - 4]).is_err());
        assert!(decompress(1, b"").is_err());
    }

    #[test]
    fn every_codec_round_trips() {
        let bytes: Vec<u8> = (0..100_000u32).flat_map(|n| (n / 7).to_be_bytes()).collect();
        for codec in 0..=4 {
            let packed = compress(codec, None, &bytes).unwrap();
            assert_eq!(decompress(codec, &packed).unwrap(), bytes.as_slice(), "codec {codec}");
        }
    }

    #[test]
    fn all_members_of_a_gzip_stream_are_read() {
        let members = [b"hello ".as_slice(), b"world"].map(|part| compress(1, None, part).unwrap());
        assert_eq!(decompress(1, &members.concat()).unwrap(), b"hello world".as_slice());
    }

    #[test]
    fn the_java_framing_of_snappy_is_understood() {
        let mut framed = SNAPPY_JAVA.to_vec();
        framed.extend_from_slice(&[0, 0, 0, 1, 0, 0, 0, 1]);
        for part in [b"hello ".as_slice(), b"world"] {
            let block = compress(2, None, part).unwrap();
            framed.extend_from_slice(&(block.len() as u32).to_be_bytes());
            framed.extend_from_slice(&block);
        }
        assert_eq!(decompress(2, &framed).unwrap(), b"hello world".as_slice());
    }

    #[test]
    fn a_batch_that_grows_beyond_all_measure_is_refused() {
        for codec in [1, 3, 4] {
            let bomb = compress(codec, None, &vec![0; SMALL_DECOMPRESSED as usize + 1]).unwrap();
            assert!(decompress(codec, &bomb).is_err(), "codec {codec}");
        }
    }

    #[test]
    fn garbage_is_an_error() {
        for codec in 1..=5 {
            assert!(decompress(codec, b"\xff\xff\xff\xff\x7fgarbage").is_err(), "codec {codec}");
        }
    }
}
