//! Serializers, deserializers, and the default serde of a type.
//!
//! Which value is null is the serde's word: a serializer answers [`IsNull::Yes`], and a deserializer is handed `None`
//! for a null payload. `Option<T>` is the type that shows nulls.

mod binary;
mod bytes;
mod json;
mod list;
mod nullable;
mod primitives;
mod text;
mod uuid;
mod windowed;

pub use binary::BincodeSerde;
pub use bytes::BytesSerde;
pub use json::JsonSerde;
pub use list::ListSerde;
pub use nullable::{OptionSerde, UnitSerde};
pub use primitives::{BoolSerde, NumberSerde};
pub use text::StringSerde;
pub use uuid::UuidSerde;
pub use windowed::{SessionWindowedSerde, TimeWindowedSerde, Window, Windowed};

use std::fmt;
use std::sync::Arc;

use crate::error::BoxError;
use crate::record::Headers;

/// Whether a serialized value is Kafka's null.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum IsNull {
    /// The value is null: nothing was written.
    Yes,
    /// The value was written, perhaps as zero bytes.
    No,
}

/// Writes values of type `T`.
pub trait Serializer<T: ?Sized>: Send + Sync + 'static {
    /// Appends `value` to `out` and says whether it is null. `topic` is where the bytes go.
    ///
    /// # Errors
    /// Whatever makes the value unwritable; the caller adds topic and record to the message.
    fn serialize(&self, topic: &str, value: &T, out: &mut Vec<u8>) -> Result<IsNull, BoxError>;

    /// As [`Serializer::serialize`], for formats that also write headers (a schema id, say).
    ///
    /// # Errors
    /// As [`Serializer::serialize`].
    fn serialize_with_headers(
        &self,
        topic: &str,
        _headers: &mut Headers,
        value: &T,
        out: &mut Vec<u8>,
    ) -> Result<IsNull, BoxError> {
        self.serialize(topic, value, out)
    }

    /// Whether this value would be written as null. The default, for types without a null, is `false`.
    fn is_null(&self, _value: &T) -> bool {
        false
    }

    /// How many bytes at the end of a key do not count for its partition. Windowed keys have such bytes (those of the
    /// window), so that all windows of a key are in one partition.
    fn unpartitioned_suffix(&self) -> usize {
        0
    }
}

/// Reads values of type `T`.
pub trait Deserializer<T>: Send + Sync + 'static {
    /// Reads one value; `data` is `None` for a null payload. `topic` is where the bytes came from.
    ///
    /// # Errors
    /// [`NullPayload`] when the type has no null; otherwise whatever makes the bytes unreadable.
    fn deserialize(&self, topic: &str, data: Option<&[u8]>) -> Result<T, BoxError>;

    /// As [`Deserializer::deserialize`], for formats that also look at headers.
    ///
    /// # Errors
    /// As [`Deserializer::deserialize`].
    fn deserialize_with_headers(
        &self,
        topic: &str,
        _headers: &Headers,
        data: Option<&[u8]>,
    ) -> Result<T, BoxError> {
        self.deserialize(topic, data)
    }
}

/// A null payload was read with a serde whose type has no null.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "null payload for the non-nullable type `{0}`; read it as `Option<{0}>` or set a deserialization exception handler"
)]
pub struct NullPayload(pub &'static str);

/// A payload does not have the length of its type.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("`{type_name}` takes {expected} bytes, not {found}")]
pub struct WrongLength {
    /// The type.
    pub type_name: &'static str,
    /// The length that the type has.
    pub expected: usize,
    /// The length that the payload has.
    pub found: usize,
}

/// A serializer and a deserializer of one type; cloning is cheap.
pub struct Serde<T> {
    serializer: Arc<dyn Serializer<T>>,
    deserializer: Arc<dyn Deserializer<T>>,
}

impl<T: 'static> Serde<T> {
    /// A serde of one object that both writes and reads.
    pub fn new<S: Serializer<T> + Deserializer<T>>(serde: S) -> Self {
        let serde = Arc::new(serde);
        Self { serializer: serde.clone(), deserializer: serde }
    }

    /// A serde of two objects.
    pub fn from_parts(serializer: Arc<dyn Serializer<T>>, deserializer: Arc<dyn Deserializer<T>>) -> Self {
        Self { serializer, deserializer }
    }

    /// The serializer.
    pub fn serializer(&self) -> &Arc<dyn Serializer<T>> {
        &self.serializer
    }

    /// The deserializer.
    pub fn deserializer(&self) -> &Arc<dyn Deserializer<T>> {
        &self.deserializer
    }

    /// Whether the serde writes this value as null.
    pub fn is_null(&self, value: &T) -> bool {
        self.serializer.is_null(value)
    }

    /// The bytes of `value`, `None` for null.
    ///
    /// # Errors
    /// As [`Serializer::serialize`].
    pub fn to_bytes(&self, topic: &str, value: &T) -> Result<Option<Vec<u8>>, BoxError> {
        let mut out = Vec::new();
        Ok(match self.serializer.serialize(topic, value, &mut out)? {
            IsNull::Yes => None,
            IsNull::No => Some(out),
        })
    }

    /// The value of `data`, `None` being null.
    ///
    /// # Errors
    /// As [`Deserializer::deserialize`].
    pub fn from_bytes(&self, topic: &str, data: Option<&[u8]>) -> Result<T, BoxError> {
        self.deserializer.deserialize(topic, data)
    }
}

impl<T> Clone for Serde<T> {
    fn clone(&self) -> Self {
        Self { serializer: Arc::clone(&self.serializer), deserializer: Arc::clone(&self.deserializer) }
    }
}

impl<T> fmt::Debug for Serde<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Serde<{}>", std::any::type_name::<T>())
    }
}

/// Types that have a serde of their own, used wherever none is given.
#[diagnostic::on_unimplemented(
    message = "`{Self}` has no default serde",
    label = "no serde is known for `{Self}`",
    note = "give the type one with `json_serde!({Self})` or `bincode_serde!({Self})`, or by implementing `DefaultSerde`",
    note = "or hand a serde to the operator: most have a form that ends in `_with` and takes a parameter object"
)]
pub trait DefaultSerde: Sized + 'static {
    /// The default serde of this type.
    fn default_serde() -> Serde<Self>;
}
