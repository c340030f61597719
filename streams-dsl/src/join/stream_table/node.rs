//! The graph's node of a join of a stream with a table.

use std::sync::Arc;
use std::time::Duration;

use streams_core::{Error, GraceBufferBuilder, Result, Serde, StoreBuilder};

use super::join_key::JoinKey;
use super::joining::{Join, Joining};
use crate::graph::{Lowering, NewNode, NodeAt};
use crate::join::JoinResult;
use crate::{Data, KStream};

/// A grace period: how long, and the serdes of the buffer.
pub(super) struct Grace<K, V> {
    pub(super) period: Duration,
    pub(super) key_serde: Serde<K>,
    pub(super) value_serde: Serde<V>,
    /// How far back the table's store remembers, in milliseconds.
    pub(super) history_ms: Option<i64>,
}

impl<K: Data, V: Data> Grace<K, V> {
    fn builder(&self, name: &str) -> Arc<dyn StoreBuilder> {
        let (keys, values) = (self.key_serde.clone(), self.value_serde.clone());
        Arc::new(GraceBufferBuilder::new(name, self.period, keys, values))
    }

    pub(super) fn check(&self, join: &str) -> Result<()> {
        let Some(history_ms) = self.history_ms else {
            return Err(Error::argument(format!(
                "join `{join}` has a grace period, and so its table must have a versioned store: materialize the table \
                 with a `VersionedKeyValueStoreSupplier`"
            )));
        };
        if self.period.as_millis() > history_ms.try_into().unwrap_or_default() {
            return Err(Error::argument(format!(
                "join `{join}` has a grace period of {:?}, and its table remembers only {history_ms} ms: give the \
                 table's store a longer history",
                self.period
            )));
        }
        Ok(())
    }
}

impl<K: Data, V: Data> KStream<K, V> {
    /// Adds the node of a join that is described, with the stores that it reads.
    pub(super) fn add_table_join<KT, VT, O, S, F>(
        &self,
        name: Arc<str>,
        mut join: Join<K, V, KT, VT, S, F>,
        connected: bool,
        grace: Option<Grace<K, V>>,
    ) -> KStream<K, O>
    where
        KT: Data,
        VT: Data,
        O: Data,
        S: JoinKey<K, V, KT>,
        F: Fn(&K, &V, Option<&VT>) -> JoinResult<O> + Send + Sync + 'static,
    {
        let buffer = grace.map(|grace| grace.builder(&format!("{name}-Buffer")));
        join.buffer = buffer.as_ref().map(|buffer| buffer.name().into());
        let (left, join) = (join.left, Arc::new(join));
        let node =
            NewNode::new(Arc::clone(&name), move |to, at| write(to, at, &join, connected, buffer.as_ref()));
        let node = if left { node.relaxing_null_keys() } else { node };
        let node = self.graph.add(&[self.node], node);
        KStream { key_serde: self.key_serde.clone(), ..self.derived(node, name) }
    }
}

/// `connected`: the table's stores are those of this task, not global ones.
fn write<K, V, KT, VT, O, S, F>(
    to: &mut Lowering<'_>,
    at: &NodeAt,
    join: &Arc<Join<K, V, KT, VT, S, F>>,
    connected: bool,
    buffer: Option<&Arc<dyn StoreBuilder>>,
) -> Result<()>
where
    K: Data,
    V: Data,
    KT: Data,
    VT: Data,
    O: Data,
    S: JoinKey<K, V, KT>,
    F: Fn(&K, &V, Option<&VT>) -> JoinResult<O> + Send + Sync + 'static,
{
    let make = {
        let join = Arc::clone(join);
        move || Joining::new(&join)
    };
    to.topology.add_processor::<K, V, K, O>(Arc::clone(&at.name), make, at.parents.clone())?;
    if let Some(buffer) = buffer {
        to.topology.add_state_store(Arc::clone(buffer), [&*at.name])?;
    }
    if connected {
        to.topology.connect_processor_and_state_stores(&at.name, join.table.store_names())?;
    }
    Ok(())
}
