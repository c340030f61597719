//! Flexible (KIP-482) structures from one declaration: fields in order, then tagged fields.

use super::{DecodeError, Reader, Writer};
use bytes::Bytes;
use uuid::Uuid;

/// Something that a flexible structure can hold.
pub(crate) trait Field: Sized {
    /// Appends the encoding.
    fn write(&self, w: &mut Writer);
    /// Reads what [`Field::write`] wrote.
    fn read(r: &mut Reader<'_>) -> Result<Self, DecodeError>;
}

macro_rules! primitive {
    ($($t:ty => $m:ident),*) => {$(
        impl Field for $t {
            fn write(&self, w: &mut Writer) {
                w.$m(*self);
            }
            fn read(r: &mut Reader<'_>) -> Result<Self, DecodeError> {
                r.$m()
            }
        }
    )*};
}

primitive!(i8 => i8, i16 => i16, u16 => u16, i32 => i32, i64 => i64, Uuid => uuid);

impl Field for bool {
    fn write(&self, w: &mut Writer) {
        w.i8(i8::from(*self));
    }
    fn read(r: &mut Reader<'_>) -> Result<Self, DecodeError> {
        Ok(r.i8()? != 0)
    }
}

impl Field for String {
    fn write(&self, w: &mut Writer) {
        w.compact_bytes(self.as_bytes());
    }
    fn read(r: &mut Reader<'_>) -> Result<Self, DecodeError> {
        r.compact_string()?.ok_or(DecodeError::Length(-1))
    }
}

impl Field for Option<String> {
    fn write(&self, w: &mut Writer) {
        match self {
            Some(v) => v.write(w),
            None => w.compact_len(None),
        }
    }
    fn read(r: &mut Reader<'_>) -> Result<Self, DecodeError> {
        r.compact_string()
    }
}

impl Field for Bytes {
    fn write(&self, w: &mut Writer) {
        w.compact_bytes(self);
    }
    fn read(r: &mut Reader<'_>) -> Result<Self, DecodeError> {
        r.compact_bytes()?.map(Bytes::copy_from_slice).ok_or(DecodeError::Length(-1))
    }
}

impl<T: Field> Field for Option<Vec<T>> {
    fn write(&self, w: &mut Writer) {
        match self {
            Some(v) => v.write(w),
            None => w.compact_len(None),
        }
    }
    fn read(r: &mut Reader<'_>) -> Result<Self, DecodeError> {
        let Some(len) = r.compact_len()? else { return Ok(None) };
        (0..len).map(|_| T::read(r)).collect::<Result<_, _>>().map(Some)
    }
}

impl<T: Field> Field for Vec<T> {
    fn write(&self, w: &mut Writer) {
        w.compact_len(Some(self.len()));
        for item in self {
            item.write(w);
        }
    }
    fn read(r: &mut Reader<'_>) -> Result<Self, DecodeError> {
        Option::<Self>::read(r)?.ok_or(DecodeError::Length(-1))
    }
}

/// Declares a flexible structure. Tagged fields are left out of the bytes while they hold their default.
macro_rules! flexible {
    ($(
        $(#[$meta:meta])*
        struct $name:ident {
            $($(#[$fmeta:meta])* $f:ident: $t:ty,)*
        }
        $(tagged { $($(#[$tmeta:meta])* $tag:literal => $tf:ident: $tt:ty = $default:expr,)* })?
    )*) => {$(
        $(#[$meta])*
        #[derive(Debug, Clone, PartialEq, Eq)]
        pub(crate) struct $name {
            $($(#[$fmeta])* pub(crate) $f: $t,)*
            $($($(#[$tmeta])* pub(crate) $tf: $tt,)*)?
        }

        impl Default for $name {
            fn default() -> Self {
                Self { $($f: Default::default(),)* $($($tf: $default,)*)? }
            }
        }

        impl $crate::coordinator::codec::Field for $name {
            fn write(&self, w: &mut $crate::coordinator::codec::Writer) {
                $(self.$f.write(w);)*
                #[allow(unused_mut)]
                let mut tags: Vec<(u32, Vec<u8>)> = Vec::new();
                $($(
                    if self.$tf != $default {
                        let mut value = $crate::coordinator::codec::Writer::new();
                        self.$tf.write(&mut value);
                        tags.push(($tag, value.into_bytes()));
                    }
                )*)?
                w.tags(&tags);
            }

            fn read(
                r: &mut $crate::coordinator::codec::Reader<'_>,
            ) -> Result<Self, $crate::coordinator::codec::DecodeError> {
                $(let $f = <$t as $crate::coordinator::codec::Field>::read(r)?;)*
                $($(let mut $tf: $tt = $default;)*)?
                r.tags(|tag, value| {
                    $($(
                        if tag == $tag {
                            $tf = <$tt as $crate::coordinator::codec::Field>::read(value)?;
                        }
                    )*)?
                    let _ = (tag, value);
                    Ok(())
                })?;
                Ok(Self { $($f,)* $($($tf,)*)? })
            }
        }

        impl $crate::coordinator::codec::Field for Option<$name> {
            fn write(&self, w: &mut $crate::coordinator::codec::Writer) {
                match self {
                    Some(v) => {
                        w.i8(1);
                        v.write(w);
                    }
                    None => w.i8(-1),
                }
            }

            fn read(
                r: &mut $crate::coordinator::codec::Reader<'_>,
            ) -> Result<Self, $crate::coordinator::codec::DecodeError> {
                if r.i8()? < 0 { Ok(None) } else { $name::read(r).map(Some) }
            }
        }
    )*};
}
pub(crate) use flexible;

#[cfg(test)]
mod tests {
    use super::*;

    flexible! {
        /// A structure with one of each.
        struct Sample {
            id: i32,
            name: Option<String>,
            items: Vec<i64>,
        } tagged {
            0 => extra: i64 = -1,
            3 => more: Option<Vec<i32>> = None,
        }
    }

    fn bytes(v: &Sample) -> Vec<u8> {
        let mut w = Writer::new();
        v.write(&mut w);
        w.into_bytes()
    }

    #[test]
    fn tagged_fields_at_their_defaults_take_no_bytes() {
        let v = Sample { id: 1, name: None, items: vec![7], ..Sample::default() };
        assert_eq!(bytes(&v), [0, 0, 0, 1, 0, 2, 0, 0, 0, 0, 0, 0, 0, 7, 0]);
    }

    #[test]
    fn what_is_written_is_read_back() {
        let v = Sample { id: 5, name: Some("é".into()), items: vec![], extra: 9, more: Some(vec![1, 2]) };
        assert_eq!(Sample::read(&mut Reader::new(&bytes(&v))), Ok(v));
    }

    #[test]
    fn an_unknown_tag_is_passed_over() {
        let bytes = [0, 0, 0, 1, 0, 1, 1, 9, 2, 0xab, 0xcd];
        assert_eq!(Sample::read(&mut Reader::new(&bytes)).map(|v| v.id), Ok(1));
    }

    #[test]
    fn every_truncation_is_an_error() {
        let whole = bytes(&Sample { id: 5, name: Some("n".into()), items: vec![1, 2], extra: 9, more: None });
        for end in 0..whole.len() {
            assert!(Sample::read(&mut Reader::new(&whole[..end])).is_err(), "cut at {end}");
        }
    }
}
