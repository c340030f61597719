//! Predicates of key and value.

use super::Call;
use crate::conformance::keys::CaseKey;
use crate::conformance::op::Reason;
use crate::conformance::values::Val;

/// A predicate.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Predicate {
    /// Always this.
    Always(bool),
    /// Whether the value is null.
    ValueNull,
    /// Whether the value is not null.
    ValueNotNull,
    /// Whether the key is null.
    KeyNull,
    /// Whether the key's text is one of these.
    KeyIn(Vec<String>),
    /// Whether the value's text is one of these.
    ValueIn(Vec<String>),
    /// Whether the value is longer.
    ValueLongerThan(i64),
    /// Whether the value begins with this.
    ValueStarts(String),
    /// Whether this is in the value.
    ValueContains(String),
    /// Whether the Long is larger.
    ValueGreater(i64),
    /// Whether the Long is even.
    ValueEven,
}

impl Predicate {
    /// The predicate of that name.
    pub(crate) fn parse(text: &str) -> Result<Self, Reason> {
        let call = Call::of("predicate", text);
        let list = || Ok::<_, Reason>(call.argument()?.split(',').map(str::to_owned).collect::<Vec<_>>());
        Ok(match call.name {
            "true" => Self::Always(true),
            "false" => Self::Always(false),
            "value_null" => Self::ValueNull,
            "value_not_null" => Self::ValueNotNull,
            "key_null" => Self::KeyNull,
            "key_in" => Self::KeyIn(list()?),
            "value_in" => Self::ValueIn(list()?),
            "value_len_gt" => Self::ValueLongerThan(call.number()?),
            "value_starts" => Self::ValueStarts(call.argument()?),
            "value_contains" => Self::ValueContains(call.argument()?),
            "value_gt" => Self::ValueGreater(call.number()?),
            "value_even" => Self::ValueEven,
            _ => return Err(call.unknown()),
        })
    }

    /// Whether key and value satisfy it.
    pub(crate) fn test(&self, key: &impl CaseKey, value: &Val) -> bool {
        let contained = |list: &[String], text: &str| list.iter().any(|item| item == text);
        match self {
            Self::Always(always) => *always,
            Self::ValueNull => value.is_null(),
            Self::ValueNotNull => !value.is_null(),
            Self::KeyNull => key.text().is_none(),
            Self::KeyIn(list) => key.text().is_some_and(|key| contained(list, key)),
            Self::ValueIn(list) => value.text().is_some_and(|text| contained(list, &text)),
            Self::ValueLongerThan(limit) => value.length().is_some_and(|length| length > *limit),
            Self::ValueStarts(start) => value.text().is_some_and(|text| text.starts_with(start.as_str())),
            Self::ValueContains(part) => value.text().is_some_and(|text| text.contains(part.as_str())),
            Self::ValueGreater(limit) => value.long().is_some_and(|long| long > *limit),
            Self::ValueEven => value.long().is_some_and(|long| long % 2 == 0),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::conformance::values::Key;

    fn test(predicate: &str, value: Val) -> bool {
        Predicate::parse(predicate).unwrap().test(&Key::of("k"), &value)
    }

    #[test]
    fn predicates_look_at_values() {
        for (predicate, holds, does_not) in [
            ("value_in:a,b", "b", "c"),
            ("value_len_gt:2", "abc", "żó"),
            ("value_starts:ab", "abc", "bab"),
            ("value_contains:b", "abc", "ac"),
        ] {
            assert!(test(predicate, Val::of(holds)), "{predicate}");
            assert!(!test(predicate, Val::of(does_not)), "{predicate}");
            assert!(!test(predicate, Val::Null), "{predicate}");
        }
        assert!(test("value_gt:-2", Val::Long(-1)) && !test("value_gt:-2", Val::Long(-2)));
        assert!(test("value_even", Val::Long(-2)) && !test("value_even", Val::Long(-1)));
    }

    #[test]
    fn nulls_are_seen() {
        assert!(test("value_null", Val::Null) && !test("value_null", Val::of("")));
        assert!(test("value_not_null", Val::of("")) && !test("value_not_null", Val::Null));
        let key_null = Predicate::parse("key_null").unwrap();
        assert!(key_null.test(&Key::null(), &Val::Null) && !key_null.test(&Key::of(""), &Val::Null));
    }

    #[test]
    fn keys_are_judged_whatever_the_value() {
        let key_in = Predicate::parse("key_in:k,l").unwrap();
        assert!(key_in.test(&Key::of("k"), &Val::Null));
        assert!(!key_in.test(&Key::of("m"), &Val::of("k")));
        assert!(!key_in.test(&Key::null(), &Val::of("k")));
    }
}
