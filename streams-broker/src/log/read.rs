//! Reading from a log: regions of its files, not copies.

use std::sync::Arc;

use super::batch::BatchHeader;
use super::partition_log::{LogError, PartitionLog};
use super::segment::Segment;
use super::transactions::AbortedTransaction;
use crate::server::FileSlice;

/// How far a consumer reads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Isolation {
    /// All replicated records.
    Uncommitted,
    /// Up to the last stable offset.
    Committed,
}

impl Isolation {
    /// From the request's field.
    pub(crate) fn from_level(level: i8) -> Self {
        if level == 1 { Isolation::Committed } else { Isolation::Uncommitted }
    }
}

/// What a read found.
#[derive(Debug, Clone, Default)]
pub(crate) struct ReadResult {
    /// Whole batches; `None` if there is nothing at or behind the offset yet.
    pub(crate) records: Option<FileSlice>,
    /// Bytes that count against the limits of a Fetch: Apache Kafka fills them up with the beginning of the next
    /// batch.
    pub(crate) counted: usize,
    /// Offset up to which records are replicated.
    pub(crate) high_watermark: i64,
    /// Offset up to which no transaction is open.
    pub(crate) last_stable_offset: i64,
    /// Offset of the first record of the log.
    pub(crate) log_start_offset: i64,
    /// Aborted transactions within the records, for read_committed.
    pub(crate) aborted: Vec<AbortedTransaction>,
}

/// What a segment has for a read.
enum Region {
    /// Whole batches, what they count for, and the offset behind them.
    Batches { position: u64, length: u64, counted: u64, next_offset: i64 },
    /// A batch that exceeds the limit.
    TooLarge,
    /// Nothing at or behind the offset.
    Nothing,
}

impl PartitionLog {
    /// The log's offsets, without records.
    pub(crate) fn nothing(&self) -> ReadResult {
        ReadResult {
            high_watermark: self.high_watermark(),
            last_stable_offset: self.last_stable_offset(),
            log_start_offset: self.log_start,
            ..ReadResult::default()
        }
    }

    /// Reads batches from the one that holds `offset`, about `max_bytes`. The first batch comes
    /// whole if `at_least_one` says so, even if it is larger.
    ///
    /// # Errors
    /// If the offset is outside of the log, or a file cannot be read.
    pub(crate) fn read(
        &mut self,
        offset: i64,
        max_bytes: usize,
        isolation: Isolation,
        at_least_one: bool,
    ) -> Result<ReadResult, LogError> {
        let mut result = self.nothing();
        if offset < self.log_start || offset > self.end_offset() {
            return Err(LogError::OutOfRange);
        }
        let limit = match isolation {
            Isolation::Uncommitted => result.high_watermark,
            Isolation::Committed => result.last_stable_offset,
        };
        let mut at = self.segment_of(offset);
        while offset < limit && at < self.segments.len() {
            let segment = &mut self.segments[at];
            at += 1;
            match find(segment, offset, limit, max_bytes as u64, at_least_one)? {
                Region::Batches { position, length, counted, next_offset } => {
                    result.counted = counted as usize;
                    let file = Arc::clone(segment.file()?);
                    result.records = Some(FileSlice { file, position, length: length as usize });
                    if isolation == Isolation::Committed {
                        result.aborted = self.transactions.aborted_in(offset, next_offset);
                    }
                    break;
                }
                Region::TooLarge => break,
                // Compaction may have emptied the rest of a segment.
                Region::Nothing => {}
            }
        }
        Ok(result)
    }
}

fn find(
    segment: &mut Segment,
    offset: i64,
    limit: i64,
    max_bytes: u64,
    at_least_one: bool,
) -> Result<Region, LogError> {
    let start = segment.position_of(offset)?;
    let (end, next_offset) = match limit >= segment.next_offset {
        true => (segment.size, segment.next_offset),
        false => (segment.position_of(limit)?, limit),
    };
    if start >= end {
        return Ok(Region::Nothing);
    }
    let length = end - start;
    if length <= max_bytes {
        return Ok(Region::Batches { position: start, length, counted: length, next_offset });
    }
    match whole_batches(segment, start, max_bytes)? {
        Fitting::Batches { length, next_offset } => {
            Ok(Region::Batches { position: start, length, counted: max_bytes, next_offset })
        }
        Fitting::FirstIsLarger(first) if at_least_one => {
            let length = first.size as u64;
            Ok(Region::Batches { position: start, length, counted: length, next_offset: first.next_offset() })
        }
        Fitting::FirstIsLarger(_) => Ok(Region::TooLarge),
        Fitting::Nothing => Ok(Region::Nothing),
    }
}

/// What a limit leaves of the batches from a position on.
enum Fitting {
    /// At least one, and the offset behind the last.
    Batches { length: u64, next_offset: i64 },
    /// The first is larger than the limit.
    FirstIsLarger(BatchHeader),
    /// There is none.
    Nothing,
}

/// As many whole batches as fit into `max_bytes`.
fn whole_batches(segment: &mut Segment, start: u64, max_bytes: u64) -> Result<Fitting, LogError> {
    let room = start + max_bytes;
    let known = segment.floor(|entry| entry.position <= room)?.filter(|entry| entry.position > start);
    let mut behind = known.map(|entry| (entry.position, entry.offset));
    let mut larger = None;
    segment.walk(behind.map_or(start, |(position, _)| position), |position, header| {
        let end = position + header.size as u64;
        match end <= room {
            true => behind = Some((end, header.next_offset())),
            false => larger = Some(*header),
        }
        end < room
    })?;
    Ok(match (behind, larger) {
        (Some((position, next_offset)), _) => Fitting::Batches { length: position - start, next_offset },
        (None, Some(first)) => Fitting::FirstIsLarger(first),
        (None, None) => Fitting::Nothing,
    })
}
