//! The right table's node that answers subscriptions.

use std::sync::Arc;

use streams_core::{BoxError, Processor, ProcessorContext, Record};

use super::response::Response;
use super::subscription::{Instruction, Subscription};
use crate::Data;
use crate::table::{Getter, GetterSupplier};

/// Answers a subscription with the right table's value.
pub(super) struct Answer<KO, R> {
    table: Box<dyn Getter<KO, R>>,
}

impl<KO: Data, R: Data> Answer<KO, R> {
    pub(super) fn new(table: &Arc<dyn GetterSupplier<KO, R>>) -> Self {
        Self { table: table.get() }
    }
}

impl<K: Data, KO: Data, R: Data> Processor<Option<KO>, Subscription<K>, K, Response<R>> for Answer<KO, R> {
    fn init(&mut self, ctx: &mut ProcessorContext<'_, K, Response<R>>) -> Result<(), BoxError> {
        self.table.init(ctx.stores())
    }

    fn process(
        &mut self,
        record: Record<Option<KO>, Subscription<K>>,
        ctx: &mut ProcessorContext<'_, K, Response<R>>,
    ) -> Result<(), BoxError> {
        let Record { key: foreign_key, value: subscription, timestamp, headers } = record;
        if subscription.instruction == Instruction::Delete {
            return Ok(());
        }
        let found = match &foreign_key {
            Some(foreign_key) => self.table.get(ctx.stores(), foreign_key)?,
            None => None,
        };
        if found.is_none() && subscription.instruction == Instruction::AnswerMatch {
            return Ok(());
        }
        let timestamp = found.as_ref().map_or(timestamp, |found| found.timestamp.max(timestamp));
        let value = match subscription.instruction {
            Instruction::DeleteAndAnswer => None,
            _ => found.map(|found| found.value),
        };
        let Subscription { hash, key, partition, .. } = subscription;
        let record = Record::new(key, Response { hash, value, partition }, timestamp);
        Ok(ctx.forward(record.with_headers(headers))?)
    }
}
