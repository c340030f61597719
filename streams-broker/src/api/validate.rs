//! Validation of the records of a Produce request. It happens before the partition is locked.

use bytes::Bytes;
use kafka_protocol::ResponseError;

use super::support::Failure;
use crate::clock::now_ms;
use crate::config::{TimestampType, TopicConfig};
use crate::log::{BatchError, BatchHeader, check_records, is_known_codec, recompress, records};

/// The number of the zstd codec.
const ZSTD: u8 = 4;

/// Why a partition's records are not taken.
#[derive(Debug)]
pub(super) struct Refusal {
    /// The error.
    pub(super) failure: Failure,
    /// Which records are to blame, and why.
    pub(super) records: Vec<(i32, String)>,
}

impl From<Failure> for Refusal {
    fn from(failure: Failure) -> Self {
        Refusal { failure, records: Vec::new() }
    }
}

fn refuse<T>(error: ResponseError, message: impl Into<String>) -> Result<T, Refusal> {
    Err(Failure::new(error, message).into())
}

/// Checks that `bytes` are one valid batch that the topic takes, and returns it as it is to be
/// stored.
pub(super) fn validate(
    version: i16,
    config: &TopicConfig,
    bytes: Option<Bytes>,
) -> Result<(BatchHeader, Bytes), Refusal> {
    let Some(bytes) = bytes.filter(|bytes| !bytes.is_empty()) else {
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
    check_extent(version, &header, &bytes)?;
    check_header(version, config, &header, &bytes)?;
    check_content(config, &header, &bytes)?;
    match config.compression {
        Some(codec) if codec != header.attributes.codec() => recompress(codec, &header, &bytes)
            .map_err(|error| Failure::new(ResponseError::CorruptMessage, error.to_string()).into()),
        _ => Ok((header, bytes)),
    }
}

fn check_extent(version: i16, header: &BatchHeader, bytes: &Bytes) -> Result<(), Refusal> {
    if header.size > bytes.len() {
        return refuse(ResponseError::CorruptMessage, BatchError::Truncated.to_string());
    }
    if header.size < bytes.len() {
        return match BatchHeader::parse(&bytes[header.size..]) {
            Err(BatchError::Truncated | BatchError::Length) => {
                refuse(ResponseError::CorruptMessage, "There are bytes behind the record batch")
            }
            _ => refuse(
                ResponseError::InvalidRecord,
                format!(
                    "Produce requests with version {version} are only allowed to contain exactly one record batch per partition"
                ),
            ),
        };
    }
    header
        .check_crc(bytes)
        .map_err(|error| Failure::new(ResponseError::CorruptMessage, error.to_string()).into())
}

fn check_header(
    version: i16,
    config: &TopicConfig,
    header: &BatchHeader,
    bytes: &Bytes,
) -> Result<(), Refusal> {
    if bytes.len() > config.max_message_bytes {
        return refuse(
            ResponseError::MessageTooLarge,
            format!(
                "The record batch size of {} bytes exceeds the maximum configured value of {}.",
                bytes.len(),
                config.max_message_bytes
            ),
        );
    }
    if !is_known_codec(header.attributes) || (header.attributes.codec() == ZSTD && version < 7) {
        return refuse(
            ResponseError::UnsupportedCompressionType,
            format!("Produce requests with version {version} cannot use this compression type"),
        );
    }
    if header.attributes.is_control() {
        return refuse(ResponseError::InvalidRecord, "Clients are not allowed to write control records");
    }
    if header.record_count <= 0 || i64::from(header.last_offset_delta) + 1 != i64::from(header.record_count) {
        return refuse(
            ResponseError::InvalidRecord,
            format!(
                "The batch has {} records but a last offset delta of {}",
                header.record_count, header.last_offset_delta
            ),
        );
    }
    if header.has_producer() && header.base_sequence < 0 {
        return refuse(
            ResponseError::InvalidRecord,
            format!(
                "Invalid sequence number {} in a batch of producer {}",
                header.base_sequence, header.producer_id
            ),
        );
    }
    if header.attributes.is_transactional() && !header.has_producer() {
        return refuse(ResponseError::InvalidRecord, "A transactional batch must have a producer id");
    }
    check_timestamps(config, header)
}

fn check_timestamps(config: &TopicConfig, header: &BatchHeader) -> Result<(), Refusal> {
    if config.timestamp_type == TimestampType::LogAppendTime || header.max_timestamp == -1 {
        return Ok(());
    }
    let now = now_ms();
    let too_late = header.max_timestamp.saturating_sub(now) > config.timestamp_after_max_ms;
    let too_early = now.saturating_sub(header.base_timestamp) > config.timestamp_before_max_ms;
    if !too_late && !too_early {
        return Ok(());
    }
    let message = format!(
        "Timestamp {} of message with offset 0 is out of range. The timestamp should be within [{}, {}]",
        if too_late { header.max_timestamp } else { header.base_timestamp },
        now.saturating_sub(config.timestamp_before_max_ms),
        now.saturating_add(config.timestamp_after_max_ms)
    );
    Err(Refusal {
        failure: Failure::new(
            ResponseError::InvalidTimestamp,
            "One or more records have been rejected due to invalid timestamp",
        ),
        records: vec![(0, message)],
    })
}

/// Looks at the records themselves: always if that is cheap, else only where the topic's policy
/// depends on them.
fn check_content(config: &TopicConfig, header: &BatchHeader, bytes: &Bytes) -> Result<(), Refusal> {
    let compressed = header.attributes.codec() != 0;
    if compressed && !config.compact {
        return Ok(());
    }
    // The client's offsets count from 0, whatever it wrote into the base offset.
    check_records(header, bytes)
        .map_err(|error| Refusal::from(Failure::new(ResponseError::InvalidRecord, error.to_string())))?;
    if !config.compact {
        return Ok(());
    }
    let decoded = records(header, bytes)
        .map_err(|error| Refusal::from(Failure::new(ResponseError::CorruptMessage, error.to_string())))?;
    let keyless: Vec<_> = decoded
        .iter()
        .enumerate()
        .filter(|(_, record)| record.as_ref().is_ok_and(|record| record.key.is_none()))
        .map(|(index, _)| (index as i32, "Compacted topic cannot accept message without key.".to_owned()))
        .collect();
    if keyless.is_empty() {
        return Ok(());
    }
    let failure = Failure::new(
        ResponseError::InvalidRecord,
        "One or more records have been rejected: they have no key",
    );
    Err(Refusal { failure, records: keyless })
}
