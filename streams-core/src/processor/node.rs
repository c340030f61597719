//! The erased node: the boundary at which record types disappear.

use std::any::{Any, type_name};
use std::fmt;
use std::marker::PhantomData;
use std::panic::{AssertUnwindSafe, catch_unwind};

use super::graph::{NodeContext, NodeLinks};
use super::punctuation::PunctuationId;
use super::source::Source;
use super::{Processor, ProcessorContext};
use crate::error::{BoxError, Error, ErrorKind, Result};
use crate::record::Record;

/// A node whose types are known only to itself and to its parents.
pub(crate) trait Node: Send {
    fn init(&mut self, cx: &mut NodeContext<'_>) -> Result<()>;

    /// Takes a record: `record` is an `Option<Record<K, V>>` of the node's input types.
    fn process(&mut self, cx: &mut NodeContext<'_>, record: &mut dyn Any) -> Result<()>;

    fn punctuate(&mut self, _cx: &mut NodeContext<'_>, _id: PunctuationId, _timestamp: i64) -> Result<()> {
        Ok(())
    }

    fn flush_cache(&mut self, _cx: &mut NodeContext<'_>) -> Result<()> {
        Ok(())
    }

    fn close(&mut self) {}

    /// The node as a source, if it is one.
    fn as_source(&mut self) -> Option<&mut dyn Source> {
        None
    }
}

/// Takes the record out of the slot in which a parent hands it over.
#[inline]
pub(crate) fn take_record<K: 'static, V: 'static>(
    slot: &mut dyn Any,
    links: &NodeLinks,
) -> Result<Record<K, V>> {
    match slot.downcast_mut::<Option<Record<K, V>>>().and_then(Option::take) {
        Some(record) => Ok(record),
        None => Err(not_a_record(links, type_name::<Record<K, V>>())),
    }
}

/// The record in the slot in which a parent hands it over.
#[inline]
pub(crate) fn peek_record<'a, K: 'static, V: 'static>(
    slot: &'a mut dyn Any,
    links: &NodeLinks,
) -> Result<&'a mut Record<K, V>> {
    match slot.downcast_mut::<Option<Record<K, V>>>().and_then(Option::as_mut) {
        Some(record) => Ok(record),
        None => Err(not_a_record(links, type_name::<Record<K, V>>())),
    }
}

#[cold]
fn not_a_record(links: &NodeLinks, wanted: &str) -> Error {
    let node = &links.name;
    Error::bug(format!("node `{node}` takes `{wanted}` and was handed another type"))
}

/// A user's (or the DSL's) processor as a node. Errors and panics of user code end here, as errors.
struct ProcessorNode<P, KIn, VIn, KOut, VOut> {
    processor: P,
    types: PhantomData<fn(KIn, VIn, KOut, VOut)>,
}

/// A node that was just made.
pub struct NewNode(pub(crate) Box<dyn Node>);

impl NewNode {
    pub(crate) fn of<KIn, VIn, KOut, VOut>(processor: impl Processor<KIn, VIn, KOut, VOut> + 'static) -> Self
    where
        KIn: Send + 'static,
        VIn: Send + 'static,
        KOut: Send + 'static,
        VOut: Send + 'static,
    {
        Self(Box::new(ProcessorNode { processor, types: PhantomData }))
    }
}

impl fmt::Debug for NewNode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("NewNode")
    }
}

impl<P, KIn, VIn, KOut, VOut> Node for ProcessorNode<P, KIn, VIn, KOut, VOut>
where
    P: Processor<KIn, VIn, KOut, VOut>,
    KIn: Send + 'static,
    VIn: Send + 'static,
    KOut: Send + 'static,
    VOut: Send + 'static,
{
    fn init(&mut self, cx: &mut NodeContext<'_>) -> Result<()> {
        let processor = &mut self.processor;
        guard(|| processor.init(&mut ProcessorContext::new(cx)))
    }

    fn process(&mut self, cx: &mut NodeContext<'_>, record: &mut dyn Any) -> Result<()> {
        let processor = &mut self.processor;
        // The record is taken inside, so that it is moved as seldom as possible.
        guard(|| {
            let record = take_record(record, cx.links)?;
            processor.process(record, &mut ProcessorContext::new(cx))
        })
    }

    fn punctuate(&mut self, cx: &mut NodeContext<'_>, id: PunctuationId, timestamp: i64) -> Result<()> {
        let processor = &mut self.processor;
        guard(|| processor.punctuate(id, timestamp, &mut ProcessorContext::new(cx)))
    }

    fn flush_cache(&mut self, cx: &mut NodeContext<'_>) -> Result<()> {
        let processor = &mut self.processor;
        guard(|| processor.flush_cache(&mut ProcessorContext::new(cx)))
    }

    fn close(&mut self) {
        close_guarded(|| self.processor.close());
    }
}

/// Closes what is user code; a panic is logged.
pub(crate) fn close_guarded(close: impl FnOnce()) {
    if let Err(error) = guard(|| {
        close();
        Ok(())
    }) {
        tracing::warn!(%error, "a processor failed to close");
    }
}

/// Runs user code; a panic becomes an error like any other.
#[inline]
pub(crate) fn guard<T>(f: impl FnOnce() -> Result<T, BoxError>) -> Result<T> {
    match catch_unwind(AssertUnwindSafe(f)) {
        Ok(result) => result.map_err(Error::from_user),
        Err(panic) => Err(panicked(&*panic)),
    }
}

#[cold]
fn panicked(panic: &(dyn Any + Send)) -> Error {
    let text = panic.downcast_ref::<&str>().copied().map(str::to_owned);
    let text = text.or_else(|| panic.downcast_ref::<String>().cloned()).unwrap_or_default();
    Error::new(ErrorKind::Processing, format!("panic: {text}"))
}
