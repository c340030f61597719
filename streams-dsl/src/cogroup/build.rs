//! The nodes that all cogrouped aggregations have: one for each stream, and the one that they flow into.

use std::rc::Rc;
use std::sync::Arc;

use streams_core::{Serde, Windowed};

use super::input::{CogroupInput, Shape};
use super::{CogroupedKStream, Initializer};
use crate::graph::{NewNode, NodeId, SourceNames};
use crate::params::{Materialized, Named};
use crate::store::StoreSpec;
use crate::stream::passing;
use crate::table::TableView;
use crate::window::{WindowedView, Windowing, check_retention};
use crate::{Change, Data, KTable, prefixes};

impl<K: Data, VA: Data> CogroupedKStream<K, VA> {
    /// Adds the streams' repartition topics, then their aggregations, then the node that they flow into. `KR` is the key
    /// of the result.
    pub(super) fn add_nodes<KR: Data>(
        &self,
        named: &Named,
        spec: &StoreSpec<K, VA>,
        versioned: Option<bool>,
        node: impl Fn(&dyn CogroupInput<K, VA>, Arc<str>) -> NewNode,
    ) -> (NodeId, Arc<str>) {
        let graph = self.graph();
        let parents: Vec<NodeId> = self.inputs.iter().map(|input| self.parent(input, spec)).collect();
        let sources = self.inputs.iter().flat_map(|input| input.sources().iter().cloned());
        graph.copartition(Rc::new(sources.collect()));
        let mut nodes = Vec::new();
        for (place, (input, parent)) in self.inputs.iter().zip(parents).enumerate() {
            let suffix = format!("-cogroup-agg-{place}");
            let name = graph.suffixed_name(named, &suffix, prefixes::COGROUP_AGGREGATE);
            let node = node(&**input, name).output_versioned(versioned);
            nodes.push(graph.add(&[parent], node));
        }
        let name = graph.suffixed_name(named, "-cogroup-merge", prefixes::COGROUP_MERGE);
        let merge = passing::<KR, Change<VA>>(Arc::clone(&name)).output_versioned(versioned);
        (graph.add(&nodes, merge), name)
    }

    /// The node whose records are an input's, partitioned by key: all aggregations of the cogrouped stream share it.
    fn parent(&self, input: &Rc<dyn CogroupInput<K, VA>>, spec: &StoreSpec<K, VA>) -> NodeId {
        let mut parents = self.parents.borrow_mut();
        if let Some((_, parent)) = parents.iter().find(|(there, _)| there.identity() == input.identity()) {
            input.use_up_names(&spec.name);
            return *parent;
        }
        let parent = input.partitioned_by_key(&spec.name, spec.queryable);
        parents.push((Rc::clone(input), parent));
        parent
    }

    /// The table of the results, of whose store's keys `keys` makes the table's.
    pub(super) fn table<KR: Data>(
        &self,
        node: NodeId,
        name: Arc<str>,
        spec: &StoreSpec<K, VA>,
        keys: impl FnOnce(Serde<K>) -> Serde<KR>,
        view: impl TableView<KR, VA> + 'static,
    ) -> KTable<KR, VA> {
        let sources: SourceNames = Rc::new([Arc::clone(&name)].into());
        KTable::stored(self.graph(), (node, sources), name, spec, keys, view)
    }

    /// The table of the aggregates by windows. `node` makes each stream's node.
    pub(super) fn aggregated_by<W: Windowing>(
        &self,
        windows: &W,
        initializer: Initializer<VA>,
        (named, materialized): (Named, Materialized<K, VA>),
        node: impl Fn(&dyn CogroupInput<K, VA>, Arc<str>, &Shape<'_, K, VA>) -> NewNode,
    ) -> KTable<Windowed<K>, VA> {
        let spec = self.spec(materialized);
        self.graph().check(check_retention(&spec, windows));
        let view = WindowedView::<W>::new(&spec.name);
        let shape = Shape { spec: &spec, initializer, send_old: &view.send_old };
        let node = |input: &dyn CogroupInput<K, VA>, name| node(input, name, &shape);
        let (node, name) = self.add_nodes::<Windowed<K>>(&named, &spec, None, node);
        self.table(node, name, &spec, |keys| windows.keys(keys), view)
    }
}
