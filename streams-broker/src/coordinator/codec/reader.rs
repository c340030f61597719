//! A cursor over bytes that never panics and never allocates more than its input justifies.

use uuid::Uuid;

/// Why bytes could not be decoded.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum DecodeError {
    /// The input ends before the field does.
    #[error("the input ends inside a field: {wanted} bytes wanted, {left} left")]
    Short {
        /// Bytes the field needs.
        wanted: usize,
        /// Bytes there are.
        left: usize,
    },
    /// A length that cannot be right.
    #[error("a length of {0} is out of range")]
    Length(i64),
    /// A string that is not UTF-8.
    #[error("a string is not UTF-8")]
    Utf8,
    /// A version that this code does not know.
    #[error("version {version} of {what} is not known")]
    Version {
        /// The structure's name.
        what: &'static str,
        /// The version met.
        version: i16,
    },
}

/// Reads big-endian Kafka primitives from a slice.
#[derive(Debug, Clone)]
pub(crate) struct Reader<'a> {
    left: &'a [u8],
}

impl<'a> Reader<'a> {
    /// Reads from the start of `bytes`.
    pub(crate) fn new(bytes: &'a [u8]) -> Self {
        Self { left: bytes }
    }

    /// The next `wanted` bytes.
    pub(crate) fn take(&mut self, wanted: usize) -> Result<&'a [u8], DecodeError> {
        if wanted > self.left.len() {
            return Err(DecodeError::Short { wanted, left: self.left.len() });
        }
        let (head, tail) = self.left.split_at(wanted);
        self.left = tail;
        Ok(head)
    }

    fn array<const N: usize>(&mut self) -> Result<[u8; N], DecodeError> {
        let mut out = [0; N];
        out.copy_from_slice(self.take(N)?);
        Ok(out)
    }

    /// An 8-bit integer.
    pub(crate) fn i8(&mut self) -> Result<i8, DecodeError> {
        Ok(i8::from_be_bytes(self.array()?))
    }

    /// A 16-bit integer.
    pub(crate) fn i16(&mut self) -> Result<i16, DecodeError> {
        Ok(i16::from_be_bytes(self.array()?))
    }

    /// An unsigned 16-bit integer.
    pub(crate) fn u16(&mut self) -> Result<u16, DecodeError> {
        Ok(u16::from_be_bytes(self.array()?))
    }

    /// A 32-bit integer.
    pub(crate) fn i32(&mut self) -> Result<i32, DecodeError> {
        Ok(i32::from_be_bytes(self.array()?))
    }

    /// A 64-bit integer.
    pub(crate) fn i64(&mut self) -> Result<i64, DecodeError> {
        Ok(i64::from_be_bytes(self.array()?))
    }

    /// Sixteen bytes of identity.
    pub(crate) fn uuid(&mut self) -> Result<Uuid, DecodeError> {
        Ok(Uuid::from_bytes(self.array()?))
    }

    /// An unsigned integer in groups of seven bits.
    pub(crate) fn varint(&mut self) -> Result<u32, DecodeError> {
        let mut value = 0u64;
        for shift in (0..35).step_by(7) {
            let [byte] = self.array()?;
            value |= u64::from(byte & 0x7f) << shift;
            if byte & 0x80 == 0 {
                return u32::try_from(value).map_err(|_| DecodeError::Length(value as i64));
            }
        }
        Err(DecodeError::Length(value as i64))
    }

    /// The count of an array whose elements take at least one byte each.
    fn bounded(&self, count: i64) -> Result<usize, DecodeError> {
        match usize::try_from(count) {
            Ok(count) if count <= self.left.len() => Ok(count),
            _ => Err(DecodeError::Length(count)),
        }
    }

    /// The count before a compact array, `None` for null.
    pub(crate) fn compact_len(&mut self) -> Result<Option<usize>, DecodeError> {
        match self.varint()? {
            0 => Ok(None),
            n => self.bounded(i64::from(n) - 1).map(Some),
        }
    }

    /// The count before a classic array (null counts as empty).
    pub(crate) fn array_len(&mut self) -> Result<usize, DecodeError> {
        match self.i32()? {
            -1 => Ok(0),
            n => self.bounded(i64::from(n)),
        }
    }

    /// A string with a 16-bit length; null has length -1.
    pub(crate) fn nullable_string(&mut self) -> Result<Option<String>, DecodeError> {
        match self.i16()? {
            -1 => Ok(None),
            n => {
                let len = usize::try_from(n).map_err(|_| DecodeError::Length(i64::from(n)))?;
                utf8(self.take(len)?).map(Some)
            }
        }
    }

    /// A string with a 16-bit length, not null.
    pub(crate) fn string(&mut self) -> Result<String, DecodeError> {
        self.nullable_string()?.ok_or(DecodeError::Length(-1))
    }

    /// Bytes with a 32-bit length.
    pub(crate) fn bytes(&mut self) -> Result<Vec<u8>, DecodeError> {
        let n = self.i32()?;
        let len = usize::try_from(n).map_err(|_| DecodeError::Length(i64::from(n)))?;
        Ok(self.take(len)?.to_vec())
    }

    /// Bytes with a compact length, `None` for null.
    pub(crate) fn compact_bytes(&mut self) -> Result<Option<&'a [u8]>, DecodeError> {
        match self.compact_len()? {
            None => Ok(None),
            Some(len) => self.take(len).map(Some),
        }
    }

    /// A string with a compact length, `None` for null.
    pub(crate) fn compact_string(&mut self) -> Result<Option<String>, DecodeError> {
        self.compact_bytes()?.map(utf8).transpose()
    }

    /// Hands each tagged field to `field`.
    pub(crate) fn tags(
        &mut self,
        mut field: impl FnMut(u32, &mut Reader<'a>) -> Result<(), DecodeError>,
    ) -> Result<(), DecodeError> {
        for _ in 0..self.varint()? {
            let tag = self.varint()?;
            let len = self.varint()? as usize;
            field(tag, &mut Reader::new(self.take(len)?))?;
        }
        Ok(())
    }
}

fn utf8(bytes: &[u8]) -> Result<String, DecodeError> {
    std::str::from_utf8(bytes).map(str::to_owned).map_err(|_| DecodeError::Utf8)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_length_beyond_the_input_is_an_error_and_allocates_nothing() {
        assert_eq!(Reader::new(&[0x7f, 0xff, 0xff, 0xff]).array_len(), Err(DecodeError::Length(0x7fff_ffff)));
        assert!(Reader::new(&[0xff, 0xff, 0xff, 0xff, 0x0f]).compact_len().is_err());
    }

    #[test]
    fn a_varint_of_six_bytes_is_an_error() {
        assert!(Reader::new(&[0xff; 6]).varint().is_err());
    }
}
