//! `KStream`: a stream of records, and its operators, one per file.

mod filter;
mod flat_map;
mod flat_map_values;
mod for_each;
mod group_by;
mod map;
mod map_values;
mod merge;
mod peek;
mod print;
mod process;
mod process_values;
mod repartition;
mod select_key;
mod shared_supplier;
mod split;
mod stateless;
mod to;
mod to_table;

pub use split::{BranchedKStream, Branches};

pub(crate) use shared_supplier::{SharedFixedKeySupplier, SharedSupplier};
pub(crate) use stateless::{passing, passing_processor, stateless_node};

use std::fmt;
use std::sync::Arc;

use streams_core::{BoxError, Error, ProcessorContext, Record, Serde};

use crate::Data;
use crate::graph::{Changes, GraphHandle, NodeId, SourceNames};

/// A stream of records: each one counts by itself, whatever came before under the same key.
///
/// A `KStream` is a cheap handle on a node of the builder's graph; operators add nodes and return new handles. Nothing
/// runs before the topology is built. A handle may be used several times: every operator on it gets all records, in the
/// order in which the operators were added.
///
/// Every operator has a short form and one that ends in `_with` and takes the operator's parameter object. Closures that
/// may fail have forms that begin with `try_`; their errors (and panics, in all forms) go to the processing exception
/// handler. Errors in the use of the DSL itself are kept for `build()`.
pub struct KStream<K, V> {
    pub(crate) graph: GraphHandle,
    pub(crate) node: NodeId,
    pub(crate) name: Arc<str>,
    /// The source nodes that it comes from, up to the last repartition topic.
    pub(crate) sources: SourceNames,
    /// Whether the key was changed since the records were last partitioned by it.
    pub(crate) repartition_required: bool,
    pub(crate) key_serde: Option<Serde<K>>,
    pub(crate) value_serde: Option<Serde<V>>,
}

impl<K: Data, V: Data> KStream<K, V> {
    /// The stream that comes out of a node below this one, with nothing known of its serdes.
    pub(crate) fn derived<K2: Data, V2: Data>(&self, node: NodeId, name: Arc<str>) -> KStream<K2, V2> {
        KStream {
            graph: self.graph.clone(),
            node,
            name,
            sources: self.sources.clone(),
            repartition_required: self.repartition_required,
            key_serde: None,
            value_serde: None,
        }
    }

    /// Adds a node that keeps nothing between records.
    pub(crate) fn stateless<K2: Data, V2: Data>(
        &self,
        name: Arc<str>,
        changes: Changes,
        f: impl Fn(Record<K, V>, &mut ProcessorContext<'_, K2, V2>) -> Result<(), BoxError>
        + Send
        + Sync
        + 'static,
    ) -> KStream<K2, V2> {
        let node = stateless_node(Arc::clone(&name), f).changing(changes);
        let node = self.graph.add(&[self.node], node);
        self.derived(node, name)
    }

    /// A serde that an operator cannot do without; where it is missing the build fails.
    pub(crate) fn required<T: 'static>(
        &self,
        serde: Option<Serde<T>>,
        what: &str,
        operator: &str,
    ) -> Option<Serde<T>> {
        if serde.is_none() {
            self.graph.fail(missing_serde::<T>(what, operator));
        }
        serde
    }
}

/// What `build()` says when an operator has no serde.
pub(crate) fn missing_serde<T>(what: &str, operator: &str) -> Error {
    Error::topology(format!(
        "`{operator}` needs a serde for {what} of type `{}`: give one in its parameter object, or implement `DefaultSerde` \
         for the type and use the short form",
        std::any::type_name::<T>()
    ))
}

impl<K, V> Clone for KStream<K, V> {
    fn clone(&self) -> Self {
        Self {
            graph: self.graph.clone(),
            node: self.node,
            name: Arc::clone(&self.name),
            sources: self.sources.clone(),
            repartition_required: self.repartition_required,
            key_serde: self.key_serde.clone(),
            value_serde: self.value_serde.clone(),
        }
    }
}

impl<K, V> fmt::Debug for KStream<K, V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("KStream").field("name", &self.name).finish_non_exhaustive()
    }
}
