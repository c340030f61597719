//! A topic's configuration as the broker works with it.

use std::collections::BTreeMap;

use super::settings::Settings;
use super::topic_keys::{INTERNAL_SEGMENT_BYTES, topic_key};
use crate::log::{CompactionSettings, LogSettings};

/// Whose clock a record's time stamp comes from (`message.timestamp.type`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum TimestampType {
    /// The producer's.
    CreateTime,
    /// The broker's.
    LogAppendTime,
}

/// A topic's settings and defaults, parsed.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct TopicConfig {
    /// Whether old segments are deleted.
    pub(crate) delete: bool,
    /// Whether only the newest record of a key is kept.
    pub(crate) compact: bool,
    /// Age at which segments are deleted, in ms; negative for never.
    pub(crate) retention_ms: i64,
    /// Size above which segments are deleted, in bytes; negative for never.
    pub(crate) retention_bytes: i64,
    /// What compaction needs.
    pub(crate) compaction: CompactionSettings,
    /// Largest batch, in bytes.
    pub(crate) max_message_bytes: usize,
    /// The codec that batches are stored with; `None` for the producer's.
    pub(crate) compression: Option<u8>,
    /// The level of that codec; `None` for its default, also where it knows no levels.
    pub(crate) compression_level: Option<i32>,
    /// Whose time stamps records carry.
    pub(crate) timestamp_type: TimestampType,
    /// How far in the past a record's time stamp may lie, in ms.
    pub(crate) timestamp_before_max_ms: i64,
    /// How far in the future a record's time stamp may lie, in ms.
    pub(crate) timestamp_after_max_ms: i64,
    /// What the log needs.
    pub(crate) log: LogSettings,
    /// A log is synced after this time, in ms.
    pub(crate) flush_ms: i64,
}

impl TopicConfig {
    /// Parses a topic's overrides on top of the broker's defaults. All values have been validated.
    pub(crate) fn new(overrides: &BTreeMap<String, String>, settings: &Settings, sync: bool) -> Self {
        let text = |key: &str| effective(key, overrides, settings).trim();
        let number = |key: &str| text(key).trim().parse::<i64>().unwrap_or(0);
        let policies = text("cleanup.policy");
        let has = |policy: &str| policies.split(',').any(|found| found.trim() == policy);
        let timestamp_type = match text("message.timestamp.type") {
            "LogAppendTime" => TimestampType::LogAppendTime,
            _ => TimestampType::CreateTime,
        };
        TopicConfig {
            delete: has("delete"),
            compact: has("compact"),
            retention_ms: number("retention.ms"),
            retention_bytes: number("retention.bytes"),
            compaction: CompactionSettings {
                delete_retention_ms: number("delete.retention.ms"),
                min_lag_ms: number("min.compaction.lag.ms"),
                max_lag_ms: number("max.compaction.lag.ms"),
                min_dirty_ratio: text("min.cleanable.dirty.ratio").trim().parse().unwrap_or(0.5),
            },
            max_message_bytes: usize::try_from(number("max.message.bytes")).unwrap_or(0),
            compression: match text("compression.type") {
                "uncompressed" => Some(0),
                "gzip" => Some(1),
                "snappy" => Some(2),
                "lz4" => Some(3),
                "zstd" => Some(4),
                _ => None,
            },
            compression_level: match text("compression.type") {
                // -1 is gzip's default.
                "gzip" => i32::try_from(number("compression.gzip.level")).ok().filter(|level| *level >= 0),
                "zstd" => i32::try_from(number("compression.zstd.level")).ok(),
                _ => None,
            },
            timestamp_type,
            timestamp_before_max_ms: number("message.timestamp.before.max.ms"),
            timestamp_after_max_ms: number("message.timestamp.after.max.ms"),
            log: LogSettings {
                segment_bytes: match overrides.contains_key(INTERNAL_SEGMENT_BYTES) {
                    true => number(INTERNAL_SEGMENT_BYTES) as u64,
                    false => number("segment.bytes") as u64,
                },
                // A segment that is written is not compacted, so it must not be written for longer.
                segment_ms: match has("compact") {
                    true => number("segment.ms").min(number("max.compaction.lag.ms")),
                    false => number("segment.ms"),
                },
                index_interval: number("index.interval.bytes") as u64,
                log_append_time: timestamp_type == TimestampType::LogAppendTime,
                sync,
                flush_messages: number("flush.messages"),
            },
            flush_ms: number("flush.ms"),
        }
    }
}

/// The value of a topic's key: its own, the broker's, or the default.
pub(crate) fn effective<'a>(
    key: &str,
    overrides: &'a BTreeMap<String, String>,
    settings: &'a Settings,
) -> &'a str {
    if let Some(value) = overrides.get(key) {
        return value;
    }
    let Some(definition) = topic_key(key) else { return "" };
    match definition.broker_key.and_then(|broker_key| settings.set_value(broker_key)) {
        Some(value) => value,
        None => definition.default,
    }
}
