//! The left table's node that makes results of answers.

use std::sync::Arc;

use streams_core::{BoxError, Processor, ProcessorContext, Record, Serde};

use super::hash::value_hash;
use super::response::Response;
use crate::Data;
use crate::join::JoinResult;
use crate::table::{Getter, GetterSupplier};

/// What the node is made of.
pub(super) struct ResolveParts<K, L, F> {
    pub(super) table: Arc<dyn GetterSupplier<K, L>>,
    pub(super) joiner: F,
    pub(super) values: Serde<L>,
    /// The registration topic, without the application's id.
    pub(super) topic: Arc<str>,
    pub(super) left_join: bool,
}

/// Joins an answer with the left value, unless that has changed since it asked (feature D90).
pub(super) struct Resolve<K, L, F> {
    parts: Arc<ResolveParts<K, L, F>>,
    table: Box<dyn Getter<K, L>>,
    hash_topic: String,
}

impl<K: Data, L: Data, F> Resolve<K, L, F> {
    pub(super) fn new(parts: &Arc<ResolveParts<K, L, F>>) -> Self {
        Self { table: parts.table.get(), parts: Arc::clone(parts), hash_topic: String::new() }
    }
}

impl<K, L, R, O, F> Processor<K, Response<R>, K, Option<O>> for Resolve<K, L, F>
where
    K: Data,
    L: Data,
    R: Data,
    O: Data,
    F: Fn(&L, Option<&R>) -> JoinResult<O> + Send + Sync,
{
    fn init(&mut self, ctx: &mut ProcessorContext<'_, K, Option<O>>) -> Result<(), BoxError> {
        self.hash_topic = format!("{}-{}-vh", ctx.application_id(), self.parts.topic);
        self.table.init(ctx.stores())
    }

    fn process(
        &mut self,
        record: Record<K, Response<R>>,
        ctx: &mut ProcessorContext<'_, K, Option<O>>,
    ) -> Result<(), BoxError> {
        let (parts, response) = (&self.parts, &record.value);
        let left = self.table.get(ctx.stores(), &record.key)?.map(|left| left.value);
        if value_hash(&self.hash_topic, &parts.values, left.as_ref())? != response.hash {
            return Ok(());
        }
        let right = response.value.as_ref();
        let left = left.filter(|_| parts.left_join || right.is_some());
        let joined = match left {
            Some(left) => (parts.joiner)(&left, right)?,
            None => None,
        };
        Ok(ctx.forward(record.with_value(joined))?)
    }
}
