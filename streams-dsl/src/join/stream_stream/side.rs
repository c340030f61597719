//! Left and right: what differs between the two sides of a join.

use streams_core::JoinSide;

use crate::{Data, JoinWindows};

/// One side of a join of streams with values `L` and `R`.
pub(super) trait Side<L, R>: Send + 'static {
    /// The values of this side.
    type This: Data;
    /// The values of the other side.
    type Other: Data;

    /// The other side, as the store of unmatched records knows it.
    const OTHER: JoinSide<(), ()>;

    /// A value of this side, as the store of unmatched records takes it.
    fn wrap(value: Self::This) -> JoinSide<L, R>;

    /// The joiner's arguments.
    fn arguments<'v>(this: &'v Self::This, other: Option<&'v Self::Other>) -> (Option<&'v L>, Option<&'v R>);

    /// The join's windows as this side sees them.
    fn windows(of_left: JoinWindows) -> JoinWindows;
}

pub(super) struct LeftSide;

impl<L: Data, R: Data> Side<L, R> for LeftSide {
    type This = L;
    type Other = R;

    const OTHER: JoinSide<(), ()> = JoinSide::Right(());

    fn wrap(value: L) -> JoinSide<L, R> {
        JoinSide::Left(value)
    }

    fn arguments<'v>(this: &'v L, other: Option<&'v R>) -> (Option<&'v L>, Option<&'v R>) {
        (Some(this), other)
    }

    fn windows(of_left: JoinWindows) -> JoinWindows {
        of_left
    }
}

pub(super) struct RightSide;

impl<L: Data, R: Data> Side<L, R> for RightSide {
    type This = R;
    type Other = L;

    const OTHER: JoinSide<(), ()> = JoinSide::Left(());

    fn wrap(value: R) -> JoinSide<L, R> {
        JoinSide::Right(value)
    }

    fn arguments<'v>(this: &'v R, other: Option<&'v L>) -> (Option<&'v L>, Option<&'v R>) {
        (other, Some(this))
    }

    fn windows(of_left: JoinWindows) -> JoinWindows {
        of_left.mirrored()
    }
}
