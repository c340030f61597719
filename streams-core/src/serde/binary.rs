//! Bincode, for any type that serde can read and write.

use std::any::type_name;
use std::fmt;
use std::marker::PhantomData;

use bincode::config::{Configuration, standard};
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::{Deserializer, IsNull, NullPayload, Serializer};
use crate::error::BoxError;

/// Bincode 2 in its standard configuration: little-endian, integers of variable length, fields in order and without
/// their names. Compact and fast; both sides must agree on the type.
///
/// ```
/// use serde::{Deserialize, Serialize};
/// use streams_core::{BincodeSerde, Serde};
///
/// #[derive(Serialize, Deserialize, PartialEq, Debug)]
/// struct Order {
///     item: String,
///     count: u32,
/// }
///
/// let serde = Serde::new(BincodeSerde::<Order>::new());
/// let order = Order { item: "tea".into(), count: 2 };
/// let bytes = serde.to_bytes("orders", &order)?;
/// assert_eq!(bytes.as_deref(), Some(&b"\x03tea\x02"[..]));
/// assert_eq!(serde.from_bytes("orders", bytes.as_deref())?, order);
/// # Ok::<(), streams_core::BoxError>(())
/// ```
pub struct BincodeSerde<T>(PhantomData<fn() -> T>);

impl<T> BincodeSerde<T> {
    /// The bincode serde of `T`.
    pub const fn new() -> Self {
        Self(PhantomData)
    }
}

impl<T> Default for BincodeSerde<T> {
    fn default() -> Self {
        Self::new()
    }
}

impl<T> fmt::Debug for BincodeSerde<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "BincodeSerde<{}>", type_name::<T>())
    }
}

impl<T: Serialize + 'static> Serializer<T> for BincodeSerde<T> {
    fn serialize(&self, _: &str, value: &T, out: &mut Vec<u8>) -> Result<IsNull, BoxError> {
        bincode::serde::encode_into_std_write(value, out, standard())?;
        Ok(IsNull::No)
    }
}

impl<T: DeserializeOwned + 'static> Deserializer<T> for BincodeSerde<T> {
    fn deserialize(&self, _: &str, data: Option<&[u8]>) -> Result<T, BoxError> {
        let data = data.ok_or(NullPayload(type_name::<T>()))?;
        let (value, read) = bincode::serde::decode_from_slice::<T, Configuration>(data, standard())?;
        if read != data.len() {
            let more = data.len() - read;
            return Err(format!("{more} bytes follow the `{}`", type_name::<T>()).into());
        }
        Ok(value)
    }
}

/// Makes bincode the default serde of types that derive serde's `Serialize` and `Deserialize`.
///
/// ```
/// use serde::{Deserialize, Serialize};
/// use streams_core::{Source, bincode_serde};
///
/// #[derive(Clone, Serialize, Deserialize)]
/// struct Order {
///     item: String,
/// }
/// bincode_serde!(Order);
///
/// let orders = Source::<String, Order>::new("orders", ["orders"]);
/// ```
#[macro_export]
macro_rules! bincode_serde {
    ($($type:ty),+ $(,)?) => {$(
        impl $crate::DefaultSerde for $type {
            fn default_serde() -> $crate::Serde<Self> {
                $crate::Serde::new($crate::BincodeSerde::<$type>::new())
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
        name: Option<String>,
    }
    bincode_serde!(Point);

    #[test]
    fn a_type_opts_in_with_one_line() {
        let serde: Serde<Point> = Point::default_serde();
        let point = Point { x: -1, name: Some("p".into()) };
        let bytes = serde.to_bytes("t", &point).unwrap().unwrap();
        assert_eq!(bytes, [1, 1, 1, b'p']);
        assert_eq!(serde.from_bytes("t", Some(&bytes)).unwrap(), point);
    }

    #[test]
    fn torn_and_overlong_payloads_are_refused() {
        let serde = Point::default_serde();
        for bytes in [&[][..], &[1, 1][..], &[1, 1, 200, b'p'][..], &[1, 0, 9][..]] {
            assert!(serde.from_bytes("t", Some(bytes)).is_err(), "{bytes:?}");
        }
    }
}
