//! `aggregate` on grouped tables: an aggregate of any type.

use streams_core::{BoxError, DefaultSerde};

use super::KGroupedTable;
use super::fold::GroupAggregate;
use crate::params::{Materialized, Named, StoredParams};
use crate::{Data, KTable, prefixes};

impl<K: Data, V: Data> KGroupedTable<K, V> {
    /// For each group what `adder` makes of the aggregate so far and each new value, and `subtractor` of the aggregate and
    /// each value that is replaced or deleted, beginning with what `initializer` returns. An update within a group
    /// subtracts first.
    pub fn aggregate<VA: Data + DefaultSerde>(
        &self,
        initializer: impl Fn() -> VA + Send + Sync + 'static,
        adder: impl Fn(&K, V, VA) -> VA + Send + Sync + 'static,
        subtractor: impl Fn(&K, V, VA) -> VA + Send + Sync + 'static,
    ) -> KTable<K, VA> {
        self.aggregate_with(initializer, adder, subtractor, (Named::none(), Materialized::of_values()))
    }

    /// As [`KGroupedTable::aggregate`], with a name, a store, or both.
    pub fn aggregate_with<VA: Data>(
        &self,
        initializer: impl Fn() -> VA + Send + Sync + 'static,
        adder: impl Fn(&K, V, VA) -> VA + Send + Sync + 'static,
        subtractor: impl Fn(&K, V, VA) -> VA + Send + Sync + 'static,
        params: impl StoredParams<K, VA>,
    ) -> KTable<K, VA> {
        let adder = move |key: &K, value, aggregate| Ok::<_, BoxError>(adder(key, value, aggregate));
        let subtractor =
            move |key: &K, value, aggregate| Ok::<_, BoxError>(subtractor(key, value, aggregate));
        self.try_aggregate_with(initializer, adder, subtractor, params)
    }

    /// As [`KGroupedTable::aggregate_with`], with functions that may fail.
    pub fn try_aggregate_with<VA: Data, E: Into<BoxError>>(
        &self,
        initializer: impl Fn() -> VA + Send + Sync + 'static,
        adder: impl Fn(&K, V, VA) -> Result<VA, E> + Send + Sync + 'static,
        subtractor: impl Fn(&K, V, VA) -> Result<VA, E> + Send + Sync + 'static,
        params: impl StoredParams<K, VA>,
    ) -> KTable<K, VA> {
        let fold = GroupAggregate { initializer, adder, subtractor };
        self.aggregated(fold, prefixes::TABLE_AGGREGATE, params.into_parts())
    }
}
