//! The left table's node: it sends subscriptions.

use std::sync::Arc;

use streams_core::{BoxError, Processor, ProcessorContext, Record, Serde};

use super::hash::{ValueHash, value_hash};
use super::subscription::{Instruction, Subscription};
use crate::join::skipped::skip;
use crate::{Change, Data};

/// What the node is made of.
pub(super) struct SendParts<L, KO, F> {
    pub(super) extractor: F,
    pub(super) values: Serde<L>,
    pub(super) foreign_keys: Serde<KO>,
    /// The registration topic, without the application's id.
    pub(super) topic: Arc<str>,
    pub(super) left_join: bool,
}

/// Tells the right table which foreign key a left entry refers to, and to which it no longer does (features D89, D91).
pub(super) struct Send<L, KO, F> {
    parts: Arc<SendParts<L, KO, F>>,
    versioned: bool,
    hash_topic: String,
    key_topic: String,
}

impl<L: Data, KO: Data, F> Send<L, KO, F> {
    pub(super) fn new(parts: &Arc<SendParts<L, KO, F>>, versioned: bool) -> Self {
        Self { parts: Arc::clone(parts), versioned, hash_topic: String::new(), key_topic: String::new() }
    }

    /// The instructions of an update from one foreign key to another.
    fn instructions<'k>(
        &self,
        change: (bool, bool),
        old: Option<&'k KO>,
        new: Option<&'k KO>,
    ) -> Result<Vec<(Option<&'k KO>, Instruction)>, BoxError> {
        let same = self.bytes(old)? == self.bytes(new)?;
        if self.parts.left_join {
            let (had_old, has_new) = change;
            let mut all = Vec::new();
            if old.is_some() && !same {
                all.push((old, Instruction::Delete));
            }
            if had_old || has_new {
                all.push((new, Instruction::AnswerAlways));
            }
            return Ok(all);
        }
        Ok(match (old, new) {
            (None, None) => Vec::new(),
            (Some(_), None) => vec![(old, Instruction::DeleteAndAnswer)],
            (Some(_), Some(_)) if !same => vec![(old, Instruction::Delete), (new, Instruction::AnswerAlways)],
            (_, Some(_)) => vec![(new, Instruction::AnswerMatch)],
        })
    }

    fn bytes(&self, key: Option<&KO>) -> Result<Option<Vec<u8>>, BoxError> {
        Ok(key.map(|key| self.parts.foreign_keys.to_bytes(&self.key_topic, key)).transpose()?.flatten())
    }
}

impl<K, L, KO, F> Processor<K, Change<L>, Option<KO>, Subscription<K>> for Send<L, KO, F>
where
    K: Data,
    L: Data,
    KO: Data,
    F: Fn(&K, &L) -> Option<KO> + std::marker::Send + Sync,
{
    fn init(&mut self, ctx: &mut ProcessorContext<'_, Option<KO>, Subscription<K>>) -> Result<(), BoxError> {
        let topic = format!("{}-{}", ctx.application_id(), self.parts.topic);
        (self.hash_topic, self.key_topic) = (format!("{topic}-vh"), format!("{topic}-fk"));
        Ok(())
    }

    fn process(
        &mut self,
        record: Record<K, Change<L>>,
        ctx: &mut ProcessorContext<'_, Option<KO>, Subscription<K>>,
    ) -> Result<(), BoxError> {
        let (parts, change) = (&self.parts, &record.value);
        if self.versioned && !change.is_latest {
            skip(ctx, "a join of tables ignores updates of the past");
            return Ok(());
        }
        let extract = |value: &Option<L>| {
            let key = value.as_ref().and_then(|value| (parts.extractor)(&record.key, value));
            key.filter(|key| !parts.foreign_keys.is_null(key))
        };
        let (old, new) = (extract(&change.old), extract(&change.new));
        if !parts.left_join && new.is_none() && change.new.is_some() {
            skip(ctx, "an inner foreign-key join needs a foreign key");
        }
        let hash: ValueHash = value_hash(&self.hash_topic, &parts.values, change.new.as_ref())?;
        let partition = ctx.record_metadata().map_or(ctx.task_id().partition, |metadata| metadata.partition);
        let presence = (change.old.is_some(), change.new.is_some());
        for (foreign_key, instruction) in self.instructions(presence, old.as_ref(), new.as_ref())? {
            let key = record.key.clone();
            ctx.forward(Record {
                key: foreign_key.cloned(),
                value: Subscription { hash, instruction, key, partition: Some(partition) },
                timestamp: record.timestamp,
                headers: record.headers.clone(),
            })?;
        }
        Ok(())
    }
}
