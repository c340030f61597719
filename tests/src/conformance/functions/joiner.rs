//! Joiners of a left and a right value.

use super::Call;
use crate::conformance::op::Reason;
use crate::conformance::values::{Kind, Val};

/// A function of key, left and right value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Joiner {
    /// `left+right`.
    Concat,
    /// `key:left+right`.
    ConcatKey,
    /// The left value.
    Left,
    /// The right value.
    Right,
    /// The sum of Longs, null being 0.
    Sum,
    /// Null if both show the same text, else `left+right`.
    NullIfSame,
}

impl Joiner {
    /// The joiner of that name.
    pub(crate) fn parse(text: &str) -> Result<Self, Reason> {
        let call = Call::of("joiner", text);
        Ok(match call.name {
            "concat" => Self::Concat,
            "concat_key" => Self::ConcatKey,
            "left" => Self::Left,
            "right" => Self::Right,
            "sum" => Self::Sum,
            "null_if_same" => Self::NullIfSame,
            _ => return Err(call.unknown()),
        })
    }

    /// The kind of the results.
    pub(crate) fn output(self, left: Kind, right: Kind) -> Kind {
        match self {
            Self::Left => left,
            Self::Right => right,
            Self::Sum => Kind::Long,
            Self::Concat | Self::ConcatKey | Self::NullIfSame => Kind::Text,
        }
    }

    /// The result; `key` is the key as it is shown.
    pub(crate) fn apply(self, key: &str, left: &Val, right: &Val) -> Val {
        match self {
            Self::NullIfSame if left.to_string() == right.to_string() => Val::Null,
            Self::Concat | Self::NullIfSame => Val::of(format!("{left}+{right}")),
            Self::ConcatKey => Val::of(format!("{key}:{left}+{right}")),
            Self::Left => left.clone(),
            Self::Right => right.clone(),
            Self::Sum => {
                Val::Long(left.long().unwrap_or_default().wrapping_add(right.long().unwrap_or_default()))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn apply(joiner: &str, left: Val, right: Val) -> Val {
        Joiner::parse(joiner).unwrap().apply("k", &left, &right)
    }

    #[test]
    fn both_sides_meet() {
        let (left, right) = (|| Val::of("l"), || Val::of("r"));
        assert_eq!(apply("concat", left(), Val::Null), Val::of("l+∅"));
        assert_eq!(apply("concat_key", left(), right()), Val::of("k:l+r"));
        assert_eq!(apply("left", left(), right()), left());
        assert_eq!(apply("right", left(), Val::Null), Val::Null);
        assert_eq!(apply("sum", Val::Long(2), Val::Null), Val::Long(2));
        assert_eq!(apply("null_if_same", left(), left()), Val::Null);
        assert_eq!(apply("null_if_same", left(), right()), Val::of("l+r"));
    }
}
