//! Looking values up in a joined table that has no store: both tables are read and joined.

use std::sync::Arc;

use streams_core::{BoxError, Serde, Stores, ValueAndTimestamp};

use super::side::Join;
use crate::Data;
use crate::join::Joiner;
use crate::table::{Getter, GetterSupplier};

/// Makes getters of a joined table without a store.
pub(super) struct JoinGetters<K, L, R, O, F> {
    pub(super) join: Arc<Join<K, L, R, F>>,
    pub(super) results: Option<Serde<O>>,
}

struct JoinGetter<K, L, R, O, F> {
    join: Arc<Join<K, L, R, F>>,
    left: Box<dyn Getter<K, L>>,
    right: Box<dyn Getter<K, R>>,
    results: Option<Serde<O>>,
}

impl<K: Data, L: Data, R: Data, O: Data, F: Joiner<K, L, R, Joined = O>> GetterSupplier<K, O>
    for JoinGetters<K, L, R, O, F>
{
    fn get(&self) -> Box<dyn Getter<K, O>> {
        Box::new(JoinGetter {
            left: self.join.left.get(),
            right: self.join.right.get(),
            join: Arc::clone(&self.join),
            results: self.results.clone(),
        })
    }

    fn store_names(&self) -> Vec<Arc<str>> {
        self.join.store_names()
    }
}

impl<K: Data, L: Data, R: Data, O: Data, F: Joiner<K, L, R, Joined = O>> Getter<K, O>
    for JoinGetter<K, L, R, O, F>
{
    fn init(&mut self, stores: &mut Stores) -> Result<(), BoxError> {
        self.left.init(stores)?;
        self.right.init(stores)
    }

    fn get(&mut self, stores: &mut Stores, key: &K) -> Result<Option<ValueAndTimestamp<O>>, BoxError> {
        let left = self.left.get(stores, key)?;
        let right = self.right.get(stores, key)?;
        let time = |side: Option<i64>| side.unwrap_or(-1);
        let timestamp =
            time(left.as_ref().map(|it| it.timestamp)).max(time(right.as_ref().map(|it| it.timestamp)));
        let left = left.as_ref().map(|it| &it.value);
        let right = right.as_ref().map(|it| &it.value);
        let result = (self.join.joiner)(key, left, right)?;
        let result = result.filter(|it| !self.results.as_ref().is_some_and(|serde| serde.is_null(it)));
        Ok(result.map(|result| ValueAndTimestamp::new(result, timestamp)))
    }

    /// A joined table keeps no versions.
    fn get_as_of(
        &mut self,
        stores: &mut Stores,
        key: &K,
        _timestamp: i64,
    ) -> Result<Option<ValueAndTimestamp<O>>, BoxError> {
        self.get(stores, key)
    }

    fn is_versioned(&self) -> bool {
        false
    }
}
