//! The types that flow through a case's topology: keys that are nullable strings, values that are nullable strings or
//! Longs, and serdes that write them as Kafka's do.

use std::fmt;

use streams_core::{BoxError, DefaultSerde, Deserializer, IsNull, Serde, Serializer};

use super::case::Datum;

/// What stands for null in the texts that named functions make.
pub(crate) const NULL: &str = "\u{2205}";

/// A nullable string key.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub(crate) struct Key(pub Option<String>);

impl Key {
    /// The null key.
    pub(crate) fn null() -> Self {
        Self(None)
    }

    /// A key that is not null.
    pub(crate) fn of(text: impl Into<String>) -> Self {
        Self(Some(text.into()))
    }
}

/// Whether values are strings or Longs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Kind {
    /// Nullable strings: tag `S`.
    Text,
    /// Nullable Longs: tag `L`.
    Long,
}

impl Kind {
    /// The kind of values behind a type tag such as `S:L`; absent is `S:S`.
    ///
    /// # Errors
    /// The tag is none of these.
    pub(crate) fn of_type(tag: Option<&str>) -> Result<Self, String> {
        match tag {
            None | Some("S:S") => Ok(Self::Text),
            Some("S:L") => Ok(Self::Long),
            Some(other) => Err(format!("type `{other}` is neither S:S nor S:L")),
        }
    }

    /// Keys of this kind of text.
    pub(crate) fn key_serde() -> Serde<Key> {
        Serde::new(TextSerde)
    }

    /// The serde for values of this kind.
    pub(crate) fn serde(self) -> Serde<Val> {
        match self {
            Self::Text => Serde::new(TextSerde),
            Self::Long => Serde::new(LongSerde),
        }
    }
}

/// A nullable value.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub(crate) enum Val {
    /// Kafka's null.
    #[default]
    Null,
    /// A string.
    Text(String),
    /// A Long.
    Long(i64),
}

impl Val {
    /// A string.
    pub(crate) fn of(text: impl Into<String>) -> Self {
        Self::Text(text.into())
    }

    /// A string, or null.
    pub(crate) fn of_option(text: Option<String>) -> Self {
        text.map_or(Self::Null, Self::Text)
    }

    /// Whether this is null.
    pub(crate) fn is_null(&self) -> bool {
        *self == Self::Null
    }

    /// The string or the decimal number; `None` for null.
    pub(crate) fn text(&self) -> Option<String> {
        match self {
            Self::Null => None,
            Self::Text(text) => Some(text.clone()),
            Self::Long(long) => Some(long.to_string()),
        }
    }

    /// The number; `None` for null, and for a string (a case never asks for that).
    pub(crate) fn long(&self) -> Option<i64> {
        match self {
            Self::Long(long) => Some(*long),
            Self::Null | Self::Text(_) => None,
        }
    }

    /// The number of characters of the string or the decimal number; `None` for null.
    pub(crate) fn length(&self) -> Option<i64> {
        self.text().map(|text| i64::try_from(text.chars().count()).unwrap_or(i64::MAX))
    }

    /// The value as a case file writes it.
    pub(crate) fn datum(&self) -> Datum {
        match self {
            Self::Null => Datum::Null,
            Self::Text(text) => Datum::Text(text.clone()),
            Self::Long(long) => Datum::Long(*long),
        }
    }

    /// The value that a case file wrote.
    ///
    /// # Errors
    /// It is raw bytes.
    pub(crate) fn of_datum(datum: &Datum) -> Result<Self, String> {
        match datum {
            Datum::Null => Ok(Self::Null),
            Datum::Text(text) => Ok(Self::of(text.clone())),
            Datum::Long(long) => Ok(Self::Long(*long)),
            Datum::Bytes(_) => Err("raw bytes are no value here".to_owned()),
        }
    }
}

/// The text that named functions make of a value: `∅` for null.
impl fmt::Display for Val {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.text().as_deref().unwrap_or(NULL))
    }
}

impl From<Option<Val>> for Val {
    fn from(value: Option<Val>) -> Self {
        value.unwrap_or_default()
    }
}

impl From<Option<i64>> for Val {
    fn from(value: Option<i64>) -> Self {
        value.map_or(Self::Null, Self::Long)
    }
}

/// Strings as UTF-8, null as null. As in the JVM, bytes that are not UTF-8 are replaced.
#[derive(Debug, Clone, Copy)]
struct TextSerde;

/// Longs as 8 bytes, null as null.
#[derive(Debug, Clone, Copy)]
struct LongSerde;

fn lossy(data: &[u8]) -> String {
    String::from_utf8_lossy(data).into_owned()
}

impl Serializer<Key> for TextSerde {
    fn serialize(&self, _: &str, key: &Key, out: &mut Vec<u8>) -> Result<IsNull, BoxError> {
        let Some(text) = &key.0 else { return Ok(IsNull::Yes) };
        out.extend_from_slice(text.as_bytes());
        Ok(IsNull::No)
    }

    fn is_null(&self, key: &Key) -> bool {
        key.0.is_none()
    }
}

impl Deserializer<Key> for TextSerde {
    fn deserialize(&self, _: &str, data: Option<&[u8]>) -> Result<Key, BoxError> {
        Ok(Key(data.map(lossy)))
    }
}

impl Serializer<Val> for TextSerde {
    fn serialize(&self, _: &str, value: &Val, out: &mut Vec<u8>) -> Result<IsNull, BoxError> {
        match value {
            Val::Null => return Ok(IsNull::Yes),
            Val::Text(text) => out.extend_from_slice(text.as_bytes()),
            Val::Long(long) => return Err(format!("the string serde was given the Long {long}").into()),
        }
        Ok(IsNull::No)
    }

    fn is_null(&self, value: &Val) -> bool {
        value.is_null()
    }
}

impl Deserializer<Val> for TextSerde {
    fn deserialize(&self, _: &str, data: Option<&[u8]>) -> Result<Val, BoxError> {
        Ok(Val::of_option(data.map(lossy)))
    }
}

impl Serializer<Val> for LongSerde {
    fn serialize(&self, _: &str, value: &Val, out: &mut Vec<u8>) -> Result<IsNull, BoxError> {
        match value {
            Val::Null => return Ok(IsNull::Yes),
            Val::Long(long) => out.extend_from_slice(&long.to_be_bytes()),
            Val::Text(text) => return Err(format!("the Long serde was given the string `{text}`").into()),
        }
        Ok(IsNull::No)
    }

    fn is_null(&self, value: &Val) -> bool {
        value.is_null()
    }
}

impl Deserializer<Val> for LongSerde {
    fn deserialize(&self, _: &str, data: Option<&[u8]>) -> Result<Val, BoxError> {
        let Some(data) = data else { return Ok(Val::Null) };
        let bytes: [u8; 8] = data.try_into().map_err(|_| format!("{} bytes are no Long", data.len()))?;
        Ok(Val::Long(i64::from_be_bytes(bytes)))
    }
}

impl DefaultSerde for Key {
    fn default_serde() -> Serde<Self> {
        Kind::key_serde()
    }
}

/// Strings, as the cases' default serde.
impl DefaultSerde for Val {
    fn default_serde() -> Serde<Self> {
        Kind::Text.serde()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn null_is_null_and_nothing_else_is() {
        for kind in [Kind::Text, Kind::Long] {
            assert_eq!(kind.serde().to_bytes("t", &Val::Null).unwrap(), None);
            assert!(kind.serde().is_null(&Val::Null));
            assert_eq!(kind.serde().from_bytes("t", None).unwrap(), Val::Null);
        }
        assert_eq!(Kind::Text.serde().to_bytes("t", &Val::of("")).unwrap(), Some(Vec::new()));
        assert_eq!(Kind::key_serde().to_bytes("t", &Key::null()).unwrap(), None);
        assert_eq!(Kind::key_serde().from_bytes("t", Some(b"")).unwrap(), Key::of(""));
    }

    #[test]
    fn longs_take_8_bytes() {
        let serde = Kind::Long.serde();
        assert_eq!(serde.to_bytes("t", &Val::Long(-2)).unwrap().unwrap(), (-2_i64).to_be_bytes());
        assert!(serde.from_bytes("t", Some(&[1, 2])).is_err());
        assert!(serde.to_bytes("t", &Val::of("2")).is_err());
    }

    #[test]
    fn texts_show_null_as_the_empty_set() {
        assert_eq!(Val::Null.to_string(), "∅");
        assert_eq!(Val::Long(-7).to_string(), "-7");
        assert_eq!(Val::of("x").to_string(), "x");
        assert_eq!(Val::of("żó").length(), Some(2));
    }
}
