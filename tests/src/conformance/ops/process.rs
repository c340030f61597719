//! `process`, `process_values`, and stores for them.

use std::sync::Arc;

use streams_core::StoreBuilder;

use super::stores::{Logging, builder};
use super::{BuildFailure, Builder, Done, Node, named, on_stream, wrong_input};
use crate::conformance::op::Op;
use crate::conformance::processors::{NamedFixedKeyProcessor, NamedProcessor};

impl Builder {
    pub(super) fn process(&mut self, op: &Op) -> Done {
        let stores = op.params().list("stores")?;
        let supplied = self.supplier_stores(op)?;
        let named = named(op)?;
        on_stream!(self, op, |stream| {
            let processor = NamedProcessor::of(op.params(), stream.kind, supplied)?;
            let kind = processor.output;
            let inner = stream.inner.process_with(processor, &stores, named);
            self.put(op, stream.with(inner, kind))
        })
    }

    pub(super) fn process_values(&mut self, op: &Op) -> Done {
        let stores = op.params().list("stores")?;
        let supplied = self.supplier_stores(op)?;
        let named = named(op)?;
        on_stream!(self, op, |stream| {
            let processor = NamedFixedKeyProcessor::of(op.params(), stream.kind, supplied)?;
            let kind = processor.output;
            let inner = stream.inner.process_values_with(processor, &stores, named);
            self.put(op, stream.with(inner, kind))
        })
    }

    pub(super) fn add_store(&mut self, op: &Op) -> Done {
        self.dsl.add_state_store(builder(op.params(), Logging::AsSaid)?);
        Ok(())
    }

    pub(super) fn define_store(&mut self, op: &Op) -> Done {
        let store = builder(op.params(), Logging::AsSaid)?;
        self.defined_stores.insert(store.name().to_owned(), store);
        Ok(())
    }

    /// The defined stores that a processor brings along.
    pub(super) fn supplier_stores(&self, op: &Op) -> Result<Vec<Arc<dyn StoreBuilder>>, BuildFailure> {
        let names = op.params().list("supplier_stores")?;
        let store = |name: &str| {
            let found = self.defined_stores.get(name).cloned();
            found.ok_or_else(|| BuildFailure::from(format!("store `{name}` is not defined")))
        };
        names.into_iter().map(store).collect()
    }
}
