//! The crate's error: what happened, where, and what the caller can do.

use std::error::Error as StdError;
use std::fmt;
use std::io;
use std::path::Path;

/// What the caller must do about an [`Error`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum ErrorKind {
    /// A setting is wrong: correct it and start again.
    Config,
    /// The listen address cannot be used: choose another one, or port 0 for any free port.
    Network,
    /// The data directory cannot be read or written: check its rights, its space, and that no
    /// other broker uses it.
    Storage,
    /// A file in the data directory does not hold what it should: restore it, or delete the topic
    /// that the message names.
    Data,
    /// The broker has been stopped: start a new one.
    Closed,
    /// A fault of the broker itself: please report it.
    Internal,
}

/// An error of the embedded broker.
#[derive(Debug)]
pub struct Error {
    kind: ErrorKind,
    message: String,
    source: Option<Box<dyn StdError + Send + Sync>>,
}

/// A result whose error is [`Error`].
pub type Result<T> = std::result::Result<T, Error>;

impl Error {
    pub(crate) fn new(kind: ErrorKind, message: impl Into<String>) -> Self {
        Error { kind, message: message.into(), source: None }
    }

    pub(crate) fn config(message: impl Into<String>) -> Self {
        Error::new(ErrorKind::Config, message)
    }

    pub(crate) fn data(message: impl Into<String>) -> Self {
        Error::new(ErrorKind::Data, message)
    }

    pub(crate) fn with_source(mut self, source: impl Into<Box<dyn StdError + Send + Sync>>) -> Self {
        self.source = Some(source.into());
        self
    }

    /// A failed operation on a file: `action` completes "cannot … PATH".
    pub(crate) fn storage(action: &str, path: &Path, source: io::Error) -> Self {
        Error::new(ErrorKind::Storage, format!("cannot {action} {}: {source}", path.display()))
            .with_source(source)
    }

    /// What the caller must do.
    pub fn kind(&self) -> ErrorKind {
        self.kind
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl StdError for Error {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        self.source.as_deref().map(|source| source as &(dyn StdError + 'static))
    }
}
