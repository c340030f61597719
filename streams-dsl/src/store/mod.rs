//! Stores behind tables: how they are described, and how processors use them.

mod key_value;
mod spec;
mod writer;

pub(crate) use key_value::{KvStore, Put};
pub(crate) use spec::{StoreForm, StoreSpec, logged};
pub(crate) use writer::TableWriter;
