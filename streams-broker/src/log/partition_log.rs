//! The log of one partition as a whole.
//!
//! It is a plain value behind a mutex of the partition: an append is a write into the page cache,
//! which takes microseconds, so no task is needed per partition and idle ones cost nothing.
//! Syncing to the disk happens on a maintenance thread, on copies of the file handles.

use std::io;
use std::path::{Path, PathBuf};

use super::producers::{ProducerEntry, ProducerError, Producers};
use super::segment::{Segment, file_name};
use super::snapshot::{self, Checkpoint, ProducerSnapshot};
use super::transactions::Transactions;

/// Why an operation on a log failed.
#[derive(Debug)]
pub(crate) enum LogError {
    /// The offset lies outside of the log (OFFSET_OUT_OF_RANGE, 1).
    OutOfRange,
    /// The producer may not write this batch.
    Producer(ProducerError),
    /// A file operation failed (KAFKA_STORAGE_ERROR, 56).
    Io(io::Error),
}

impl From<io::Error> for LogError {
    fn from(error: io::Error) -> Self {
        LogError::Io(error)
    }
}

/// What the log needs of the topic's configuration.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct LogSettings {
    /// A segment is not grown beyond this size in bytes (`segment.bytes`).
    pub(crate) segment_bytes: u64,
    /// A segment is not written for longer than this, in ms (`segment.ms`).
    pub(crate) segment_ms: i64,
    /// Bytes between two index entries (`index.interval.bytes`).
    pub(crate) index_interval: u64,
    /// Whether the broker sets the time stamps (`message.timestamp.type`).
    pub(crate) log_append_time: bool,
    /// Whether files are synced to the disk when they are sealed and at a clean stop. Off for
    /// temporary data.
    pub(crate) sync: bool,
    /// The log is synced after this many records (`flush.messages`).
    pub(crate) flush_messages: i64,
}

/// The log of one partition.
#[derive(Debug)]
pub(crate) struct PartitionLog {
    pub(super) dir: PathBuf,
    pub(super) settings: LogSettings,
    /// In offset order; the last one is written. Never empty.
    pub(super) segments: Vec<Segment>,
    pub(super) log_start: i64,
    /// Offset up to which the log has been compacted.
    pub(super) cleaned_to: i64,
    pub(super) producers: Producers,
    pub(super) transactions: Transactions,
    /// Epochs of leaders with the offset of their first batch.
    pub(super) leader_epochs: Vec<(i32, i64)>,
    /// Records appended since the last sync.
    pub(super) unflushed: i64,
    /// Set when the topic has been deleted: its folder's name is another topic's, or nobody's.
    pub(super) buried: bool,
    /// Set when a failed write could not be undone: the log takes no more.
    pub(super) failed: bool,
}

impl PartitionLog {
    /// The partition's folder.
    pub(crate) fn dir(&self) -> &Path {
        &self.dir
    }

    /// Applies a changed configuration.
    pub(crate) fn configure(&mut self, settings: LogSettings) {
        self.settings = settings;
    }

    /// Offset of the first record that may be read.
    pub(crate) fn start_offset(&self) -> i64 {
        self.log_start
    }

    /// Offset that the next record will get.
    pub(crate) fn end_offset(&self) -> i64 {
        self.segments.last().map_or(0, |segment| segment.next_offset)
    }

    /// Offset up to which records are replicated and may be read.
    pub(crate) fn high_watermark(&self) -> i64 {
        self.end_offset()
    }

    /// Offset up to which no transaction is open. It lies within the log, also if DeleteRecords has taken the
    /// first records of a transaction that is still open.
    pub(crate) fn last_stable_offset(&self) -> i64 {
        let end = self.high_watermark();
        self.transactions.first_open().map_or(end, |first| first.max(self.log_start).min(end))
    }

    /// Bytes of all segments.
    pub(crate) fn size(&self) -> u64 {
        self.segments.iter().map(|segment| segment.size).sum()
    }

    /// The producers that have written to this partition.
    pub(crate) fn producers(&self) -> impl Iterator<Item = (i64, &ProducerEntry)> {
        self.producers.iter()
    }

    /// What is known of a producer.
    pub(crate) fn producer(&self, producer_id: i64) -> Option<&ProducerEntry> {
        self.producers.get(producer_id)
    }

    /// Forgets producers that have not written since `time`, in ms.
    pub(crate) fn expire_producers(&mut self, time: i64) {
        self.producers.expire(time);
    }

    /// The last leader epoch that is not above `epoch`, and the offset where it ends
    /// (OffsetForLeaderEpoch). `None` if `epoch` is unknown.
    pub(crate) fn end_of_epoch(&self, epoch: i32, current: i32) -> Option<(i32, i64)> {
        if epoch > current || epoch == -1 {
            return None;
        }
        if epoch == current {
            return Some((epoch, self.end_offset()));
        }
        let at = self.leader_epochs.partition_point(|(known, _)| *known <= epoch);
        let end = self.leader_epochs.get(at).map_or(self.end_offset(), |(_, start)| *start);
        match at.checked_sub(1).and_then(|at| self.leader_epochs.get(at)) {
            Some((known, _)) => Some((*known, end)),
            None => Some((epoch, end)),
        }
    }

    /// The epoch of the leader that appended the record at `offset`; -1 if the log is empty there.
    pub(crate) fn epoch_at(&self, offset: i64) -> i32 {
        let at = self.leader_epochs.partition_point(|(_, start)| *start <= offset);
        at.checked_sub(1).and_then(|at| self.leader_epochs.get(at)).map_or(-1, |(epoch, _)| *epoch)
    }

    /// Remembers that the batches from `offset` on are of `epoch`.
    pub(super) fn note_epoch(&mut self, epoch: i32, offset: i64) {
        if self.leader_epochs.last().is_none_or(|(last, _)| *last < epoch) {
            self.leader_epochs.push((epoch, offset));
        }
    }

    /// The topic has been deleted, and the partition's folder renamed to `grave`. Whoever still works with
    /// the log does it there, and not in the folder of a topic that gets the name next.
    pub(crate) fn bury(&mut self, grave: PathBuf) {
        self.segments.iter_mut().for_each(|segment| segment.move_to(&grave));
        self.dir = grave;
        self.buried = true;
    }

    /// Syncs and marks all segments, so that the next start need not scan them.
    pub(crate) fn close(&mut self) -> io::Result<()> {
        let sync = self.settings.sync;
        for segment in &mut self.segments {
            if let Some(job) = segment.seal_job()? {
                job.run(sync)?.publish(segment)?;
            }
        }
        self.write_snapshot(sync)
    }

    pub(super) fn write_snapshot(&mut self, sync: bool) -> io::Result<()> {
        if self.end_offset() == 0 {
            return Ok(());
        }
        let snapshot = ProducerSnapshot {
            producers: self.producers.iter().map(|(id, entry)| (id, entry.clone())).collect(),
            aborted: self.transactions.aborted().to_vec(),
        };
        let path = self.dir.join(file_name(self.end_offset(), "producers"));
        snapshot::write(&path, &snapshot, sync)
    }

    /// Forgets aborted transactions that no reader can meet: those in front of the start, and those in
    /// what has been compacted, whose records are gone. Were they kept, then a reader would take the
    /// producer's next transaction for the aborted one, once compaction has removed the marker too.
    pub(super) fn trim_aborted(&mut self) {
        self.transactions.trim(self.log_start.max(self.cleaned_to));
    }

    pub(super) fn write_checkpoint(&self) -> io::Result<()> {
        let checkpoint = Checkpoint { log_start_offset: self.log_start, cleaned_to: self.cleaned_to };
        snapshot::write(&self.dir.join("checkpoint"), &checkpoint, self.settings.sync)
    }

    /// The segment that holds `offset`, or the last one.
    pub(super) fn segment_of(&self, offset: i64) -> usize {
        self.segments.partition_point(|segment| segment.base_offset <= offset).saturating_sub(1)
    }

    /// The segment that is written.
    pub(super) fn active(&mut self) -> Result<&mut Segment, LogError> {
        self.segments.last_mut().ok_or_else(|| LogError::Io(io::ErrorKind::NotFound.into()))
    }
}
