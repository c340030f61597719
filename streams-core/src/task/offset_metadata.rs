//! The metadata that is committed with an offset: the partition's time, in Kafka Streams' own encoding.
//!
//! Base64 of: version (1 byte, 2), partition time (8 bytes, big-endian), then processors' metadata, if there are any
//! (KAFKA-7994, KIP-825). An application of either implementation can take over the offsets of the other.

use crate::processor::ProcessorMetadata;

const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
const LATEST_VERSION: u8 = 2;

/// The metadata for `partition_time`, in milliseconds since the epoch (-1 before the first record), and what processors
/// commit with it.
pub(crate) fn encode(partition_time: i64, processors: &ProcessorMetadata) -> String {
    let mut bytes = vec![LATEST_VERSION];
    bytes.extend_from_slice(&partition_time.to_be_bytes());
    processors.encode(&mut bytes);
    to_base64(&bytes)
}

/// The partition time and processors' metadata in committed metadata; `None` if they were written by something else.
pub(crate) fn decode(metadata: &str) -> Option<(i64, ProcessorMetadata)> {
    let bytes = from_base64(metadata)?;
    let (version, rest) = bytes.split_first()?;
    if *version == 0 || *version > LATEST_VERSION {
        return None;
    }
    let (time, rest) = rest.split_first_chunk::<8>()?;
    Some((i64::from_be_bytes(*time), ProcessorMetadata::decode(rest)))
}

fn to_base64(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len().div_ceil(3) * 4);
    for chunk in bytes.chunks(3) {
        let group =
            chunk.iter().fold(0_u32, |group, byte| group << 8 | u32::from(*byte)) << (8 * (3 - chunk.len()));
        for place in 0..4 {
            let index = (group >> (18 - 6 * place)) as usize & 63;
            text.push(if place <= chunk.len() { ALPHABET[index] as char } else { '=' });
        }
    }
    text
}

fn from_base64(text: &str) -> Option<Vec<u8>> {
    let mut bytes = Vec::with_capacity(text.len() / 4 * 3);
    let (mut group, mut bits) = (0_u32, 0);
    for symbol in text.trim_end_matches('=').bytes() {
        let value = ALPHABET.iter().position(|letter| *letter == symbol)?;
        group = group << 6 | u32::try_from(value).ok()?;
        bits += 6;
        if bits >= 8 {
            bits -= 8;
            bytes.push((group >> bits & 0xff) as u8);
        }
    }
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use super::{ProcessorMetadata, decode, to_base64};

    fn encode(time: i64) -> String {
        super::encode(time, &ProcessorMetadata::default())
    }

    fn time(metadata: &str) -> Option<i64> {
        decode(metadata).map(|(time, _)| time)
    }

    #[test]
    fn metadata_is_what_kafka_streams_commits() {
        assert_eq!(encode(0), "AgAAAAAAAAAA");
        assert_eq!(encode(-1), "Av//////////");
        assert_eq!(encode(1_700_000_000_000), "AgAAAYvP5WgA");
    }

    #[test]
    fn what_is_encoded_is_decoded() {
        for time in [-1, 0, 1, 1_700_000_000_000, i64::MAX] {
            assert_eq!(super::tests::time(&encode(time)), Some(time));
        }
    }

    #[test]
    fn processors_metadata_go_along() {
        let mut metadata = ProcessorMetadata::default();
        metadata.raise("counts", 60_000);
        let encoded = super::encode(7, &metadata);
        assert_eq!(encoded, "AgAAAAAAAAAHAAAAAQAAAAZjb3VudHMAAAAAAADqYA==");
        assert_eq!(decode(&encoded), Some((7, metadata)));
    }

    #[test]
    fn metadata_of_version_1_and_with_processor_metadata_is_understood() {
        assert_eq!(time(&to_base64(&[1, 0, 0, 0, 0, 0, 0, 0, 7])), Some(7));
        assert_eq!(time(&to_base64(&[2, 0, 0, 0, 0, 0, 0, 0, 7, 0, 0, 0, 0])), Some(7));
    }

    #[test]
    fn foreign_metadata_is_no_time() {
        for metadata in ["", "AA==", "not base64!", "BQAAAAAAAAAA", "Ag=="] {
            assert_eq!(time(metadata), None, "{metadata}");
        }
    }

    #[test]
    fn base64_pads() {
        assert_eq!(to_base64(b"f"), "Zg==");
        assert_eq!(to_base64(b"fo"), "Zm8=");
        assert_eq!(to_base64(b"foo"), "Zm9v");
    }
}
