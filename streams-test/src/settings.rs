//! What a driver was made with.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

use streams_core::{Error, ErrorHandlers, RawTimestampExtractor, Result, StreamsConfig, TaskOptions};

/// What a driver was made with.
pub(crate) struct Settings {
    pub(crate) config: StreamsConfig,
    /// The wall clock at the start, in milliseconds since the epoch.
    pub(crate) wall_clock: i64,
    /// Numbers of partitions of topics; empty: one task for everything.
    pub(crate) partitions: BTreeMap<String, i32>,
    pub(crate) commit_each_record: bool,
    pub(crate) handlers: Option<ErrorHandlers>,
    pub(crate) default_timestamp_extractor: Option<Arc<dyn RawTimestampExtractor>>,
    pub(crate) state_directory: Option<PathBuf>,
}

impl Settings {
    /// Tells a task what the configuration says.
    pub(crate) fn apply(&self, options: &mut TaskOptions) -> Result<()> {
        if let Some(idle) = self.number("max.task.idle.ms")? {
            options.max_task_idle_ms = idle;
        }
        if let Some(bytes) = self.number("statestore.cache.max.bytes")? {
            options.cache_max_bytes = usize::try_from(bytes).unwrap_or(0);
        }
        if let Some(handlers) = &self.handlers {
            options.handlers = Arc::new(handlers.clone());
        }
        if let Some(extractor) = &self.default_timestamp_extractor {
            options.default_timestamp_extractor = Arc::clone(extractor);
        }
        Ok(())
    }

    fn number(&self, key: &str) -> Result<Option<i64>> {
        let parse = |text: &str| {
            text.parse().map_err(|_| Error::config(format!("`{key}` must be a number and is `{text}`")))
        };
        self.config.get(key).map(parse).transpose()
    }
}

/// The configuration of a test: it needs no application id.
pub(crate) fn with_application_id(config: Option<StreamsConfig>) -> Result<StreamsConfig> {
    match config {
        Some(config) if config.application_id().is_ok() => Ok(config),
        Some(config) => {
            let builder = StreamsConfig::builder().application_id("test");
            let all = config.with_prefix("").into_iter();
            all.fold(builder, |builder, (key, value)| builder.set(key, value)).build()
        }
        None => StreamsConfig::builder().application_id("test").build(),
    }
}
