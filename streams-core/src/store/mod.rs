//! State stores: what a task may remember between records.

mod builder;
mod context;
mod table;

pub use builder::StoreBuilder;
pub use context::StoreContext;
pub use table::{StateStore, StoreRef, Stores};
