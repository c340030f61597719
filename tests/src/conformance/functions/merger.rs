//! Mergers of two sessions' aggregates.

use super::Call;
use crate::conformance::op::Reason;
use crate::conformance::values::Val;

/// A function of two aggregates.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Merger {
    /// `(a&b)`.
    Merge,
    /// The sum of Longs.
    Sum,
    /// Null.
    Null,
}

impl Merger {
    /// The merger of that name.
    pub(crate) fn parse(text: &str) -> Result<Self, Reason> {
        let call = Call::of("session merger", text);
        Ok(match call.name {
            "merge" => Self::Merge,
            "sum" => Self::Sum,
            "null" => Self::Null,
            _ => return Err(call.unknown()),
        })
    }

    /// The merged aggregate.
    pub(crate) fn apply(self, a: &Val, b: &Val) -> Val {
        match self {
            Self::Merge => Val::of(format!("({a}&{b})")),
            Self::Sum => Val::Long(a.long().unwrap_or_default().wrapping_add(b.long().unwrap_or_default())),
            Self::Null => Val::Null,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_sessions_become_one() {
        let merge = |merger: &str, a: Val, b: Val| Merger::parse(merger).unwrap().apply(&a, &b);
        assert_eq!(merge("merge", Val::of("a"), Val::Null), Val::of("(a&∅)"));
        assert_eq!(merge("sum", Val::Long(1), Val::Long(2)), Val::Long(3));
        assert_eq!(merge("null", Val::Long(1), Val::Long(2)), Val::Null);
    }
}
