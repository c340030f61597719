//! What the left table sends to the right one.

use streams_core::{BoxError, Deserializer, IsNull, Serde, Serializer};

use super::hash::{ValueHash, first_byte, read_first_byte};

/// The format with the partition that answers go to (since Kafka 3.4, feature D126); 0 is the one without.
const VERSION: u8 = 1;

/// What the right side is to do with a subscription (feature D89).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Instruction {
    /// Forget it.
    Delete = 0,
    /// Forget it, and answer that there is no match.
    DeleteAndAnswer = 1,
    /// Keep it, and answer even if there is no match.
    AnswerAlways = 2,
    /// Keep it, and answer if there is a match.
    AnswerMatch = 3,
}

impl Instruction {
    fn of(byte: u8) -> Option<Self> {
        Some(match byte {
            0 => Self::Delete,
            1 => Self::DeleteAndAnswer,
            2 => Self::AnswerAlways,
            3 => Self::AnswerMatch,
            _ => return None,
        })
    }

    /// Whether the right side keeps the subscription.
    pub(super) fn keeps(self) -> bool {
        matches!(self, Self::AnswerAlways | Self::AnswerMatch)
    }
}

/// A left entry's interest in a foreign key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Subscription<K> {
    pub(super) hash: ValueHash,
    pub(super) instruction: Instruction,
    /// The left entry's key.
    pub(super) key: K,
    /// The left entry's partition, if the sender was new enough to say it.
    pub(super) partition: Option<i32>,
}

/// Version and hash presence (1 byte), instruction (1), hash (16, if any), key, partition (4).
struct SubscriptionSerde<K>(Serde<K>);

/// The serde of subscriptions by entries with such keys.
pub(super) fn subscription_serde<K: 'static>(keys: Serde<K>) -> Serde<Subscription<K>> {
    Serde::new(SubscriptionSerde(keys))
}

impl<K: 'static> Serializer<Subscription<K>> for SubscriptionSerde<K> {
    fn serialize(&self, topic: &str, value: &Subscription<K>, out: &mut Vec<u8>) -> Result<IsNull, BoxError> {
        let version = if value.partition.is_some() { VERSION } else { 0 };
        out.push(first_byte(version, &value.hash));
        out.push(value.instruction as u8);
        out.extend_from_slice(value.hash.as_ref().map_or(&[], |hash| &hash[..]));
        self.0.serializer().serialize(&format!("{topic}-pk"), &value.key, out)?;
        if let Some(partition) = value.partition {
            out.extend_from_slice(&partition.to_be_bytes());
        }
        Ok(IsNull::No)
    }
}

impl<K: 'static> Deserializer<Subscription<K>> for SubscriptionSerde<K> {
    fn deserialize(&self, topic: &str, data: Option<&[u8]>) -> Result<Subscription<K>, BoxError> {
        let too_short = || "a subscription of a foreign-key join is too short";
        let ([first, instruction], rest) =
            data.unwrap_or_default().split_first_chunk().ok_or_else(too_short)?;
        let (version, hashed) = read_first_byte(*first);
        if version > VERSION {
            return Err(format!(
                "a subscription of a foreign-key join has version {version}; this library reads up to {VERSION}"
            )
            .into());
        }
        let instruction = Instruction::of(*instruction)
            .ok_or_else(|| format!("a subscription of a foreign-key join has instruction {instruction}"))?;
        let (hash, rest) = if hashed {
            let (hash, rest) = rest.split_first_chunk().ok_or_else(too_short)?;
            (Some(*hash), rest)
        } else {
            (None, rest)
        };
        let (key, partition) = if version == VERSION {
            let (key, partition) = rest.split_last_chunk().ok_or_else(too_short)?;
            (key, Some(i32::from_be_bytes(*partition)))
        } else {
            (rest, None)
        };
        let key = self.0.from_bytes(&format!("{topic}-pk"), Some(key))?;
        Ok(Subscription { hash, instruction, key, partition })
    }
}

#[cfg(test)]
mod tests {
    use streams_core::DefaultSerde;

    use super::*;

    fn serde() -> Serde<Subscription<String>> {
        subscription_serde(String::default_serde())
    }

    #[test]
    fn bytes_are_those_of_kafka() {
        let mut subscription = Subscription {
            hash: None,
            instruction: Instruction::DeleteAndAnswer,
            key: "o2".to_owned(),
            partition: Some(3),
        };
        let bytes = serde().to_bytes("t", &subscription).unwrap().unwrap();
        assert_eq!(bytes, [0x81, 1, b'o', b'2', 0, 0, 0, 3]);
        subscription.hash = Some([7; 16]);
        subscription.instruction = Instruction::AnswerMatch;
        let bytes = serde().to_bytes("t", &subscription).unwrap().unwrap();
        assert_eq!(bytes[..3], [1, 3, 7]);
        assert_eq!(serde().from_bytes("t", Some(&bytes)).unwrap(), subscription);
    }

    #[test]
    fn the_old_format_has_no_partition_and_newer_or_broken_ones_are_refused() {
        let old = serde().from_bytes("t", Some(&[0x80, 2, b'k'])).unwrap();
        assert_eq!((old.key.as_str(), old.partition), ("k", None));
        for broken in [&[][..], &[0x82, 2, b'k'], &[1, 2, 7], &[0x81, 9, b'k', 0, 0, 0, 0], &[0x81, 1, 0]] {
            serde().from_bytes("t", Some(broken)).unwrap_err();
        }
    }
}
