//! Value functions.

use super::{Call, around_colon, plain_number};
use crate::conformance::keys::CaseKey;
use crate::conformance::op::Reason;
use crate::conformance::values::{Kind, Val};

/// A function of a value, or of key and value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum ValueFn {
    /// The value.
    Identity,
    /// In upper case.
    Upper,
    /// In lower case.
    Lower,
    /// Backwards.
    Reverse,
    /// With a text before it.
    Prefix(String),
    /// With a text behind it.
    Suffix(String),
    /// Always this text.
    Const(String),
    /// Always null.
    Nullify,
    /// Null instead of this text.
    NullIf(String),
    /// Null if this text is in it.
    NullIfContains(String),
    /// Null if larger.
    NullIfGreater(i64),
    /// The length, a Long.
    Len,
    /// The Long in decimal.
    ToText,
    /// The Long that the text is.
    ParseLong,
    /// The sum.
    Add(i64),
    /// The product.
    Mul(i64),
    /// What stands before the first colon.
    BeforeColon,
    /// What stands behind the first colon.
    AfterColon,
    /// `key=value`.
    WithKey,
    /// The key.
    KeyValue,
}

impl ValueFn {
    /// The function of that name.
    pub(crate) fn parse(text: &str) -> Result<Self, Reason> {
        let call = Call::of("value function", text);
        Ok(match call.name {
            "identity" => Self::Identity,
            "upper" => Self::Upper,
            "lower" => Self::Lower,
            "reverse" => Self::Reverse,
            "prefix" => Self::Prefix(call.argument()?),
            "suffix" => Self::Suffix(call.argument()?),
            "const" => Self::Const(call.argument()?),
            "nullify" => Self::Nullify,
            "null_if" => Self::NullIf(call.argument()?),
            "null_if_contains" => Self::NullIfContains(call.argument()?),
            "null_if_gt" => Self::NullIfGreater(call.number()?),
            "len" => Self::Len,
            "to_string" => Self::ToText,
            "parse_long" => Self::ParseLong,
            "add" => Self::Add(call.number()?),
            "mul" => Self::Mul(call.number()?),
            "before_colon" => Self::BeforeColon,
            "after_colon" => Self::AfterColon,
            "with_key" => Self::WithKey,
            "key_value" => Self::KeyValue,
            _ => return Err(call.unknown()),
        })
    }

    /// Whether the operator must be called in the form that sees the key.
    pub(crate) fn sees_key(&self) -> bool {
        matches!(self, Self::WithKey | Self::KeyValue)
    }

    /// The kind of the results for values of a kind.
    pub(crate) fn output(&self, input: Kind) -> Kind {
        match self {
            Self::Identity | Self::Nullify | Self::NullIf(_) | Self::NullIfContains(_) => input,
            Self::Len | Self::ParseLong | Self::Add(_) | Self::Mul(_) | Self::NullIfGreater(_) => Kind::Long,
            _ => Kind::Text,
        }
    }

    /// The result.
    pub(crate) fn apply(&self, key: &impl CaseKey, value: Val) -> Val {
        match self {
            Self::Const(text) => return Val::of(text.clone()),
            Self::WithKey => return Val::of(format!("{}={value}", key.shown())),
            Self::KeyValue => return key.value(),
            Self::Identity => return value,
            _ => {}
        }
        let Some(text) = value.text() else { return Val::Null };
        match self {
            Self::Upper => Val::of(text.to_uppercase()),
            Self::Lower => Val::of(text.to_lowercase()),
            Self::Reverse => Val::Text(text.chars().rev().collect()),
            Self::Prefix(prefix) => Val::of(format!("{prefix}{text}")),
            Self::Suffix(suffix) => Val::of(format!("{text}{suffix}")),
            Self::NullIf(unwanted) => null_if(text == *unwanted, value),
            Self::NullIfContains(unwanted) => null_if(text.contains(unwanted.as_str()), value),
            Self::NullIfGreater(limit) => null_if(value.long() > Some(*limit), value),
            Self::Len => value.length().map_or(Val::Null, Val::Long),
            Self::ToText => Val::Text(text),
            Self::ParseLong => plain_number(&text, 18).map_or(Val::Null, Val::Long),
            Self::Add(n) => value.long().map_or(Val::Null, |long| Val::Long(long.wrapping_add(*n))),
            Self::Mul(n) => value.long().map_or(Val::Null, |long| Val::Long(long.wrapping_mul(*n))),
            Self::BeforeColon => Val::of_option(around_colon(&text, true)),
            Self::AfterColon => Val::of_option(around_colon(&text, false)),
            Self::Nullify | Self::Identity | Self::Const(_) | Self::WithKey | Self::KeyValue => Val::Null,
        }
    }
}

fn null_if(unwanted: bool, value: Val) -> Val {
    if unwanted { Val::Null } else { value }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::conformance::values::Key;

    fn apply(function: &str, value: Val) -> Val {
        ValueFn::parse(function).unwrap().apply(&Key::of("k"), value)
    }

    fn text(function: &str, value: &str) -> Val {
        apply(function, Val::of(value))
    }

    #[test]
    fn strings_are_changed() {
        let golden = [
            ("identity", "aB", "aB"),
            ("upper", "aBż", "ABŻ"),
            ("lower", "AbŻ", "abż"),
            ("reverse", "abż", "żba"),
            ("prefix:a:b", "x", "a:bx"),
            ("suffix:!", "x", "x!"),
            ("const:c", "x", "c"),
            ("before_colon", "a:b:c", "a"),
            ("after_colon", "a:b:c", "b:c"),
            ("with_key", "v", "k=v"),
            ("key_value", "v", "k"),
        ];
        for (function, input, output) in golden {
            assert_eq!(text(function, input), Val::of(output), "{function}");
        }
    }

    #[test]
    fn some_results_are_null() {
        for (function, value) in [
            ("nullify", "x"),
            ("null_if:x", "x"),
            ("null_if_contains:x", "axb"),
            ("before_colon", "x"),
            ("after_colon", "x"),
            ("parse_long", "1234567890123456789"),
            ("parse_long", "+1"),
            ("parse_long", ""),
        ] {
            assert_eq!(text(function, value), Val::Null, "{function}");
        }
        assert_eq!(apply("null_if_gt:3", Val::Long(4)), Val::Null);
        assert_eq!(apply("null_if_gt:3", Val::Long(3)), Val::Long(3));
    }

    #[test]
    fn longs_wrap() {
        assert_eq!(apply("add:1", Val::Long(i64::MAX)), Val::Long(i64::MIN));
        assert_eq!(apply("mul:2", Val::Long(-4)), Val::Long(-8));
        assert_eq!(apply("to_string", Val::Long(-4)), Val::of("-4"));
        assert_eq!(text("parse_long", "-012"), Val::Long(-12));
        assert_eq!(text("len", "żó"), Val::Long(2));
    }

    #[test]
    fn null_stays_null_but_for_three_functions() {
        for function in ["identity", "upper", "add:1", "len", "null_if:x", "to_string", "before_colon"] {
            assert_eq!(apply(function, Val::Null), Val::Null, "{function}");
        }
        assert_eq!(apply("const:x", Val::Null), Val::of("x"));
        assert_eq!(apply("with_key", Val::Null), Val::of("k=∅"));
        assert_eq!(apply("key_value", Val::Null), Val::of("k"));
    }

    #[test]
    fn unknown_names_and_missing_arguments_are_refused() {
        assert!(ValueFn::parse("shout").is_err());
        assert!(ValueFn::parse("prefix").is_err());
        assert!(ValueFn::parse("add:x").is_err());
    }
}
