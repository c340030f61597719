//! `GlobalKTable`: a table that every instance has as a whole.

use std::fmt;
use std::sync::Arc;

use streams_core::{BoxError, Processor, ProcessorContext, Record, Serde};

use super::getter::{GetterSupplier, StoreGetter};
use crate::Data;
use crate::store::KvStore;

/// A table of all partitions of a topic, of which every instance has its own copy. Streams look values up in it by any
/// key, without being repartitioned; updates of it trigger nothing.
pub struct GlobalKTable<K, V> {
    pub(crate) store: Arc<str>,
    pub(crate) queryable: bool,
    pub(crate) getter: Arc<dyn GetterSupplier<K, V>>,
    pub(crate) key_serde: Option<Serde<K>>,
}

impl<K: Data, V: Data> GlobalKTable<K, V> {
    pub(crate) fn new(store: Arc<str>, queryable: bool, key_serde: Option<Serde<K>>) -> Self {
        Self { getter: Arc::new(StoreGetter::new(&store)), store, queryable, key_serde }
    }

    /// The name of the table's store, if the user named it: the name for interactive queries.
    pub fn queryable_store_name(&self) -> Option<&str> {
        self.queryable.then_some(&*self.store)
    }
}

impl<K, V> Clone for GlobalKTable<K, V> {
    fn clone(&self) -> Self {
        Self {
            store: Arc::clone(&self.store),
            queryable: self.queryable,
            getter: Arc::clone(&self.getter),
            key_serde: self.key_serde.clone(),
        }
    }
}

impl<K, V> fmt::Debug for GlobalKTable<K, V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("GlobalKTable").field("store", &self.store).finish_non_exhaustive()
    }
}

/// Keeps the store of a global table up to date.
pub(crate) struct GlobalTableProcessor<K, V> {
    pub(crate) key_serde: Serde<K>,
    pub(crate) name: Arc<str>,
    pub(crate) store: Option<KvStore<K, V>>,
}

impl<K: Data, V: Data> Processor<K, Option<V>, (), ()> for GlobalTableProcessor<K, V> {
    fn init(&mut self, ctx: &mut ProcessorContext<'_, (), ()>) -> Result<(), BoxError> {
        self.store = Some(KvStore::open(ctx.stores(), &self.name)?);
        Ok(())
    }

    fn process(
        &mut self,
        record: Record<K, Option<V>>,
        ctx: &mut ProcessorContext<'_, (), ()>,
    ) -> Result<(), BoxError> {
        if self.key_serde.is_null(&record.key) {
            tracing::warn!(node = ctx.node_name(), "record dropped: a table takes no null key");
            ctx.record_dropped();
            return Ok(());
        }
        if let Some(store) = self.store {
            store.put(ctx, &record.key, record.value.as_ref(), record.timestamp)?;
        }
        Ok(())
    }
}
