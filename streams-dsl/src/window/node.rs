//! The graph nodes of windowed aggregations.

use std::rc::Rc;
use std::sync::Arc;

use streams_core::{Serde, Windowed};

use super::EmitStrategy;
use super::view::WindowedView;
use super::windowing::{Aggregating, Windowing, check_retention};
use crate::graph::NewNode;
use crate::params::{Materialized, Named};
use crate::store::StoreSpec;
use crate::table::Flag;
use crate::{Data, KGroupedStream, KTable};

/// What a processor of a windowed aggregation is made of.
pub(crate) struct Parts<K, V, VA, F> {
    pub(super) key_serde: Serde<K>,
    pub(super) input_serde: Option<Serde<V>>,
    pub(super) value_serde: Serde<VA>,
    pub(super) store: Arc<str>,
    pub(super) send_old: bool,
    pub(super) emit: EmitStrategy,
    pub(super) fold: Arc<F>,
}

impl<K: 'static, V: 'static, VA: 'static, F> Parts<K, V, VA, F> {
    /// The value, unless its serde calls it null.
    pub(super) fn not_null(&self, value: VA) -> Option<VA> {
        Some(value).filter(|value| !self.value_serde.is_null(value))
    }

    /// A copy of a former value for those who asked for it.
    pub(super) fn old(&self, value: Option<&VA>) -> Option<VA>
    where
        VA: Clone,
    {
        value.filter(|value| self.send_old && !self.value_serde.is_null(value)).cloned()
    }
}

impl<K, V, VA, F> Clone for Parts<K, V, VA, F> {
    fn clone(&self) -> Self {
        Self {
            key_serde: self.key_serde.clone(),
            input_serde: self.input_serde.clone(),
            value_serde: self.value_serde.clone(),
            store: Arc::clone(&self.store),
            send_old: self.send_old,
            emit: self.emit,
            fold: Arc::clone(&self.fold),
        }
    }
}

/// A windowed aggregation. Several may share a store (`cogroup`).
pub(crate) struct WindowedNode<K, V, VA, W> {
    pub(crate) spec: Rc<StoreSpec<K, VA>>,
    pub(crate) windows: W,
    pub(crate) emit: EmitStrategy,
    pub(crate) input_serde: Option<Serde<V>>,
    pub(crate) send_old: Flag,
}

impl<K: Data, V: Data, VA: Data, W: Windowing> WindowedNode<K, V, VA, W> {
    pub(crate) fn node<F: 'static>(self, name: Arc<str>, fold: F) -> NewNode
    where
        W: Aggregating<K, V, VA, F>,
    {
        let Self { spec, windows, emit, input_serde, send_old } = self;
        let (closes_after, fold) = (windows.closes_after_ms(), Arc::new(fold));
        let node = NewNode::new(name, move |to, at| {
            let (key_serde, value_serde) = spec.serdes()?;
            let parts = Parts {
                key_serde,
                input_serde: input_serde.clone(),
                value_serde,
                store: Arc::clone(&spec.name),
                send_old: send_old.get(),
                emit,
                fold: Arc::clone(&fold),
            };
            windows.add_processor(to, at, parts)?;
            let form = spec.form(to);
            let by_time = emit == EmitStrategy::OnWindowClose;
            spec.add_shared(to, || windows.store_builder(&spec, form, by_time), &at.name)
        });
        node.closing_after(closes_after)
    }
}

impl<K: Data, V: Data> KGroupedStream<K, V> {
    /// The table of an aggregation by windows.
    pub(super) fn aggregated_by<VA: Data, W, F: 'static>(
        &self,
        (windows, emit): (&W, EmitStrategy),
        fold: F,
        prefix: &'static str,
        (named, materialized): (Named, Materialized<K, VA>),
    ) -> KTable<Windowed<K>, VA>
    where
        W: Aggregating<K, V, VA, F>,
    {
        let graph = &self.stream.graph;
        let spec = Rc::new(StoreSpec::new(graph, materialized, prefix, (self.key_serde(), None)));
        graph.check(check_retention(&spec, windows));
        let name = graph.name(&named, prefix);
        let view = WindowedView::<W>::new(&spec.name);
        let node = WindowedNode {
            spec: Rc::clone(&spec),
            windows: windows.clone(),
            emit,
            input_serde: self.value_serde().cloned(),
            send_old: view.send_old.clone(),
        };
        let node = node.node(Arc::clone(&name), fold).output_versioned(Some(false));
        let node = self.add_aggregation(&spec.name, spec.queryable, node);
        KTable::stored(graph, node, name, &spec, |keys| windows.keys(keys), view)
    }
}
