//! Processors that cannot change the key, so that the partitioning stays as it is (KIP-820).

use std::fmt;
use std::path::Path;
use std::time::Duration;

use super::punctuation::{PunctuationId, PunctuationType};
use super::{Processor, ProcessorContext};
use crate::config::StreamsConfig;
use crate::error::{BoxError, Result};
use crate::record::{Headers, Record, RecordContext, RecordMetadata};
use crate::store::{StateStore, StoreRef, Stores};
use crate::task_id::TaskId;

/// A record whose key can be read but not replaced.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FixedKeyRecord<K, V> {
    key: K,
    /// The value.
    pub value: V,
    /// Milliseconds since the epoch.
    pub timestamp: i64,
    /// The headers.
    pub headers: Headers,
}

impl<K, V> FixedKeyRecord<K, V> {
    /// The key.
    pub fn key(&self) -> &K {
        &self.key
    }

    /// The same record with another value (of another type, perhaps).
    pub fn with_value<V2>(self, value: V2) -> FixedKeyRecord<K, V2> {
        FixedKeyRecord { key: self.key, value, timestamp: self.timestamp, headers: self.headers.detach() }
    }

    /// The same record at another time, in milliseconds since the epoch.
    #[must_use]
    pub fn with_timestamp(self, timestamp: i64) -> Self {
        Self { timestamp, headers: self.headers.detach(), ..self }
    }

    pub(crate) fn from_record(record: Record<K, V>) -> Self {
        Self { key: record.key, value: record.value, timestamp: record.timestamp, headers: record.headers }
    }

    fn into_record(self) -> Record<K, V> {
        Record { key: self.key, value: self.value, timestamp: self.timestamp, headers: self.headers }
    }
}

/// A processor that keeps the key of every record.
#[diagnostic::on_unimplemented(
    message = "`{Self}` does not process values of `{VIn}` by keys of `{K}`",
    note = "it must be a `FixedKeyProcessor<{K}, {VIn}, _>`, for that is what comes in; a `Processor`, which may change the key, belongs into `process`"
)]
pub trait FixedKeyProcessor<K, VIn, VOut>: Send {
    /// As [`Processor::init`].
    ///
    /// # Errors
    /// As [`Processor::init`].
    fn init(&mut self, _ctx: &mut FixedKeyProcessorContext<'_, K, VOut>) -> Result<(), BoxError> {
        Ok(())
    }

    /// As [`Processor::process`].
    ///
    /// # Errors
    /// As [`Processor::process`].
    fn process(
        &mut self,
        record: FixedKeyRecord<K, VIn>,
        ctx: &mut FixedKeyProcessorContext<'_, K, VOut>,
    ) -> Result<(), BoxError>;

    /// As [`Processor::punctuate`].
    ///
    /// # Errors
    /// As [`Processor::process`].
    fn punctuate(
        &mut self,
        _punctuation: PunctuationId,
        _timestamp: i64,
        _ctx: &mut FixedKeyProcessorContext<'_, K, VOut>,
    ) -> Result<(), BoxError> {
        Ok(())
    }

    /// As [`Processor::close`].
    fn close(&mut self) {}
}

/// What a [`FixedKeyProcessor`] can do while it runs.
pub struct FixedKeyProcessorContext<'a, K, V> {
    inner: ProcessorContext<'a, K, V>,
}

impl<K, V> FixedKeyProcessorContext<'_, K, V> {
    /// As [`ProcessorContext::application_id`].
    pub fn application_id(&self) -> &str {
        self.inner.application_id()
    }

    /// As [`ProcessorContext::config`].
    pub fn config(&self) -> &StreamsConfig {
        self.inner.config()
    }

    /// As [`ProcessorContext::state_dir`].
    pub fn state_dir(&self) -> Option<&Path> {
        self.inner.state_dir()
    }

    /// As [`ProcessorContext::node_name`].
    pub fn node_name(&self) -> &str {
        self.inner.node_name()
    }

    /// As [`ProcessorContext::task_id`].
    pub fn task_id(&self) -> TaskId {
        self.inner.task_id()
    }

    /// As [`ProcessorContext::record_metadata`].
    pub fn record_metadata(&self) -> Option<RecordMetadata> {
        self.inner.record_metadata()
    }

    /// As [`ProcessorContext::record_context`].
    pub fn record_context(&self) -> &RecordContext {
        self.inner.record_context()
    }

    /// As [`ProcessorContext::current_stream_time_ms`].
    pub fn current_stream_time_ms(&self) -> i64 {
        self.inner.current_stream_time_ms()
    }

    /// As [`ProcessorContext::current_system_time_ms`].
    pub fn current_system_time_ms(&self) -> i64 {
        self.inner.current_system_time_ms()
    }

    /// As [`ProcessorContext::commit`].
    pub fn commit(&mut self) {
        self.inner.commit();
    }

    /// As [`ProcessorContext::schedule`].
    ///
    /// # Errors
    /// As [`ProcessorContext::schedule`].
    pub fn schedule(&mut self, interval: Duration, kind: PunctuationType) -> Result<PunctuationId> {
        self.inner.schedule(interval, kind)
    }

    /// As [`ProcessorContext::schedule_from`].
    ///
    /// # Errors
    /// As [`ProcessorContext::schedule_from`].
    pub fn schedule_from(
        &mut self,
        start: i64,
        interval: Duration,
        kind: PunctuationType,
    ) -> Result<PunctuationId> {
        self.inner.schedule_from(start, interval, kind)
    }

    /// As [`ProcessorContext::cancel`].
    pub fn cancel(&mut self, punctuation: PunctuationId) {
        self.inner.cancel(punctuation);
    }

    /// As [`ProcessorContext::store_ref`].
    ///
    /// # Errors
    /// As [`ProcessorContext::store_ref`].
    pub fn store_ref<S: StateStore>(&mut self, name: &str) -> Result<StoreRef<S>> {
        self.inner.store_ref(name)
    }

    /// As [`ProcessorContext::store`].
    ///
    /// # Errors
    /// As [`ProcessorContext::store`].
    pub fn store<S: StateStore>(&mut self, reference: &StoreRef<S>) -> Result<&mut S> {
        self.inner.store(reference)
    }

    /// As [`ProcessorContext::stores`].
    pub fn stores(&mut self) -> &mut Stores {
        self.inner.stores()
    }
}

impl<K: Clone + Send + 'static, V: Clone + Send + 'static> FixedKeyProcessorContext<'_, K, V> {
    /// As [`ProcessorContext::forward`], for a record that came in (only those have a key).
    ///
    /// # Errors
    /// As [`ProcessorContext::forward`].
    pub fn forward(&mut self, record: FixedKeyRecord<K, V>) -> Result<()> {
        self.inner.forward(record.into_record())
    }
}

impl<'a, K, V> From<ProcessorContext<'a, K, V>> for FixedKeyProcessorContext<'a, K, V> {
    fn from(inner: ProcessorContext<'a, K, V>) -> Self {
        Self { inner }
    }
}

impl<K, V> fmt::Debug for FixedKeyProcessorContext<'_, K, V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.inner.fmt(f)
    }
}

/// A fixed-key processor as an ordinary one.
#[derive(Debug)]
pub(crate) struct FixedKeyAdapter<P>(pub(crate) P);

impl<K, VIn, VOut> Processor<K, VIn, K, VOut> for FixedKeyAdapter<Box<dyn FixedKeyProcessor<K, VIn, VOut>>> {
    fn init(&mut self, ctx: &mut ProcessorContext<'_, K, VOut>) -> Result<(), BoxError> {
        self.0.init(&mut FixedKeyProcessorContext { inner: ctx.retyped() })
    }

    fn process(
        &mut self,
        record: Record<K, VIn>,
        ctx: &mut ProcessorContext<'_, K, VOut>,
    ) -> Result<(), BoxError> {
        // Unlike those of other processors, headers are a copy: siblings see no change that is made here.
        let record = Record { headers: record.headers.detach(), ..record };
        let record = FixedKeyRecord::from_record(record);
        self.0.process(record, &mut FixedKeyProcessorContext { inner: ctx.retyped() })
    }

    fn punctuate(
        &mut self,
        punctuation: PunctuationId,
        timestamp: i64,
        ctx: &mut ProcessorContext<'_, K, VOut>,
    ) -> Result<(), BoxError> {
        self.0.punctuate(punctuation, timestamp, &mut FixedKeyProcessorContext { inner: ctx.retyped() })
    }

    fn close(&mut self) {
        self.0.close();
    }
}
