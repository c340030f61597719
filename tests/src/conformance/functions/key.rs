//! Key functions: from key and value to a string key.

use super::{Call, around_colon, first_char};
use crate::conformance::keys::CaseKey;
use crate::conformance::op::Reason;
use crate::conformance::values::Val;

/// A function of key and value whose result is a key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum KeyFn {
    /// The key.
    Identity,
    /// Always this text.
    Const(String),
    /// Always null.
    Nullify,
    /// The value's text.
    Value,
    /// The value's length.
    ValueLen,
    /// The value's first character.
    FirstChar,
    /// What stands before the value's first colon.
    BeforeColon,
    /// What stands behind the value's first colon.
    AfterColon,
    /// The key with a text before it.
    KeyPrefix(String),
    /// The key in upper case.
    KeyUpper,
    /// The key's first character.
    KeyFirstChar,
    /// Null instead of this key.
    NullIfKey(String),
    /// The inner key of a windowed key.
    WinKey,
    /// `key@start/end`.
    WinStr,
}

impl KeyFn {
    /// The function of that name.
    pub(crate) fn parse(text: &str) -> Result<Self, Reason> {
        let call = Call::of("key function", text);
        Ok(match call.name {
            "identity" => Self::Identity,
            "const" => Self::Const(call.argument()?),
            "nullify" => Self::Nullify,
            "value" => Self::Value,
            "value_len" => Self::ValueLen,
            "first_char" => Self::FirstChar,
            "before_colon" => Self::BeforeColon,
            "after_colon" => Self::AfterColon,
            "key_prefix" => Self::KeyPrefix(call.argument()?),
            "key_upper" => Self::KeyUpper,
            "key_first_char" => Self::KeyFirstChar,
            "null_if_key" => Self::NullIfKey(call.argument()?),
            "win_key" => Self::WinKey,
            "win_str" => Self::WinStr,
            _ => return Err(call.unknown()),
        })
    }

    /// Whether, as a foreign-key extractor, it must be called in the form that sees the key.
    pub(crate) fn sees_key(&self) -> bool {
        matches!(
            self,
            Self::Identity | Self::NullIfKey(_) | Self::KeyPrefix(_) | Self::KeyUpper | Self::KeyFirstChar
        )
    }

    /// The key's text; `None` for null.
    pub(crate) fn apply(&self, key: &impl CaseKey, value: &Val) -> Option<String> {
        let text = key.text();
        match self {
            Self::Identity | Self::WinKey => text.map(str::to_owned),
            Self::Const(text) => Some(text.clone()),
            Self::Nullify => None,
            Self::Value => value.text(),
            Self::ValueLen => value.length().map(|length| length.to_string()),
            Self::FirstChar => first_char(&value.text()?),
            Self::BeforeColon => around_colon(&value.text()?, true),
            Self::AfterColon => around_colon(&value.text()?, false),
            Self::KeyPrefix(prefix) => text.map(|text| format!("{prefix}{text}")),
            Self::KeyUpper => text.map(str::to_uppercase),
            Self::KeyFirstChar => first_char(text?),
            Self::NullIfKey(unwanted) => text.filter(|text| text != unwanted).map(str::to_owned),
            Self::WinStr => key.shown_or_null(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::conformance::values::Key;

    fn apply(function: &str, key: &Key, value: &Val) -> Option<String> {
        KeyFn::parse(function).unwrap().apply(key, value)
    }

    #[test]
    fn keys_come_from_key_and_value() {
        for (function, result) in [
            ("identity", "Kéy"),
            ("const:a:b", "a:b"),
            ("value", "żv:w"),
            ("value_len", "4"),
            ("first_char", "ż"),
            ("before_colon", "żv"),
            ("after_colon", "w"),
            ("key_prefix:p", "pKéy"),
            ("key_upper", "KÉY"),
            ("key_first_char", "K"),
            ("null_if_key:x", "Kéy"),
            ("win_key", "Kéy"),
        ] {
            let key = apply(function, &Key::of("Kéy"), &Val::of("żv:w"));
            assert_eq!(key.as_deref(), Some(result), "{function}");
        }
    }

    #[test]
    fn what_is_not_there_gives_the_null_key() {
        for function in ["nullify", "value", "value_len", "first_char", "before_colon", "null_if_key:k"] {
            assert_eq!(apply(function, &Key::of("k"), &Val::Null), None, "{function}");
        }
        for function in ["identity", "key_prefix:p", "key_upper", "key_first_char", "win_key", "win_str"] {
            assert_eq!(apply(function, &Key::null(), &Val::of("v")), None, "{function}");
        }
        assert_eq!(apply("first_char", &Key::of("k"), &Val::of("")), None);
        assert_eq!(apply("after_colon", &Key::of("k"), &Val::of("no colon")), None);
    }
}
