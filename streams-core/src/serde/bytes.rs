//! Bytes as they are.

use bytes::Bytes;

use super::{DefaultSerde, Deserializer, IsNull, NullPayload, Serde, Serializer};
use crate::error::BoxError;

/// Kafka's `ByteArraySerde` and `BytesSerde`: the payload itself.
#[derive(Debug, Clone, Copy, Default)]
pub struct BytesSerde;

macro_rules! byte_types {
    ($($bytes:ty => $name:literal),*) => {$(
        impl Serializer<$bytes> for BytesSerde {
            fn serialize(&self, _: &str, value: &$bytes, out: &mut Vec<u8>) -> Result<IsNull, BoxError> {
                out.extend_from_slice(value);
                Ok(IsNull::No)
            }
        }

        impl Deserializer<$bytes> for BytesSerde {
            fn deserialize(&self, _: &str, data: Option<&[u8]>) -> Result<$bytes, BoxError> {
                Ok(data.ok_or(NullPayload($name))?.to_vec().into())
            }
        }

        impl DefaultSerde for $bytes {
            fn default_serde() -> Serde<Self> {
                Serde::new(BytesSerde)
            }
        }
    )*};
}

byte_types!(Vec<u8> => "Vec<u8>", Bytes => "Bytes");

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_pass_unchanged() {
        let serde = Vec::<u8>::default_serde();
        assert_eq!(serde.to_bytes("t", &vec![1, 0, 255]).unwrap().unwrap(), [1, 0, 255]);
        assert_eq!(serde.from_bytes("t", Some(&[7])).unwrap(), [7]);
        assert!(serde.from_bytes("t", None).is_err());
        let serde = Bytes::default_serde();
        assert_eq!(serde.from_bytes("t", Some(&[7])).unwrap(), Bytes::from_static(&[7]));
    }
}
