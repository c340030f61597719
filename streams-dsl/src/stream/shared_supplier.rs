//! Suppliers of user's processors that can be handed to several builds of one graph.

use std::sync::Arc;

use streams_core::{
    FixedKeyProcessor, FixedKeyProcessorSupplier, Processor, ProcessorSupplier, StoreBuilder,
};

/// A supplier that can be handed to several builds of one graph.
pub(crate) struct SharedSupplier<KIn, VIn, KOut, VOut> {
    supplier: Arc<dyn ProcessorSupplier<KIn, VIn, KOut, VOut>>,
    /// Made once, so that processors that share a supplier share its stores.
    stores: Vec<Arc<dyn StoreBuilder>>,
}

impl<KIn, VIn, KOut, VOut> SharedSupplier<KIn, VIn, KOut, VOut> {
    pub(crate) fn new(supplier: impl ProcessorSupplier<KIn, VIn, KOut, VOut>) -> Self {
        Self { stores: supplier.stores(), supplier: Arc::new(supplier) }
    }
}

impl<KIn, VIn, KOut, VOut> Clone for SharedSupplier<KIn, VIn, KOut, VOut> {
    fn clone(&self) -> Self {
        Self { supplier: Arc::clone(&self.supplier), stores: self.stores.clone() }
    }
}

impl<KIn, VIn, KOut, VOut> ProcessorSupplier<KIn, VIn, KOut, VOut> for SharedSupplier<KIn, VIn, KOut, VOut>
where
    KIn: 'static,
    VIn: 'static,
    KOut: 'static,
    VOut: 'static,
{
    fn get(&self) -> Box<dyn Processor<KIn, VIn, KOut, VOut>> {
        self.supplier.get()
    }

    fn stores(&self) -> Vec<Arc<dyn StoreBuilder>> {
        self.stores.clone()
    }
}

/// A supplier that can be handed to several builds of one graph.
pub(crate) struct SharedFixedKeySupplier<K, VIn, VOut> {
    supplier: Arc<dyn FixedKeyProcessorSupplier<K, VIn, VOut>>,
    /// Made once, so that processors that share a supplier share its stores.
    stores: Vec<Arc<dyn StoreBuilder>>,
}

impl<K, VIn, VOut> SharedFixedKeySupplier<K, VIn, VOut> {
    pub(crate) fn new(supplier: impl FixedKeyProcessorSupplier<K, VIn, VOut>) -> Self {
        Self { stores: supplier.stores(), supplier: Arc::new(supplier) }
    }
}

impl<K, VIn, VOut> Clone for SharedFixedKeySupplier<K, VIn, VOut> {
    fn clone(&self) -> Self {
        Self { supplier: Arc::clone(&self.supplier), stores: self.stores.clone() }
    }
}

impl<K: 'static, VIn: 'static, VOut: 'static> FixedKeyProcessorSupplier<K, VIn, VOut>
    for SharedFixedKeySupplier<K, VIn, VOut>
{
    fn get(&self) -> Box<dyn FixedKeyProcessor<K, VIn, VOut>> {
        self.supplier.get()
    }

    fn stores(&self) -> Vec<Arc<dyn StoreBuilder>> {
        self.stores.clone()
    }
}
