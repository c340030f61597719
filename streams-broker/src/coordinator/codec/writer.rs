//! Appends Kafka primitives to a buffer.

use uuid::Uuid;

/// Writes big-endian Kafka primitives.
#[derive(Debug, Default)]
pub(crate) struct Writer {
    out: Vec<u8>,
}

impl Writer {
    /// An empty buffer.
    pub(crate) fn new() -> Self {
        Self::default()
    }

    /// What was written.
    pub(crate) fn into_bytes(self) -> Vec<u8> {
        self.out
    }

    /// Bytes as they are.
    pub(crate) fn raw(&mut self, bytes: &[u8]) {
        self.out.extend_from_slice(bytes);
    }

    /// An 8-bit integer.
    pub(crate) fn i8(&mut self, v: i8) {
        self.raw(&v.to_be_bytes());
    }

    /// A 16-bit integer.
    pub(crate) fn i16(&mut self, v: i16) {
        self.raw(&v.to_be_bytes());
    }

    /// An unsigned 16-bit integer.
    pub(crate) fn u16(&mut self, v: u16) {
        self.raw(&v.to_be_bytes());
    }

    /// A 32-bit integer.
    pub(crate) fn i32(&mut self, v: i32) {
        self.raw(&v.to_be_bytes());
    }

    /// A 64-bit integer.
    pub(crate) fn i64(&mut self, v: i64) {
        self.raw(&v.to_be_bytes());
    }

    /// Sixteen bytes of identity.
    pub(crate) fn uuid(&mut self, v: Uuid) {
        self.raw(v.as_bytes());
    }

    /// An unsigned integer in groups of seven bits.
    pub(crate) fn varint(&mut self, mut v: u32) {
        while v >= 0x80 {
            self.out.push((v as u8) | 0x80);
            v >>= 7;
        }
        self.out.push(v as u8);
    }

    /// The count before a compact array or string.
    pub(crate) fn compact_len(&mut self, len: Option<usize>) {
        self.varint(len.map_or(0, |len| u32::try_from(len + 1).unwrap_or(u32::MAX)));
    }

    /// The count before a classic array.
    pub(crate) fn array_len(&mut self, len: usize) {
        self.i32(i32::try_from(len).unwrap_or(i32::MAX));
    }

    /// A string with a 16-bit length. Longer ones cannot come from a request; they are cut at a character.
    pub(crate) fn string(&mut self, v: &str) {
        let mut end = v.len().min(i16::MAX as usize);
        while !v.is_char_boundary(end) {
            end -= 1;
        }
        self.i16(end as i16);
        self.raw(&v.as_bytes()[..end]);
    }

    /// A string with a 16-bit length, -1 for null.
    pub(crate) fn nullable_string(&mut self, v: Option<&str>) {
        match v {
            Some(v) => self.string(v),
            None => self.i16(-1),
        }
    }

    /// Bytes with a 32-bit length.
    pub(crate) fn bytes(&mut self, v: &[u8]) {
        self.array_len(v.len());
        self.raw(v);
    }

    /// Bytes with a compact length.
    pub(crate) fn compact_bytes(&mut self, v: &[u8]) {
        self.compact_len(Some(v.len()));
        self.raw(v);
    }

    /// Tagged fields, which must come in the order of their tags.
    pub(crate) fn tags(&mut self, tags: &[(u32, Vec<u8>)]) {
        self.varint(u32::try_from(tags.len()).unwrap_or(u32::MAX));
        for (tag, value) in tags {
            self.varint(*tag);
            self.varint(u32::try_from(value.len()).unwrap_or(u32::MAX));
            self.raw(value);
        }
    }
}
