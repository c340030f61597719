//! The types that have a null: `Option<T>` and `()`.

use super::{DefaultSerde, Deserializer, IsNull, Serde, Serializer};
use crate::error::BoxError;
use crate::record::Headers;

/// `Option<T>`: `None` is null, and `Some` is written by the serde of `T`.
#[derive(Debug, Clone)]
pub struct OptionSerde<T>(Serde<T>);

impl<T: 'static> OptionSerde<T> {
    /// The nullable form of a serde.
    pub fn new(inner: Serde<T>) -> Self {
        Self(inner)
    }
}

impl<T: 'static> Serializer<Option<T>> for OptionSerde<T> {
    fn serialize(&self, topic: &str, value: &Option<T>, out: &mut Vec<u8>) -> Result<IsNull, BoxError> {
        match value {
            Some(value) => self.0.serializer().serialize(topic, value, out),
            None => Ok(IsNull::Yes),
        }
    }

    fn serialize_with_headers(
        &self,
        topic: &str,
        headers: &mut Headers,
        value: &Option<T>,
        out: &mut Vec<u8>,
    ) -> Result<IsNull, BoxError> {
        match value {
            Some(value) => self.0.serializer().serialize_with_headers(topic, headers, value, out),
            None => Ok(IsNull::Yes),
        }
    }

    fn is_null(&self, value: &Option<T>) -> bool {
        value.as_ref().is_none_or(|value| self.0.is_null(value))
    }
}

impl<T: 'static> Deserializer<Option<T>> for OptionSerde<T> {
    fn deserialize(&self, topic: &str, data: Option<&[u8]>) -> Result<Option<T>, BoxError> {
        data.map(|data| self.0.deserializer().deserialize(topic, Some(data))).transpose()
    }

    fn deserialize_with_headers(
        &self,
        topic: &str,
        headers: &Headers,
        data: Option<&[u8]>,
    ) -> Result<Option<T>, BoxError> {
        data.map(|data| self.0.deserializer().deserialize_with_headers(topic, headers, Some(data)))
            .transpose()
    }
}

impl<T: DefaultSerde> DefaultSerde for Option<T> {
    fn default_serde() -> Serde<Self> {
        T::default_serde().nullable()
    }
}

impl<T: 'static> Serde<T> {
    /// The serde of `Option<T>`: `None` is null.
    pub fn nullable(self) -> Serde<Option<T>> {
        Serde::new(OptionSerde::new(self))
    }
}

/// Kafka's `VoidSerde`: always null, and nothing else is read.
#[derive(Debug, Clone, Copy, Default)]
pub struct UnitSerde;

impl Serializer<()> for UnitSerde {
    fn serialize(&self, _: &str, _: &(), _: &mut Vec<u8>) -> Result<IsNull, BoxError> {
        Ok(IsNull::Yes)
    }

    fn is_null(&self, _: &()) -> bool {
        true
    }
}

impl Deserializer<()> for UnitSerde {
    fn deserialize(&self, _: &str, data: Option<&[u8]>) -> Result<(), BoxError> {
        match data {
            None => Ok(()),
            Some(data) => Err(format!("`()` is always null, and these are {} bytes", data.len()).into()),
        }
    }
}

impl DefaultSerde for () {
    fn default_serde() -> Serde<Self> {
        Serde::new(UnitSerde)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn none_is_null_and_some_is_the_inner_form() {
        let serde = Option::<String>::default_serde();
        assert_eq!(serde.to_bytes("t", &None).unwrap(), None);
        assert_eq!(serde.to_bytes("t", &Some(String::new())).unwrap(), Some(Vec::new()));
        assert_eq!(serde.from_bytes("t", None).unwrap(), None);
        assert_eq!(serde.from_bytes("t", Some(b"a")).unwrap().as_deref(), Some("a"));
        assert!(serde.is_null(&None) && !serde.is_null(&Some("a".to_owned())));
        assert!(serde.from_bytes("t", Some(&[0xff])).is_err());
    }

    #[test]
    fn an_inner_null_is_null_too() {
        let serde = Option::<Option<i32>>::default_serde();
        assert!(serde.is_null(&Some(None)));
        assert_eq!(serde.to_bytes("t", &Some(None)).unwrap(), None);
    }

    #[test]
    fn unit_is_always_null() {
        let serde = <()>::default_serde();
        assert!(serde.is_null(&()));
        assert_eq!(serde.to_bytes("t", &()).unwrap(), None);
        serde.from_bytes("t", None).unwrap();
        assert!(serde.from_bytes("t", Some(b"")).is_err());
    }
}
