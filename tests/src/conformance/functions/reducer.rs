//! Reducers of two values.

use std::cmp::Ordering;

use super::Call;
use crate::conformance::op::Reason;
use crate::conformance::values::Val;

/// A function of two values of one kind.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Reducer {
    /// `a,b`.
    Concat,
    /// `a+b`.
    Add,
    /// `a-b`.
    Sub,
    /// The first.
    First,
    /// The last.
    Last,
    /// The larger string; the first of equals.
    Max,
    /// The smaller string; the first of equals.
    Min,
    /// The sum of Longs; with -1, the difference.
    Sum(i64),
    /// Null for this second value, else as [`Reducer::Concat`].
    NullOn(String),
}

impl Reducer {
    /// The reducer of that name.
    pub(crate) fn parse(text: &str) -> Result<Self, Reason> {
        let call = Call::of("reducer", text);
        Ok(match call.name {
            "concat" => Self::Concat,
            "add" => Self::Add,
            "sub" => Self::Sub,
            "first" => Self::First,
            "last" => Self::Last,
            "max" => Self::Max,
            "min" => Self::Min,
            "sum" => Self::Sum(1),
            "minus" => Self::Sum(-1),
            "null_on" => Self::NullOn(call.argument()?),
            _ => return Err(call.unknown()),
        })
    }

    /// The result.
    pub(crate) fn apply(&self, a: &Val, b: &Val) -> Val {
        match self {
            Self::NullOn(unwanted) if b.to_string() == *unwanted => Val::Null,
            Self::Concat | Self::NullOn(_) => Val::of(format!("{a},{b}")),
            Self::Add => Val::of(format!("{a}+{b}")),
            Self::Sub => Val::of(format!("{a}-{b}")),
            Self::First => a.clone(),
            Self::Last => b.clone(),
            Self::Max => pick(a, b, Ordering::Less),
            Self::Min => pick(a, b, Ordering::Greater),
            Self::Sum(sign) => {
                let (a, b) = (a.long().unwrap_or_default(), b.long().unwrap_or_default());
                Val::Long(a.wrapping_add(sign.wrapping_mul(b)))
            }
        }
    }
}

/// `b` if `a` compares to it as said, by UTF-16 code units as the JVM does; else `a`.
fn pick(a: &Val, b: &Val, ordering: Ordering) -> Val {
    let (left, right) = (a.to_string(), b.to_string());
    if left.encode_utf16().cmp(right.encode_utf16()) == ordering { b.clone() } else { a.clone() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn apply(reducer: &str, a: &str, b: &str) -> Val {
        Reducer::parse(reducer).unwrap().apply(&Val::of(a), &Val::of(b))
    }

    #[test]
    fn two_values_become_one() {
        for (reducer, result) in [
            ("concat", "a,b"),
            ("add", "a+b"),
            ("sub", "a-b"),
            ("first", "a"),
            ("last", "b"),
            ("max", "b"),
            ("min", "a"),
            ("null_on:a", "a,b"),
        ] {
            assert_eq!(apply(reducer, "a", "b"), Val::of(result), "{reducer}");
        }
        assert_eq!(apply("null_on:b", "a", "b"), Val::Null);
        let minus = Reducer::parse("minus").unwrap();
        assert_eq!(minus.apply(&Val::Long(3), &Val::Long(5)), Val::Long(-2));
        let sum = Reducer::parse("sum").unwrap();
        assert_eq!(sum.apply(&Val::Null, &Val::Long(5)), Val::Long(5));
    }

    #[test]
    fn strings_are_ordered_by_utf_16_code_unit() {
        assert_eq!(apply("max", "\u{ffff}", "\u{10000}"), Val::of("\u{ffff}"));
    }
}
