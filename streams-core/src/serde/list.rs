//! Lists, in the two forms of Kafka's `ListSerde` (KIP-466).

use super::{Deserializer, IsNull, NullPayload, Serde, Serializer};
use crate::error::BoxError;

const CONSTANT_SIZE: u8 = 0;
const VARIABLE_SIZE: u8 = 1;
const NULL_ENTRY: i32 = -1;

/// Lists of entries that another serde reads and writes; entries may be null if their type is.
///
/// ```
/// use streams_core::{DefaultSerde, ListSerde, Serde};
///
/// let serde = Serde::new(ListSerde::new(String::default_serde()));
/// let words = vec!["a".to_owned(), "bc".to_owned()];
/// let bytes = serde.to_bytes("topic", &words)?;
/// assert_eq!(serde.from_bytes("topic", bytes.as_deref())?, words);
/// # Ok::<(), streams_core::BoxError>(())
/// ```
#[derive(Debug, Clone)]
pub struct ListSerde<T> {
    inner: Serde<T>,
    entry_length: Option<usize>,
}

impl<T: 'static> ListSerde<T> {
    /// Each entry is written with its length.
    pub fn new(inner: Serde<T>) -> Self {
        Self { inner, entry_length: None }
    }

    /// Entries are written without their lengths, which are all `bytes`: what Kafka does for lists of its numbers
    /// (`i16`, `i32`, `i64`, `f32`, `f64`) and UUIDs (36 bytes).
    pub fn fixed_length(inner: Serde<T>, bytes: usize) -> Self {
        Self { inner, entry_length: Some(bytes.max(1)) }
    }

    fn write_fixed(&self, topic: &str, list: &[T], size: usize, out: &mut Vec<u8>) -> Result<(), BoxError> {
        let (mut nulls, mut entries) = (Vec::new(), Vec::with_capacity(list.len() * size));
        for (index, entry) in list.iter().enumerate() {
            let before = entries.len();
            match self.inner.serializer().serialize(topic, entry, &mut entries)? {
                IsNull::Yes => nulls.push(index),
                IsNull::No if entries.len() - before == size => {}
                IsNull::No => {
                    let found = entries.len() - before;
                    return Err(format!("entry {index} of the list takes {found} bytes, not {size}").into());
                }
            }
        }
        out.push(CONSTANT_SIZE);
        write_count(nulls.len(), out)?;
        for index in nulls {
            write_count(index, out)?;
        }
        write_count(list.len(), out)?;
        out.extend_from_slice(&entries);
        Ok(())
    }

    fn write_variable(&self, topic: &str, list: &[T], out: &mut Vec<u8>) -> Result<(), BoxError> {
        out.push(VARIABLE_SIZE);
        write_count(list.len(), out)?;
        for entry in list {
            let start = out.len();
            out.extend_from_slice(&NULL_ENTRY.to_be_bytes());
            if self.inner.serializer().serialize(topic, entry, out)? == IsNull::No {
                let length = i32::try_from(out.len() - start - 4)?;
                out[start..start + 4].copy_from_slice(&length.to_be_bytes());
            }
        }
        Ok(())
    }

    fn read_fixed(&self, topic: &str, mut data: &[u8]) -> Result<Vec<T>, BoxError> {
        let size = self.entry_length.ok_or("a list of entries of one length was read with ListSerde::new")?;
        let null_count = read_count(&mut data)?;
        let mut nulls = Vec::new();
        for _ in 0..null_count {
            nulls.push(read_count(&mut data)?);
        }
        let count = read_count(&mut data)?;
        let mut list = Vec::new();
        for index in 0..count {
            let entry = if nulls.contains(&index) { None } else { Some(take(&mut data, size)?) };
            list.push(self.inner.deserializer().deserialize(topic, entry)?);
        }
        all_read(data)?;
        Ok(list)
    }

    fn read_variable(&self, topic: &str, mut data: &[u8]) -> Result<Vec<T>, BoxError> {
        let count = read_count(&mut data)?;
        let mut list = Vec::new();
        for _ in 0..count {
            let entry = match read_int(&mut data)? {
                NULL_ENTRY => None,
                length => Some(take(&mut data, usize::try_from(length)?)?),
            };
            list.push(self.inner.deserializer().deserialize(topic, entry)?);
        }
        all_read(data)?;
        Ok(list)
    }
}

impl<T: 'static> Serializer<Vec<T>> for ListSerde<T> {
    fn serialize(&self, topic: &str, list: &Vec<T>, out: &mut Vec<u8>) -> Result<IsNull, BoxError> {
        match self.entry_length {
            Some(size) => self.write_fixed(topic, list, size, out)?,
            None => self.write_variable(topic, list, out)?,
        }
        Ok(IsNull::No)
    }
}

impl<T: 'static> Deserializer<Vec<T>> for ListSerde<T> {
    fn deserialize(&self, topic: &str, data: Option<&[u8]>) -> Result<Vec<T>, BoxError> {
        match data.ok_or(NullPayload("Vec"))?.split_first() {
            Some((&CONSTANT_SIZE, rest)) => self.read_fixed(topic, rest),
            Some((&VARIABLE_SIZE, rest)) => self.read_variable(topic, rest),
            _ => Err("a list begins with the byte 0 or 1".into()),
        }
    }
}

fn write_count(count: usize, out: &mut Vec<u8>) -> Result<(), BoxError> {
    out.extend_from_slice(&i32::try_from(count)?.to_be_bytes());
    Ok(())
}

fn take<'a>(data: &mut &'a [u8], length: usize) -> Result<&'a [u8], BoxError> {
    let (taken, rest) = data.split_at_checked(length).ok_or("a list ends in the middle")?;
    *data = rest;
    Ok(taken)
}

fn read_int(data: &mut &[u8]) -> Result<i32, BoxError> {
    let (int, rest) = data.split_first_chunk::<4>().ok_or("a list ends in the middle")?;
    *data = rest;
    Ok(i32::from_be_bytes(*int))
}

fn read_count(data: &mut &[u8]) -> Result<usize, BoxError> {
    Ok(usize::try_from(read_int(data)?)?)
}

fn all_read(data: &[u8]) -> Result<(), BoxError> {
    if data.is_empty() { Ok(()) } else { Err(format!("a list is followed by {} bytes", data.len()).into()) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::serde::DefaultSerde;

    fn hex(bytes: &[u8]) -> String {
        bytes.iter().map(|byte| format!("{byte:02x}")).collect()
    }

    #[test]
    fn both_forms_are_those_of_the_jvm() {
        let numbers = Serde::new(ListSerde::fixed_length(Option::<i32>::default_serde(), 4));
        let list = vec![Some(1), None, Some(3)];
        let bytes = numbers.to_bytes("t", &list).unwrap().unwrap();
        assert_eq!(hex(&bytes), "000000000100000001000000030000000100000003");
        assert_eq!(numbers.from_bytes("t", Some(&bytes)).unwrap(), list);

        let texts = Serde::new(ListSerde::new(Option::<String>::default_serde()));
        let list = vec![Some("a".to_owned()), None, Some(String::new())];
        let bytes = texts.to_bytes("t", &list).unwrap().unwrap();
        assert_eq!(hex(&bytes), "01000000030000000161ffffffff00000000");
        assert_eq!(texts.from_bytes("t", Some(&bytes)).unwrap(), list);
    }

    #[test]
    fn torn_lists_are_refused() {
        let texts = Serde::new(ListSerde::new(String::default_serde()));
        let whole = texts.to_bytes("t", &vec!["abc".to_owned()]).unwrap().unwrap();
        for length in 0..whole.len() {
            assert!(texts.from_bytes("t", Some(&whole[..length])).is_err(), "{length}");
        }
        assert!(texts.from_bytes("t", Some(&[1, 0x7f, 0xff, 0xff, 0xff])).is_err());
        assert!(texts.from_bytes("t", Some(&[1, 0xff, 0xff, 0xff, 0xff])).is_err());
        let numbers = Serde::new(ListSerde::fixed_length(i32::default_serde(), 4));
        assert!(numbers.from_bytes("t", Some(&[0, 0, 0, 0, 0, 0, 0, 0, 1, 9])).is_err());
    }
}
