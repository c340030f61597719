//! The right table's node that keeps subscriptions.

use std::sync::Arc;

use streams_core::{BoxError, Processor, ProcessorContext, Record};

use super::combined_key::{CombinedKeys, SubscriptionStore};
use super::subscription::{Instruction, Subscription};
use crate::Data;
use crate::join::skipped::skip;
use crate::store_link::StoreLink;

/// Keeps or forgets a subscription, and hands it on to be answered.
pub(super) struct Receive<K, KO> {
    keys: CombinedKeys<K, KO>,
    store: StoreLink<SubscriptionStore<K>>,
}

impl<K: Data, KO: Data> Receive<K, KO> {
    pub(super) fn new(keys: &CombinedKeys<K, KO>, store: &Arc<str>) -> Self {
        Self { keys: keys.clone(), store: StoreLink::new(store) }
    }
}

impl<K: Data, KO: Data> Processor<Option<KO>, Subscription<K>, Option<KO>, Subscription<K>>
    for Receive<K, KO>
{
    fn init(&mut self, ctx: &mut ProcessorContext<'_, Option<KO>, Subscription<K>>) -> Result<(), BoxError> {
        self.keys.topic = format!("{}-{}", ctx.application_id(), self.keys.topic).into();
        Ok(self.store.connect(ctx)?)
    }

    fn process(
        &mut self,
        record: Record<Option<KO>, Subscription<K>>,
        ctx: &mut ProcessorContext<'_, Option<KO>, Subscription<K>>,
    ) -> Result<(), BoxError> {
        let subscription = &record.value;
        let Some(foreign_key) = &record.key else {
            if subscription.instruction != Instruction::AnswerAlways {
                skip(ctx, "a subscription without a foreign key");
                return Ok(());
            }
            return Ok(ctx.forward(record)?);
        };
        let key = self.keys.key(foreign_key, &subscription.key)?;
        let store = self.store.get(ctx)?;
        let kept = subscription.instruction.keeps().then_some(subscription);
        let headers = Some(record.headers.clone()).filter(|headers| !headers.is_empty());
        store.put_with_headers(&key, kept, record.timestamp, headers)?;
        Ok(ctx.forward(record)?)
    }
}
