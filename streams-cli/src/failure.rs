//! Why a command failed, in words for the person at the terminal.

use std::fmt;

use rdkafka::error::KafkaError;

/// Why a command failed.
#[derive(Debug)]
pub(crate) enum Failure {
    /// For the person at the terminal; a line for each thing that failed.
    Messages(Vec<String>),
    /// Who read standard output has gone: there is nobody to tell, and nothing to tell.
    ReaderGone,
}

impl Failure {
    pub(crate) fn new(message: impl Into<String>) -> Self {
        Self::Messages(vec![message.into()])
    }

    /// A failure of something done to `what`.
    pub(crate) fn of(what: impl fmt::Display, error: impl fmt::Display) -> Self {
        Self::new(format!("{what}: {error}"))
    }

    /// Fails with all of these, if there are any.
    pub(crate) fn all(failures: Vec<Self>) -> Result<(), Self> {
        let mut messages = Vec::new();
        for failure in failures {
            match failure {
                Self::Messages(more) => messages.extend(more),
                Self::ReaderGone => return Err(Self::ReaderGone),
            }
        }
        if messages.is_empty() { Ok(()) } else { Err(Self::Messages(messages)) }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Messages(messages) => f.write_str(&messages.join("; ")),
            Self::ReaderGone => f.write_str("standard output is closed"),
        }
    }
}

impl From<KafkaError> for Failure {
    fn from(error: KafkaError) -> Self {
        Self::new(error.to_string())
    }
}

impl From<std::io::Error> for Failure {
    fn from(error: std::io::Error) -> Self {
        // Of what the commands do themselves only writing to standard output can fail so.
        match error.kind() {
            std::io::ErrorKind::BrokenPipe => Self::ReaderGone,
            _ => Self::new(error.to_string()),
        }
    }
}
