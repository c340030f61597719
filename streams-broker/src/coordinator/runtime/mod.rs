//! What drives the coordinators' state machines: locks, the internal topics' logs, the clock, and the requests
//! that wait.

mod groups;
mod journal;
mod topics;
mod transactions;

pub(crate) use groups::GroupCoordinator;
pub(crate) use journal::{Journal, JournalError};
pub(crate) use transactions::TransactionCoordinator;
