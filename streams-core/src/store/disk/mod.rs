//! The persistent part of a task's state: one RocksDB, a column family for each store, and one for offsets.

mod db;
mod errors;
mod memory;

pub use db::StateWrites;
pub(crate) use db::{DiskIterator, TaskDb, wipe};
pub use memory::StateMemory;
