//! The right table's node that tells subscribers of updates.

use std::sync::Arc;

use streams_core::{BoxError, Processor, ProcessorContext, Record, Result};

use super::combined_key::{CombinedKeys, SubscriptionStore};
use super::response::Response;
use crate::join::skipped::skip;
use crate::store_link::StoreLink;
use crate::{Change, Data};

/// Sends an updated right value to all left entries that refer to it, in the order of their keys' bytes (feature D92).
pub(super) struct Notify<K, KO> {
    keys: CombinedKeys<K, KO>,
    store: StoreLink<SubscriptionStore<K>>,
    versioned: bool,
}

impl<K: Data, KO: Data> Notify<K, KO> {
    pub(super) fn new(keys: &CombinedKeys<K, KO>, store: &Arc<str>, versioned: bool) -> Self {
        Self { keys: keys.clone(), store: StoreLink::new(store), versioned }
    }
}

impl<K: Data, KO: Data, R: Data> Processor<KO, Change<R>, K, Response<R>> for Notify<K, KO> {
    fn init(&mut self, ctx: &mut ProcessorContext<'_, K, Response<R>>) -> Result<(), BoxError> {
        self.keys.topic = format!("{}-{}", ctx.application_id(), self.keys.topic).into();
        Ok(self.store.connect(ctx)?)
    }

    fn process(
        &mut self,
        record: Record<KO, Change<R>>,
        ctx: &mut ProcessorContext<'_, K, Response<R>>,
    ) -> Result<(), BoxError> {
        if self.versioned && !record.value.is_latest {
            skip(ctx, "a join of tables ignores updates of the past");
            return Ok(());
        }
        let prefix = self.keys.prefix(&record.key)?;
        let found = self.store.get(ctx)?.prefix_scan(&prefix)?.collect::<Result<Vec<_>>>()?;
        for (_, subscription) in found {
            let subscription = subscription.value;
            let response = Response {
                hash: subscription.hash,
                value: record.value.new.clone(),
                partition: subscription.partition,
            };
            ctx.forward(Record {
                key: subscription.key,
                value: response,
                timestamp: record.timestamp,
                headers: record.headers.clone(),
            })?;
        }
        Ok(())
    }
}
