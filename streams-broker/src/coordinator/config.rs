//! Settings of the group coordinator, under Kafka's names.

use crate::config::Settings;

/// Settings of the group coordinator; times in milliseconds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct GroupConfig {
    /// `group.min.session.timeout.ms`
    pub(crate) min_session_timeout_ms: i32,
    /// `group.max.session.timeout.ms`
    pub(crate) max_session_timeout_ms: i32,
    /// `group.initial.rebalance.delay.ms`: how long the first members of a classic group wait for more.
    pub(crate) initial_rebalance_delay_ms: i32,
    /// `group.max.size`
    pub(crate) max_size: usize,
    /// `offset.metadata.max.bytes`
    pub(crate) offset_metadata_max_bytes: usize,
    /// `offsets.retention.minutes`, in milliseconds.
    pub(crate) offsets_retention_ms: i64,
    /// `offsets.retention.check.interval.ms`
    pub(crate) offsets_retention_check_interval_ms: i64,
    /// `group.consumer.max.size`
    pub(crate) consumer_max_size: usize,
    /// `group.streams.max.size`
    pub(crate) streams_max_size: usize,
}

impl GroupConfig {
    /// The settings under Kafka's keys.
    pub(crate) fn new(settings: &Settings) -> Self {
        let int = |key: &str| i32::try_from(settings.number(key)).unwrap_or(i32::MAX);
        let size = |key: &str| usize::try_from(settings.number(key)).unwrap_or(usize::MAX);
        Self {
            min_session_timeout_ms: int("group.min.session.timeout.ms"),
            max_session_timeout_ms: int("group.max.session.timeout.ms"),
            initial_rebalance_delay_ms: int("group.initial.rebalance.delay.ms"),
            max_size: size("group.max.size"),
            offset_metadata_max_bytes: size("offset.metadata.max.bytes"),
            offsets_retention_ms: settings.number("offsets.retention.minutes").saturating_mul(60_000),
            offsets_retention_check_interval_ms: settings.number("offsets.retention.check.interval.ms"),
            consumer_max_size: size("group.consumer.max.size"),
            streams_max_size: size("group.streams.max.size"),
        }
    }
}

impl Default for GroupConfig {
    fn default() -> Self {
        Self::new(&Settings::default())
    }
}
