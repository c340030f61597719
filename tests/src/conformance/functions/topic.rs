//! Topic functions: to which topic a record goes.

use super::{Call, first_char};
use crate::conformance::keys::CaseKey;
use crate::conformance::op::Reason;
use crate::conformance::values::Val;

/// A function of key and value whose result is a topic's name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct TopicFn {
    text: String,
    prefix: String,
    by_key: bool,
}

impl TopicFn {
    /// The function of that name.
    pub(crate) fn parse(text: &str) -> Result<Self, Reason> {
        let call = Call::of("topic function", text);
        let by_key = match call.name {
            "by_key" => true,
            "by_first_char" => false,
            _ => return Err(call.unknown()),
        };
        Ok(Self { text: text.to_owned(), prefix: call.argument()?, by_key })
    }

    /// What all its topics begin with.
    pub(crate) fn prefix(&self) -> &str {
        &self.prefix
    }

    /// What `describe()` prints for it.
    pub(crate) fn description(&self) -> String {
        format!("topic_fn {}", self.text)
    }

    /// The topic.
    pub(crate) fn apply(&self, key: &impl CaseKey, value: &Val) -> String {
        let rest = if self.by_key {
            key.text().map_or_else(|| "null".to_owned(), str::to_owned)
        } else {
            value.text().and_then(|text| first_char(&text)).unwrap_or_else(|| "none".to_owned())
        };
        format!("{}{rest}", self.prefix)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::conformance::values::Key;

    #[test]
    fn topics_follow_key_or_value() {
        let by_key = TopicFn::parse("by_key:out-").unwrap();
        assert_eq!(by_key.apply(&Key::of("a"), &Val::Null), "out-a");
        assert_eq!(by_key.apply(&Key::null(), &Val::Null), "out-null");
        let by_first_char = TopicFn::parse("by_first_char:f-").unwrap();
        assert_eq!(by_first_char.apply(&Key::null(), &Val::of("xy")), "f-x");
        assert_eq!(by_first_char.apply(&Key::null(), &Val::of("")), "f-none");
        assert_eq!(by_first_char.description(), "topic_fn by_first_char:f-");
    }
}
