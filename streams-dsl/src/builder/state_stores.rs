//! `add_state_store`, `add_global_store`: stores for a user's processors.

use std::sync::Arc;

use streams_core::{IntoStoreBuilder, ProcessorSupplier, Source};

use super::StreamsBuilder;
use crate::graph::{NewNode, ROOT};
use crate::stream::{SharedSupplier, missing_serde};
use crate::{Consumed, Data, prefixes};

impl StreamsBuilder {
    /// Adds a state store that processors may then name.
    pub fn add_state_store(&self, builder: impl IntoStoreBuilder) -> &Self {
        let builder = builder.into_store_builder();
        let node = NewNode::new(builder.name().into(), move |to, _| {
            to.topology.add_state_store(Arc::clone(&builder), [""; 0])?;
            Ok(())
        });
        self.graph.add(&[ROOT], node);
        self
    }

    /// Adds a store that every instance fills from all partitions of `topic`, and that every processor may read without
    /// being connected to it. `supplier`'s processor keeps it up to date, also while it is restored. The builder must
    /// have logging disabled.
    pub fn add_global_store<K: Data, V: Data>(
        &self,
        builder: impl IntoStoreBuilder,
        topic: impl Into<Arc<str>>,
        consumed: Consumed<K, V>,
        supplier: impl ProcessorSupplier<K, V, (), ()>,
    ) -> &Self {
        let (builder, topic) = (builder.into_store_builder(), topic.into());
        let source_name = self.graph.name(&consumed.named, prefixes::SOURCE);
        let processor_name = self.graph.generate(prefixes::TABLE_SOURCE);
        let Some((keys, values)) = consumed.serdes() else {
            self.graph.fail(missing_serde::<(K, V)>("records", &source_name));
            return self;
        };
        let extractor = consumed.extractor;
        let supplier = SharedSupplier::new(supplier);
        let node = NewNode::new(Arc::clone(&processor_name), move |to, at| {
            let name = Arc::clone(&source_name);
            let mut source = Source::with_serdes(name, [Arc::clone(&topic)], keys.clone(), values.clone());
            if let Some(extractor) = &extractor {
                source = source.with_shared_timestamp_extractor(Arc::clone(extractor));
            }
            let (builder, supplier) = (Arc::clone(&builder), supplier.clone());
            to.topology.add_global_store(builder, source, Arc::clone(&at.name), supplier)?;
            Ok(())
        });
        self.graph.add(&[ROOT], node);
        self
    }
}
