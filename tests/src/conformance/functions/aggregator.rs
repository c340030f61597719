//! Aggregators of key, value and aggregate.

use super::Call;
use crate::conformance::op::Reason;
use crate::conformance::values::{Kind, Val};

/// A function of key, value and aggregate.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Aggregator {
    /// `aggregate,value`, or the value alone at first.
    Concat,
    /// The aggregate and `key=value;`.
    ConcatKey,
    /// Null for this value, else as [`Aggregator::Concat`].
    ConcatNullOn(String),
    /// The value.
    Last,
    /// `aggregate+value`.
    Add,
    /// `aggregate-value`.
    Sub,
    /// Null for this value, else as [`Aggregator::Sub`].
    SubNullOn(String),
    /// The sum of Longs; with -1, the difference.
    Sum(i64),
    /// The sum of lengths; with -1, the difference.
    SumLen(i64),
    /// One more; with -1, one less.
    Count(i64),
}

impl Aggregator {
    /// The aggregator of that name.
    pub(crate) fn parse(text: &str) -> Result<Self, Reason> {
        let call = Call::of("aggregator", text);
        Ok(match call.name {
            "concat" => Self::Concat,
            "concat_key" => Self::ConcatKey,
            "concat_null_on" => Self::ConcatNullOn(call.argument()?),
            "last" => Self::Last,
            "add" => Self::Add,
            "sub" => Self::Sub,
            "sub_null_on" => Self::SubNullOn(call.argument()?),
            "sum" => Self::Sum(1),
            "minus" => Self::Sum(-1),
            "sum_len" => Self::SumLen(1),
            "minus_len" => Self::SumLen(-1),
            "count" => Self::Count(1),
            "uncount" => Self::Count(-1),
            _ => return Err(call.unknown()),
        })
    }

    /// The kind of the aggregates.
    pub(crate) fn output(&self) -> Kind {
        match self {
            Self::Sum(_) | Self::SumLen(_) | Self::Count(_) => Kind::Long,
            _ => Kind::Text,
        }
    }

    /// The new aggregate; `key` is the key as it is shown.
    pub(crate) fn apply(&self, key: &str, value: &Val, aggregate: &Val) -> Val {
        let before = aggregate.text().unwrap_or_default();
        let plus = |sign: i64, n: i64| {
            Val::Long(aggregate.long().unwrap_or_default().wrapping_add(sign.wrapping_mul(n)))
        };
        match self {
            Self::ConcatNullOn(unwanted) | Self::SubNullOn(unwanted) if value.to_string() == *unwanted => {
                Val::Null
            }
            Self::Concat | Self::ConcatNullOn(_) if before.is_empty() => Val::of(value.to_string()),
            Self::Concat | Self::ConcatNullOn(_) => Val::of(format!("{before},{value}")),
            Self::ConcatKey => Val::of(format!("{before}{key}={value};")),
            Self::Last => value.clone(),
            Self::Add => Val::of(format!("{before}+{value}")),
            Self::Sub | Self::SubNullOn(_) => Val::of(format!("{before}-{value}")),
            Self::Sum(sign) => plus(*sign, value.long().unwrap_or_default()),
            Self::SumLen(sign) => plus(*sign, value.length().unwrap_or_default()),
            Self::Count(sign) => plus(*sign, 1),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn apply(aggregator: &str, value: Val, aggregate: Val) -> Val {
        Aggregator::parse(aggregator).unwrap().apply("k", &value, &aggregate)
    }

    #[test]
    fn texts_grow() {
        for (aggregator, result) in [
            ("concat", "a,v"),
            ("concat_key", "ak=v;"),
            ("concat_null_on:x", "a,v"),
            ("last", "v"),
            ("add", "a+v"),
            ("sub", "a-v"),
            ("sub_null_on:x", "a-v"),
        ] {
            assert_eq!(apply(aggregator, Val::of("v"), Val::of("a")), Val::of(result), "{aggregator}");
        }
        assert_eq!(apply("concat", Val::Null, Val::of("")), Val::of("∅"));
        assert_eq!(apply("add", Val::of("v"), Val::Null), Val::of("+v"));
        assert_eq!(apply("concat_null_on:v", Val::of("v"), Val::of("a")), Val::Null);
        assert_eq!(apply("sub_null_on:v", Val::of("v"), Val::of("a")), Val::Null);
    }

    #[test]
    fn longs_are_added_up() {
        assert_eq!(apply("sum", Val::Long(2), Val::Null), Val::Long(2));
        assert_eq!(apply("minus", Val::Long(2), Val::Long(5)), Val::Long(3));
        assert_eq!(apply("sum_len", Val::of("abc"), Val::Long(1)), Val::Long(4));
        assert_eq!(apply("minus_len", Val::Null, Val::Long(1)), Val::Long(1));
        assert_eq!(apply("count", Val::Null, Val::Long(1)), Val::Long(2));
        assert_eq!(apply("uncount", Val::of("x"), Val::Long(1)), Val::Long(0));
    }
}
