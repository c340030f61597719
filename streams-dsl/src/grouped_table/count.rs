//! `count` on grouped tables: how many entries a group has.

use super::KGroupedTable;
use super::fold::GroupCount;
use crate::params::{Materialized, Named, StoredParams};
use crate::{Data, KTable, prefixes};

impl<K: Data, V: Data> KGroupedTable<K, V> {
    /// The number of entries of each group. A group that has lost all its entries stays, with 0.
    pub fn count(&self) -> KTable<K, i64> {
        self.count_with((Named::none(), Materialized::of_values()))
    }

    /// As [`KGroupedTable::count`], with a name, a store, or both.
    pub fn count_with(&self, params: impl StoredParams<K, i64>) -> KTable<K, i64> {
        self.aggregated(GroupCount, prefixes::TABLE_AGGREGATE, params.into_parts())
    }
}
