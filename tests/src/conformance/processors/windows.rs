//! `window_seen`: values with what a window store has for their key.

use streams_core::{BoxError, Processor, ProcessorContext, Record, StoreRef, WindowStore};

use super::{Make, copies, made, store_key};
use crate::conformance::keys::CaseKey;
use crate::conformance::op::{Params, Reason};
use crate::conformance::values::{Key, Val};

#[derive(Debug, Clone)]
struct WindowSeen {
    back_ms: i64,
    store_name: String,
    store: Option<StoreRef<WindowStore<Key, Val>>>,
}

pub(super) fn seen<K: CaseKey>(params: &Params) -> Result<Make<K>, Reason> {
    let (back_ms, store_name) = (params.int("back_ms")?, params.str("store")?.to_owned());
    Ok(copies(WindowSeen { back_ms, store_name, store: None }))
}

impl<K: CaseKey> Processor<K, Val, K, Val> for WindowSeen {
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
        if key.0.is_none() {
            return Ok(());
        }
        let store = ctx.store(&made(self.store)?)?;
        let timestamp = record.timestamp;
        let from = timestamp.saturating_sub(self.back_ms).max(0);
        let mut seen = String::new();
        for entry in store.fetch_range(&key, from, timestamp)? {
            let (time, value) = entry?;
            seen.push_str(&format!("{time}={value};"));
        }
        store.put(&key, Some(&record.value), timestamp)?;
        Ok(ctx.forward(record.with_value(Val::of(seen)))?)
    }
}
