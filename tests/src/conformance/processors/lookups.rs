//! `kv_lookup` and `table_lookup`: values with what a store has for their key.

use streams_core::{BoxError, Processor, ProcessorContext, Record, StoreRef, TimestampedKeyValueStore};

use super::{Kv, Make, copies, made, store_key};
use crate::conformance::keys::CaseKey;
use crate::conformance::op::{Params, Reason};
use crate::conformance::values::{Key, NULL, Val};

#[derive(Debug, Clone)]
struct KvLookup {
    store_name: String,
    store: Option<StoreRef<Kv>>,
}

#[derive(Debug, Clone)]
struct TableLookup {
    store_name: String,
    store: Option<TableStore>,
}

/// A table's store: of values, or of counts.
#[derive(Debug, Clone, Copy)]
enum TableStore {
    Values(StoreRef<TimestampedKeyValueStore<Key, Val>>),
    Counts(StoreRef<TimestampedKeyValueStore<Key, i64>>),
}

impl TableStore {
    fn open<K, V>(ctx: &mut ProcessorContext<'_, K, V>, name: &str) -> Result<Self, BoxError> {
        match ctx.store_ref(name) {
            Ok(store) => Ok(Self::Values(store)),
            Err(_) => Ok(Self::Counts(ctx.store_ref(name)?)),
        }
    }

    /// Value and timestamp of a key.
    fn get<K, V>(
        self,
        ctx: &mut ProcessorContext<'_, K, V>,
        key: &Key,
    ) -> Result<Option<(Val, i64)>, BoxError> {
        Ok(match self {
            Self::Values(store) => ctx.store(&store)?.get(key)?.map(|found| (found.value, found.timestamp)),
            Self::Counts(store) => {
                ctx.store(&store)?.get(key)?.map(|found| (Val::Long(found.value), found.timestamp))
            }
        })
    }
}

pub(super) fn kv<K: CaseKey>(params: &Params) -> Result<Make<K>, Reason> {
    Ok(copies(KvLookup { store_name: params.str("store")?.to_owned(), store: None }))
}

pub(super) fn table<K: CaseKey>(params: &Params) -> Result<Make<K>, Reason> {
    Ok(copies(TableLookup { store_name: params.str("store")?.to_owned(), store: None }))
}

impl<K: CaseKey> Processor<K, Val, K, Val> for KvLookup {
    fn init(&mut self, ctx: &mut ProcessorContext<'_, K, Val>) -> Result<(), BoxError> {
        self.store = Some(ctx.store_ref(&self.store_name)?);
        Ok(())
    }

    fn process(
        &mut self,
        record: Record<K, Val>,
        ctx: &mut ProcessorContext<'_, K, Val>,
    ) -> Result<(), BoxError> {
        let key = store_key(&record.key);
        let stored = match key.0 {
            Some(_) => Val::from(ctx.store(&made(self.store)?)?.get(&key)?),
            None => Val::Null,
        };
        let value = format!("{}?{stored}", record.value);
        Ok(ctx.forward(record.with_value(Val::of(value)))?)
    }
}

impl<K: CaseKey> Processor<K, Val, K, Val> for TableLookup {
    fn init(&mut self, ctx: &mut ProcessorContext<'_, K, Val>) -> Result<(), BoxError> {
        self.store = Some(TableStore::open(ctx, &self.store_name)?);
        Ok(())
    }

    fn process(
        &mut self,
        record: Record<K, Val>,
        ctx: &mut ProcessorContext<'_, K, Val>,
    ) -> Result<(), BoxError> {
        let key = store_key(&record.key);
        let stored = match key.0 {
            Some(_) => self.store.map_or(Ok(None), |store| store.get(ctx, &key))?,
            None => None,
        };
        let found =
            stored.map_or_else(|| NULL.to_owned(), |(value, timestamp)| format!("{value}@{timestamp}"));
        let value = format!("{}?{found}", record.value);
        Ok(ctx.forward(record.with_value(Val::of(value)))?)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use streams_core::KeyValueStoreBuilder;

    use super::super::testing::run;
    use super::*;

    #[test]
    fn a_missing_entry_shows_as_null() {
        let stores = vec![Arc::new(KeyValueStoreBuilder::<Key, Val>::in_memory("kv")) as _];
        let inputs = [(Some("a"), Val::of("x"), 1), (None, Val::Null, 2)];
        let outputs = run(r#"{"processor": "kv_lookup", "store": "kv"}"#, stores, &inputs);
        assert_eq!(outputs[0].1, Val::of("x?∅"));
        assert_eq!(outputs[1].1, Val::of("∅?∅"));
    }
}
