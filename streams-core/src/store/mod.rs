//! State stores: what a task may remember between records.

mod builder;
mod bytes;
mod changelog;
mod context;
mod disk;
mod state_store;
mod table;
mod task_state;

pub use builder::StoreBuilder;
pub use changelog::ChangelogRecord;
pub use context::StoreContext;
pub use disk::{StateMemory, StateWrites};
pub use state_store::StateStore;
pub use table::{StoreRef, Stores};
pub use task_state::{StateOptions, TaskState};
