//! Processor wrappers: code around every processor of a topology (KIP-1112).

use std::any::{Any, type_name};
use std::fmt;
use std::sync::Arc;

use super::graph::NodeContext;
use super::node::{Node, guard};
use super::punctuation::PunctuationId;
use super::{ProcessorContext, node};
use crate::error::{BoxError, Error, Result};
use crate::record::{Headers, Record, RecordContext};
use crate::store::{StateStore, StoreBuilder, StoreRef};
use crate::task_id::TaskId;

/// Puts code around every processor of a topology: to trace, count, check or skip records (KIP-1112).
///
/// It is asked about all processors, those of the Processor API, of the DSL and of global stores; sources and sinks are
/// not wrapped. It acts on topologies that are made with a configuration that has it: see
/// [`StreamsConfigBuilder::processor_wrapper`](crate::StreamsConfigBuilder::processor_wrapper) and
/// [`Topology::with_config`](crate::Topology::with_config). Where there is none, nothing is paid for it.
///
/// ```
/// use std::sync::Arc;
/// use std::sync::atomic::{AtomicUsize, Ordering};
///
/// use streams_core::{BoxError, ProcessorCall, ProcessorInterceptor, ProcessorWrapper, StreamsConfig, Topology};
///
/// /// Counts what the processors take; records without a key they never see.
/// struct Meter(Arc<AtomicUsize>);
///
/// impl ProcessorWrapper for Meter {
///     fn interceptor(&self, _node: &str) -> Option<Box<dyn ProcessorInterceptor>> {
///         Some(Box::new(Self(Arc::clone(&self.0))))
///     }
/// }
///
/// impl ProcessorInterceptor for Meter {
///     fn process(&mut self, call: &mut ProcessorCall<'_>) -> Result<(), BoxError> {
///         if call.key::<Option<String>>().is_some_and(Option::is_none) {
///             return Ok(());
///         }
///         self.0.fetch_add(1, Ordering::Relaxed);
///         Ok(call.proceed()?)
///     }
/// }
///
/// let config = StreamsConfig::builder()
///     .application_id("metered")
///     .processor_wrapper(Meter(Arc::default()))
///     .build()?;
/// let topology = Topology::with_config(&config);
/// # Ok::<(), streams_core::Error>(())
/// ```
pub trait ProcessorWrapper: Send + Sync + 'static {
    /// What goes around the processor called `node`: a new interceptor for every task. `None` leaves it as it is.
    fn interceptor(&self, node: &str) -> Option<Box<dyn ProcessorInterceptor>>;

    /// Stores for the interceptors of that node: added to the topology and connected to the node, as those of
    /// [`ProcessorSupplier::stores`](super::ProcessorSupplier::stores) are. Nodes share a store by returning the same
    /// `Arc`. The processor of a global store can have none.
    fn stores(&self, _node: &str) -> Vec<Arc<dyn StoreBuilder>> {
        Vec::new()
    }
}

/// What a [`ProcessorWrapper`] puts around the processor of one node in one task.
pub trait ProcessorInterceptor: Send {
    /// Called once, before the processor's own `init`: look up stores.
    ///
    /// # Errors
    /// As [`Processor::init`](super::Processor::init).
    fn init(&mut self, _ctx: &mut InterceptorContext<'_>) -> Result<(), BoxError> {
        Ok(())
    }

    /// Takes the place of the processor's `process`. [`ProcessorCall::proceed`] runs that; without it the record is
    /// skipped. What is done before it and after it frames the processor and all that it forwards.
    ///
    /// # Errors
    /// Whatever fails the record, as of the processor itself: the processing exception handler decides. Return the
    /// error of `proceed`: do not go on.
    fn process(&mut self, call: &mut ProcessorCall<'_>) -> Result<(), BoxError>;

    /// Called once, after the processor's own `close`.
    fn close(&mut self) {}
}

/// What an interceptor can do besides handling records: what a processor can, but for forwarding and punctuations.
pub struct InterceptorContext<'a>(ProcessorContext<'a, (), ()>);

impl InterceptorContext<'_> {
    /// The name of the wrapped node.
    pub fn node_name(&self) -> &str {
        self.0.node_name()
    }

    /// As [`ProcessorContext::application_id`].
    pub fn application_id(&self) -> &str {
        self.0.application_id()
    }

    /// As [`ProcessorContext::task_id`].
    pub fn task_id(&self) -> TaskId {
        self.0.task_id()
    }

    /// As [`ProcessorContext::record_context`].
    pub fn record_context(&self) -> &RecordContext {
        self.0.record_context()
    }

    /// As [`ProcessorContext::current_stream_time_ms`].
    pub fn current_stream_time_ms(&self) -> i64 {
        self.0.current_stream_time_ms()
    }

    /// As [`ProcessorContext::current_system_time_ms`].
    pub fn current_system_time_ms(&self) -> i64 {
        self.0.current_system_time_ms()
    }

    /// As [`ProcessorContext::commit`].
    pub fn commit(&mut self) {
        self.0.commit();
    }

    /// As [`ProcessorContext::record_dropped`].
    pub fn record_dropped(&mut self) {
        self.0.record_dropped();
    }

    /// As [`ProcessorContext::store_ref`]: for the stores of the wrapper and those of the processor.
    ///
    /// # Errors
    /// As [`ProcessorContext::store_ref`].
    pub fn store_ref<S: StateStore>(&mut self, name: &str) -> Result<StoreRef<S>> {
        self.0.store_ref(name)
    }

    /// As [`ProcessorContext::store`].
    ///
    /// # Errors
    /// As [`ProcessorContext::store`].
    pub fn store<S: StateStore>(&mut self, reference: &StoreRef<S>) -> Result<&mut S> {
        self.0.store(reference)
    }
}

impl fmt::Debug for InterceptorContext<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "InterceptorContext({})", self.node_name())
    }
}

/// One record on its way into a wrapped processor.
///
/// Keys and values have the types that the processor takes. The key can only be read, so that no wrapper breaks the
/// partitioning.
pub struct ProcessorCall<'a> {
    record: &'a mut dyn Any,
    view: RecordView,
    cx: NodeContext<'a>,
    node: &'a mut dyn Node,
}

impl ProcessorCall<'_> {
    /// The context of the node.
    pub fn context(&mut self) -> InterceptorContext<'_> {
        InterceptorContext(ProcessorContext::owning(self.cx.reborrow()))
    }

    /// The name of the wrapped node.
    pub fn node_name(&self) -> &str {
        &self.cx.links.name
    }

    /// The record's timestamp, in milliseconds since the epoch.
    pub fn timestamp(&self) -> i64 {
        self.cx.task.record.timestamp
    }

    /// The key, if it is a `K`. `None` as well once the processor has taken the record.
    pub fn key<K: 'static>(&self) -> Option<&K> {
        self.key_any().and_then(|key| key.downcast_ref())
    }

    /// The key, whatever its type; `None` once the processor has taken the record.
    pub fn key_any(&self) -> Option<&dyn Any> {
        (self.view.get)(self.record).and_then(AnyRecord::key)
    }

    /// The value, if it is a `V`. `None` as well once the processor has taken the record.
    pub fn value<V: 'static>(&self) -> Option<&V> {
        self.value_any().and_then(|value| value.downcast_ref())
    }

    /// The value, whatever its type; `None` once the processor has taken the record.
    pub fn value_any(&self) -> Option<&dyn Any> {
        (self.view.get)(self.record).and_then(AnyRecord::value)
    }

    /// As [`ProcessorCall::value`], to change it before the processor sees it.
    pub fn value_mut<V: 'static>(&mut self) -> Option<&mut V> {
        (self.view.get_mut)(self.record).and_then(AnyRecord::value_mut).and_then(|value| value.downcast_mut())
    }

    /// The names of the types of key and value: for messages.
    pub fn type_name(&self) -> &'static str {
        self.view.name
    }

    /// The record's headers; `None` once the processor has taken the record.
    pub fn headers(&self) -> Option<&Headers> {
        (self.view.get)(self.record).and_then(AnyRecord::headers)
    }

    /// The record's headers, to change them before the processor sees them.
    pub fn headers_mut(&mut self) -> Option<&mut Headers> {
        (self.view.get_mut)(self.record).and_then(AnyRecord::headers_mut)
    }

    /// Hands the record to the processor; returns when all that the processor forwarded is done.
    ///
    /// # Errors
    /// What the processor, or a node behind it, returned and no exception handler forgave;
    /// [`ErrorKind::Argument`](crate::ErrorKind::Argument) when it is called for a second time.
    pub fn proceed(&mut self) -> Result<()> {
        if self.key_any().is_none() {
            return Err(Error::argument(format!(
                "the record has already been handed to processor `{}`: call `proceed` once",
                self.node_name()
            )));
        }
        self.node.process(&mut self.cx, self.record)
    }
}

impl fmt::Debug for ProcessorCall<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ProcessorCall({}, {})", self.node_name(), self.view.name)
    }
}

/// A record in the slot in which it is handed over, whatever its types.
trait AnyRecord {
    fn key(&self) -> Option<&dyn Any>;
    fn value(&self) -> Option<&dyn Any>;
    fn value_mut(&mut self) -> Option<&mut dyn Any>;
    fn headers(&self) -> Option<&Headers>;
    fn headers_mut(&mut self) -> Option<&mut Headers>;
}

impl<K: 'static, V: 'static> AnyRecord for Option<Record<K, V>> {
    fn key(&self) -> Option<&dyn Any> {
        self.as_ref().map(|record| &record.key as &dyn Any)
    }

    fn value(&self) -> Option<&dyn Any> {
        self.as_ref().map(|record| &record.value as &dyn Any)
    }

    fn value_mut(&mut self) -> Option<&mut dyn Any> {
        self.as_mut().map(|record| &mut record.value as &mut dyn Any)
    }

    fn headers(&self) -> Option<&Headers> {
        self.as_ref().map(|record| &record.headers)
    }

    fn headers_mut(&mut self) -> Option<&mut Headers> {
        self.as_mut().map(|record| &mut record.headers)
    }
}

/// How to look into the slot of a record whose types are known only to its node.
#[derive(Clone, Copy)]
pub(crate) struct RecordView {
    name: &'static str,
    get: fn(&dyn Any) -> Option<&dyn AnyRecord>,
    get_mut: fn(&mut dyn Any) -> Option<&mut dyn AnyRecord>,
}

impl RecordView {
    pub(crate) fn of<K: 'static, V: 'static>() -> Self {
        Self {
            name: type_name::<(K, V)>(),
            get: |slot| slot.downcast_ref::<Option<Record<K, V>>>().map(|slot| slot as _),
            get_mut: |slot| slot.downcast_mut::<Option<Record<K, V>>>().map(|slot| slot as _),
        }
    }

    /// The names of the types of key and value.
    pub(crate) fn name(self) -> &'static str {
        self.name
    }
}

/// A processor's node with an interceptor around it.
pub(crate) struct WrappedNode {
    node: Box<dyn Node>,
    interceptor: Box<dyn ProcessorInterceptor>,
    view: RecordView,
}

impl WrappedNode {
    pub(crate) fn new(
        node: Box<dyn Node>,
        interceptor: Box<dyn ProcessorInterceptor>,
        view: RecordView,
    ) -> Self {
        Self { node, interceptor, view }
    }
}

impl Node for WrappedNode {
    fn init(&mut self, cx: &mut NodeContext<'_>) -> Result<()> {
        let interceptor = &mut self.interceptor;
        guard(|| interceptor.init(&mut InterceptorContext(ProcessorContext::new(cx))))?;
        self.node.init(cx)
    }

    fn process(&mut self, cx: &mut NodeContext<'_>, record: &mut dyn Any) -> Result<()> {
        let Self { node, interceptor, view } = self;
        let mut call = ProcessorCall { record, view: *view, cx: cx.reborrow(), node: node.as_mut() };
        guard(|| interceptor.process(&mut call))
    }

    fn punctuate(&mut self, cx: &mut NodeContext<'_>, id: PunctuationId, timestamp: i64) -> Result<()> {
        self.node.punctuate(cx, id, timestamp)
    }

    fn flush_cache(&mut self, cx: &mut NodeContext<'_>) -> Result<()> {
        self.node.flush_cache(cx)
    }

    fn close(&mut self) {
        self.node.close();
        node::close_guarded(|| self.interceptor.close());
    }
}
