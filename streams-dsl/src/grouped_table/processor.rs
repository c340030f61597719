//! The aggregation of a grouped table.

use std::rc::Rc;
use std::sync::Arc;

use streams_core::{BoxError, Error, Processor, ProcessorContext, Record, Serde};

use super::fold::GroupFold;
use super::{KGroupedTable, Names};
use crate::graph::NewNode;
use crate::params::{Materialized, Named};
use crate::store::{StoreSpec, TableWriter};
use crate::table::{Flag, StoredView};
use crate::{Change, Data, KTable, prefixes};

impl<K: Data, V: Data> KGroupedTable<K, V> {
    /// The table of `fold`'s results.
    pub(super) fn aggregated<VA: Data>(
        &self,
        fold: impl GroupFold<K, V, VA>,
        prefix: &'static str,
        (named, materialized): (Named, Materialized<K, VA>),
    ) -> KTable<K, VA> {
        let graph = &self.graph;
        let versioned = materialized.is_versioned();
        let upstream = (self.key_serde.as_ref(), None);
        let spec = Rc::new(StoreSpec::new(graph, materialized, prefixes::TABLE_AGGREGATE, upstream));
        let sink = graph.suffixed_name(&named, "-sink", prefixes::SINK);
        let source = graph.suffixed_name(&named, "-source", prefixes::SOURCE);
        let name = graph.name(&named, prefix);
        let topic = self.named.name().unwrap_or(&spec.name);
        let parent = self.repartitioned(Names {
            topic: graph.checked(&format!("{topic}-repartition")),
            sink,
            source: Arc::clone(&source),
            generated: self.named.name().is_none() && !spec.queryable,
        });
        let view = StoredView::of(&spec);
        let node = node(Arc::clone(&name), &spec, &view.send_old, Arc::new(fold));
        let node = graph.add(&[parent], node.output_versioned(Some(versioned)));
        KTable::stored(graph, (node, Rc::new([source].into())), name, &spec, |keys| keys, view)
    }
}

fn node<K: Data, V: Data, VA: Data, F: GroupFold<K, V, VA>>(
    name: Arc<str>,
    spec: &Rc<StoreSpec<K, VA>>,
    send_old: &Flag,
    fold: Arc<F>,
) -> NewNode {
    let (spec, send_old) = (Rc::clone(spec), send_old.clone());
    NewNode::new(name, move |to, at| {
        let (key_serde, value_serde) = spec.serdes()?;
        let (store, fold, send_old) = (Arc::clone(&spec.name), Arc::clone(&fold), send_old.get());
        let make = move || GroupAggregation {
            key_serde: key_serde.clone(),
            value_serde: value_serde.clone(),
            store: Arc::clone(&store),
            send_old,
            fold: Arc::clone(&fold),
            table: None,
        };
        to.topology.add_processor::<K, Change<V>, K, Change<VA>>(
            Arc::clone(&at.name),
            make,
            at.parents.clone(),
        )?;
        spec.add_key_value(to, &at.name)
    })
}

/// Takes old entries out of a group's aggregate, and new ones in.
struct GroupAggregation<K, VA, F> {
    key_serde: Serde<K>,
    value_serde: Serde<VA>,
    store: Arc<str>,
    send_old: bool,
    fold: Arc<F>,
    table: Option<TableWriter<K, VA>>,
}

impl<K: Data, V: Data, VA: Data, F: GroupFold<K, V, VA>> Processor<K, Change<V>, K, Change<VA>>
    for GroupAggregation<K, VA, F>
{
    fn init(&mut self, ctx: &mut ProcessorContext<'_, K, Change<VA>>) -> Result<(), BoxError> {
        self.table = Some(TableWriter::open(ctx, &self.store, self.send_old)?);
        Ok(())
    }

    fn process(
        &mut self,
        record: Record<K, Change<V>>,
        ctx: &mut ProcessorContext<'_, K, Change<VA>>,
    ) -> Result<(), BoxError> {
        let Record { key, value: change, timestamp, headers } = record;
        if self.key_serde.is_null(&key) {
            return Err(Error::data("an update of a group has a null key").into());
        }
        let Some(table) = &self.table else { return Ok(()) };
        let not_null = |value: &VA| !self.value_serde.is_null(value);
        let (aggregate, stored_at) = match table.get(ctx, &key)? {
            Some(found) => (Some(found.value), Some(found.timestamp)),
            None => (None, None),
        };
        let old = if self.send_old { aggregate.clone() } else { None };
        let mut changed = false;
        let mut aggregate = match (change.old, aggregate) {
            (Some(value), Some(aggregate)) => {
                changed = true;
                Some(self.fold.subtract(&key, value, aggregate)?).filter(not_null)
            }
            (_, aggregate) => aggregate,
        };
        if let Some(value) = change.new {
            aggregate = Some(self.fold.add(&key, value, aggregate)?).filter(not_null);
            changed = true;
        }
        let timestamp = stored_at.filter(|_| changed).map_or(timestamp, |stored| stored.max(timestamp));
        table.update(ctx, Record { key, value: (), timestamp, headers }, aggregate, old)
    }

    fn flush_cache(&mut self, ctx: &mut ProcessorContext<'_, K, Change<VA>>) -> Result<(), BoxError> {
        self.table.as_ref().map_or(Ok(()), |table| table.flush(ctx))
    }
}
