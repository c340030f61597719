//! Pair functions: one record to several records.

use super::{Call, words};
use crate::conformance::keys::CaseKey;
use crate::conformance::op::Reason;
use crate::conformance::values::Val;

/// A function of key and value whose result is a list of keys and values.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum PairFn {
    /// Nothing.
    None,
    /// The pair twice.
    Twice,
    /// The pair, and the pair with key and value exchanged.
    WithSwap,
    /// The value by each of its words.
    WordsToKeys,
    /// The value by each of its characters.
    CharsToKeys,
}

impl PairFn {
    /// The function of that name.
    pub(crate) fn parse(text: &str) -> Result<Self, Reason> {
        let call = Call::of("pair function", text);
        Ok(match call.name {
            "none" => Self::None,
            "twice" => Self::Twice,
            "with_swap" => Self::WithSwap,
            "words_to_keys" => Self::WordsToKeys,
            "chars_to_keys" => Self::CharsToKeys,
            _ => return Err(call.unknown()),
        })
    }

    /// The pairs. Keys that are made from values have no window, so windowed keys give none of these.
    pub(crate) fn apply<K: CaseKey>(&self, key: K, value: Val) -> Vec<(K, Val)> {
        let by = |keys: Vec<String>| {
            let pairs = keys.into_iter().filter_map(|key| K::of_text(Some(key)));
            pairs.map(|key| (key, value.clone())).collect()
        };
        let text = value.text().unwrap_or_default();
        match self {
            Self::None => Vec::new(),
            Self::Twice => vec![(key.clone(), value.clone()), (key, value)],
            Self::WithSwap => {
                let swapped = K::of_text(value.text()).map(|swapped| (swapped, key.value()));
                [(key, value)].into_iter().chain(swapped).collect()
            }
            Self::WordsToKeys => by(words(&text).map(str::to_owned).collect()),
            Self::CharsToKeys => by(text.chars().map(String::from).collect()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::conformance::values::Key;

    fn apply(function: &str, value: Val) -> Vec<(Option<String>, Val)> {
        let pairs = PairFn::parse(function).unwrap().apply(Key::of("k"), value);
        pairs.into_iter().map(|(key, value)| (key.0, value)).collect()
    }

    fn pair(key: &str, value: &str) -> (Option<String>, Val) {
        (Some(key.to_owned()), Val::of(value))
    }

    #[test]
    fn a_record_becomes_several() {
        assert_eq!(apply("none", Val::of("v")), []);
        assert_eq!(apply("twice", Val::of("v")), [pair("k", "v"), pair("k", "v")]);
        assert_eq!(apply("with_swap", Val::of("v")), [pair("k", "v"), pair("v", "k")]);
        assert_eq!(apply("words_to_keys", Val::of("a b")), [pair("a", "a b"), pair("b", "a b")]);
        assert_eq!(apply("chars_to_keys", Val::of("ab")), [pair("a", "ab"), pair("b", "ab")]);
    }

    #[test]
    fn null_values_make_no_keys() {
        assert_eq!(apply("words_to_keys", Val::Null), []);
        assert_eq!(apply("twice", Val::Null).len(), 2);
        assert_eq!(apply("with_swap", Val::Null)[1], (None, Val::of("k")));
    }
}
