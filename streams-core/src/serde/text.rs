//! Strings, as UTF-8.

use super::{DefaultSerde, Deserializer, IsNull, NullPayload, Serde, Serializer};
use crate::error::BoxError;

/// Kafka's `StringSerde`: UTF-8. Bytes that are not UTF-8 are an error (the JVM would replace them silently).
#[derive(Debug, Clone, Copy, Default)]
pub struct StringSerde;

impl Serializer<String> for StringSerde {
    fn serialize(&self, _: &str, value: &String, out: &mut Vec<u8>) -> Result<IsNull, BoxError> {
        out.extend_from_slice(value.as_bytes());
        Ok(IsNull::No)
    }
}

impl Serializer<str> for StringSerde {
    fn serialize(&self, _: &str, value: &str, out: &mut Vec<u8>) -> Result<IsNull, BoxError> {
        out.extend_from_slice(value.as_bytes());
        Ok(IsNull::No)
    }
}

impl Deserializer<String> for StringSerde {
    fn deserialize(&self, _: &str, data: Option<&[u8]>) -> Result<String, BoxError> {
        let data = data.ok_or(NullPayload("String"))?;
        Ok(std::str::from_utf8(data)?.to_owned())
    }
}

impl DefaultSerde for String {
    fn default_serde() -> Serde<Self> {
        Serde::new(StringSerde)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn strings_are_utf_8() {
        let serde = String::default_serde();
        let bytes = serde.to_bytes("t", &"żółw".to_owned()).unwrap().unwrap();
        assert_eq!(bytes, "żółw".as_bytes());
        assert_eq!(serde.from_bytes("t", Some(&bytes)).unwrap(), "żółw");
        assert_eq!(serde.from_bytes("t", Some(b"")).unwrap(), "");
        assert!(serde.from_bytes("t", Some(&[0xff])).is_err());
        assert!(serde.from_bytes("t", None).is_err());
    }
}
