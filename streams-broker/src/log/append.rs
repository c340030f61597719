//! Appending to a log.

use std::io;

use bytes::Bytes;
use tracing::error;

use super::batch::{BatchHeader, assign, set_log_append_time};
use super::partition_log::{LogError, PartitionLog};
use super::producers::ProducerEntry;
use super::record::{ControlType, records};
use super::segment::Segment;

/// What became of a batch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct AppendInfo {
    /// Offset of its first record.
    pub(crate) base_offset: i64,
    /// Time that the broker put on the records, in ms; -1 if they keep their own.
    pub(crate) log_append_time: i64,
    /// Whether the batch repeats one that had been appended before.
    pub(crate) duplicate: bool,
    /// Whether a segment was completed, which is to be synced.
    pub(crate) rolled: bool,
}

impl PartitionLog {
    /// Appends a batch whose `header` and checksum have been checked. `now` is in ms.
    ///
    /// # Errors
    /// If the producer may not write it, or the write fails; then the log is as it was.
    pub(crate) fn append(
        &mut self,
        mut header: BatchHeader,
        batch: &Bytes,
        leader_epoch: i32,
        now: i64,
    ) -> Result<AppendInfo, LogError> {
        if self.failed {
            return Err(LogError::Io(io::Error::other("the log has failed; restart the broker")));
        }
        let control = if header.attributes.is_control() { parse_marker(&header, batch) } else { None };
        if header.has_producer() {
            if let Some((_, coordinator_epoch)) = control {
                self.producers.check_marker(&header, coordinator_epoch).map_err(LogError::Producer)?;
            } else if let Some(original) = self.producers.check(&header).map_err(LogError::Producer)? {
                // Whatever the topic's time stamps are, as Apache Kafka answers.
                return Ok(AppendInfo {
                    base_offset: original.base_offset,
                    log_append_time: original.timestamp,
                    duplicate: true,
                    rolled: false,
                });
            }
        }
        let rolled = self.roll_if_due(&header, now)?;
        header.base_offset = self.end_offset();
        header.leader_epoch = leader_epoch;
        let log_append_time = if self.settings.log_append_time { now } else { -1 };
        if self.settings.log_append_time {
            header.max_timestamp = now;
        }
        self.write(&header, batch, log_append_time)?;
        self.note_epoch(leader_epoch, header.base_offset);
        self.apply(&header, control);
        self.unflushed += i64::from(header.record_count);
        if self.unflushed >= self.settings.flush_messages {
            self.flush()?;
        }
        Ok(AppendInfo { base_offset: header.base_offset, log_append_time, duplicate: false, rolled })
    }

    fn write(&mut self, header: &BatchHeader, batch: &Bytes, log_append_time: i64) -> Result<(), LogError> {
        let interval = self.settings.index_interval;
        let segment = self.active()?;
        let size = segment.size;
        let written = if log_append_time >= 0 {
            let mut owned = batch.to_vec();
            set_log_append_time(&mut owned, log_append_time);
            assign(&mut owned, header.base_offset, header.leader_epoch);
            segment.append(header, &owned, &owned, interval)
        } else {
            let mut head = [0; 16];
            head.copy_from_slice(
                batch.get(..16).ok_or_else(|| io::Error::from(io::ErrorKind::UnexpectedEof))?,
            );
            assign(&mut head, header.base_offset, header.leader_epoch);
            segment.append(header, &head, batch, interval)
        };
        let Err(failure) = written else { return Ok(()) };
        // The segment cuts the file back; if even that failed, the tail is unknown.
        let intact = segment.file().and_then(|file| file.metadata()).is_ok_and(|meta| meta.len() == size);
        error!(path = %segment.path().display(), error = %failure, intact, "append failed");
        self.failed |= !intact;
        Err(LogError::Io(failure))
    }

    /// Applies a batch that lies in the log to the state of producers and transactions.
    pub(super) fn apply(&mut self, header: &BatchHeader, control: Option<(ControlType, i32)>) {
        if !header.has_producer() {
            return;
        }
        if header.attributes.is_control() {
            let Some((kind, coordinator_epoch)) = control else { return };
            if let Some(first) = self.producers.marked(header, coordinator_epoch) {
                self.transactions.end(first, header.base_offset, kind == ControlType::Abort);
            }
        } else if let Some(first) = self.producers.appended(header) {
            self.transactions.begin(header.producer_id, first);
        }
    }

    /// Restores a producer from a snapshot, with its open transaction.
    pub(super) fn restore_producer(&mut self, producer_id: i64, entry: ProducerEntry) {
        if let Some(first) = entry.transaction_start {
            self.transactions.begin(producer_id, first);
        }
        self.producers.insert(producer_id, entry);
    }

    fn roll_if_due(&mut self, header: &BatchHeader, now: i64) -> Result<bool, LogError> {
        let (limit, age) = (self.settings.segment_bytes, self.settings.segment_ms);
        // The records' own time counts, so that a topic of old records is not cut into pieces.
        let time = match self.settings.log_append_time {
            true => now,
            false => header.max_timestamp,
        };
        let segment = self.active()?;
        let full = segment.size + header.size as u64 > limit;
        let old = segment.first_timestamp >= 0 && time.saturating_sub(segment.first_timestamp) > age;
        let far = header_distance(segment, header) > i64::from(i32::MAX);
        let due = segment.size > 0 && (full || old || far);
        if due {
            self.begin_segment(false)?;
        }
        Ok(due)
    }

    /// Begins a new segment, with the snapshot in front of it on the disk.
    pub(crate) fn roll(&mut self) -> Result<(), LogError> {
        self.begin_segment(self.settings.sync)
    }

    /// Begins a new segment. The old one is synced and its index written by
    /// [`seal_jobs`](Self::seal_jobs), on another thread, which brings the snapshot to the disk too: until
    /// it is there, recovery reads an older one, and the segments behind it.
    fn begin_segment(&mut self, sync: bool) -> Result<(), LogError> {
        let next = Segment::empty(&self.dir, self.end_offset());
        self.write_snapshot(sync)?;
        self.segments.push(next);
        Ok(())
    }

    /// Syncs to the disk what has been written: the active segment, and those before it that are
    /// still to be synced.
    pub(crate) fn flush(&mut self) -> Result<(), LogError> {
        let synced = |segment: &Segment| segment.flushed == segment.size;
        let from = self.segments.iter().rposition(synced).map_or(0, |at| at + 1);
        for segment in &mut self.segments[from..] {
            segment.sync()?;
        }
        self.unflushed = 0;
        Ok(())
    }
}

fn header_distance(segment: &Segment, header: &BatchHeader) -> i64 {
    segment.next_offset + i64::from(header.last_offset_delta) - segment.base_offset
}

/// Reads what a marker says, and its coordinator's epoch.
pub(super) fn parse_marker(header: &BatchHeader, batch: &[u8]) -> Option<(ControlType, i32)> {
    let records = records(header, batch).ok()?;
    let record = records.iter().next()?.ok()?;
    let kind = ControlType::parse(record.key?)?;
    let epoch = record.value.and_then(|value| value.get(2..6)).and_then(|bytes| bytes.try_into().ok());
    Some((kind, epoch.map_or(0, i32::from_be_bytes)))
}
