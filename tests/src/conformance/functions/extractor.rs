//! Timestamp extractors.

use streams_core::{
    FailOnInvalidTimestamp, LogAndSkipOnInvalidTimestamp, RawRecord, RawTimestampExtractor, Record, Result,
    TimestampExtractor, UsePartitionTimeOnInvalidTimestamp,
};

use super::{Call, plain_number};
use crate::conformance::op::Reason;
use crate::conformance::values::{Key, Val};

/// A timestamp extractor.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Extractor {
    /// The topic's timestamp, which must not be negative.
    FailOnInvalid,
    /// The topic's timestamp, a negative one dropping the record.
    LogAndSkip,
    /// The topic's timestamp, or the partition's time.
    UsePartitionTime,
    /// The number behind the value's last `@`, or what the fallback says.
    Payload(Fallback),
}

/// The time of a record whose value names none.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fallback {
    /// The topic's timestamp.
    RecordTime,
    /// None: the record is dropped.
    Skip,
    /// The partition's time.
    PartitionTime,
}

impl Extractor {
    /// The extractor of that name.
    pub(crate) fn parse(text: &str) -> std::result::Result<Self, Reason> {
        Ok(match text {
            "fail_on_invalid" => Self::FailOnInvalid,
            "log_and_skip" => Self::LogAndSkip,
            "use_partition_time" => Self::UsePartitionTime,
            "payload" => Self::Payload(Fallback::RecordTime),
            "payload_or_skip" => Self::Payload(Fallback::Skip),
            "payload_or_partition_time" => Self::Payload(Fallback::PartitionTime),
            _ => return Err(Call::of("timestamp extractor", text).unknown()),
        })
    }

    fn payload_time(fallback: Fallback, value: Option<&str>, timestamp: i64, partition_time: i64) -> i64 {
        let time = value.and_then(|value| plain_number(value.rsplit_once('@')?.1, 15));
        time.unwrap_or(match fallback {
            Fallback::RecordTime => timestamp,
            Fallback::Skip => -1,
            Fallback::PartitionTime => partition_time,
        })
    }
}

/// What an extractor sees of a value: its text, if it has one.
pub(crate) trait Payload: 'static {
    /// The text.
    fn payload(&self) -> Option<&str>;
}

impl Payload for Val {
    fn payload(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text),
            Self::Null | Self::Long(_) => None,
        }
    }
}

impl Payload for Option<Val> {
    fn payload(&self) -> Option<&str> {
        self.as_ref()?.payload()
    }
}

impl<V: Payload> TimestampExtractor<Key, V> for Extractor {
    fn extract(&self, record: &Record<Key, V>, partition_time: i64) -> Result<i64> {
        match self {
            Self::FailOnInvalid => {
                TimestampExtractor::extract(&FailOnInvalidTimestamp, record, partition_time)
            }
            Self::LogAndSkip => {
                TimestampExtractor::extract(&LogAndSkipOnInvalidTimestamp, record, partition_time)
            }
            Self::UsePartitionTime => {
                TimestampExtractor::extract(&UsePartitionTimeOnInvalidTimestamp, record, partition_time)
            }
            Self::Payload(fallback) => {
                Ok(Self::payload_time(*fallback, record.value.payload(), record.timestamp, partition_time))
            }
        }
    }
}

impl RawTimestampExtractor for Extractor {
    fn extract(&self, record: &RawRecord, partition_time: i64) -> Result<i64> {
        match self {
            Self::FailOnInvalid => {
                RawTimestampExtractor::extract(&FailOnInvalidTimestamp, record, partition_time)
            }
            Self::LogAndSkip => {
                RawTimestampExtractor::extract(&LogAndSkipOnInvalidTimestamp, record, partition_time)
            }
            Self::UsePartitionTime => {
                RawTimestampExtractor::extract(&UsePartitionTimeOnInvalidTimestamp, record, partition_time)
            }
            Self::Payload(fallback) => {
                let value = record.payload.value().and_then(|value| std::str::from_utf8(value).ok());
                Ok(Self::payload_time(*fallback, value, record.timestamp, partition_time))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn time(extractor: &str, value: Val) -> i64 {
        let record = Record::new(Key::null(), value, 7);
        let extractor = Extractor::parse(extractor).unwrap();
        TimestampExtractor::extract(&extractor, &record, 9).unwrap()
    }

    #[test]
    fn the_value_names_the_time() {
        assert_eq!(time("payload", Val::of("a@1@23")), 23);
        assert_eq!(time("payload", Val::of("a@-23")), -23);
        assert_eq!(time("payload", Val::of("a@+23")), 7);
        assert_eq!(time("payload", Val::Null), 7);
        assert_eq!(time("payload_or_skip", Val::of("a")), -1);
        assert_eq!(time("payload_or_partition_time", Val::of("a@")), 9);
        assert_eq!(time("fail_on_invalid", Val::of("a@1")), 7);
    }
}
