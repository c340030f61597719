//! What the right table answers.

use streams_core::{BoxError, Deserializer, IsNull, Serde, Serializer};

use super::hash::{ValueHash, first_byte, read_first_byte};

/// The format (feature D127).
const VERSION: u8 = 0;

/// The right value for a left entry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Response<R> {
    /// The hash of the left value that asked.
    pub(super) hash: ValueHash,
    /// The right value; `None` if there is no match.
    pub(super) value: Option<R>,
    /// Where the answer goes; not part of the message.
    pub(super) partition: Option<i32>,
}

/// Version and hash presence (1 byte), hash (16, if any), right value (if any).
struct ResponseSerde<R>(Serde<R>);

/// The serde of answers with such values.
pub(super) fn response_serde<R: 'static>(values: Serde<R>) -> Serde<Response<R>> {
    Serde::new(ResponseSerde(values))
}

impl<R: 'static> Serializer<Response<R>> for ResponseSerde<R> {
    fn serialize(&self, topic: &str, value: &Response<R>, out: &mut Vec<u8>) -> Result<IsNull, BoxError> {
        out.push(first_byte(VERSION, &value.hash));
        out.extend_from_slice(value.hash.as_ref().map_or(&[], |hash| &hash[..]));
        if let Some(value) = &value.value {
            self.0.serializer().serialize(topic, value, out)?;
        }
        Ok(IsNull::No)
    }
}

impl<R: 'static> Deserializer<Response<R>> for ResponseSerde<R> {
    fn deserialize(&self, topic: &str, data: Option<&[u8]>) -> Result<Response<R>, BoxError> {
        let too_short = || "an answer of a foreign-key join is too short";
        let (first, rest) = data.unwrap_or_default().split_first().ok_or_else(too_short)?;
        let (version, hashed) = read_first_byte(*first);
        if version != VERSION {
            return Err(format!(
                "an answer of a foreign-key join has version {version}; this library reads {VERSION}"
            )
            .into());
        }
        let (hash, rest) = if hashed {
            let (hash, rest) = rest.split_first_chunk().ok_or_else(too_short)?;
            (Some(*hash), rest)
        } else {
            (None, rest)
        };
        let value = Some(rest).filter(|rest| !rest.is_empty());
        let value = value.map(|value| self.0.from_bytes(topic, Some(value))).transpose()?;
        Ok(Response { hash, value, partition: None })
    }
}

#[cfg(test)]
mod tests {
    use streams_core::DefaultSerde;

    use super::*;

    #[test]
    fn bytes_are_those_of_kafka() {
        let serde = response_serde(String::default_serde());
        let nothing = Response { hash: None, value: None, partition: None };
        assert_eq!(serde.to_bytes("t", &nothing).unwrap().unwrap(), [0x80]);
        let found = Response { hash: Some([5; 16]), value: Some("Ann".to_owned()), partition: None };
        let bytes = serde.to_bytes("t", &found).unwrap().unwrap();
        assert_eq!((bytes[0], &bytes[17..]), (0, &b"Ann"[..]));
        assert_eq!(serde.from_bytes("t", Some(&bytes)).unwrap(), found);
        serde.from_bytes("t", Some(&[1])).unwrap_err();
        serde.from_bytes("t", Some(&[0, 1])).unwrap_err();
    }
}
