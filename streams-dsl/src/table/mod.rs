//! `KTable`: a table of the latest value of each key, and its operators, one per file.

mod change;
mod derived;
mod derived_view;
mod filter;
mod getter;
mod global;
mod group_by;
mod map_values;
mod source;
mod to_stream;
mod transform_values;
mod view;

pub use change::Change;
pub use global::GlobalKTable;
pub use source::IntoUpdate;
pub use transform_values::{TransformerContext, ValueTransformer};

pub(crate) use getter::{Getter, GetterSupplier, StoreGetter};
pub(crate) use global::GlobalTableProcessor;
pub(crate) use source::{TableSource, add_table_processor};
pub(crate) use view::{Flag, StoredView, TableView};

use std::fmt;
use std::rc::Rc;
use std::sync::Arc;

use streams_core::Serde;

use crate::Data;
use crate::graph::{GraphHandle, NodeId, SourceNames};
use crate::store::StoreSpec;

/// A table: the latest value of each key, and the stream of its updates.
///
/// A record with a null value is a deletion, so `V` itself is never null; [`KTable::to_stream`] shows deletions as `None`.
/// Whether a table has a store, and whether its updates carry the value that they replace, is found out from what is done
/// with it: nothing is kept that nobody asks for.
///
/// As a [`KStream`](crate::KStream), it is a cheap handle on a node of the builder's graph.
pub struct KTable<K, V> {
    pub(crate) graph: GraphHandle,
    pub(crate) node: NodeId,
    pub(crate) name: Arc<str>,
    pub(crate) sources: SourceNames,
    pub(crate) key_serde: Option<Serde<K>>,
    pub(crate) value_serde: Option<Serde<V>>,
    pub(crate) queryable: Option<Arc<str>>,
    pub(crate) view: Rc<dyn TableView<K, V>>,
}

impl<K: Data, V: Data> KTable<K, V> {
    /// The table that a node keeps in a store of keys `KS`, of which `keys` makes the table's.
    pub(crate) fn stored<KS: Data>(
        graph: &GraphHandle,
        (node, sources): (NodeId, SourceNames),
        name: Arc<str>,
        spec: &StoreSpec<KS, V>,
        keys: impl FnOnce(Serde<KS>) -> Serde<K>,
        view: impl TableView<K, V> + 'static,
    ) -> Self {
        let (key_serde, value_serde) = spec.serdes.clone().unzip();
        Self {
            graph: graph.clone(),
            node,
            name,
            sources,
            key_serde: key_serde.map(keys),
            value_serde,
            queryable: spec.queryable_name(),
            view: Rc::new(view),
        }
    }

    /// The name of the table's store, if the user named it: the name for interactive queries.
    pub fn queryable_store_name(&self) -> Option<&str> {
        self.queryable.as_deref()
    }

    /// Asks for updates that carry the value that they replace. With `force`, a table that has no store gets one if that
    /// is needed. `false` if they will not.
    pub(crate) fn enable_sending_old_values(&self, force: bool) -> bool {
        self.view.send_old_values(force)
    }

    /// How to look values up; a table that is not computed from another one gets a store by this.
    pub(crate) fn getter(&self) -> Arc<dyn GetterSupplier<K, V>> {
        self.view.getter()
    }
}

impl<K, V> Clone for KTable<K, V> {
    fn clone(&self) -> Self {
        Self {
            graph: self.graph.clone(),
            node: self.node,
            name: Arc::clone(&self.name),
            sources: Rc::clone(&self.sources),
            key_serde: self.key_serde.clone(),
            value_serde: self.value_serde.clone(),
            queryable: self.queryable.clone(),
            view: Rc::clone(&self.view),
        }
    }
}

impl<K, V> fmt::Debug for KTable<K, V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("KTable")
            .field("name", &self.name)
            .field("queryable", &self.queryable)
            .finish_non_exhaustive()
    }
}
