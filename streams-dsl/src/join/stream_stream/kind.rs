//! Inner, left and outer, and the names that depend on it.

use crate::prefixes;

/// Inner, left or outer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum JoinKind {
    Inner,
    Left,
    Outer,
}

impl JoinKind {
    /// Whether left records come out without a match.
    pub(super) fn gives_left(self) -> bool {
        self != Self::Inner
    }

    /// Whether right records come out without a match.
    pub(super) fn gives_right(self) -> bool {
        self == Self::Outer
    }

    pub(super) fn this_prefix(self) -> &'static str {
        if self.gives_right() { prefixes::OUTER_THIS } else { prefixes::JOIN_THIS }
    }

    pub(super) fn other_prefix(self) -> &'static str {
        if self.gives_left() { prefixes::OUTER_OTHER } else { prefixes::JOIN_OTHER }
    }

    pub(super) fn this_suffix(self) -> &'static str {
        if self.gives_right() { "-outer-this-join" } else { "-this-join" }
    }

    pub(super) fn other_suffix(self) -> &'static str {
        if self.gives_left() { "-outer-other-join" } else { "-other-join" }
    }

    /// Of the store of unmatched records.
    pub(super) fn shared_suffix(self) -> Option<&'static str> {
        match self {
            Self::Inner => None,
            Self::Left => Some("-left-shared-join"),
            Self::Outer => Some("-outer-shared-join"),
        }
    }
}
