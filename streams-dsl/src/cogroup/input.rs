//! One of the streams that feed a cogrouped aggregate, with the type of its values erased.

use std::rc::Rc;
use std::sync::Arc;

use streams_core::{BoxError, Serde};

use super::Initializer;
use crate::graph::{NewNode, NodeId, SourceNames};
use crate::grouped::{Aggregate, aggregation_node};
use crate::store::StoreSpec;
use crate::table::Flag;
use crate::window::{Aggregating, EmitStrategy, Merging, SessionWindows, TimeKind, WindowedNode};
use crate::{Data, KGroupedStream};

type Aggregator<K, V, VA> = Arc<dyn Fn(&K, V, VA) -> Result<VA, BoxError> + Send + Sync>;

/// Merges the aggregates of two sessions.
pub(super) type Merger<K, VA> = Arc<dyn Fn(&K, VA, VA) -> Result<VA, BoxError> + Send + Sync>;

/// What the nodes of all inputs share.
pub(super) struct Shape<'a, K, VA> {
    pub(super) spec: &'a Rc<StoreSpec<K, VA>>,
    pub(super) initializer: Initializer<VA>,
    pub(super) send_old: &'a Flag,
}

/// One of the streams that feed a cogrouped aggregate.
pub(super) trait CogroupInput<K, VA> {
    /// Which grouped stream it is: [`KGroupedStream::identity`].
    fn identity(&self) -> *const ();

    fn key_serde(&self) -> Option<&Serde<K>>;

    /// The sources of the stream before it is repartitioned.
    fn sources(&self) -> &SourceNames;

    /// The node whose records are partitioned by key.
    fn partitioned_by_key(&self, store: &str, store_named: bool) -> NodeId;

    /// Counts the names that [`CogroupInput::partitioned_by_key`] would make: as in Kafka, also where its node is there
    /// already.
    fn use_up_names(&self, store: &str);

    fn node(&self, name: Arc<str>, shape: &Shape<'_, K, VA>) -> NewNode;

    fn window_node(&self, name: Arc<str>, shape: &Shape<'_, K, VA>, kind: TimeKind) -> NewNode;

    fn session_node(
        &self,
        name: Arc<str>,
        shape: &Shape<'_, K, VA>,
        windows: SessionWindows,
        merger: Merger<K, VA>,
    ) -> NewNode;
}

pub(super) struct Input<K, V, VA> {
    stream: KGroupedStream<K, V>,
    aggregator: Aggregator<K, V, VA>,
}

impl<K: Data, V: Data, VA: Data> Input<K, V, VA> {
    pub(super) fn new<E: Into<BoxError>>(
        stream: &KGroupedStream<K, V>,
        aggregator: impl Fn(&K, V, VA) -> Result<VA, E> + Send + Sync + 'static,
    ) -> Self {
        let aggregator: Aggregator<K, V, VA> =
            Arc::new(move |key, value, aggregate| aggregator(key, value, aggregate).map_err(Into::into));
        Self { stream: stream.clone(), aggregator }
    }

    fn fold(
        &self,
        initializer: &Initializer<VA>,
    ) -> Aggregate<impl Fn() -> VA + use<K, V, VA>, impl Fn(&K, V, VA) -> Result<VA, BoxError> + use<K, V, VA>>
    {
        let (initializer, aggregator) = (Arc::clone(initializer), Arc::clone(&self.aggregator));
        Aggregate {
            initializer: move || initializer(),
            aggregator: move |key: &K, value, aggregate| aggregator(key, value, aggregate),
        }
    }

    fn windowed_node<W: Aggregating<K, V, VA, F>, F: 'static>(
        &self,
        name: Arc<str>,
        shape: &Shape<'_, K, VA>,
        windows: W,
        fold: F,
    ) -> NewNode {
        let node = WindowedNode {
            spec: Rc::clone(shape.spec),
            windows,
            emit: EmitStrategy::OnWindowUpdate,
            input_serde: self.stream.value_serde().cloned(),
            send_old: shape.send_old.clone(),
        };
        node.node(name, fold)
    }
}

impl<K: Data, V: Data, VA: Data> CogroupInput<K, VA> for Input<K, V, VA> {
    fn identity(&self) -> *const () {
        self.stream.identity()
    }

    fn key_serde(&self) -> Option<&Serde<K>> {
        self.stream.key_serde()
    }

    fn sources(&self) -> &SourceNames {
        &self.stream.stream.sources
    }

    fn partitioned_by_key(&self, store: &str, store_named: bool) -> NodeId {
        self.stream.repartitioned(store, store_named).0
    }

    fn use_up_names(&self, store: &str) {
        self.stream.use_up_names(store);
    }

    fn node(&self, name: Arc<str>, shape: &Shape<'_, K, VA>) -> NewNode {
        let fold = Arc::new(self.fold(&shape.initializer));
        aggregation_node(name, shape.spec, self.stream.value_serde(), shape.send_old, fold)
    }

    fn window_node(&self, name: Arc<str>, shape: &Shape<'_, K, VA>, kind: TimeKind) -> NewNode {
        self.windowed_node(name, shape, kind, self.fold(&shape.initializer))
    }

    fn session_node(
        &self,
        name: Arc<str>,
        shape: &Shape<'_, K, VA>,
        windows: SessionWindows,
        merger: Merger<K, VA>,
    ) -> NewNode {
        let fold = self.fold(&shape.initializer);
        let merger = move |key: &K, one, other| merger(key, one, other);
        self.windowed_node(name, shape, windows, Merging { fold, merger })
    }
}
