//! Validation of the records of a Produce request. It happens before the partition is locked.

use bytes::Bytes;
use kafka_protocol::ResponseError;

use super::support::Failure;
use crate::clock::now_ms;
use crate::config::{TimestampType, TopicConfig};
use crate::log::{BatchError, BatchHeader, Record, is_known_codec, recompress, records, restamp};
use crate::topics::ProduceError;

/// The number of the zstd codec.
const ZSTD: u8 = 4;

/// Bytes up to the end of a batch's length. Fewer are no batch at all, nor are so few that there is no magic.
const UP_TO_LENGTH: usize = 12;
const UP_TO_MAGIC: usize = 17;

/// The smallest length that a batch of any format may claim.
const LEAST_LENGTH: i32 = 14;

/// The largest length with which the size of a batch is still a number, on Apache Kafka.
const MOST_LENGTH: i32 = i32::MAX - UP_TO_LENGTH as i32;

/// Why a partition's records are not taken.
#[derive(Debug)]
pub(super) struct Refusal {
    /// The error.
    pub(super) failure: Failure,
    /// Which records are to blame, and why.
    pub(super) records: Vec<(i32, String)>,
    /// Whether the log looked at the records; then the answer says where the log starts.
    pub(super) by_log: bool,
    /// Whether clients are told why, though no record is to blame.
    pub(super) told: bool,
}

impl From<Failure> for Refusal {
    fn from(failure: Failure) -> Self {
        Refusal { failure, records: Vec::new(), by_log: false, told: false }
    }
}

impl From<ProduceError> for Refusal {
    fn from(error: ProduceError) -> Self {
        match error {
            ProduceError::Log(error) => Self::by_log(error),
            ProduceError::Batch(error) => {
                Failure::new(ResponseError::CorruptMessage, error.to_string()).into()
            }
            ProduceError::Deleted => Failure::from(ResponseError::UnknownTopicOrPartition).into(),
        }
    }
}

impl Refusal {
    /// A refusal by the log.
    pub(super) fn by_log(failure: impl Into<Failure>) -> Self {
        Refusal { by_log: true, ..failure.into().into() }
    }
}

fn refuse<T>(error: ResponseError, message: impl Into<String>) -> Result<T, Refusal> {
    Err(Failure::new(error, message).into())
}

fn refuse_by_log<T>(error: ResponseError, message: impl Into<String>) -> Result<T, Refusal> {
    Err(Refusal::by_log(Failure::new(error, message)))
}

/// Checks that `bytes` are one valid batch that the topic takes, and returns it as it is to be
/// stored. `place` names the partition in messages: `topic-0`.
pub(super) fn validate(
    version: i16,
    config: &TopicConfig,
    place: &dyn Fn() -> String,
    bytes: Option<Bytes>,
) -> Result<(BatchHeader, Bytes), Refusal> {
    let (header, bytes) = single_batch(version, bytes.unwrap_or_default())?;
    check_header(version, config, &header, &bytes)?;
    let latest = check_content(config, place, &header, &bytes)?;
    let (header, bytes) = restamp(&header, bytes, latest);
    match config.compression {
        Some(codec) if codec != header.attributes.codec() => {
            let (header, bytes) = recompress(codec, config.compression_level, &header, &bytes)
                .map_err(|error| Failure::new(ResponseError::CorruptMessage, error.to_string()))?;
            check_size(config, &bytes)?;
            Ok((header, bytes))
        }
        _ => Ok((header, bytes)),
    }
}

/// Holds a batch against the limit: as it comes, and again if it is stored with another codec.
fn check_size(config: &TopicConfig, batch: &Bytes) -> Result<(), Refusal> {
    if batch.len() <= config.max_message_bytes {
        return Ok(());
    }
    refuse(
        ResponseError::MessageTooLarge,
        format!(
            "The record batch size of {} bytes exceeds the maximum configured value of {}.",
            batch.len(),
            config.max_message_bytes
        ),
    )
}

/// Finds the one batch. What is left of a cut-off batch behind it does not matter.
fn single_batch(version: i16, mut bytes: Bytes) -> Result<(BatchHeader, Bytes), Refusal> {
    let size = batch_size(&bytes).map_err(|refusal| Refusal { told: true, ..refusal })?;
    let Some(size) = size else {
        return refuse(
            ResponseError::InvalidRecord,
            format!(
                "Produce requests with version {version} must have at least one record batch per partition"
            ),
        );
    };
    let header = match BatchHeader::parse(&bytes) {
        Ok(header) => header,
        Err(error @ BatchError::Magic(_)) => {
            return refuse(ResponseError::InvalidRecord, error.to_string());
        }
        Err(error) => return refuse(ResponseError::CorruptMessage, error.to_string()),
    };
    if batch_size(&bytes[size..])?.is_some() {
        return refuse(
            ResponseError::InvalidRecord,
            format!(
                "Produce requests with version {version} are only allowed to contain exactly one record batch per partition"
            ),
        );
    }
    bytes.truncate(size);
    header
        .check_crc(&bytes)
        .map_err(|error| Failure::new(ResponseError::CorruptMessage, error.to_string()))?;
    Ok((header, bytes))
}

/// The size of the batch of any format that `bytes` begin with, `None` if it is not all there.
fn batch_size(bytes: &[u8]) -> Result<Option<usize>, Refusal> {
    let Some(head) = bytes.first_chunk::<UP_TO_LENGTH>() else { return Ok(None) };
    let length = i32::from_be_bytes([head[8], head[9], head[10], head[11]]);
    if length < LEAST_LENGTH {
        return refuse(
            ResponseError::CorruptMessage,
            format!("Record size {length} is less than the minimum record overhead ({LEAST_LENGTH})"),
        );
    }
    if length > MOST_LENGTH {
        return Err(Failure::from(ResponseError::UnknownServerError).into());
    }
    let Some(head) = bytes.first_chunk::<UP_TO_MAGIC>() else { return Ok(None) };
    let magic = head[16] as i8;
    if !(0..=2).contains(&magic) {
        return refuse(ResponseError::CorruptMessage, format!("Invalid magic found in record: {magic}"));
    }
    let size = length as usize + UP_TO_LENGTH;
    Ok((size <= bytes.len()).then_some(size))
}

fn check_header(
    version: i16,
    config: &TopicConfig,
    header: &BatchHeader,
    bytes: &Bytes,
) -> Result<(), Refusal> {
    check_size(config, bytes)?;
    if header.attributes.codec() == ZSTD && version < 7 {
        return refuse(
            ResponseError::UnsupportedCompressionType,
            format!("Produce requests with version {version} cannot use ZStandard compression"),
        );
    }
    if !is_known_codec(header.attributes) {
        return refuse_by_log(
            ResponseError::UnknownServerError,
            format!("Unknown compression type id: {}", header.attributes.codec()),
        );
    }
    if header.base_offset != 0 {
        return refuse_by_log(
            ResponseError::InvalidRecord,
            format!("The baseOffset of the record batch should be 0, but it is {}", header.base_offset),
        );
    }
    if header.attributes.is_control() {
        return refuse_by_log(
            ResponseError::InvalidRecord,
            "Clients are not allowed to write control records",
        );
    }
    if header.record_count <= 0 || i64::from(header.last_offset_delta) + 1 != i64::from(header.record_count) {
        return refuse_by_log(
            ResponseError::InvalidRecord,
            format!(
                "The batch has {} records but a last offset delta of {}",
                header.record_count, header.last_offset_delta
            ),
        );
    }
    if header.has_producer() && header.base_sequence < 0 {
        return refuse_by_log(
            ResponseError::InvalidRecord,
            format!(
                "Invalid sequence number {} in a batch of producer {}",
                header.base_sequence, header.producer_id
            ),
        );
    }
    Ok(())
}

/// Looks at each record: its offset if the batch is compressed (Apache Kafka does not look at others), its key where
/// the topic is compacted, its time stamp. Returns the latest time stamp, -1 if there is none.
fn check_content(
    config: &TopicConfig,
    place: &dyn Fn() -> String,
    header: &BatchHeader,
    bytes: &Bytes,
) -> Result<i64, Refusal> {
    // Apache Kafka has no better error for bytes that are not what their codec says.
    let decoded = records(header, bytes).map_err(|_| {
        Refusal::by_log(Failure::new(ResponseError::UnknownServerError, "the records cannot be decompressed"))
    })?;
    let check = RecordCheck { config, place, now: now_ms() };
    let (mut errors, mut timestamp_error, mut latest) = (Vec::new(), false, -1);
    for (delta, record) in (0..).zip(decoded.iter()) {
        let Ok(record) = record else {
            return refuse_by_log(ResponseError::InvalidRecord, BatchError::Inconsistent.to_string());
        };
        let expected = header.base_offset.wrapping_add(i64::from(delta));
        if header.attributes.codec() != 0 && record.offset != expected {
            return refuse_by_log(ResponseError::UnknownServerError, BatchError::Inconsistent.to_string());
        }
        latest = latest.max(record.timestamp);
        let late = check.timestamp(header, &record);
        timestamp_error |= late.is_some();
        if let Some(why) = check.key(&record).or(late) {
            errors.push((delta, why));
        }
    }
    if errors.is_empty() {
        return Ok(latest);
    }
    let failure = match timestamp_error {
        true => Failure::new(
            ResponseError::InvalidTimestamp,
            "One or more records have been rejected due to invalid timestamp",
        ),
        false => Failure::new(ResponseError::InvalidRecord, summary(&errors)),
    };
    Err(Refusal { records: errors, ..Refusal::by_log(failure) })
}

fn summary(errors: &[(i32, String)]) -> String {
    let first: Vec<String> = errors
        .iter()
        .take(3)
        .map(|(index, why)| format!("RecordError(batchIndex={index}, message='{why}')"))
        .collect();
    format!(
        "One or more records have been rejected due to {} record errors in total, and only showing the first \
         three errors at most: [{}]",
        errors.len(),
        first.join(", ")
    )
}

/// What each record of a batch is held against.
struct RecordCheck<'a> {
    config: &'a TopicConfig,
    place: &'a dyn Fn() -> String,
    now: i64,
}

impl RecordCheck<'_> {
    fn key(&self, record: &Record<'_>) -> Option<String> {
        (self.config.compact && record.key.is_none()).then(|| {
            format!("Compacted topic cannot accept message without key in topic partition {}", (self.place)())
        })
    }

    fn timestamp(&self, header: &BatchHeader, record: &Record<'_>) -> Option<String> {
        if self.config.timestamp_type == TimestampType::LogAppendTime || record.timestamp == -1 {
            return header.attributes.is_log_append_time().then(|| {
                let size = |bytes: Option<&[u8]>| bytes.map_or(0, <[u8]>::len);
                format!(
                    "Invalid timestamp type in message DefaultRecord(offset={}, timestamp={}, key={} bytes, \
                     value={} bytes). Producer should not set timestamp type to LogAppendTime.",
                    record.offset,
                    record.timestamp,
                    size(record.key),
                    size(record.value)
                )
            });
        }
        let earliest = self.now.saturating_sub(self.config.timestamp_before_max_ms);
        let latest = self.now.saturating_add(self.config.timestamp_after_max_ms);
        let range = earliest..=latest;
        (!range.contains(&record.timestamp)).then(|| {
            format!(
                "Timestamp {} of message with offset {} is out of range. The timestamp should be within \
                 [{earliest}, {latest}]",
                record.timestamp, record.offset
            )
        })
    }
}

#[cfg(test)]
mod tests;
