//! The one error type of the library: a kind that says what the caller must do, the facts, and the source.

use std::borrow::Cow;
use std::error::Error as StdError;
use std::fmt;

/// Any error that user code may return.
pub type BoxError = Box<dyn StdError + Send + Sync + 'static>;

/// The result of the library's fallible functions.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// What the caller must do about an [`Error`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ErrorKind {
    /// Nothing is wrong with the program: the same call may succeed later (a broker is away, a time-out passed).
    Retry,
    /// The topology is impossible: mend it and build it again. Kafka's `TopologyException`.
    Topology,
    /// An argument of the call is out of its range. Kafka's `IllegalArgumentException`.
    Argument,
    /// A configuration value is missing or wrong. Kafka's `ConfigException`.
    Config,
    /// A record cannot be read, written or placed: mend the data or set an exception handler.
    Data,
    /// User code (a closure or a processor) returned an error or panicked.
    Processing,
    /// Local state cannot be used as it is: locked, full, corrupt, or of another topology.
    State,
    /// This instance lost its tasks to another one (fenced, migrated): close it or let it rejoin.
    Fenced,
    /// The object is closed or not started: open it again.
    Closed,
    /// A defect of this library: please report it.
    Bug,
}

/// An error of the library.
///
/// ```
/// use streams_core::{Error, ErrorKind};
///
/// let error = Error::new(ErrorKind::Config, "`application.id` is missing");
/// assert_eq!(error.kind(), ErrorKind::Config);
/// assert_eq!(error.to_string(), "`application.id` is missing");
/// ```
pub struct Error {
    /// Boxed, so that a `Result<()>` is one machine word: it is returned several times for every record and node.
    facts: Box<Facts>,
}

#[derive(Debug)]
struct Facts {
    kind: ErrorKind,
    message: Cow<'static, str>,
    source: Option<BoxError>,
    handled: bool,
}

impl Error {
    /// An error without a source.
    pub fn new(kind: ErrorKind, message: impl Into<Cow<'static, str>>) -> Self {
        Self { facts: Box::new(Facts { kind, message: message.into(), source: None, handled: false }) }
    }

    /// The same error with the error that caused it.
    #[must_use]
    pub fn with_source(mut self, source: impl Into<BoxError>) -> Self {
        self.facts.source = Some(source.into());
        self
    }

    /// The same error with `context` and a colon before its message.
    #[must_use]
    pub fn context(mut self, context: impl fmt::Display) -> Self {
        self.facts.message = format!("{context}: {}", self.facts.message).into();
        self
    }

    /// What the caller must do.
    pub fn kind(&self) -> ErrorKind {
        self.facts.kind
    }

    /// The innermost cause: the last error of the chain of sources, or this error.
    pub fn root_cause(&self) -> &(dyn StdError + 'static) {
        let mut cause: &(dyn StdError + 'static) = self;
        while let Some(next) = cause.source() {
            cause = next;
        }
        cause
    }

    /// Whether an exception handler has already decided about this error, so that no other one is asked.
    pub(crate) fn is_handled(&self) -> bool {
        self.facts.handled
    }

    /// Whether the processing exception handler may decide about this error. Errors of the library's own machinery
    /// (lost tasks, defects) pass it by.
    pub(crate) fn goes_to_processing_handler(&self) -> bool {
        !matches!(self.facts.kind, ErrorKind::Retry | ErrorKind::Fenced | ErrorKind::Closed | ErrorKind::Bug)
    }

    /// The same error of a step that cannot be repeated, for what it had begun with is gone: if it may pass, the task
    /// must start anew from its last commit.
    pub(crate) fn not_repeatable(mut self) -> Self {
        if self.facts.kind == ErrorKind::Retry {
            self.facts.kind = ErrorKind::Fenced;
        }
        self
    }

    pub(crate) fn mark_handled(mut self) -> Self {
        self.facts.handled = true;
        self
    }

    /// The error that user code returned: passed on as it is when it came from the library itself.
    pub(crate) fn from_user(error: BoxError) -> Self {
        match error.downcast::<Error>() {
            Ok(own) => *own,
            Err(foreign) => Self::new(ErrorKind::Processing, foreign.to_string()).with_source(foreign),
        }
    }
}

macro_rules! constructors {
    ($($(#[$doc:meta])* $name:ident => $kind:ident;)*) => {
        impl Error {
            $($(#[$doc])* pub fn $name(message: impl Into<Cow<'static, str>>) -> Self {
                Self::new(ErrorKind::$kind, message)
            })*
        }
    };
}

constructors! {
    /// An error of kind [`ErrorKind::Topology`].
    topology => Topology;
    /// An error of kind [`ErrorKind::Argument`].
    argument => Argument;
    /// An error of kind [`ErrorKind::Config`].
    config => Config;
    /// An error of kind [`ErrorKind::Data`].
    data => Data;
    /// An error of kind [`ErrorKind::State`].
    state => State;
    /// An error of kind [`ErrorKind::Bug`].
    bug => Bug;
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.facts.message)
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Facts { kind, message, source, .. } = &*self.facts;
        f.debug_struct("Error").field("kind", kind).field("message", message).field("source", source).finish()
    }
}

impl StdError for Error {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        self.facts.source.as_deref().map(|source| source as _)
    }
}
