//! The graph's node of a join of two tables.

use std::rc::Rc;
use std::sync::Arc;

use streams_core::{Result, Serde};

use super::joining::Joining;
use super::kind::TableJoinKind;
use super::merging::Merging;
use super::side::{Join, LeftSide, RightSide};
use super::view::JoinView;
use crate::graph::{Lowering, NewNode, NodeAt};
use crate::join::Joiner;
use crate::params::ViewParams;
use crate::store::StoreSpec;
use crate::table::Flag;
use crate::{Data, KTable, prefixes};

/// What the nodes of the two sides and the merge below them are made of.
struct JoinNode<K, L, R, O, F> {
    join: Arc<Join<K, L, R, F>>,
    left_name: Arc<str>,
    right_name: Arc<str>,
    spec: Option<Rc<StoreSpec<K, O>>>,
    results: Option<Serde<O>>,
    send_old: Flag,
}

impl<K: Data, L: Data> KTable<K, L> {
    /// Joins two tables. `joiner` makes nothing of pairs that the kind of join does not have.
    pub(super) fn join_tables<R: Data, O: Data>(
        &self,
        other: &KTable<K, R>,
        joiner: impl Joiner<K, L, R, Joined = O>,
        kind: TableJoinKind,
        params: impl ViewParams<K, O>,
    ) -> KTable<K, O> {
        let (graph, (named, materialized)) = (&self.graph, params.into_parts());
        let versioned = materialized.as_ref().is_some_and(|it| it.is_versioned());
        let spec = materialized.map(|materialized| {
            let upstream = (self.key_serde.as_ref(), None);
            Rc::new(StoreSpec::new(graph, materialized, prefixes::TABLE_MERGE, upstream))
        });
        let merge = graph.name(&named, prefixes::TABLE_MERGE);
        let sources = Rc::new(self.sources.union(&other.sources).cloned().collect());
        graph.copartition(Rc::clone(&sources));
        if kind != TableJoinKind::Inner {
            self.enable_sending_old_values(true);
        }
        if kind == TableJoinKind::Outer {
            other.enable_sending_old_values(true);
        }
        let left_name = graph.suffixed_name(&named, "-join-this", prefixes::TABLE_JOIN_THIS);
        let right_name = graph.suffixed_name(&named, "-join-other", prefixes::TABLE_JOIN_OTHER);
        let join = Arc::new(Join { kind, joiner, left: self.getter(), right: other.getter() });
        let (keys, results) = spec.as_ref().and_then(|spec| spec.serdes.clone()).unzip();
        let view = JoinView {
            left: Rc::clone(&self.view),
            right: Rc::clone(&other.view),
            join: Arc::clone(&join),
            results: results.clone(),
            store: spec.as_ref().map(|spec| Arc::clone(&spec.name)),
            history_ms: spec.as_ref().and_then(|spec| spec.history_retention_ms()),
            send_old: Flag::default(),
        };
        let queryable = spec.as_ref().and_then(|spec| spec.queryable_name());
        let send_old = view.send_old.clone();
        let node = JoinNode { join, left_name, right_name, spec, results: results.clone(), send_old };
        let node = NewNode::new(Arc::clone(&merge), move |to, at| node.write(to, at));
        KTable {
            node: graph.add(&[self.node, other.node], node.output_versioned(Some(versioned))),
            graph: graph.clone(),
            name: merge,
            sources,
            key_serde: keys.or_else(|| self.key_serde.clone()),
            value_serde: results,
            queryable,
            view: Rc::new(view),
        }
    }
}

impl<K: Data, L: Data, R: Data, O: Data, F: Joiner<K, L, R, Joined = O>> JoinNode<K, L, R, O, F> {
    /// The node has one parent if a table is joined with itself.
    fn write(&self, to: &mut Lowering<'_>, at: &NodeAt) -> Result<()> {
        let (left, right, send_old) = (&self.left_name, &self.right_name, self.send_old.get());
        let make = {
            let (join, results) = (Arc::clone(&self.join), self.results.clone());
            let versioned = at.parents_versioned.first().copied().unwrap_or_default();
            move || Joining::<K, L, R, O, F, LeftSide>::new(&join, results.clone(), send_old, versioned)
        };
        to.topology.add_processor(Arc::clone(left), make, at.parents.first().cloned())?;
        let make = {
            let (join, results) = (Arc::clone(&self.join), self.results.clone());
            let versioned = at.parents_versioned.last().copied().unwrap_or_default();
            move || Joining::<K, L, R, O, F, RightSide>::new(&join, results.clone(), send_old, versioned)
        };
        to.topology.add_processor(Arc::clone(right), make, at.parents.last().cloned())?;
        let store = self.spec.as_ref().map(|spec| Arc::clone(&spec.name));
        let make = move || Merging::<K, O>::new(store.clone(), send_old);
        to.topology.add_processor(Arc::clone(&at.name), make, [Arc::clone(left), Arc::clone(right)])?;
        to.topology.connect_processor_and_state_stores(left, self.join.right.store_names())?;
        to.topology.connect_processor_and_state_stores(right, self.join.left.store_names())?;
        self.spec.as_ref().map_or(Ok(()), |spec| spec.add_key_value(to, &at.name))
    }
}
