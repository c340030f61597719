//! `count`: how many records a key had.

use super::{Counting, KGroupedStream};
use crate::params::{Materialized, Named, StoredParams};
use crate::{Data, KTable, prefixes};

impl<K: Data, V: Data> KGroupedStream<K, V> {
    /// The number of records of each key. Records with a null key or value do not count.
    pub fn count(&self) -> KTable<K, i64> {
        self.count_with((Named::none(), Materialized::of_values()))
    }

    /// As [`KGroupedStream::count`], with a name, a store, or both.
    pub fn count_with(&self, params: impl StoredParams<K, i64>) -> KTable<K, i64> {
        self.aggregated(Counting, prefixes::AGGREGATE, params.into_parts())
    }
}
