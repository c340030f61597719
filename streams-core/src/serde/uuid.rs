//! UUIDs, in Kafka's form: as text.

use uuid::Uuid;

use super::{DefaultSerde, Deserializer, IsNull, NullPayload, Serde, Serializer};
use crate::error::BoxError;

/// Kafka's `UUIDSerde`: the 36 characters of the text form, in UTF-8.
#[derive(Debug, Clone, Copy, Default)]
pub struct UuidSerde;

impl Serializer<Uuid> for UuidSerde {
    fn serialize(&self, _: &str, value: &Uuid, out: &mut Vec<u8>) -> Result<IsNull, BoxError> {
        let mut text = Uuid::encode_buffer();
        out.extend_from_slice(value.hyphenated().encode_lower(&mut text).as_bytes());
        Ok(IsNull::No)
    }
}

impl Deserializer<Uuid> for UuidSerde {
    fn deserialize(&self, _: &str, data: Option<&[u8]>) -> Result<Uuid, BoxError> {
        let text = std::str::from_utf8(data.ok_or(NullPayload("Uuid"))?)?;
        Ok(Uuid::parse_str(text)?)
    }
}

impl DefaultSerde for Uuid {
    fn default_serde() -> Serde<Self> {
        Serde::new(UuidSerde)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn uuids_are_written_as_text() {
        let text = "67e55044-10b1-426f-9247-bb680e5fe0c8";
        let serde = Uuid::default_serde();
        let bytes = serde.to_bytes("t", &Uuid::parse_str(text).unwrap()).unwrap().unwrap();
        assert_eq!(bytes, text.as_bytes());
        assert_eq!(serde.from_bytes("t", Some(&bytes)).unwrap().to_string(), text);
        assert!(serde.from_bytes("t", Some(b"67e55044")).is_err());
    }
}
