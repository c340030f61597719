//! Timestamp extractors: which time a record counts for.

use crate::error::{Error, Result};
use crate::processor::RawRecord;
use crate::record::Record;

/// Finds the time of a record of known types. Kafka's `TimestampExtractor`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` does not find the time of records of `{K}` and `{V}`",
    note = "implement `TimestampExtractor<{K}, {V}>` for it"
)]
pub trait TimestampExtractor<K, V>: Send + Sync + 'static {
    /// The record's time in milliseconds since the epoch; a negative one drops the record. `record.timestamp` is the
    /// topic's own timestamp (-1 if it has none), `partition_time` the largest time seen in the partition so far
    /// (-1 before the first record).
    ///
    /// # Errors
    /// The record has no valid time and must stop the task.
    fn extract(&self, record: &Record<K, V>, partition_time: i64) -> Result<i64>;
}

/// Finds the time of a record of any type: `default.timestamp.extractor`, for sources that have no extractor of their own.
pub trait RawTimestampExtractor: Send + Sync + 'static {
    /// As [`TimestampExtractor::extract`], before the record's bytes are interpreted.
    ///
    /// # Errors
    /// As [`TimestampExtractor::extract`].
    fn extract(&self, record: &RawRecord, partition_time: i64) -> Result<i64>;
}

/// The topic's timestamp; a negative one stops the task. The default.
#[derive(Debug, Clone, Copy, Default)]
pub struct FailOnInvalidTimestamp;

/// The topic's timestamp; a record with a negative one is logged and dropped.
#[derive(Debug, Clone, Copy, Default)]
pub struct LogAndSkipOnInvalidTimestamp;

/// The topic's timestamp; instead of a negative one, the partition's time. Without that either, the task stops.
#[derive(Debug, Clone, Copy, Default)]
pub struct UsePartitionTimeOnInvalidTimestamp;

/// The wall clock at the time of reading.
#[derive(Debug, Clone, Copy, Default)]
pub struct WallclockTimestampExtractor;

impl FailOnInvalidTimestamp {
    fn time(timestamp: i64) -> Result<i64> {
        if timestamp >= 0 {
            return Ok(timestamp);
        }
        Err(Error::data(format!(
            "the record has the invalid timestamp {timestamp}; set a timestamp extractor that finds another time, or \
             that skips such records (`default.timestamp.extractor`)"
        )))
    }
}

impl LogAndSkipOnInvalidTimestamp {
    fn time(timestamp: i64) -> i64 {
        if timestamp < 0 {
            tracing::warn!(timestamp, "record skipped: invalid timestamp");
        }
        timestamp
    }
}

impl UsePartitionTimeOnInvalidTimestamp {
    fn time(timestamp: i64, partition_time: i64) -> Result<i64> {
        match (timestamp, partition_time) {
            (0.., _) => Ok(timestamp),
            (_, 0..) => Ok(partition_time),
            _ => Err(Error::data(format!(
                "the record has the invalid timestamp {timestamp} and is the first of its partition"
            ))),
        }
    }
}

impl WallclockTimestampExtractor {
    fn time() -> i64 {
        use crate::clock::{Clock, SystemClock};
        SystemClock.now_ms()
    }
}

macro_rules! both {
    ($extractor:ty, |$record:ident, $partition_time:ident| $time:expr) => {
        impl<K, V> TimestampExtractor<K, V> for $extractor {
            fn extract(&self, $record: &Record<K, V>, $partition_time: i64) -> Result<i64> {
                $time
            }
        }

        impl RawTimestampExtractor for $extractor {
            fn extract(&self, $record: &RawRecord, $partition_time: i64) -> Result<i64> {
                $time
            }
        }
    };
}

both!(FailOnInvalidTimestamp, |record, _partition_time| Self::time(record.timestamp));
both!(LogAndSkipOnInvalidTimestamp, |record, _partition_time| Ok(Self::time(record.timestamp)));
both!(UsePartitionTimeOnInvalidTimestamp, |record, partition_time| Self::time(
    record.timestamp,
    partition_time
));
both!(WallclockTimestampExtractor, |_record, _partition_time| Ok(Self::time()));
