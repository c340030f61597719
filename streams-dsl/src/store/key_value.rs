//! A table's key-value store at run time: timestamped or versioned.

use streams_core::{
    DirtyEntry, ProcessorContext, Result, StoreRef, Stores, TimestampedKeyValueStore, ValueAndTimestamp,
    VersionedKeyValueStore, VersionedPut, VersionedRecord,
};

/// A table's key-value store.
#[derive(Debug)]
pub(crate) enum KvStore<K, V> {
    Timestamped(StoreRef<TimestampedKeyValueStore<K, V>>),
    Versioned(StoreRef<VersionedKeyValueStore<K, V>>),
}

impl<K, V> Clone for KvStore<K, V> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<K, V> Copy for KvStore<K, V> {}

/// What became of a put.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Put {
    /// It is the latest value of its key.
    Latest,
    /// It went into the past of a versioned store.
    Past,
    /// It was too old for a versioned store: nothing is to be forwarded.
    Dropped,
}

impl<K: 'static, V: 'static> KvStore<K, V> {
    /// The store of that name.
    pub(crate) fn open(stores: &mut Stores, name: &str) -> Result<Self> {
        match stores.reference(name) {
            Ok(store) => Ok(Self::Versioned(store)),
            Err(_) => Ok(Self::Timestamped(stores.reference(name)?)),
        }
    }

    pub(crate) fn is_versioned(self) -> bool {
        matches!(self, Self::Versioned(_))
    }

    /// The latest value.
    pub(crate) fn get(self, stores: &mut Stores, key: &K) -> Result<Option<ValueAndTimestamp<V>>> {
        match self {
            Self::Timestamped(store) => stores.get(&store)?.get(key),
            Self::Versioned(store) => Ok(stores.get(&store)?.get(key)?.map(of_version)),
        }
    }

    /// The value at a time; stores without versions know only the latest.
    pub(crate) fn get_as_of(
        self,
        stores: &mut Stores,
        key: &K,
        timestamp: i64,
    ) -> Result<Option<ValueAndTimestamp<V>>> {
        match self {
            Self::Timestamped(store) => stores.get(&store)?.get(key),
            Self::Versioned(store) => Ok(stores.get(&store)?.get_as_of(key, timestamp)?.map(of_version)),
        }
    }

    pub(crate) fn put<KO, VO>(
        self,
        ctx: &mut ProcessorContext<'_, KO, VO>,
        key: &K,
        value: Option<&V>,
        timestamp: i64,
    ) -> Result<Put> {
        match self {
            Self::Timestamped(store) => {
                ctx.store(&store)?.put(key, value, timestamp)?;
                Ok(Put::Latest)
            }
            Self::Versioned(store) => Ok(match ctx.store(&store)?.put(key, value, timestamp)? {
                VersionedPut::Latest => Put::Latest,
                VersionedPut::ValidUntil(_) => Put::Past,
                VersionedPut::NotPut => Put::Dropped,
            }),
        }
    }

    /// Makes the processor at hand the owner of the store's record cache. `false` if there is none.
    pub(crate) fn own_cache<KO, VO>(self, ctx: &mut ProcessorContext<'_, KO, VO>) -> Result<bool> {
        let Self::Timestamped(store) = self else { return Ok(false) };
        let caching = ctx.store(&store)?.is_caching();
        if caching {
            ctx.own_cache(&store);
        }
        Ok(caching)
    }

    /// What the record cache held back.
    pub(crate) fn drain_dirty<KO, VO>(
        self,
        ctx: &mut ProcessorContext<'_, KO, VO>,
    ) -> Result<Vec<DirtyEntry<K, ValueAndTimestamp<V>>>> {
        match self {
            Self::Timestamped(store) => ctx.store(&store)?.drain_dirty(),
            Self::Versioned(_) => Ok(Vec::new()),
        }
    }
}

fn of_version<V>(version: VersionedRecord<V>) -> ValueAndTimestamp<V> {
    ValueAndTimestamp::new(version.value, version.timestamp)
}
