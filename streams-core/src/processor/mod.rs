//! The Processor API: typed nodes that take records, keep state, and forward.

mod capture;
mod context;
mod fixed_key;
mod graph;
mod metadata;
mod node;
mod punctuation;
mod sink;
mod source;
mod supplier;
mod wrapper;

pub use capture::{CapturedForward, CapturedPunctuation, CapturingContext};
pub use context::ProcessorContext;
pub use fixed_key::{FixedKeyProcessor, FixedKeyProcessorContext, FixedKeyRecord};
pub use punctuation::{PunctuationId, PunctuationType};
pub use source::RawRecord;
pub use supplier::{FixedKeyProcessorSupplier, ProcessorSupplier};
pub use wrapper::{InterceptorContext, ProcessorCall, ProcessorInterceptor, ProcessorWrapper};

pub(crate) use fixed_key::FixedKeyAdapter;
pub(crate) use graph::{Graph, NodeLinks, NodeSlot, TaskContext, no_source};
pub(crate) use metadata::ProcessorMetadata;
pub(crate) use node::{NewNode, Node, guard};
pub(crate) use punctuation::Punctuations;
pub(crate) use sink::{SinkNode, SinkTopic};
pub(crate) use source::{LoadError, QueueId, SourceNode};
pub(crate) use wrapper::{RecordView, WrappedNode};

use crate::error::BoxError;
use crate::record::Record;

/// A node of the topology that takes records of one type and forwards records of another.
///
/// One instance serves one task and is never used by two threads at once.
///
/// ```
/// use streams_core::{BoxError, Processor, ProcessorContext, Record};
///
/// struct Upper;
///
/// impl Processor<String, String, String, String> for Upper {
///     fn process(
///         &mut self,
///         record: Record<String, String>,
///         ctx: &mut ProcessorContext<'_, String, String>,
///     ) -> Result<(), BoxError> {
///         let value = record.value.to_uppercase();
///         Ok(ctx.forward(record.with_value(value))?)
///     }
/// }
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` does not process records of `{KIn}` and `{VIn}`",
    note = "it must be a `Processor<{KIn}, {VIn}, _, _>`, for that is what comes in: change the processor, or map the stream first"
)]
pub trait Processor<KIn, VIn, KOut, VOut>: Send {
    /// Called once before the first record: look up stores, schedule punctuations.
    ///
    /// # Errors
    /// Whatever prevents the task from running; it is not given to an exception handler.
    fn init(&mut self, _ctx: &mut ProcessorContext<'_, KOut, VOut>) -> Result<(), BoxError> {
        Ok(())
    }

    /// Takes one record.
    ///
    /// # Errors
    /// An error (or a panic) goes to the processing exception handler with the record's whole context (KIP-1033). One
    /// of kind [`Retry`](crate::ErrorKind::Retry) does not: the record comes again after a while. What stores took in
    /// meanwhile stays (under exactly-once it does not), so return such an error before a store is changed.
    fn process(
        &mut self,
        record: Record<KIn, VIn>,
        ctx: &mut ProcessorContext<'_, KOut, VOut>,
    ) -> Result<(), BoxError>;

    /// A punctuation that [`ProcessorContext::schedule`] asked for is due. `timestamp` is the stream time or the wall
    /// clock, in milliseconds since the epoch, by the punctuation's type.
    ///
    /// # Errors
    /// As [`Processor::process`], with no record in the context.
    fn punctuate(
        &mut self,
        _punctuation: PunctuationId,
        _timestamp: i64,
        _ctx: &mut ProcessorContext<'_, KOut, VOut>,
    ) -> Result<(), BoxError> {
        Ok(())
    }

    /// The task is about to commit: forward what a record cache still holds back. Only processors that own a caching
    /// store (see [`ProcessorContext::own_cache`]) are asked.
    ///
    /// # Errors
    /// As [`Processor::process`].
    fn flush_cache(&mut self, _ctx: &mut ProcessorContext<'_, KOut, VOut>) -> Result<(), BoxError> {
        Ok(())
    }

    /// The task is closing. Called once, also after a failed `init`.
    fn close(&mut self) {}
}

impl<P, KIn, VIn, KOut, VOut> Processor<KIn, VIn, KOut, VOut> for Box<P>
where
    P: Processor<KIn, VIn, KOut, VOut> + ?Sized,
{
    fn init(&mut self, ctx: &mut ProcessorContext<'_, KOut, VOut>) -> Result<(), BoxError> {
        (**self).init(ctx)
    }

    fn process(
        &mut self,
        record: Record<KIn, VIn>,
        ctx: &mut ProcessorContext<'_, KOut, VOut>,
    ) -> Result<(), BoxError> {
        (**self).process(record, ctx)
    }

    fn punctuate(
        &mut self,
        punctuation: PunctuationId,
        timestamp: i64,
        ctx: &mut ProcessorContext<'_, KOut, VOut>,
    ) -> Result<(), BoxError> {
        (**self).punctuate(punctuation, timestamp, ctx)
    }

    fn flush_cache(&mut self, ctx: &mut ProcessorContext<'_, KOut, VOut>) -> Result<(), BoxError> {
        (**self).flush_cache(ctx)
    }

    fn close(&mut self) {
        (**self).close();
    }
}
