//! Exception handlers: who decides whether a bad record is dropped or stops the task.

use std::fmt;
use std::sync::Arc;

use crate::dead_letter::DeadLetter;
use crate::error::{Error, ErrorKind};
use crate::record::RecordContext;
use crate::task_id::TaskId;

/// Where and on which record an error happened (KIP-1033).
#[derive(Debug, Clone, Copy)]
pub struct ErrorHandlerContext<'a> {
    /// The record at hand: topic, partition, offset, headers, raw bytes. Without a topic: a punctuation.
    pub record: &'a RecordContext,
    /// The node that raised the error.
    pub processor_node: &'a str,
    /// The task.
    pub task_id: TaskId,
}

/// What to do about a failed [`Processor::process`](crate::Processor::process) or punctuation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ProcessingDecision {
    /// Drop the record for the node that failed and what is below it; its siblings still get it.
    Continue,
    /// Stop the stream thread with the error.
    Fail,
}

/// Decides about errors of user code. Kafka's `processing.exception.handler`.
pub trait ProcessingExceptionHandler: Send + Sync + 'static {
    /// The decision about `error`.
    fn handle(&self, context: &ErrorHandlerContext<'_>, error: &Error) -> ProcessingDecision;

    /// Records about `error` for a dead-letter queue, sent before the decision is carried out (KIP-1034). `topic` is
    /// `errors.dead.letter.queue.topic.name`, if set. The built-in handlers write [`DeadLetter::about`] to it; the
    /// default, for handlers of your own, writes nothing.
    fn dead_letters(
        &self,
        _context: &ErrorHandlerContext<'_>,
        _error: &Error,
        _topic: Option<&str>,
    ) -> Vec<DeadLetter> {
        Vec::new()
    }
}

/// What to do about a record that cannot be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DeserializationDecision {
    /// Drop the record and go on behind it.
    Continue,
    /// Stop the stream thread with the error.
    Fail,
}

/// Decides about records that cannot be read. Kafka's `deserialization.exception.handler` (KIP-161).
pub trait DeserializationExceptionHandler: Send + Sync + 'static {
    /// The decision about `error`.
    fn handle(&self, context: &ErrorHandlerContext<'_>, error: &Error) -> DeserializationDecision;

    /// Records about `error` for a dead-letter queue, sent before the decision is carried out (KIP-1034). `topic` is
    /// `errors.dead.letter.queue.topic.name`, if set. The built-in handlers write [`DeadLetter::about`] to it; the
    /// default, for handlers of your own, writes nothing.
    fn dead_letters(
        &self,
        _context: &ErrorHandlerContext<'_>,
        _error: &Error,
        _topic: Option<&str>,
    ) -> Vec<DeadLetter> {
        Vec::new()
    }
}

/// What to do about a record that cannot be serialized or sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ProductionDecision {
    /// Drop the record and go on.
    Continue,
    /// Try again, from the task's last commit on: only for errors that may pass; otherwise as `Fail` (KIP-1065).
    Retry,
    /// Stop the stream thread with the error.
    Fail,
}

/// Decides about records that cannot be serialized or sent. Kafka's `production.exception.handler` (KIP-210, KIP-399).
pub trait ProductionExceptionHandler: Send + Sync + 'static {
    /// The decision about `error`, raised by a record on its way to `topic`.
    fn handle(&self, context: &ErrorHandlerContext<'_>, topic: &str, error: &Error) -> ProductionDecision;

    /// Records about `error` for a dead-letter queue, sent before the decision is carried out (KIP-1034). `topic` is
    /// `errors.dead.letter.queue.topic.name`, if set. The built-in handlers write [`DeadLetter::about`] to it; the
    /// default, for handlers of your own, writes nothing.
    fn dead_letters(
        &self,
        _context: &ErrorHandlerContext<'_>,
        _error: &Error,
        _topic: Option<&str>,
    ) -> Vec<DeadLetter> {
        Vec::new()
    }
}

/// Log and stop: the default of all three handlers. Only a record that could not be sent for a reason that may pass is
/// tried again (KIP-1065).
#[derive(Debug, Clone, Copy, Default)]
pub struct LogAndFail;

/// Log and go on without the record.
#[derive(Debug, Clone, Copy, Default)]
pub struct LogAndContinue;

/// A built-in handler: always the same decision (`$error` may be looked at), and a dead letter if there is a topic for them.
macro_rules! built_in {
    ($($trait:ident for $handler:ty: |$error:ident $(, $topic:ty)?| -> $decision:ty { $decide:expr })*) => {$(
        impl $trait for $handler {
            fn handle(&self, _: &ErrorHandlerContext<'_>, $(_: $topic,)? $error: &Error) -> $decision {
                $decide
            }

            fn dead_letters(
                &self,
                context: &ErrorHandlerContext<'_>,
                error: &Error,
                topic: Option<&str>,
            ) -> Vec<DeadLetter> {
                topic.map(|topic| DeadLetter::about(error, context, topic)).into_iter().collect()
            }
        }
    )*};
}

built_in! {
    ProcessingExceptionHandler for LogAndFail: |_error| -> ProcessingDecision { ProcessingDecision::Fail }
    ProcessingExceptionHandler for LogAndContinue: |_error| -> ProcessingDecision { ProcessingDecision::Continue }
    DeserializationExceptionHandler for LogAndFail:
        |_error| -> DeserializationDecision { DeserializationDecision::Fail }
    DeserializationExceptionHandler for LogAndContinue:
        |_error| -> DeserializationDecision { DeserializationDecision::Continue }
    ProductionExceptionHandler for LogAndFail: |error, &str| -> ProductionDecision {
        if error.kind() == ErrorKind::Retry { ProductionDecision::Retry } else { ProductionDecision::Fail }
    }
    ProductionExceptionHandler for LogAndContinue: |_error, &str| -> ProductionDecision { ProductionDecision::Continue }
}

/// The three handlers of an application, and where dead letters go.
#[derive(Clone)]
pub struct ErrorHandlers {
    /// For errors of user code.
    pub processing: Arc<dyn ProcessingExceptionHandler>,
    /// For records that cannot be read.
    pub deserialization: Arc<dyn DeserializationExceptionHandler>,
    /// For records that cannot be serialized or sent.
    pub production: Arc<dyn ProductionExceptionHandler>,
    /// `errors.dead.letter.queue.topic.name`: handed to the handlers (KIP-1034).
    pub dead_letter_topic: Option<Arc<str>>,
}

impl Default for ErrorHandlers {
    fn default() -> Self {
        Self {
            processing: Arc::new(LogAndFail),
            deserialization: Arc::new(LogAndFail),
            production: Arc::new(LogAndFail),
            dead_letter_topic: None,
        }
    }
}

impl fmt::Debug for ErrorHandlers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ErrorHandlers")
    }
}
