//! A partition: its log, and those who wait for records.

use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicI32, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use bytes::Bytes;
use tokio::sync::Notify;

use super::waiters::Waiters;
use crate::clock::now_ms;
use crate::log::{
    AppendInfo, BatchError, BatchHeader, Isolation, LogError, PartitionLog, ReadResult, batches,
};

/// Appends of this process, to all partitions.
static APPENDS: AtomicU64 = AtomicU64::new(0);

/// A partition of a topic.
#[derive(Debug)]
pub(crate) struct Partition {
    /// The topic's name.
    pub(crate) topic: Arc<str>,
    /// The partition's number.
    pub(crate) index: i32,
    pub(super) waiters: Waiters,
    /// Told when a segment is complete.
    housekeeping: Arc<Notify>,
    leader_epoch: AtomicI32,
    deleted: AtomicBool,
    last_append: AtomicU64,
    log: Mutex<PartitionLog>,
}

/// Why records could not be appended.
#[derive(Debug)]
pub(crate) enum ProduceError {
    /// They are not a valid batch.
    Batch(BatchError),
    /// The log refused them.
    Log(LogError),
    /// The topic has been deleted.
    Deleted,
}

impl Partition {
    pub(super) fn new(topic: Arc<str>, index: i32, log: PartitionLog, housekeeping: Arc<Notify>) -> Self {
        Partition {
            housekeeping,
            topic,
            index,
            waiters: Waiters::default(),
            leader_epoch: AtomicI32::new(0),
            deleted: AtomicBool::new(false),
            last_append: AtomicU64::new(0),
            log: Mutex::new(log),
        }
    }

    /// The log. Hold the guard for a few operations only: requests wait for it.
    pub(crate) fn log(&self) -> MutexGuard<'_, PartitionLog> {
        // A panic elsewhere leaves the log usable: its invariants hold between two statements.
        self.log.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The leader's epoch.
    pub(crate) fn leader_epoch(&self) -> i32 {
        self.leader_epoch.load(Ordering::Acquire)
    }

    /// Whether the topic has been deleted.
    pub(crate) fn is_deleted(&self) -> bool {
        self.deleted.load(Ordering::Acquire)
    }

    /// When the partition was last written to, as a number that orders the appends to all partitions; 0 if not since
    /// the start. To be read together with the log, while its guard is held.
    pub(crate) fn last_append(&self) -> u64 {
        self.last_append.load(Ordering::Acquire)
    }

    /// Appends a batch that has been validated, and wakes those who wait for it.
    ///
    /// # Errors
    /// As [`PartitionLog::append`]; also if the topic has been deleted.
    pub(crate) fn append(&self, header: BatchHeader, batch: &Bytes) -> Result<AppendInfo, ProduceError> {
        self.append_to(self.log(), header, batch)
    }

    /// Appends a transactional batch if its producer's transaction has written here already, so that the marker that
    /// ends it will come here. `None` if it has not.
    ///
    /// # Errors
    /// As [`append`](Self::append). A stale epoch is the log's to refuse.
    pub(crate) fn append_ongoing(
        &self,
        header: BatchHeader,
        batch: &Bytes,
    ) -> Result<Option<AppendInfo>, ProduceError> {
        let log = self.log();
        let ongoing = log
            .producer(header.producer_id)
            .is_some_and(|p| p.transaction_start.is_some() && p.epoch >= header.producer_epoch);
        if ongoing { self.append_to(log, header, batch).map(Some) } else { Ok(None) }
    }

    fn append_to(
        &self,
        mut log: MutexGuard<'_, PartitionLog>,
        header: BatchHeader,
        batch: &Bytes,
    ) -> Result<AppendInfo, ProduceError> {
        if self.is_deleted() {
            return Err(ProduceError::Deleted);
        }
        let info = log.append(header, batch, self.leader_epoch(), now_ms()).map_err(ProduceError::Log)?;
        self.last_append.store(APPENDS.fetch_add(1, Ordering::AcqRel) + 1, Ordering::Release);
        drop(log);
        self.waiters.wake();
        if info.rolled {
            self.housekeeping.notify_one();
        }
        Ok(info)
    }

    /// Appends a batch of the broker's own, from
    /// [`BatchBuilder`](crate::log::BatchBuilder) or [`control_marker`](crate::log::control_marker).
    ///
    /// # Errors
    /// As [`append`](Self::append).
    pub(crate) fn append_own(&self, batch: &Bytes) -> Result<AppendInfo, ProduceError> {
        self.append(BatchHeader::parse(batch).map_err(ProduceError::Batch)?, batch)
    }

    /// Reads from the log; see [`PartitionLog::read`].
    pub(crate) fn read(
        &self,
        offset: i64,
        max_bytes: usize,
        isolation: Isolation,
        at_least_one: bool,
    ) -> Result<ReadResult, LogError> {
        self.log().read(offset, max_bytes, isolation, at_least_one)
    }

    /// Calls `visit` with every batch of the log, in order, control batches included. For the
    /// coordinators, which rebuild their state from it.
    ///
    /// # Errors
    /// If a file cannot be read.
    pub(crate) fn replay(&self, mut visit: impl FnMut(&BatchHeader, &[u8])) -> Result<(), LogError> {
        let mut offset = self.log().start_offset();
        loop {
            let result = self.read(offset, 1 << 20, Isolation::Uncommitted, true)?;
            let Some(slice) = result.records else { return Ok(()) };
            for batch in batches(slice.load()?) {
                let Ok((header, bytes)) = batch else {
                    return Err(LogError::Io(std::io::ErrorKind::InvalidData.into()));
                };
                offset = header.next_offset();
                visit(&header, &bytes);
            }
        }
    }

    /// Marks the partition as deleted and wakes those who wait. `grave` is the topic's folder from now on.
    pub(super) fn mark_deleted(&self, grave: &Path) {
        let mut log = self.log();
        log.bury(grave.join(self.index.to_string()));
        self.deleted.store(true, Ordering::Release);
        drop(log);
        self.waiters.wake();
    }
}
