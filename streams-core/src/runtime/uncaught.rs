//! What happens when a stream thread dies (KIP-671).

use crate::error::Error;

/// What to do about a stream thread that died.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StreamThreadExceptionResponse {
    /// Start another thread in its place: it takes the tasks up where they were last committed.
    ReplaceThread,
    /// Close this instance; it ends in [`State::Error`](super::State::Error). The default.
    ShutdownClient,
    /// Close all instances of the application. With the plain consumer group only this instance hears of it: it closes as
    /// with [`StreamThreadExceptionResponse::ShutdownClient`], and a warning says so.
    ShutdownApplication,
}

/// Decides what happens when a stream thread dies of an error that no other handler forgave.
///
/// ```
/// use streams_core::{Error, ErrorKind, StreamThreadExceptionResponse, UncaughtExceptionHandler};
///
/// let handler = |error: &Error| match error.kind() {
///     ErrorKind::Retry => StreamThreadExceptionResponse::ReplaceThread,
///     _ => StreamThreadExceptionResponse::ShutdownClient,
/// };
/// assert_eq!(handler.handle(&Error::data("bad")), StreamThreadExceptionResponse::ShutdownClient);
/// ```
pub trait UncaughtExceptionHandler: Send + Sync + 'static {
    /// The decision. Called by the thread that dies.
    fn handle(&self, error: &Error) -> StreamThreadExceptionResponse;
}

impl<F> UncaughtExceptionHandler for F
where
    F: Fn(&Error) -> StreamThreadExceptionResponse + Send + Sync + 'static,
{
    fn handle(&self, error: &Error) -> StreamThreadExceptionResponse {
        self(error)
    }
}
