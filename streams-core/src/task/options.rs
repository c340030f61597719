//! What a task is told when it is made.

use std::fmt;
use std::sync::Arc;

use crate::collector::RecordCollector;
use crate::config::StreamsConfig;
use crate::error::Result;
use crate::handler::ErrorHandlers;
use crate::store::TaskState;
use crate::time::{FailOnInvalidTimestamp, RawTimestampExtractor};

/// What a task is told when it is made, apart from its topology.
pub struct TaskOptions {
    /// The application's configuration, for processors that look into it.
    pub config: Arc<StreamsConfig>,
    /// `application.id`.
    pub application_id: Arc<str>,
    /// The topic partitions that the task reads.
    pub partitions: Vec<(Arc<str>, i32)>,
    /// Where the task's output goes.
    pub collector: Box<dyn RecordCollector>,
    /// The exception handlers. Default: log and fail.
    pub handlers: Arc<ErrorHandlers>,
    /// `default.timestamp.extractor`: for sources that have none. Default: fail on negative timestamps.
    pub default_timestamp_extractor: Arc<dyn RawTimestampExtractor>,
    /// `max.task.idle.ms` (KIP-695): -1 never waits for an empty partition; 0 waits for what the broker is known to
    /// have; more waits that many milliseconds longer. Default: 0.
    pub max_task_idle_ms: i64,
    /// Bytes that the record caches of the task's stores may hold before they are flushed; 0: there is no cache
    /// (`statestore.cache.max.bytes`). Default: 10 MiB.
    pub cache_max_bytes: usize,
    /// Where the task's persistent stores live.
    pub state: TaskState,
}

impl TaskOptions {
    /// What the configuration says, for a task that reads no partition yet.
    ///
    /// # Errors
    /// `application.id` is missing.
    pub fn from_config(
        config: &Arc<StreamsConfig>,
        state: TaskState,
        collector: Box<dyn RecordCollector>,
    ) -> Result<Self> {
        Ok(Self {
            config: Arc::clone(config),
            handlers: Arc::new(config.error_handlers()),
            default_timestamp_extractor: config.default_timestamp_extractor(),
            max_task_idle_ms: config.max_task_idle_ms(),
            cache_max_bytes: config.statestore_cache_max_bytes(),
            ..Self::new(config.application_id()?, state, collector)
        })
    }

    /// The defaults, for a task that reads no partition yet.
    pub fn new(application_id: &str, state: TaskState, collector: Box<dyn RecordCollector>) -> Self {
        Self {
            config: Arc::default(),
            application_id: application_id.into(),
            partitions: Vec::new(),
            collector,
            handlers: Arc::default(),
            default_timestamp_extractor: Arc::new(FailOnInvalidTimestamp),
            max_task_idle_ms: 0,
            cache_max_bytes: 10 << 20,
            state,
        }
    }
}

impl fmt::Debug for TaskOptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TaskOptions")
            .field("application_id", &self.application_id)
            .field("partitions", &self.partitions)
            .field("max_task_idle_ms", &self.max_task_idle_ms)
            .finish_non_exhaustive()
    }
}
