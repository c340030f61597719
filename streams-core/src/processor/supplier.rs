//! Suppliers: what makes a processor for each task.

use std::sync::Arc;

use super::node::NewNode;
use super::{FixedKeyProcessor, Processor};
use crate::store::StoreBuilder;

/// Makes the processors of one node: a new one for every task.
///
/// Closures that return a processor are suppliers.
#[diagnostic::on_unimplemented(
    message = "`{Self}` makes no processors of records of `{KIn}` and `{VIn}`",
    note = "give a closure that returns a new processor for each task, `|| MyProcessor::new()`, or implement `ProcessorSupplier`",
    note = "the processor must be a `Processor<{KIn}, {VIn}, _, _>`, for that is what comes in"
)]
pub trait ProcessorSupplier<KIn, VIn, KOut, VOut>: Send + Sync + 'static {
    /// A new processor.
    fn get(&self) -> Box<dyn Processor<KIn, VIn, KOut, VOut>>;

    /// Stores that come with the processor: added to the topology and connected to it (KIP-401).
    fn stores(&self) -> Vec<Arc<dyn StoreBuilder>> {
        Vec::new()
    }

    /// A new processor as a node. Where its type is known, a record takes one indirect call less.
    #[doc(hidden)]
    fn node(&self) -> NewNode
    where
        KIn: Send + 'static,
        VIn: Send + 'static,
        KOut: Send + 'static,
        VOut: Send + 'static,
    {
        NewNode::of(self.get())
    }
}

impl<F, P, KIn, VIn, KOut, VOut> ProcessorSupplier<KIn, VIn, KOut, VOut> for F
where
    F: Fn() -> P + Send + Sync + 'static,
    P: Processor<KIn, VIn, KOut, VOut> + 'static,
{
    fn get(&self) -> Box<dyn Processor<KIn, VIn, KOut, VOut>> {
        Box::new(self())
    }

    fn node(&self) -> NewNode
    where
        KIn: Send + 'static,
        VIn: Send + 'static,
        KOut: Send + 'static,
        VOut: Send + 'static,
    {
        NewNode::of(self())
    }
}

/// As [`ProcessorSupplier`], for processors that keep the key (KIP-820).
#[diagnostic::on_unimplemented(
    message = "`{Self}` makes no processors of values of `{VIn}` by keys of `{K}`",
    note = "give a closure that returns a new processor for each task, `|| MyProcessor::new()`, or implement `FixedKeyProcessorSupplier`",
    note = "the processor must be a `FixedKeyProcessor<{K}, {VIn}, _>`, for that is what comes in"
)]
pub trait FixedKeyProcessorSupplier<K, VIn, VOut>: Send + Sync + 'static {
    /// A new processor.
    fn get(&self) -> Box<dyn FixedKeyProcessor<K, VIn, VOut>>;

    /// As [`ProcessorSupplier::stores`].
    fn stores(&self) -> Vec<Arc<dyn StoreBuilder>> {
        Vec::new()
    }
}

impl<F, P, K, VIn, VOut> FixedKeyProcessorSupplier<K, VIn, VOut> for F
where
    F: Fn() -> P + Send + Sync + 'static,
    P: FixedKeyProcessor<K, VIn, VOut> + 'static,
{
    fn get(&self) -> Box<dyn FixedKeyProcessor<K, VIn, VOut>> {
        Box::new(self())
    }
}
