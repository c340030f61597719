//! Finding records by time.

use std::io;

use super::partition_log::{LogError, PartitionLog};
use super::record::records;

/// A record that was looked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Found {
    /// Its offset.
    pub(crate) offset: i64,
    /// Its time stamp in ms.
    pub(crate) timestamp: i64,
    /// The epoch of the leader that appended it.
    pub(crate) leader_epoch: i32,
}

impl PartitionLog {
    /// The first record at or behind the start of the log whose time stamp is at least
    /// `timestamp`.
    ///
    /// # Errors
    /// If a file cannot be read.
    pub(crate) fn find_timestamp(&mut self, timestamp: i64) -> Result<Option<Found>, LogError> {
        self.find_from(self.log_start, timestamp)
    }

    fn find_from(&mut self, start: i64, timestamp: i64) -> Result<Option<Found>, LogError> {
        for at in 0..self.segments.len() {
            if self.segments[at].max_timestamp >= timestamp
                && let Some(found) = self.find_in_segment(at, start, timestamp)?
            {
                return Ok(Some(found));
            }
        }
        Ok(None)
    }

    /// The record with the largest time stamp; the first one if there are several. As in Apache Kafka it may be one
    /// that has been deleted, but whose segment is still there.
    ///
    /// # Errors
    /// If a file cannot be read.
    pub(crate) fn find_max_timestamp(&mut self) -> Result<Option<Found>, LogError> {
        let newest = self.segments.iter().map(|segment| segment.max_timestamp).max();
        match newest {
            Some(newest) if newest != i64::MIN => self.find_from(i64::MIN, newest),
            _ => Ok(None),
        }
    }

    fn find_in_segment(&mut self, at: usize, start: i64, timestamp: i64) -> Result<Option<Found>, LogError> {
        let segment = &mut self.segments[at];
        let floor = segment.floor(|entry| entry.max_timestamp_before < timestamp)?;
        let mut position = floor.map_or(0, |entry| entry.position);
        loop {
            let mut candidate = None;
            segment.walk(position, |position, header| {
                let hit = header.max_timestamp >= timestamp && header.last_offset() >= start;
                if hit {
                    candidate = Some((position, *header));
                }
                !hit
            })?;
            let Some((here, header)) = candidate else { return Ok(None) };
            let batch = segment.read_batch(here, header.size)?;
            let decoded = records(&header, &batch)
                .map_err(|error| io::Error::new(io::ErrorKind::InvalidData, error))?;
            let hit = decoded
                .iter()
                .filter_map(Result::ok)
                .find(|record| record.timestamp >= timestamp && record.offset >= start);
            if let Some(record) = hit {
                let leader_epoch = header.leader_epoch;
                return Ok(Some(Found { offset: record.offset, timestamp: record.timestamp, leader_epoch }));
            }
            position = here + header.size as u64;
        }
    }
}
