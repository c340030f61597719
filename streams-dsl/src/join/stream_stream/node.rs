//! The graph's nodes of a join of two streams.

use std::rc::Rc;
use std::sync::Arc;

use streams_core::{Result, Serde};

use super::joining::{Join, Joining};
use super::kind::JoinKind;
use super::self_join::SelfJoining;
use super::side::{LeftSide, RightSide};
use super::stores::{JoinStores, StoreNames};
use super::windowed::Windowed;
use crate::graph::{GraphHandle, Lowering, NewNode, NodeAt, Role};
use crate::join::Joiner;
use crate::stream::passing_processor;
use crate::{Data, JoinWindows, KStream, Named, StreamJoined, prefixes};

/// Names of the nodes.
#[derive(Clone)]
struct NodeNames {
    left_windowed: Arc<str>,
    right_windowed: Arc<str>,
    left_joining: Arc<str>,
    right_joining: Arc<str>,
}

impl NodeNames {
    /// The names, that of the merge below, and those that the joining nodes have if nobody names them. All use up their
    /// numbers in Kafka's order.
    fn new(graph: &GraphHandle, named: &Named, kind: JoinKind) -> (Self, Arc<str>, [Arc<str>; 2]) {
        let left_windowed = graph.suffixed_name(named, "-this-windowed", prefixes::WINDOWED);
        let right_windowed = graph.suffixed_name(named, "-other-windowed", prefixes::WINDOWED);
        let generated = [graph.generate(kind.this_prefix()), graph.generate(kind.other_prefix())];
        let or_named = |suffix: &str, generated: &Arc<str>| match named.name() {
            Some(name) => graph.checked(&format!("{name}{suffix}")),
            None => Arc::clone(generated),
        };
        let left_joining = or_named(kind.this_suffix(), &generated[0]);
        let right_joining = or_named(kind.other_suffix(), &generated[1]);
        let merge = graph.suffixed_name(named, "-merge", prefixes::MERGE);
        (Self { left_windowed, right_windowed, left_joining, right_joining }, merge, generated)
    }
}

/// The nodes that join and that merge what comes out of the two sides.
struct JoinNode<K, L, R, F> {
    join: Arc<Join<K, L, R, F>>,
    kind: JoinKind,
    names: NodeNames,
    stores: JoinStores,
}

impl<K: Data, L: Data> KStream<K, L> {
    /// Joins two streams. `joiner` makes nothing of pairs that the kind of join does not have.
    pub(super) fn join_streams<R: Data, O: Data>(
        &self,
        other: &KStream<K, R>,
        joiner: impl Joiner<K, L, R, Joined = O>,
        windows: JoinWindows,
        kind: JoinKind,
        joined: &StreamJoined<K, L, R>,
    ) -> KStream<K, O> {
        let graph = &self.graph;
        graph.check(windows.check());
        let (left, right) = self.repartitioned_sides(other, joined);
        let sources = Rc::new(left.sources.union(&right.sources).cloned().collect());
        graph.copartition(Rc::clone(&sources));
        let (names, merge, generated) = NodeNames::new(graph, &joined.named, kind);
        let stores = JoinStores::new(joined, windows, kind, [&generated[0], &generated[1]]);
        graph.check(stores.check());
        let result =
            KStream { sources, repartition_required: false, ..left.derived(left.node, Arc::clone(&merge)) };
        let Some((key_serde, left_serde, right_serde)) = left.join_serdes(&right, joined, &merge) else {
            return result;
        };
        let StoreNames { left: left_store, right: right_store, .. } = &stores.names;
        let node = windowed_node::<K, L>(&names.left_windowed, &key_serde, left_store);
        let this_windowed = graph.add(&[left.node], node);
        let node = windowed_node::<K, R>(&names.right_windowed, &key_serde, right_store);
        let other_windowed = graph.add(&[right.node], node);
        let result_key = key_serde.clone();
        let join = Arc::new(Join { windows, joiner, key_serde, left_serde, right_serde });
        let node = JoinNode { join, kind, names, stores };
        let node = NewNode::new(merge, move |to, at| node.write(to, at));
        let mut node = node.role(Role::StreamJoin { this_windowed, other_windowed });
        if kind.gives_left() || kind.gives_right() {
            // On both sides, also on one whose null keys are then dropped: as in Kafka.
            node = node.relaxing_null_keys();
        }
        let node = graph.add(&[this_windowed, other_windowed], node);
        KStream { node, key_serde: Some(result_key), ..result }
    }

    /// Both streams, behind repartition topics where their keys were changed.
    fn repartitioned_sides<R: Data>(
        &self,
        other: &KStream<K, R>,
        joined: &StreamJoined<K, L, R>,
    ) -> (Self, KStream<K, R>) {
        let side_name = |side: &str| joined.named.name().map(|name| format!("{name}{side}"));
        let left = self.repartitioned_for_join(
            side_name("-left").as_deref(),
            joined.key_serde.resolve(self.key_serde.as_ref()),
            joined.left_serde.resolve(self.value_serde.as_ref()),
        );
        let right = other.repartitioned_for_join(
            side_name("-right").as_deref(),
            joined.key_serde.resolve(other.key_serde.as_ref()),
            joined.right_serde.resolve(other.value_serde.as_ref()),
        );
        (left, right)
    }

    fn join_serdes<R: Data>(
        &self,
        right: &KStream<K, R>,
        joined: &StreamJoined<K, L, R>,
        name: &str,
    ) -> Option<(Serde<K>, Serde<L>, Serde<R>)> {
        let key_serde = joined.key_serde.resolve(self.key_serde.as_ref().or(right.key_serde.as_ref()));
        let key_serde = self.required(key_serde, "keys", name);
        let left_serde = joined.left_serde.resolve(self.value_serde.as_ref());
        let left_serde = self.required(left_serde, "the left stream's values", name);
        let right_serde = joined.right_serde.resolve(right.value_serde.as_ref());
        let right_serde = self.required(right_serde, "the right stream's values", name);
        Some((key_serde?, left_serde?, right_serde?))
    }
}

fn windowed_node<K: Data, V: Data>(name: &Arc<str>, key_serde: &Serde<K>, store: &Arc<str>) -> NewNode {
    let (key_serde, store) = (key_serde.clone(), Arc::clone(store));
    NewNode::new(Arc::clone(name), move |to, at| {
        let (key_serde, store) = (key_serde.clone(), Arc::clone(&store));
        let make = move || Windowed::<K, V>::new(&key_serde, &store);
        to.topology.add_processor(Arc::clone(&at.name), make, at.parents.clone())?;
        Ok(())
    })
}

impl<K: Data, L: Data, R: Data, O: Data, F: Joiner<K, L, R, Joined = O>> JoinNode<K, L, R, F> {
    fn write(&self, to: &mut Lowering<'_>, at: &NodeAt) -> Result<()> {
        if at.parents.len() == 1 { self.write_self_join(to, at) } else { self.write_join(to, at) }
    }

    /// The right side's node is gone: see `single.store.self.join`.
    fn write_self_join(&self, to: &mut Lowering<'_>, at: &NodeAt) -> Result<()> {
        let (join, records) = (Arc::clone(&self.join), Arc::clone(&self.stores.names.left));
        let make = move || SelfJoining::new(&join, &records);
        to.topology.add_processor::<K, L, K, O>(Arc::clone(&at.name), make, at.parents.clone())?;
        let store = self.stores.left(to.settings, &self.join.key_serde, &self.join.left_serde)?;
        to.topology.add_state_store(store, [&*self.names.left_windowed, &*at.name])?;
        self.stores.note_generated(&mut to.topology);
        Ok(())
    }

    fn write_join(&self, to: &mut Lowering<'_>, at: &NodeAt) -> Result<()> {
        let Self { join, kind, names, stores } = self;
        let (store_names, gives) = (stores.names.clone(), (kind.gives_left(), kind.gives_right()));
        let make = {
            let (join, stores) = (Arc::clone(join), store_names.clone());
            move || {
                Joining::<_, _, _, _, LeftSide>::new(
                    &join,
                    &join.left_serde,
                    &stores.right,
                    stores.unmatched.as_ref(),
                    gives.0,
                )
            }
        };
        let (left, right) = (&names.left_joining, &names.right_joining);
        to.topology.add_processor::<K, L, K, O>(
            Arc::clone(left),
            make,
            [Arc::clone(&names.left_windowed)],
        )?;
        let make = {
            let (join, stores) = (Arc::clone(join), store_names);
            move || {
                Joining::<_, _, _, _, RightSide>::new(
                    &join,
                    &join.right_serde,
                    &stores.left,
                    stores.unmatched.as_ref(),
                    gives.1,
                )
            }
        };
        to.topology.add_processor::<K, R, K, O>(
            Arc::clone(right),
            make,
            [Arc::clone(&names.right_windowed)],
        )?;
        to.topology.add_processor::<K, O, K, O>(
            Arc::clone(&at.name),
            passing_processor::<K, O>,
            [Arc::clone(left), Arc::clone(right)],
        )?;
        self.write_stores(to)
    }

    fn write_stores(&self, to: &mut Lowering<'_>) -> Result<()> {
        let Self { join, names, stores, .. } = self;
        let left = stores.left(to.settings, &join.key_serde, &join.left_serde)?;
        to.topology.add_state_store(left, [&names.left_windowed, &names.right_joining])?;
        let right = stores.right(to.settings, &join.key_serde, &join.right_serde)?;
        to.topology.add_state_store(right, [&names.right_windowed, &names.left_joining])?;
        let serdes = (&join.key_serde, &join.left_serde, &join.right_serde);
        if let Some(unmatched) = stores.unmatched(to.settings, serdes) {
            to.topology.add_state_store(unmatched, [&names.left_joining, &names.right_joining])?;
        }
        stores.note_generated(&mut to.topology);
        Ok(())
    }
}
