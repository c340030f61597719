//! The one node shape of all operators that keep nothing between records.

use std::sync::Arc;

use streams_core::{BoxError, Processor, ProcessorContext, Record};

use crate::Data;
use crate::graph::NewNode;

/// A processor that is a function.
struct Stateless<F>(Arc<F>);

impl<F, K, V, K2, V2> Processor<K, V, K2, V2> for Stateless<F>
where
    F: Fn(Record<K, V>, &mut ProcessorContext<'_, K2, V2>) -> Result<(), BoxError> + Send + Sync,
{
    #[inline]
    fn process(
        &mut self,
        record: Record<K, V>,
        ctx: &mut ProcessorContext<'_, K2, V2>,
    ) -> Result<(), BoxError> {
        (self.0)(record, ctx)
    }
}

/// A graph node that runs `f` on each record.
pub(crate) fn stateless_node<K: Data, V: Data, K2: Data, V2: Data>(
    name: Arc<str>,
    f: impl Fn(Record<K, V>, &mut ProcessorContext<'_, K2, V2>) -> Result<(), BoxError> + Send + Sync + 'static,
) -> NewNode {
    let f = Arc::new(f);
    NewNode::new(name, move |to, at| {
        let f = Arc::clone(&f);
        let make = move || Stateless(Arc::clone(&f));
        to.topology.add_processor(Arc::clone(&at.name), make, at.parents.clone())?;
        Ok(())
    })
}

/// A graph node that hands on every record.
pub(crate) fn passing<K: Data, V: Data>(name: Arc<str>) -> NewNode {
    stateless_node(name, pass::<K, V>)
}

/// A processor that hands on every record.
pub(crate) fn passing_processor<K: Data, V: Data>() -> impl Processor<K, V, K, V> + 'static {
    Stateless(Arc::new(pass::<K, V>))
}

fn pass<K: Data, V: Data>(
    record: Record<K, V>,
    ctx: &mut ProcessorContext<'_, K, V>,
) -> Result<(), BoxError> {
    Ok(ctx.forward(record)?)
}
