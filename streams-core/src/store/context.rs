//! What a store is told when it is made.

use crate::task_id::TaskId;

/// What a store is told when it is made.
#[derive(Debug)]
pub struct StoreContext<'a> {
    /// The application's id.
    pub application_id: &'a str,
    /// The task that the store belongs to.
    pub task_id: TaskId,
    /// The changelog's topic, if changes are logged.
    pub changelog_topic: Option<&'a str>,
}
