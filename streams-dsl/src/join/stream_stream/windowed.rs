//! The node that keeps the records of one side for the other one.

use std::sync::Arc;

use streams_core::{BoxError, Processor, ProcessorContext, Record, Serde, WindowStore};

use crate::Data;
use crate::store_link::StoreLink;

/// Hands on each record and then stores it: a record never meets itself (feature D76).
pub(super) struct Windowed<K, V> {
    key_serde: Serde<K>,
    store: StoreLink<WindowStore<K, V>>,
}

impl<K: Data, V: Data> Windowed<K, V> {
    pub(super) fn new(key_serde: &Serde<K>, store: &Arc<str>) -> Self {
        Self { key_serde: key_serde.clone(), store: StoreLink::new(store) }
    }
}

impl<K: Data, V: Data> Processor<K, V, K, V> for Windowed<K, V> {
    fn init(&mut self, ctx: &mut ProcessorContext<'_, K, V>) -> Result<(), BoxError> {
        Ok(self.store.connect(ctx)?)
    }

    fn process(
        &mut self,
        record: Record<K, V>,
        ctx: &mut ProcessorContext<'_, K, V>,
    ) -> Result<(), BoxError> {
        if self.key_serde.is_null(&record.key) {
            return Ok(ctx.forward(record)?);
        }
        let (key, value, timestamp) = (record.key.clone(), record.value.clone(), record.timestamp);
        let headers = Some(record.headers.clone()).filter(|headers| !headers.is_empty());
        ctx.forward(record)?;
        Ok(self.store.get(ctx)?.put_with_headers(&key, Some(&value), timestamp, headers)?)
    }
}
