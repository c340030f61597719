//! What a driver was made with.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

use streams_core::StreamsConfig;

/// What a driver was made with.
#[derive(Debug)]
pub(crate) struct Settings {
    pub(crate) config: Arc<StreamsConfig>,
    /// The wall clock at the start, in milliseconds since the epoch.
    pub(crate) wall_clock: i64,
    /// Numbers of partitions of topics; empty: one task for everything.
    pub(crate) partitions: BTreeMap<String, i32>,
    pub(crate) commit_each_record: bool,
    pub(crate) state_directory: Option<PathBuf>,
}
