//! The aggregation of a stream by key, without windows.

use std::rc::Rc;
use std::sync::Arc;

use streams_core::{BoxError, Processor, ProcessorContext, Record, Serde};

use super::{Fold, KGroupedStream};
use crate::graph::NewNode;
use crate::params::{Materialized, Named};
use crate::store::{StoreSpec, TableWriter};
use crate::table::{Flag, StoredView};
use crate::{Change, Data, KTable};

impl<K: Data, V: Data> KGroupedStream<K, V> {
    /// The table of `fold`'s results.
    pub(super) fn aggregated<VA: Data>(
        &self,
        fold: impl Fold<K, V, VA>,
        prefix: &'static str,
        (named, materialized): (Named, Materialized<K, VA>),
    ) -> KTable<K, VA> {
        let graph = &self.stream.graph;
        let versioned = materialized.is_versioned();
        let spec = Rc::new(StoreSpec::new(graph, materialized, prefix, (self.key_serde(), None)));
        let name = graph.name(&named, prefix);
        let view = StoredView::of(&spec);
        let node =
            aggregation_node(Arc::clone(&name), &spec, self.value_serde(), &view.send_old, Arc::new(fold));
        let node = node.output_versioned(Some(versioned));
        let node = self.add_aggregation(&spec.name, spec.queryable, node);
        KTable::stored(graph, node, name, &spec, |keys| keys, view)
    }
}

/// The node of an aggregation. Several nodes may share a store (`cogroup`).
pub(crate) fn aggregation_node<K: Data, V: Data, VA: Data, F: Fold<K, V, VA>>(
    name: Arc<str>,
    spec: &Rc<StoreSpec<K, VA>>,
    input_serde: Option<&Serde<V>>,
    send_old: &Flag,
    fold: Arc<F>,
) -> NewNode {
    let (spec, input_serde, send_old) = (Rc::clone(spec), input_serde.cloned(), send_old.clone());
    NewNode::new(name, move |to, at| {
        let (key_serde, value_serde) = spec.serdes()?;
        let (store, input_serde, fold) = (Arc::clone(&spec.name), input_serde.clone(), Arc::clone(&fold));
        let send_old = send_old.get();
        let make = move || Aggregation::<K, V, VA, F> {
            key_serde: key_serde.clone(),
            input_serde: input_serde.clone(),
            value_serde: value_serde.clone(),
            store: Arc::clone(&store),
            send_old,
            fold: Arc::clone(&fold),
            table: None,
        };
        to.topology.add_processor(Arc::clone(&at.name), make, at.parents.clone())?;
        spec.add_key_value(to, &at.name)
    })
}

/// Drops null keys and values, and keeps an aggregate for each key.
struct Aggregation<K, V, VA, F> {
    key_serde: Serde<K>,
    input_serde: Option<Serde<V>>,
    value_serde: Serde<VA>,
    store: Arc<str>,
    send_old: bool,
    fold: Arc<F>,
    table: Option<TableWriter<K, VA>>,
}

impl<K: Data, V: Data, VA: Data, F: Fold<K, V, VA>> Processor<K, V, K, Change<VA>>
    for Aggregation<K, V, VA, F>
{
    fn init(&mut self, ctx: &mut ProcessorContext<'_, K, Change<VA>>) -> Result<(), BoxError> {
        self.table = Some(TableWriter::open(ctx, &self.store, self.send_old)?);
        Ok(())
    }

    fn process(
        &mut self,
        record: Record<K, V>,
        ctx: &mut ProcessorContext<'_, K, Change<VA>>,
    ) -> Result<(), BoxError> {
        let null_value = || self.input_serde.as_ref().is_some_and(|serde| serde.is_null(&record.value));
        if self.key_serde.is_null(&record.key) || null_value() {
            tracing::warn!(node = ctx.node_name(), "record dropped: null key or value in an aggregation");
            ctx.record_dropped();
            return Ok(());
        }
        let Some(table) = &self.table else { return Ok(()) };
        let Record { key, value, timestamp, headers } = record;
        let (aggregate, timestamp) = match table.get(ctx, &key)? {
            Some(found) => (Some(found.value), timestamp.max(found.timestamp)),
            None => (self.fold.start()?, timestamp),
        };
        let not_null = |value: &VA| !self.value_serde.is_null(value);
        let old = if self.send_old { aggregate.clone().filter(not_null) } else { None };
        let new = Some(self.fold.fold(&key, value, aggregate)?).filter(not_null);
        table.update(ctx, Record { key, value: (), timestamp, headers }, new, old)
    }

    fn flush_cache(&mut self, ctx: &mut ProcessorContext<'_, K, Change<VA>>) -> Result<(), BoxError> {
        self.table.as_ref().map_or(Ok(()), |table| table.flush(ctx))
    }
}
