//! Numbers and booleans in Kafka's form: big-endian, of fixed length.

use super::{DefaultSerde, Deserializer, IsNull, NullPayload, Serde, Serializer, WrongLength};
use crate::error::BoxError;

/// The serde of Kafka's fixed-length numbers: big-endian, so that unsigned and non-negative keys sort by value.
#[derive(Debug, Clone, Copy, Default)]
pub struct NumberSerde;

/// Kafka's `BooleanSerde`: one byte, 1 or 0.
#[derive(Debug, Clone, Copy, Default)]
pub struct BoolSerde;

/// The payload as an array of exactly `N` bytes.
pub(super) fn exactly<const N: usize>(
    data: Option<&[u8]>,
    type_name: &'static str,
) -> Result<[u8; N], BoxError> {
    let data = data.ok_or(NullPayload(type_name))?;
    <[u8; N]>::try_from(data).map_err(|_| WrongLength { type_name, expected: N, found: data.len() }.into())
}

macro_rules! numbers {
    ($($number:ident),*) => {$(
        impl Serializer<$number> for NumberSerde {
            fn serialize(&self, _: &str, value: &$number, out: &mut Vec<u8>) -> Result<IsNull, BoxError> {
                out.extend_from_slice(&value.to_be_bytes());
                Ok(IsNull::No)
            }
        }

        impl Deserializer<$number> for NumberSerde {
            fn deserialize(&self, _: &str, data: Option<&[u8]>) -> Result<$number, BoxError> {
                Ok($number::from_be_bytes(exactly(data, stringify!($number))?))
            }
        }

        impl DefaultSerde for $number {
            fn default_serde() -> Serde<Self> {
                Serde::new(NumberSerde)
            }
        }
    )*};
}

numbers!(i8, u8, i16, u16, i32, u32, i64, u64, f32, f64);

impl Serializer<bool> for BoolSerde {
    fn serialize(&self, _: &str, value: &bool, out: &mut Vec<u8>) -> Result<IsNull, BoxError> {
        out.push(u8::from(*value));
        Ok(IsNull::No)
    }
}

impl Deserializer<bool> for BoolSerde {
    fn deserialize(&self, _: &str, data: Option<&[u8]>) -> Result<bool, BoxError> {
        match exactly(data, "bool")? {
            [0] => Ok(false),
            [1] => Ok(true),
            [other] => Err(format!("a boolean is the byte 0 or 1, not {other}").into()),
        }
    }
}

impl DefaultSerde for bool {
    fn default_serde() -> Serde<Self> {
        Serde::new(BoolSerde)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bytes<T: DefaultSerde>(value: T) -> Vec<u8> {
        T::default_serde().to_bytes("t", &value).unwrap().unwrap()
    }

    fn value<T: DefaultSerde>(data: &[u8]) -> Result<T, BoxError> {
        T::default_serde().from_bytes("t", Some(data))
    }

    #[test]
    fn longs_are_those_of_the_jvm() {
        let golden = [
            (0, "0000000000000000"),
            (1, "0000000000000001"),
            (-1, "ffffffffffffffff"),
            (255, "00000000000000ff"),
            (65_536, "0000000000010000"),
            (i64::MAX, "7fffffffffffffff"),
            (i64::MIN, "8000000000000000"),
        ];
        for (long, hex) in golden {
            let written = bytes(long);
            let text: String = written.iter().map(|byte| format!("{byte:02x}")).collect();
            assert_eq!(text, hex);
            assert_eq!(value::<i64>(&written).unwrap(), long);
        }
    }

    #[test]
    fn other_numbers_are_big_endian_too() {
        assert_eq!(bytes(258_i16), [1, 2]);
        assert_eq!(bytes(-2_i32), [0xff, 0xff, 0xff, 0xfe]);
        assert_eq!(bytes(1.0_f64), [0x3f, 0xf0, 0, 0, 0, 0, 0, 0]);
        assert_eq!(bytes(true), [1]);
        assert_eq!(value::<f32>(&bytes(1.5_f32)).unwrap(), 1.5);
        assert!(value::<bool>(&[0]).is_ok_and(|value| !value));
    }

    #[test]
    fn wrong_lengths_and_nulls_are_refused() {
        let message = value::<i64>(&[1, 2]).unwrap_err().to_string();
        assert!(message.contains("`i64` takes 8 bytes, not 2"), "{message}");
        assert!(value::<bool>(&[2]).is_err());
        let null = i32::default_serde().from_bytes("t", None).unwrap_err();
        assert!(null.downcast_ref::<NullPayload>().is_some());
    }
}
