//! Faults on demand, for tests of programs that must cope with them, and a journal of requests.

mod answers;
mod api_key;
mod journal;
mod table;

pub use api_key::ApiKey;
pub use journal::{Journal, JournalEntry};
pub use table::{Fault, Faults};

pub(crate) use answers::error_answer;
pub(crate) use journal::JournalState;
pub(crate) use table::{FaultTable, Verdict};
