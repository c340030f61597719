//! Processors that keep values in a key-value store.

use streams_core::{BoxError, Processor, ProcessorContext, Record, StoreRef};

use super::{Kv, Make, copies, made, store_key};
use crate::conformance::keys::CaseKey;
use crate::conformance::op::{Params, Reason};
use crate::conformance::values::{Key, Val};

/// What is done with the store.
#[derive(Debug, Clone)]
enum Action {
    /// Forwards what differs from the stored value.
    Dedup,
    /// Deletes or puts if absent, and forwards the answer.
    Delete,
    /// Puts, and forwards all entries of a range.
    RangeDump { from: Option<Key>, to: Option<Key>, reverse: bool },
    /// Puts, and forwards nothing.
    Update,
}

#[derive(Debug, Clone)]
struct KeyValue {
    action: Action,
    store_name: String,
    store: Option<StoreRef<Kv>>,
}

fn make<K: CaseKey>(params: &Params, action: Action) -> Result<Make<K>, Reason> {
    let store_name = params.str("store")?.to_owned();
    Ok(copies(KeyValue { action, store_name, store: None }))
}

pub(super) fn dedup<K: CaseKey>(params: &Params) -> Result<Make<K>, Reason> {
    make(params, Action::Dedup)
}

pub(super) fn store_delete<K: CaseKey>(params: &Params) -> Result<Make<K>, Reason> {
    make(params, Action::Delete)
}

pub(super) fn range_dump<K: CaseKey>(params: &Params) -> Result<Make<K>, Reason> {
    let from = params.opt_str("from_key")?.map(Key::of);
    let to = params.opt_str("to_key")?.map(Key::of);
    make(params, Action::RangeDump { from, to, reverse: params.flag("reverse")? })
}

pub(super) fn update<K: CaseKey>(params: &Params) -> Result<Make<K>, Reason> {
    make(params, Action::Update)
}

/// The processor of a global store: puts every record whose key is not null.
pub(crate) struct GlobalUpdate {
    store_name: String,
    store: Option<StoreRef<Kv>>,
}

impl GlobalUpdate {
    /// For the store of that name.
    pub(crate) fn new(store_name: impl Into<String>) -> Self {
        Self { store_name: store_name.into(), store: None }
    }
}

impl Processor<Key, Val, (), ()> for GlobalUpdate {
    fn init(&mut self, ctx: &mut ProcessorContext<'_, (), ()>) -> Result<(), BoxError> {
        self.store = Some(ctx.store_ref(&self.store_name)?);
        Ok(())
    }

    fn process(
        &mut self,
        record: Record<Key, Val>,
        ctx: &mut ProcessorContext<'_, (), ()>,
    ) -> Result<(), BoxError> {
        if record.key.text().is_some() {
            ctx.store(&made(self.store)?)?.put(&record.key, &record.value)?;
        }
        Ok(())
    }
}

impl<K: CaseKey> Processor<K, Val, K, Val> for KeyValue {
    fn init(&mut self, ctx: &mut ProcessorContext<'_, K, Val>) -> Result<(), BoxError> {
        self.store = Some(ctx.store_ref(&self.store_name)?);
        Ok(())
    }

    fn process(
        &mut self,
        record: Record<K, Val>,
        ctx: &mut ProcessorContext<'_, K, Val>,
    ) -> Result<(), BoxError> {
        let store = made(self.store)?;
        let key = store_key(&record.key);
        if key.0.is_none() {
            return match self.action {
                Action::Dedup => Ok(ctx.forward(record)?),
                _ => Ok(()),
            };
        }
        match &self.action {
            Action::Dedup => dedup_record(&store, &key, record, ctx),
            Action::Delete => {
                let kv = ctx.store(&store)?;
                let answer = match &record.value {
                    Val::Text(text) if text == "DEL" => kv.delete(&key)?,
                    value => kv.put_if_absent(&key, value)?,
                };
                Ok(ctx.forward(record.with_value(Val::from(answer)))?)
            }
            Action::RangeDump { from, to, reverse } => {
                let kv = ctx.store(&store)?;
                if !record.value.is_null() {
                    kv.put(&key, &record.value)?;
                }
                let (from, to) = (from.as_ref(), to.as_ref());
                let range = if *reverse { kv.reverse_range(from, to)? } else { kv.range(from, to)? };
                let entries: Vec<(Key, Val)> = range.collect::<Result<_, _>>()?;
                for (key, value) in entries {
                    let Some(key) = K::of_text(key.0) else { continue };
                    let headers = record.headers.clone();
                    ctx.forward(Record::new(key, value, record.timestamp).with_headers(headers))?;
                }
                Ok(())
            }
            Action::Update => Ok(ctx.store(&store)?.put(&key, &record.value)?),
        }
    }
}

fn dedup_record<K: CaseKey>(
    store: &StoreRef<Kv>,
    key: &Key,
    record: Record<K, Val>,
    ctx: &mut ProcessorContext<'_, K, Val>,
) -> Result<(), BoxError> {
    let kv = ctx.store(store)?;
    if record.value.is_null() {
        return match kv.delete(key)? {
            Some(_) => Ok(ctx.forward(record)?),
            None => Ok(()),
        };
    }
    if kv.get(key)?.as_ref() == Some(&record.value) {
        return Ok(());
    }
    let value = record.value.clone();
    ctx.forward(record)?;
    Ok(ctx.store(store)?.put(key, &value)?)
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use streams_core::KeyValueStoreBuilder;

    use super::super::testing::run;
    use super::*;

    fn outputs(json: &str, inputs: &[(Option<&str>, Val, i64)]) -> Vec<(Key, Val, i64)> {
        run(json, vec![Arc::new(KeyValueStoreBuilder::<Key, Val>::in_memory("kv"))], inputs)
    }

    #[test]
    fn dedup_forwards_changes_and_null_keys() {
        let x = || Val::of("x");
        let inputs = [
            (Some("a"), x(), 1),
            (Some("a"), x(), 2),
            (Some("a"), Val::Null, 3),
            (Some("a"), Val::Null, 4),
            (None, x(), 5),
        ];
        let times = outputs(r#"{"processor": "dedup", "store": "kv"}"#, &inputs).into_iter();
        assert_eq!(times.map(|(_, _, time)| time).collect::<Vec<_>>(), [1, 3, 5]);
    }

    #[test]
    fn store_delete_forwards_what_the_store_answers() {
        let inputs = [
            (Some("a"), Val::of("x"), 1),
            (Some("a"), Val::of("y"), 2),
            (Some("a"), Val::of("DEL"), 3),
            (Some("a"), Val::of("DEL"), 4),
        ];
        let values = outputs(r#"{"processor": "store_delete", "store": "kv"}"#, &inputs).into_iter();
        let values: Vec<Val> = values.map(|(_, value, _)| value).collect();
        assert_eq!(values, [Val::Null, Val::of("x"), Val::of("x"), Val::Null]);
    }

    #[test]
    fn range_dump_forwards_a_range() {
        let json = r#"{"processor": "range_dump", "store": "kv", "from_key": "b", "reverse": true}"#;
        let inputs =
            [(Some("a"), Val::of("1"), 1), (Some("b"), Val::of("2"), 2), (Some("c"), Val::of("3"), 3)];
        let entries = outputs(json, &inputs);
        let expected =
            [("b", "2", 2), ("c", "3", 3), ("b", "2", 3)].map(|(k, v, t)| (Key::of(k), Val::of(v), t));
        assert_eq!(entries, expected);
    }
}
