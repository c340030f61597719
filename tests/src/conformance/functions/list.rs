//! List functions: one value to several.

use super::{Call, words};
use crate::conformance::op::Reason;
use crate::conformance::values::Val;

/// A function of a value whose result is a list of values.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum ListFn {
    /// Nothing.
    None,
    /// The value twice, also null.
    Twice,
    /// The words between single spaces.
    SplitWords,
    /// The characters.
    Chars,
    /// So many copies, numbered.
    Repeat(i64),
}

impl ListFn {
    /// The function of that name.
    pub(crate) fn parse(text: &str) -> Result<Self, Reason> {
        let call = Call::of("list function", text);
        Ok(match call.name {
            "none" => Self::None,
            "twice" => Self::Twice,
            "split_words" => Self::SplitWords,
            "chars" => Self::Chars,
            "repeat" => Self::Repeat(call.number()?),
            _ => return Err(call.unknown()),
        })
    }

    /// The list.
    pub(crate) fn apply(&self, value: Val) -> Vec<Val> {
        if *self == Self::Twice {
            return vec![value.clone(), value];
        }
        let Some(text) = value.text() else { return Vec::new() };
        match self {
            Self::None | Self::Twice => Vec::new(),
            Self::SplitWords => words(&text).map(Val::of).collect(),
            Self::Chars => text.chars().map(Val::of).collect(),
            Self::Repeat(n) => (1..=*n).map(|i| Val::of(format!("{text}#{i}"))).collect(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn apply(function: &str, value: Val) -> Vec<Val> {
        ListFn::parse(function).unwrap().apply(value)
    }

    #[test]
    fn a_value_becomes_several() {
        let list = |texts: &[&str]| texts.iter().copied().map(Val::of).collect::<Vec<_>>();
        assert_eq!(apply("none", Val::of("x")), []);
        assert_eq!(apply("twice", Val::of("x")), list(&["x", "x"]));
        assert_eq!(apply("split_words", Val::of(" a  b ")), list(&["a", "b"]));
        assert_eq!(apply("chars", Val::of("aż")), list(&["a", "ż"]));
        assert_eq!(apply("repeat:2", Val::of("x")), list(&["x#1", "x#2"]));
    }

    #[test]
    fn only_twice_keeps_null() {
        assert_eq!(apply("twice", Val::Null), [Val::Null, Val::Null]);
        for function in ["none", "split_words", "chars", "repeat:2"] {
            assert_eq!(apply(function, Val::Null), [], "{function}");
        }
    }
}
