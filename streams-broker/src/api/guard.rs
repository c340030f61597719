//! Decoding of requests that may lie.
//!
//! The decoder reserves room for as many elements as an array's count promises, before it has
//! seen one of them, so a frame of a few bytes could make it ask for hundreds of gigabytes. No
//! count can be larger than the bytes that follow it, so such counts are found first:
//!
//! - in flexible versions counts and lengths are varints: one that exceeds the rest of the frame is
//!   an error;
//! - in older versions they are 32-bit integers, and look like any other integer. Where one exceeds
//!   the rest of the frame, the frame is decoded several times with other numbers in its place: 0,
//!   1, and about as many as there are bytes left. If they are not counts, the same fields are read
//!   each time. A count cannot go unnoticed: there are not that many elements.

use bytes::{Buf, Bytes, TryGetError};
use kafka_protocol::protocol::buf::ByteBuf;
use kafka_protocol::protocol::{Decodable, HeaderVersion};

/// The decoder takes no more bytes for a varint, whatever the last one says.
const VARINT: usize = 5;

/// Most elements that are tried in the place of a number that may be a count.
const MANY: usize = 1 << 20;

/// Decodes a request's body. `None` if it is malformed.
pub(crate) fn decode<T: Decodable + HeaderVersion>(body: &Bytes, version: i16) -> Option<T> {
    let flexible = T::header_version(version) >= 2;
    let mut first = Guard::new(body, (!flexible).then_some(0));
    let decoded = T::decode(&mut first, version).ok()?;
    if !first.replaced {
        return Some(decoded);
    }
    for substitute in [1, MANY] {
        let mut again = Guard::new(body, Some(substitute));
        T::decode(&mut again, version).ok()?;
        if again.trace() != first.trace() {
            return None;
        }
    }
    T::decode(&mut body.clone(), version).ok()
}

/// A buffer that keeps counts within the bytes that are left.
struct Guard {
    bytes: Bytes,
    /// What an integer that exceeds the rest is read as, but for what is left of the frame; `None`
    /// if it cannot be a count.
    substitute: Option<usize>,
    /// Whether there was such an integer.
    replaced: bool,
    /// What has been read, mixed into a number.
    reads: u64,
    /// Value and bit position of the varints that may be under way. A boolean with a high bit looks
    /// like the first byte of one, so each byte may be the first. What follows in a well-formed
    /// varint is a smaller number, and does no harm.
    varints: [Option<(u64, u32)>; VARINT],
}

impl Guard {
    fn new(bytes: &Bytes, substitute: Option<usize>) -> Self {
        Guard { bytes: bytes.clone(), substitute, replaced: false, reads: 0, varints: [None; VARINT] }
    }

    /// Notes that a field of this many bytes is read.
    fn read(&mut self, size: usize) {
        self.reads = self.reads.rotate_left(5).wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ (size as u64 + 1);
    }

    /// Which fields have been read, and what is left.
    fn trace(&self) -> (u64, usize) {
        (self.reads, self.bytes.len())
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
        self.varints = [None; VARINT];
        self.read(count);
        self.bytes.advance(count);
    }

    fn try_get_u8(&mut self) -> Result<u8, TryGetError> {
        self.read(1);
        let byte = self.bytes.try_get_u8()?;
        let left = self.bytes.remaining();
        let last = byte & 0x80 == 0;
        self.varints.rotate_right(1);
        self.varints[0] = Some((0, 0));
        for varint in &mut self.varints {
            let Some((value, shift)) = varint.take() else { continue };
            let value = value | (u64::from(byte & 0x7f) << shift);
            let ends = last || shift as usize == 7 * (VARINT - 1);
            // A count or length is sent as one more than it is.
            if ends && shift > 0 && value > left as u64 + 1 {
                return Err(TryGetError { requested: value as usize, available: left });
            }
            if !ends {
                *varint = Some((value, shift + 7));
            }
        }
        Ok(byte)
    }

    fn try_get_i32(&mut self) -> Result<i32, TryGetError> {
        self.read(4);
        self.varints = [None; VARINT];
        let value = self.bytes.try_get_i32()?;
        let left = self.bytes.remaining();
        match self.substitute {
            Some(substitute) if usize::try_from(value).is_ok_and(|count| count > left) => {
                self.replaced = true;
                Ok(substitute.min(left.max(1)) as i32)
            }
            _ => Ok(value),
        }
    }
}

impl ByteBuf for Guard {
    fn peek_bytes(&mut self, range: std::ops::Range<usize>) -> Bytes {
        self.bytes.peek_bytes(range)
    }

    fn get_bytes(&mut self, size: usize) -> Bytes {
        self.read(size);
        self.varints = [None; VARINT];
        self.bytes.get_bytes(size)
    }
}

#[cfg(test)]
mod tests {
    use bytes::{BufMut, BytesMut};
    use kafka_protocol::messages::{FetchRequest, ListOffsetsRequest, MetadataRequest};
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
    fn a_count_whose_last_byte_promises_another_is_refused() {
        let body = Bytes::from_static(&[0xff, 0xff, 0xff, 0xff, 0xff, 1, 1, 1]);
        assert!(decode::<MetadataRequest>(&body, 9).is_none());
    }

    #[test]
    fn a_count_behind_an_odd_boolean_is_refused() {
        let mut body = BytesMut::new();
        let mut request = FetchRequest::default();
        request.max_bytes = i32::MAX;
        request.encode(&mut body, 12).unwrap();
        let good = body.freeze();
        assert!(decode::<FetchRequest>(&good, 12).is_some());
        // A boolean, then a count of 2^31.
        let mut guard = Guard::new(&Bytes::from_static(&[0xff, 0x80, 0x80, 0x80, 0x80, 0x08, 1, 1]), None);
        let read = (0..6).try_for_each(|_| guard.try_get_u8().map(|_| ()));
        assert!(read.is_err());
    }

    #[test]
    fn a_count_is_found_even_if_what_follows_fits_without_it() {
        // No partitions of the one topic, or one: either way there is something to read behind.
        let mut body = BytesMut::new();
        body.put_i32(-1);
        body.put_i32(1);
        body.put_slice(&[0, 1, b't']);
        body.put_i32(i32::MAX);
        for _ in 0..40 {
            body.put_i32(0);
        }
        assert!(decode::<ListOffsetsRequest>(&body.freeze(), 1).is_none());
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
