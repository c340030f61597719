//! Numbers that processors commit with the offsets.

use std::collections::BTreeMap;

/// Numbers by name that processors commit with the offsets, so that a task that goes on elsewhere knows them (KIP-825).
/// They only grow.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct ProcessorMetadata(BTreeMap<String, i64>);

impl ProcessorMetadata {
    pub(crate) fn get(&self, key: &str) -> Option<i64> {
        self.0.get(key).copied()
    }

    /// Sets a number, unless it was larger already.
    pub(crate) fn raise(&mut self, key: &str, value: i64) {
        match self.0.get_mut(key) {
            Some(known) => *known = value.max(*known),
            None => drop(self.0.insert(key.to_owned(), value)),
        }
    }

    /// Takes over the larger numbers of another task's.
    pub(crate) fn merge(&mut self, other: &Self) {
        other.0.iter().for_each(|(key, value)| self.raise(key, *value));
    }

    /// Appends Kafka Streams' encoding: how many there are (4 bytes), then for each the length of its name (4 bytes), its
    /// name, and the number (8 bytes). Nothing if there are none.
    pub(crate) fn encode(&self, out: &mut Vec<u8>) {
        if self.0.is_empty() {
            return;
        }
        out.extend_from_slice(&(self.0.len() as i32).to_be_bytes());
        for (key, value) in &self.0 {
            out.extend_from_slice(&(key.len() as i32).to_be_bytes());
            out.extend_from_slice(key.as_bytes());
            out.extend_from_slice(&value.to_be_bytes());
        }
    }

    /// What is encoded in `bytes`, up to where they stop making sense.
    pub(crate) fn decode(bytes: &[u8]) -> Self {
        let mut found = Self::default();
        let Some((count, mut rest)) = number(bytes) else { return found };
        for _ in 0..count {
            let Some((key, value, behind)) = entry(rest) else { break };
            found.raise(key, value);
            rest = behind;
        }
        found
    }
}

fn number(bytes: &[u8]) -> Option<(usize, &[u8])> {
    let (number, rest) = bytes.split_first_chunk::<4>()?;
    Some((usize::try_from(i32::from_be_bytes(*number)).ok()?, rest))
}

fn entry(bytes: &[u8]) -> Option<(&str, i64, &[u8])> {
    let (length, rest) = number(bytes)?;
    let (key, rest) = rest.split_at_checked(length)?;
    let (value, rest) = rest.split_first_chunk::<8>()?;
    Some((std::str::from_utf8(key).ok()?, i64::from_be_bytes(*value), rest))
}

#[cfg(test)]
mod tests {
    use super::ProcessorMetadata;

    #[test]
    fn what_is_encoded_is_decoded() {
        let mut metadata = ProcessorMetadata::default();
        let mut bytes = Vec::new();
        metadata.encode(&mut bytes);
        assert!(bytes.is_empty());
        metadata.raise("counts", 7);
        metadata.raise("a", -1);
        metadata.raise("counts", 5);
        metadata.encode(&mut bytes);
        assert_eq!(bytes[..9], [0, 0, 0, 2, 0, 0, 0, 1, b'a']);
        let read = ProcessorMetadata::decode(&bytes);
        assert_eq!(read, metadata);
        assert_eq!(read.get("counts"), Some(7));
    }

    #[test]
    fn broken_bytes_are_read_as_far_as_they_go() {
        for bytes in
            [&[][..], &[0, 0], &[0xff; 4], &[0, 0, 0, 1, 0, 0, 0, 9, b'a'], &[0x7f, 0xff, 0xff, 0xff]]
        {
            assert_eq!(ProcessorMetadata::decode(bytes), ProcessorMetadata::default());
        }
    }
}
