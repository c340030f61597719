//! The graph's nodes of a foreign-key join.

use std::collections::BTreeSet;
use std::rc::Rc;
use std::sync::Arc;

use streams_core::{
    BytesSerde, DslStoreKind, GeneratedName, KeyValueStoreSupplier, Result, Serde, StoreBuilder,
    StreamPartitioner, TimestampedKeyValueStoreBuilder,
};

use super::answer::Answer;
use super::combined_key::CombinedKeys;
use super::internal_topic::InternalTopic;
use super::names::Names;
use super::notify::Notify;
use super::partitioner::{ToLeft, ToRight};
use super::receive::Receive;
use super::resolve::{Resolve, ResolveParts};
use super::response::{Response, response_serde};
use super::send::{Send, SendParts};
use super::serdes::AllSerdes;
use super::subscription::{Subscription, subscription_serde};
use crate::graph::{Lowering, NewNode, NodeId};
use crate::join::JoinResult;
use crate::store::StoreSpec;
use crate::table::{TableSource, add_table_processor};
use crate::{Data, KTable, Materialized, TableJoined, prefixes};

/// A foreign-key join while its nodes are added.
pub(super) struct ForeignKeyJoin<'t, K, L, KO, R> {
    pub(super) left: &'t KTable<K, L>,
    pub(super) right: &'t KTable<KO, R>,
    pub(super) serdes: AllSerdes<K, L, KO, R>,
    pub(super) joined: TableJoined<K, KO>,
    pub(super) left_join: bool,
    pub(super) names: Names,
}

impl<K: Data, L: Data, KO: Data, R: Data> ForeignKeyJoin<'_, K, L, KO, R> {
    /// Adds all nodes, in Kafka's order.
    pub(super) fn add<O: Data>(
        self,
        extractor: impl Fn(&K, &L) -> Option<KO> + std::marker::Send + Sync + 'static,
        joiner: impl Fn(&L, Option<&R>) -> JoinResult<O> + std::marker::Send + Sync + 'static,
        materialized: Materialized<K, O>,
    ) -> KTable<K, O> {
        let graph = &self.left.graph;
        let sent = self.add_send(extractor);
        let registered = self.add_registration(sent);
        let answered = self.add_answer(registered);
        let notified = self.add_notify();
        let responded = self.add_response(&[answered, notified]);
        let resolved = self.add_resolve(responded, joiner);

        let versioned = materialized.is_versioned();
        let upstream = (Some(&self.serdes.keys), None);
        let spec = StoreSpec::new(graph, materialized, prefixes::FK_OUTPUT, upstream);
        let table = TableSource::new(spec);
        let written = table.clone();
        let node = NewNode::new(Arc::clone(&self.names.result), move |to, at| {
            written.note_generated(to);
            add_table_processor::<K, O, Option<O>>(&written, to, at, at.parents.clone(), None)
        });
        let node = graph.add(&[resolved], node.output_versioned(Some(versioned)));
        let mut sources = (*self.left.sources).clone();
        sources.insert(Arc::clone(&self.names.response_source));
        result_table(self.left, node, table, &self.names, sources)
    }

    fn add_send(
        &self,
        extractor: impl Fn(&K, &L) -> Option<KO> + std::marker::Send + Sync + 'static,
    ) -> NodeId {
        let parts = Arc::new(SendParts {
            extractor,
            values: self.serdes.values.clone(),
            foreign_keys: self.serdes.foreign_keys.clone(),
            topic: Arc::clone(&self.names.registration_topic),
            left_join: self.left_join,
        });
        let node = NewNode::new(Arc::clone(&self.names.send), move |to, at| {
            let (parts, versioned) = (Arc::clone(&parts), at.parents_versioned.contains(&true));
            let make = move || Send::new(&parts, versioned);
            to.topology.add_processor::<K, _, _, _>(Arc::clone(&at.name), make, at.parents.clone())?;
            Ok(())
        });
        self.left.graph.add(&[self.left.node], node)
    }

    /// The registration topic, and the node that keeps what comes out of it.
    fn add_registration(&self, sent: NodeId) -> NodeId {
        let (graph, names) = (&self.left.graph, &self.names);
        let keys = self.serdes.foreign_keys.clone().nullable();
        let values = subscription_serde(self.serdes.keys.clone());
        let partitioner = self.joined.other_partitioner.clone().map(|own| {
            let shared: Arc<dyn StreamPartitioner<Option<KO>, Subscription<K>>> = Arc::new(ToRight(own));
            shared
        });
        let topic = InternalTopic {
            topic: Arc::clone(&names.registration_topic),
            generated: self.joined.named.name().is_none(),
            keys,
            values: values.clone(),
        };
        let sink = graph.add(&[sent], topic.sink(&names.registration_sink, partitioner));
        let source = graph.add(&[sink], topic.source(&names.registration_source));
        let mut sources = (*self.right.sources).clone();
        sources.insert(Arc::clone(&names.registration_source));
        graph.copartition(Rc::new(sources));

        let (combined, store) = (self.combined_keys(), Arc::clone(&names.store));
        let generated = topic.generated;
        let node = NewNode::new(Arc::clone(&names.receive), move |to, at| {
            let make = {
                let (combined, store) = (combined.clone(), Arc::clone(&store));
                move || Receive::new(&combined, &store)
            };
            to.topology.add_processor(Arc::clone(&at.name), make, at.parents.clone())?;
            add_store(to, &store, values.clone(), &at.name, generated)
        });
        graph.add(&[source], node)
    }

    fn add_answer(&self, received: NodeId) -> NodeId {
        let table = self.right.getter();
        let node = NewNode::new(Arc::clone(&self.names.answer), move |to, at| {
            let getter = Arc::clone(&table);
            let make = move || Answer::new(&getter);
            to.topology.add_processor::<_, Subscription<K>, _, Response<R>>(
                Arc::clone(&at.name),
                make,
                at.parents.clone(),
            )?;
            to.topology.connect_processor_and_state_stores(&at.name, table.store_names())?;
            Ok(())
        });
        self.left.graph.add(&[received], node)
    }

    fn add_notify(&self) -> NodeId {
        let (combined, store) = (self.combined_keys(), Arc::clone(&self.names.store));
        let values = subscription_serde(self.serdes.keys.clone());
        let generated = self.joined.named.name().is_none();
        let node = NewNode::new(Arc::clone(&self.names.notify), move |to, at| {
            let (combined, store_name) = (combined.clone(), Arc::clone(&store));
            let versioned = at.parents_versioned.contains(&true);
            let make = move || Notify::new(&combined, &store_name, versioned);
            to.topology.add_processor::<KO, crate::Change<R>, K, Response<R>>(
                Arc::clone(&at.name),
                make,
                at.parents.clone(),
            )?;
            add_store(to, &store, values.clone(), &at.name, generated)
        });
        self.left.graph.add(&[self.right.node], node)
    }

    /// The response topic.
    fn add_response(&self, answers: &[NodeId]) -> NodeId {
        let (graph, names) = (&self.left.graph, &self.names);
        let partitioner: Arc<dyn StreamPartitioner<K, Response<R>>> =
            Arc::new(ToLeft(self.joined.partitioner.clone()));
        let topic = InternalTopic {
            topic: Arc::clone(&names.response_topic),
            generated: self.joined.named.name().is_none(),
            keys: self.serdes.keys.clone(),
            values: response_serde(self.serdes.foreign_values.clone()),
        };
        let sink = graph.add(answers, topic.sink(&names.response_sink, Some(partitioner)));
        let source = graph.add(&[sink], topic.source(&names.response_source));
        let mut sources = (*self.left.sources).clone();
        sources.insert(Arc::clone(&names.response_source));
        graph.copartition(Rc::new(sources));
        source
    }

    fn add_resolve<O: Data>(
        &self,
        responded: NodeId,
        joiner: impl Fn(&L, Option<&R>) -> JoinResult<O> + std::marker::Send + Sync + 'static,
    ) -> NodeId {
        let parts = Arc::new(ResolveParts {
            table: self.left.getter(),
            joiner,
            values: self.serdes.values.clone(),
            topic: Arc::clone(&self.names.registration_topic),
            left_join: self.left_join,
        });
        let node = NewNode::new(Arc::clone(&self.names.resolve), move |to, at| {
            let make = {
                let parts = Arc::clone(&parts);
                move || Resolve::new(&parts)
            };
            to.topology.add_processor::<K, Response<R>, K, Option<O>>(
                Arc::clone(&at.name),
                make,
                at.parents.clone(),
            )?;
            to.topology.connect_processor_and_state_stores(&at.name, parts.table.store_names())?;
            Ok(())
        });
        self.left.graph.add(&[responded], node)
    }

    fn combined_keys(&self) -> CombinedKeys<K, KO> {
        CombinedKeys {
            keys: self.serdes.keys.clone(),
            foreign_keys: self.serdes.foreign_keys.clone(),
            topic: Arc::clone(&self.names.registration_topic),
        }
    }
}

/// The joined table.
pub(super) fn result_table<K: Data, L: Data, O: Data>(
    left: &KTable<K, L>,
    node: NodeId,
    table: TableSource<K, O>,
    names: &Names,
    sources: BTreeSet<Arc<str>>,
) -> KTable<K, O> {
    let spec = table.spec.clone();
    KTable::stored(
        &left.graph,
        (node, Rc::new(sources)),
        Arc::clone(&names.result),
        &spec,
        |keys| keys,
        table,
    )
}

/// Adds the store of subscriptions, or connects it to one more processor: which one comes first depends on the graph.
fn add_store<K: Data>(
    to: &mut Lowering<'_>,
    name: &Arc<str>,
    values: Serde<Subscription<K>>,
    processor: &str,
    generated: bool,
) -> Result<()> {
    let identity = Arc::as_ptr(name).addr();
    if let Some(builder) = to.shared_stores.get(&identity) {
        to.topology.add_state_store(Arc::clone(builder), [processor])?;
        return Ok(());
    }
    let supplier = match to.settings.store_kind {
        DslStoreKind::RocksDb => KeyValueStoreSupplier::persistent_timestamped(&**name),
        DslStoreKind::InMemory => KeyValueStoreSupplier::in_memory(&**name),
    };
    if generated {
        to.topology.note_generated_name(GeneratedName::StateStore, &**name);
        to.topology.note_generated_name(GeneratedName::Changelog, &**name);
    }
    let keys = Serde::new(BytesSerde);
    let builder = TimestampedKeyValueStoreBuilder::<Vec<u8>, _>::with_serdes(supplier, keys, values);
    let builder: Arc<dyn StoreBuilder> = Arc::new(builder);
    to.shared_stores.insert(identity, Arc::clone(&builder));
    to.topology.add_state_store(builder, [processor])?;
    Ok(())
}
