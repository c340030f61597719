//! JSON, for any type that serde can read and write.

use std::any::type_name;
use std::fmt;
use std::marker::PhantomData;

use serde::Serialize;
use serde::de::DeserializeOwned;

use super::{Deserializer, IsNull, NullPayload, Serializer};
use crate::error::BoxError;

/// JSON in UTF-8, without spaces.
///
/// ```
/// use serde::{Deserialize, Serialize};
/// use streams_core::{JsonSerde, Serde};
///
/// #[derive(Serialize, Deserialize, PartialEq, Debug)]
/// struct Order {
///     item: String,
///     count: u32,
/// }
///
/// let serde = Serde::new(JsonSerde::<Order>::new());
/// let order = Order { item: "tea".into(), count: 2 };
/// let bytes = serde.to_bytes("orders", &order)?;
/// assert_eq!(bytes.as_deref(), Some(&br#"{"item":"tea","count":2}"#[..]));
/// assert_eq!(serde.from_bytes("orders", bytes.as_deref())?, order);
/// # Ok::<(), streams_core::BoxError>(())
/// ```
pub struct JsonSerde<T>(PhantomData<fn() -> T>);

impl<T> JsonSerde<T> {
    /// The JSON serde of `T`.
    pub const fn new() -> Self {
        Self(PhantomData)
    }
}

impl<T> Default for JsonSerde<T> {
    fn default() -> Self {
        Self::new()
    }
}

impl<T> fmt::Debug for JsonSerde<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "JsonSerde<{}>", type_name::<T>())
    }
}

impl<T: Serialize + 'static> Serializer<T> for JsonSerde<T> {
    fn serialize(&self, _: &str, value: &T, out: &mut Vec<u8>) -> Result<IsNull, BoxError> {
        serde_json::to_writer(out, value)?;
        Ok(IsNull::No)
    }
}

impl<T: DeserializeOwned + 'static> Deserializer<T> for JsonSerde<T> {
    fn deserialize(&self, _: &str, data: Option<&[u8]>) -> Result<T, BoxError> {
        Ok(serde_json::from_slice(data.ok_or(NullPayload(type_name::<T>()))?)?)
    }
}

/// Makes JSON the default serde of types that derive serde's `Serialize` and `Deserialize`.
///
/// ```
/// use serde::{Deserialize, Serialize};
/// use streams_core::{Source, json_serde};
///
/// #[derive(Clone, Serialize, Deserialize)]
/// struct Order {
///     item: String,
/// }
/// json_serde!(Order);
///
/// let orders = Source::<String, Order>::new("orders", ["orders"]);
/// ```
#[macro_export]
macro_rules! json_serde {
    ($($type:ty),+ $(,)?) => {$(
        impl $crate::DefaultSerde for $type {
            fn default_serde() -> $crate::Serde<Self> {
                $crate::Serde::new($crate::JsonSerde::<$type>::new())
            }
        }
    )+};
}

#[cfg(test)]
mod tests {
    use crate::serde::{DefaultSerde, Serde};

    #[derive(Debug, PartialEq, serde::Serialize, serde::Deserialize)]
    struct Point {
        x: i32,
    }
    json_serde!(Point);

    #[test]
    fn a_type_opts_in_with_one_line() {
        let serde: Serde<Point> = Point::default_serde();
        let bytes = serde.to_bytes("t", &Point { x: -1 }).unwrap().unwrap();
        assert_eq!(bytes, br#"{"x":-1}"#);
        assert_eq!(serde.from_bytes("t", Some(&bytes)).unwrap(), Point { x: -1 });
    }

    #[test]
    fn errors_say_what_is_wrong() {
        let serde = Point::default_serde();
        let message = serde.from_bytes("t", Some(br#"{"y":1}"#)).unwrap_err().to_string();
        assert!(message.contains("missing field `x`"), "{message}");
        let message = serde.from_bytes("t", None).unwrap_err().to_string();
        assert!(message.contains("Point") && message.contains("Option"), "{message}");
    }
}
