//! The repartition topic that a join needs where the key was changed (features D95 and D110).

use std::rc::Rc;
use std::sync::Arc;

use streams_core::Serde;

use crate::graph::repartition_node;
use crate::{Data, KStream};

impl<K: Data, V: Data> KStream<K, V> {
    /// The stream as a join needs it: behind a repartition topic called `name`, or as the stream itself, if its key was
    /// changed.
    ///
    /// As in Kafka, joins that do not name the topic share the one that was made first for this stream, though numbers are
    /// used up for each. All but the first then come from a source that does not exist, and so ask for no equal number of
    /// partitions.
    pub(crate) fn repartitioned_for_join(
        &self,
        name: Option<&str>,
        key_serde: Option<Serde<K>>,
        value_serde: Option<Serde<V>>,
    ) -> Self {
        if !self.repartition_required {
            return self.clone();
        }
        let names = self.graph.repartition_names(name.unwrap_or(&self.name));
        let shared =
            self.graph.join_repartition(self.node).filter(|_| name.is_none_or(|name| *name == *self.name));
        let Some(mut spec) = self.repartition_spec(&names, key_serde, value_serde) else {
            return self.clone();
        };
        spec.generated_name = name.is_none();
        let (key_serde, value_serde) = (spec.key_serde.clone(), spec.value_serde.clone());
        let source = Arc::clone(&names.source);
        let node = shared.unwrap_or_else(|| {
            let node = self.graph.add(&[self.node], repartition_node(names, spec));
            self.graph.remember_join_repartition(self.node, node);
            node
        });
        Self {
            sources: Rc::new([Arc::clone(&source)].into()),
            repartition_required: false,
            key_serde: Some(key_serde),
            value_serde: Some(value_serde),
            ..self.derived(node, source)
        }
    }
}
