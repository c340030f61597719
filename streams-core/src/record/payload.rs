//! Key and value of a record as bytes.

use std::fmt;

use bytes::Bytes;

/// Keys and values that are not longer than this together lie in the payload itself.
const INLINE: usize = 39;

/// The length of what is null.
const NULL: u32 = u32::MAX;

/// Key and value of a record as they were read, each of which may be null.
///
/// Small ones lie in place, so that most records need no memory of their own and no count of who shares it; larger ones
/// are a part of a buffer that records share.
///
/// ```
/// use streams_core::RawPayload;
///
/// let payload = RawPayload::new(Some(b"key"), None);
/// assert_eq!((payload.key(), payload.value()), (Some(&b"key"[..]), None));
/// ```
#[derive(Clone)]
pub struct RawPayload {
    /// The key and, behind it, the value.
    bytes: Storage,
    key_len: u32,
    value_len: u32,
}

#[derive(Clone)]
enum Storage {
    Inline([u8; INLINE]),
    Shared(Bytes),
}

impl RawPayload {
    /// Copies a key and a value.
    #[inline]
    pub fn new(key: Option<&[u8]>, value: Option<&[u8]>) -> Self {
        let (first, second) = (key.unwrap_or_default(), value.unwrap_or_default());
        let mut inline = [0; INLINE];
        let bytes = match inline.get_mut(..first.len() + second.len()) {
            Some(room) => {
                let (for_key, for_value) = room.split_at_mut(first.len());
                for_key.copy_from_slice(first);
                for_value.copy_from_slice(second);
                Storage::Inline(inline)
            }
            None => Storage::Shared([first, second].concat().into()),
        };
        Self { bytes, key_len: length(key), value_len: length(value) }
    }

    /// A key that begins at that place of a buffer and, behind it, a value.
    pub(crate) fn part_of(buffer: &Bytes, at: usize, key: Option<usize>, value: Option<usize>) -> Self {
        let behind = at + key.unwrap_or(0);
        let part = |from: usize, len: Option<usize>| len.and_then(|len| buffer.get(from..from + len));
        let (key, value) = (part(at, key), part(behind, value));
        let end = behind + value.map_or(0, <[u8]>::len);
        if end - at <= INLINE {
            return Self::new(key, value);
        }
        Self { bytes: Storage::Shared(buffer.slice(at..end)), key_len: length(key), value_len: length(value) }
    }

    /// The key's bytes.
    #[inline]
    pub fn key(&self) -> Option<&[u8]> {
        if self.key_len == NULL { None } else { self.bytes().get(..self.key_len as usize) }
    }

    /// The value's bytes.
    #[inline]
    pub fn value(&self) -> Option<&[u8]> {
        let start = if self.key_len == NULL { 0 } else { self.key_len as usize };
        if self.value_len == NULL { None } else { self.bytes().get(start..start + self.value_len as usize) }
    }

    #[inline]
    fn bytes(&self) -> &[u8] {
        match &self.bytes {
            Storage::Inline(bytes) => bytes,
            Storage::Shared(bytes) => bytes,
        }
    }
}

/// Kafka's records are shorter than 2 GiB.
#[inline]
fn length(part: Option<&[u8]>) -> u32 {
    part.map_or(NULL, |part| u32::try_from(part.len()).unwrap_or(NULL - 1))
}

impl Default for RawPayload {
    /// Both null.
    fn default() -> Self {
        Self { bytes: Storage::Inline([0; INLINE]), key_len: NULL, value_len: NULL }
    }
}

impl PartialEq for RawPayload {
    fn eq(&self, other: &Self) -> bool {
        self.key() == other.key() && self.value() == other.value()
    }
}

impl Eq for RawPayload {}

impl fmt::Debug for RawPayload {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RawPayload").field("key", &self.key()).field("value", &self.value()).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nulls_and_empty_parts_are_told_apart_whatever_the_length() {
        let long = [7; INLINE + 1];
        for part in [None, Some(&b""[..]), Some(b"a"), Some(&long)] {
            for other in [None, Some(&b""[..]), Some(b"b"), Some(&long)] {
                let payload = RawPayload::new(part, other);
                assert_eq!((payload.key(), payload.value()), (part, other));
                assert_eq!(payload.clone(), payload);
            }
        }
        assert_eq!(RawPayload::default(), RawPayload::new(None, None));
        assert_ne!(RawPayload::new(Some(b"ab"), Some(b"c")), RawPayload::new(Some(b"a"), Some(b"bc")));
    }

    #[test]
    fn a_part_of_a_buffer_is_key_and_value_from_there() {
        let buffer = Bytes::from([&b"xk"[..], &[7; INLINE], b"y"].concat());
        let large = RawPayload::part_of(&buffer, 1, Some(1), Some(INLINE));
        assert_eq!((large.key(), large.value()), (Some(&b"k"[..]), Some(&[7; INLINE][..])));
        let small = RawPayload::part_of(&buffer, 1, Some(1), Some(2));
        assert_eq!((small.key(), small.value()), (Some(&b"k"[..]), Some(&[7, 7][..])));
        assert_eq!(RawPayload::part_of(&buffer, 1, None, Some(1)).value(), Some(&b"k"[..]));
    }
}
