//! How a topology describes a store before any task has one.

use std::collections::BTreeMap;
use std::fmt;

use super::{StateStore, StoreContext};
use crate::error::Result;

/// Describes a store: its name, whether changes are logged, and how to make one for a task.
pub trait StoreBuilder: fmt::Debug + Send + Sync + 'static {
    /// The store's name.
    fn name(&self) -> &str;

    /// Whether changes go to a changelog topic.
    fn logging_enabled(&self) -> bool;

    /// The settings of the changelog topic: those of the kind of store, then the user's (features S40 to S45).
    /// `additional_retention_ms` is `windowstore.changelog.additional.retention.ms`.
    fn changelog_config(&self, additional_retention_ms: i64) -> BTreeMap<String, String>;

    /// What the user set for the changelog topic, which wins over the `topic.*` configuration (KIP-173).
    fn changelog_overrides(&self) -> BTreeMap<String, String> {
        BTreeMap::new()
    }

    /// Makes the store of one task.
    ///
    /// # Errors
    /// The store cannot be opened.
    fn build(&self, context: &StoreContext<'_>) -> Result<Box<dyn StateStore>>;
}
