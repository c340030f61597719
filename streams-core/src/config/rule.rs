//! What values a key allows.

/// Checks a value; the error says what is allowed.
pub(super) type Check = fn(&str) -> Result<(), String>;

/// What values a key allows.
#[derive(Debug, Clone, Copy)]
pub(super) enum Rule {
    /// Any text.
    Text,
    /// `true` or `false`.
    Bool,
    /// A whole number between two bounds, both included.
    Int(i64, i64),
    /// At most so many texts with commas in between.
    List(usize),
    /// One of these.
    OneOf(&'static [&'static str]),
    /// What a function says.
    Special(Check),
    /// A setting of the JVM's library that means nothing here.
    Ignored,
}

impl Rule {
    pub(super) fn check(self, value: &str) -> Result<(), String> {
        match self {
            Self::Text | Self::Ignored => Ok(()),
            Self::Bool => {
                if matches!(value, "true" | "false") {
                    Ok(())
                } else {
                    Err("`true` or `false` is expected".into())
                }
            }
            Self::Int(least, most) => match value.parse::<i64>() {
                Ok(number) if (least..=most).contains(&number) => Ok(()),
                _ => Err(bounds(least, most)),
            },
            Self::List(most) => {
                if list(value).count() <= most {
                    Ok(())
                } else {
                    Err(format!("at most {most} entries are expected"))
                }
            }
            Self::OneOf(allowed) => {
                if allowed.contains(&value) {
                    Ok(())
                } else {
                    Err(format!("one of {} is expected", allowed.join(", ")))
                }
            }
            Self::Special(check) => check(value),
        }
    }
}

fn bounds(least: i64, most: i64) -> String {
    match (least, most) {
        (i64::MIN, _) => "a whole number is expected".to_owned(),
        (_, i64::MAX) => format!("a whole number of at least {least} is expected"),
        _ => format!("a whole number from {least} to {most} is expected"),
    }
}

/// The entries of a list with commas in between.
pub(super) fn list(value: &str) -> impl Iterator<Item = &str> {
    value.split(',').map(str::trim).filter(|entry| !entry.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_say_what_is_allowed() {
        let allowed = |rule: Rule, value: &str| rule.check(value).unwrap_err();
        assert_eq!(allowed(Rule::Int(0, i64::MAX), "-1"), "a whole number of at least 0 is expected");
        assert_eq!(allowed(Rule::Int(1, 9), "ten"), "a whole number from 1 to 9 is expected");
        assert_eq!(allowed(Rule::OneOf(&["a", "b"]), "c"), "one of a, b is expected");
        assert_eq!(allowed(Rule::Bool, "yes"), "`true` or `false` is expected");
        assert_eq!(allowed(Rule::List(1), "a,b"), "at most 1 entries are expected");
        assert_eq!(Rule::List(2).check("a, b,"), Ok(()));
    }
}
