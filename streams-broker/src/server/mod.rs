//! The TCP side: one task accepts, one task per connection reads frames, calls the API's handler
//! and writes the answer. Requests of one connection are answered in their order, so a waiting
//! Fetch holds up what is behind it, as it does on Apache Kafka.

mod budget;
mod connection;
mod frame;
mod listener;
mod quota;
mod reply;
mod session;
mod socket;

pub(crate) use budget::Budget;
pub(crate) use frame::{FrameError, RequestHeader};
#[cfg(any(test, fuzzing))]
pub(crate) use frame::{read_frame, split_header};
pub(crate) use listener::{bind, serve};
pub(crate) use reply::{FileSlice, Part, Reply};
pub(crate) use session::Session;
