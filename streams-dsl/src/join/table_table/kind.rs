//! Inner, left and outer.

/// Inner, left or outer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum TableJoinKind {
    Inner,
    Left,
    Outer,
}

impl TableJoinKind {
    /// Whether an update of the left table matters only if the right table has a value.
    pub(super) fn needs_right(self) -> bool {
        self == Self::Inner
    }

    /// Whether an update of the right table matters only if the left table has a value.
    pub(super) fn needs_left(self) -> bool {
        self != Self::Outer
    }
}
