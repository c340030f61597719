//! Decoding of requests that may lie.
//!
//! The decoder reserves room for as many elements as an array's count promises, before it has
//! seen one of them, so a frame of a few bytes could make it ask for hundreds of gigabytes. No
//! count can be larger than the bytes that follow it, so such counts are found first:
//!
//! - compact counts and lengths are varints: one that exceeds the rest of the frame is an error;
//! - other counts are plain 32-bit integers, and look like any other integer. An integer that
//!   exceeds the rest of the frame is read as 0 in one trial and as 1 in a second one. Whatever
//!   it means, the trials read the same fields unless it was a count or a length.

use bytes::{Buf, Bytes, TryGetError};
use kafka_protocol::protocol::Decodable;
use kafka_protocol::protocol::buf::ByteBuf;

/// Decodes a request's body. `None` if it is malformed.
pub(crate) fn decode<T: Decodable>(body: &Bytes, version: i16) -> Option<T> {
    let mut first = Guard::new(body, 0);
    let decoded = T::decode(&mut first, version).ok()?;
    if !first.replaced {
        return Some(decoded);
    }
    let mut second = Guard::new(body, 1);
    T::decode(&mut second, version).ok()?;
    if (first.reads, first.bytes.len()) != (second.reads, second.bytes.len()) {
        return None;
    }
    T::decode(&mut body.clone(), version).ok()
}

/// A buffer that keeps counts within the bytes that are left.
struct Guard {
    bytes: Bytes,
    /// What an integer that exceeds the rest is read as.
    substitute: i32,
    /// Whether there was such an integer.
    replaced: bool,
    /// Number of fields read.
    reads: u64,
    /// Value and bit position of the varint under way.
    varint: (u64, u32),
}

impl Guard {
    fn new(bytes: &Bytes, substitute: i32) -> Self {
        Guard { bytes: bytes.clone(), substitute, replaced: false, reads: 0, varint: (0, 0) }
    }
}

impl Buf for Guard {
    fn remaining(&self) -> usize {
        self.bytes.remaining()
    }

    fn chunk(&self) -> &[u8] {
        self.bytes.chunk()
    }

    fn advance(&mut self, count: usize) {
        self.varint = (0, 0);
        self.reads += 1;
        self.bytes.advance(count);
    }

    fn try_get_u8(&mut self) -> Result<u8, TryGetError> {
        self.reads += 1;
        let byte = self.bytes.try_get_u8()?;
        let (value, shift) = self.varint;
        let value = value | (u64::from(byte & 0x7f) << shift.min(56));
        if byte & 0x80 != 0 {
            self.varint = (value, shift + 7);
            return Ok(byte);
        }
        self.varint = (0, 0);
        // A count or length is sent as one more than it is.
        if shift > 0 && value > self.bytes.remaining() as u64 + 1 {
            return Err(TryGetError { requested: value as usize, available: self.bytes.remaining() });
        }
        Ok(byte)
    }

    fn try_get_i32(&mut self) -> Result<i32, TryGetError> {
        self.reads += 1;
        self.varint = (0, 0);
        let value = self.bytes.try_get_i32()?;
        if usize::try_from(value).is_ok_and(|count| count > self.bytes.remaining()) {
            self.replaced = true;
            return Ok(self.substitute);
        }
        Ok(value)
    }
}

impl ByteBuf for Guard {
    fn peek_bytes(&mut self, range: std::ops::Range<usize>) -> Bytes {
        self.bytes.peek_bytes(range)
    }

    fn get_bytes(&mut self, size: usize) -> Bytes {
        self.reads += 1;
        self.varint = (0, 0);
        self.bytes.get_bytes(size)
    }
}

#[cfg(test)]
mod tests {
    use bytes::{BufMut, BytesMut};
    use kafka_protocol::messages::{FetchRequest, MetadataRequest};
    use kafka_protocol::protocol::Encodable;

    use super::*;

    #[test]
    fn a_count_beyond_the_frame_is_refused_in_old_versions() {
        let mut body = BytesMut::new();
        body.put_i32(i32::MAX);
        assert!(decode::<MetadataRequest>(&body.freeze(), 0).is_none());
    }

    #[test]
    fn a_count_beyond_the_frame_is_refused_in_compact_form() {
        let body = Bytes::from_static(&[0xff, 0xff, 0xff, 0xff, 0x0f, 1, 1, 1]);
        assert!(decode::<MetadataRequest>(&body, 9).is_none());
    }

    #[test]
    fn plain_integers_may_exceed_the_frame() {
        for version in [4, 7, 11, 12, 18] {
            let mut request = FetchRequest::default();
            request.max_bytes = i32::MAX;
            request.max_wait_ms = 30_000;
            let mut body = BytesMut::new();
            request.encode(&mut body, version).unwrap();
            let decoded: FetchRequest = decode(&body.freeze(), version).expect("well-formed");
            assert_eq!((decoded.max_bytes, decoded.max_wait_ms), (i32::MAX, 30_000));
        }
    }
}
