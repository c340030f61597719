//! How updates of groups are written to a repartition topic (KIP-904, feature D125).

use streams_core::{BoxError, Deserializer, IsNull, Serde, Serializer};

use crate::Change;

/// The value's parts, then a byte that says which: 0 old, 1 new, 2 both (the length of the new one first). 3 to 5 are the
/// same with a byte before it that says whether the update is the latest; they are read and not written.
pub(super) struct ChangeSerde<V>(pub(super) Serde<V>);

impl<V: 'static> ChangeSerde<V> {
    fn append(&self, topic: &str, value: &V, out: &mut Vec<u8>) -> Result<(), BoxError> {
        match self.0.serializer().serialize(topic, value, out)? {
            IsNull::No => Ok(()),
            IsNull::Yes => Err("a value that is null cannot be part of an update of a group".into()),
        }
    }

    fn read(&self, topic: &str, bytes: &[u8]) -> Result<Option<V>, BoxError> {
        self.0.deserializer().deserialize(topic, Some(bytes)).map(Some)
    }
}

impl<V: 'static> Serializer<Change<V>> for ChangeSerde<V> {
    fn serialize(&self, topic: &str, change: &Change<V>, out: &mut Vec<u8>) -> Result<IsNull, BoxError> {
        let kind = match (&change.new, &change.old) {
            (None, Some(old)) => {
                self.append(topic, old, out)?;
                0
            }
            (Some(new), None) => {
                self.append(topic, new, out)?;
                1
            }
            (Some(new), Some(old)) => {
                let mut bytes = Vec::new();
                self.append(topic, new, &mut bytes)?;
                write_varint(bytes.len(), out);
                out.extend_from_slice(&bytes);
                self.append(topic, old, out)?;
                2
            }
            (None, None) => return Err("an update of a group must have an old or a new value".into()),
        };
        out.push(kind);
        Ok(IsNull::No)
    }
}

impl<V: 'static> Deserializer<Change<V>> for ChangeSerde<V> {
    fn deserialize(&self, topic: &str, data: Option<&[u8]>) -> Result<Change<V>, BoxError> {
        let truncated = || BoxError::from("an update of a group is cut short");
        let (kind, rest) = data.and_then(<[u8]>::split_last).ok_or_else(truncated)?;
        let (kind, is_latest, rest) = match kind {
            0..=2 => (*kind, true, rest),
            3..=5 => {
                let (latest, rest) = rest.split_last().ok_or_else(truncated)?;
                (kind - 3, *latest != 0, rest)
            }
            other => return Err(format!("an update of a group is of the unknown kind {other}").into()),
        };
        let (new, old) = match kind {
            0 => (None, self.read(topic, rest)?),
            1 => (self.read(topic, rest)?, None),
            _ => {
                let (length, rest) = read_varint(rest).ok_or_else(truncated)?;
                let (new, old) = rest.split_at_checked(length).ok_or_else(truncated)?;
                (self.read(topic, new)?, self.read(topic, old)?)
            }
        };
        Ok(Change { new, old, is_latest })
    }
}

/// A length as Kafka's signed varint (zigzag).
fn write_varint(length: usize, out: &mut Vec<u8>) {
    let mut rest = (length as u64) << 1;
    while rest > 0x7f {
        out.push((rest & 0x7f) as u8 | 0x80);
        rest >>= 7;
    }
    out.push(rest as u8);
}

/// The length at the beginning of `bytes`, and what follows.
fn read_varint(bytes: &[u8]) -> Option<(usize, &[u8])> {
    let mut value = 0_u64;
    for (place, byte) in bytes.iter().take(5).enumerate() {
        value |= u64::from(byte & 0x7f) << (7 * place);
        if byte & 0x80 == 0 {
            let length = (value & 1 == 0).then_some(value >> 1)?;
            return Some((usize::try_from(length).ok()?, bytes.get(place + 1..)?));
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use streams_core::DefaultSerde;

    fn serde() -> Serde<Change<String>> {
        Serde::new(ChangeSerde(String::default_serde()))
    }

    fn change(new: Option<&str>, old: Option<&str>) -> Change<String> {
        Change::new(new.map(str::to_owned), old.map(str::to_owned))
    }

    #[test]
    fn updates_are_written_as_the_jvm_does() {
        let golden: [(_, &[u8]); 3] = [
            (change(None, Some("ab")), b"ab\0"),
            (change(Some("ab"), None), b"ab\x01"),
            (change(Some("ab"), Some("c")), b"\x04abc\x02"),
        ];
        for (change, bytes) in golden {
            assert_eq!(serde().to_bytes("t", &change).unwrap().unwrap(), bytes);
            assert_eq!(serde().from_bytes("t", Some(bytes)).unwrap(), change);
        }
        let long = change(Some(&"x".repeat(100)), Some(""));
        let bytes = serde().to_bytes("t", &long).unwrap().unwrap();
        assert_eq!(bytes[..2], [0xc8, 0x01]);
        assert_eq!(serde().from_bytes("t", Some(&bytes)).unwrap(), long);
    }

    #[test]
    fn kinds_with_versions_are_read() {
        let read = serde().from_bytes("t", Some(b"ab\0\x04")).unwrap();
        assert_eq!(read, Change { is_latest: false, ..change(Some("ab"), None) });
    }

    #[test]
    fn broken_updates_are_errors() {
        assert!(serde().to_bytes("t", &change(None, None)).is_err());
        for bytes in
            [None, Some(&b""[..]), Some(b"\x09"), Some(b"\x08ab\x02"), Some(b"\xff\xff\xff\xff\xff\x02")]
        {
            assert!(serde().from_bytes("t", bytes).is_err(), "{bytes:?}");
        }
    }
}
