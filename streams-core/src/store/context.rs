//! What a store is told when it is made.

use super::bytes::ByteStore;
use super::task_state::TaskState;
use crate::error::Result;
use crate::task_id::TaskId;

/// What a store is told when it is made.
#[derive(Debug)]
pub struct StoreContext<'a> {
    /// The application's id.
    pub application_id: &'a str,
    /// The task that the store belongs to.
    pub task_id: TaskId,
    /// The topic that restores the store, if there is one.
    pub changelog_topic: Option<&'a str>,
    /// Whether the store writes its changes to that topic (not so when the topic is an input of the application, when
    /// the store is global, or when logging is off).
    pub write_changelog: bool,
    /// Whether there is a record cache: `statestore.cache.max.bytes` is not 0.
    pub cache: bool,
    /// The task's local state.
    pub state: &'a TaskState,
}

impl StoreContext<'_> {
    /// The topic that serdes are told: the changelog's name, whether or not there is one.
    pub(crate) fn serde_topic(&self, store: &str) -> String {
        match self.changelog_topic {
            Some(topic) => topic.to_owned(),
            None => format!("{}-{store}-changelog", self.application_id),
        }
    }

    /// An ordered store of bytes called `family`: in the task's database, or in memory.
    pub(crate) fn bytes(&self, family: &str, persistent: bool) -> Result<ByteStore> {
        if persistent { self.state.persistent_bytes(family) } else { Ok(ByteStore::in_memory()) }
    }
}
