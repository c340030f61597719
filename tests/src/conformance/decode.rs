//! Bytes of output records as a case file writes them.

use super::case::Datum;
use super::ops::{KeyFormat, OpKey};
use super::values::{Key, Kind};
use streams_core::Windowed;

/// A key; `None` if the bytes are none of that format.
pub(crate) fn key(format: KeyFormat, bytes: Option<&[u8]>) -> Option<Datum> {
    if bytes.is_none() {
        return Some(Datum::Null);
    }
    let text = match format {
        KeyFormat::Plain => Key::serde(format).from_bytes("", bytes).ok()?.0?,
        KeyFormat::Time(_) | KeyFormat::Session => {
            let Windowed { key, window } = Windowed::<Key>::serde(format).from_bytes("", bytes).ok()?;
            format!("[{}@{}/{}]", key.0?, window.start, window.end)
        }
    };
    Some(Datum::Text(text))
}

/// A value; `None` if the bytes are none of that kind.
pub(crate) fn value(kind: Kind, bytes: Option<&[u8]>) -> Option<Datum> {
    kind.serde().from_bytes("", bytes).ok().map(|value| value.datum())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn windowed_keys_are_shown_in_brackets() {
        let bytes = [b"a".as_slice(), &5_i64.to_be_bytes()].concat();
        assert_eq!(key(KeyFormat::Time(10), Some(&bytes)), Some(Datum::Text("[a@5/15]".into())));
        assert_eq!(
            key(KeyFormat::Time(i64::MAX), Some(&bytes)),
            Some(Datum::Text("[a@5/9223372036854775807]".into()))
        );
        let bytes = [b"a".as_slice(), &15_i64.to_be_bytes(), &5_i64.to_be_bytes()].concat();
        assert_eq!(key(KeyFormat::Session, Some(&bytes)), Some(Datum::Text("[a@5/15]".into())));
        assert_eq!(key(KeyFormat::Session, Some(b"short")), None);
    }

    #[test]
    fn plain_data_are_shown_as_they_are() {
        assert_eq!(key(KeyFormat::Plain, Some(b"a")), Some(Datum::Text("a".into())));
        assert_eq!(key(KeyFormat::Plain, None), Some(Datum::Null));
        assert_eq!(value(Kind::Long, Some(&7_i64.to_be_bytes())), Some(Datum::Long(7)));
        assert_eq!(value(Kind::Long, Some(b"x")), None);
    }
}
