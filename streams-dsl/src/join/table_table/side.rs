//! Left and right: what differs between the two sides of a join of tables.

use std::sync::Arc;

use super::kind::TableJoinKind;
use crate::Data;
use crate::table::GetterSupplier;

/// What the parts of a join share. `joiner` makes nothing of pairs that the kind of join does not have.
pub(super) struct Join<K, L, R, F> {
    pub(super) kind: TableJoinKind,
    pub(super) joiner: F,
    pub(super) left: Arc<dyn GetterSupplier<K, L>>,
    pub(super) right: Arc<dyn GetterSupplier<K, R>>,
}

impl<K, L, R, F> Join<K, L, R, F> {
    /// The stores that both tables' values come from, each once.
    pub(super) fn store_names(&self) -> Vec<Arc<str>> {
        let mut names = self.left.store_names();
        let others = self.right.store_names().into_iter().filter(|name| !names.contains(name));
        let others: Vec<_> = others.collect();
        names.extend(others);
        names
    }
}

/// One side of a join of tables with values `L` and `R`.
pub(super) trait Side<K, L, R>: Send + 'static {
    /// The values of this side.
    type This: Data;
    /// The values of the other side.
    type Other: Data;

    /// The other table.
    fn other<F>(join: &Join<K, L, R, F>) -> &Arc<dyn GetterSupplier<K, Self::Other>>;

    /// Whether an update of this table matters only if the other table has a value.
    fn needs_other(kind: TableJoinKind) -> bool;

    /// The joiner's arguments.
    fn arguments<'v>(
        this: Option<&'v Self::This>,
        other: Option<&'v Self::Other>,
    ) -> (Option<&'v L>, Option<&'v R>);
}

pub(super) struct LeftSide;

impl<K: Data, L: Data, R: Data> Side<K, L, R> for LeftSide {
    type This = L;
    type Other = R;

    fn other<F>(join: &Join<K, L, R, F>) -> &Arc<dyn GetterSupplier<K, R>> {
        &join.right
    }

    fn needs_other(kind: TableJoinKind) -> bool {
        kind.needs_right()
    }

    fn arguments<'v>(this: Option<&'v L>, other: Option<&'v R>) -> (Option<&'v L>, Option<&'v R>) {
        (this, other)
    }
}

pub(super) struct RightSide;

impl<K: Data, L: Data, R: Data> Side<K, L, R> for RightSide {
    type This = R;
    type Other = L;

    fn other<F>(join: &Join<K, L, R, F>) -> &Arc<dyn GetterSupplier<K, L>> {
        &join.left
    }

    fn needs_other(kind: TableJoinKind) -> bool {
        kind.needs_left()
    }

    fn arguments<'v>(this: Option<&'v R>, other: Option<&'v L>) -> (Option<&'v L>, Option<&'v R>) {
        (other, this)
    }
}
