//! Cutting a log at its start: DeleteRecords and retention.

use std::io;

use tracing::{debug, info};

use super::partition_log::{LogError, PartitionLog};
use super::segment::{SealJob, Sealed, Segment};
use crate::disk;

impl PartitionLog {
    /// Moves the start of the log to `offset` (DeleteRecords). Segments in front of it are deleted.
    /// Returns the new start.
    ///
    /// # Errors
    /// If the offset is beyond the high watermark, or a file cannot be changed.
    pub(crate) fn delete_before(&mut self, offset: i64) -> Result<i64, LogError> {
        if offset > self.high_watermark() || offset < 0 {
            return Err(LogError::OutOfRange);
        }
        if offset > self.log_start {
            let last = self.segments.len() - 1;
            let gone = self.segments[..last].iter().take_while(|segment| segment.next_offset <= offset);
            self.cut(offset, gone.count())?;
        }
        Ok(self.log_start)
    }

    /// Deletes whole segments from the front as long as `expired` says so. The active one goes
    /// too if all its records are expired; the log then continues in an empty one.
    ///
    /// # Errors
    /// If a file cannot be changed.
    pub(crate) fn retain(
        &mut self,
        mut expired: impl FnMut(&SegmentFacts) -> bool,
    ) -> Result<usize, LogError> {
        if self.buried {
            return Ok(0);
        }
        let mut left = self.size();
        let mut count = 0;
        for (at, segment) in self.segments.iter().enumerate() {
            let facts = SegmentFacts {
                size: segment.size,
                log_size: left,
                max_timestamp: segment.max_timestamp_or_modified(),
            };
            // What compaction has emptied must not hold back what lies behind it; an empty log stays.
            let gone = match segment.size {
                0 => at + 1 < self.segments.len(),
                _ => expired(&facts),
            };
            if !gone {
                break;
            }
            left -= segment.size;
            count += 1;
        }
        if count == 0 {
            return Ok(0);
        }
        if count == self.segments.len()
            && let Err(error) = self.roll()
        {
            // On a full disk the others make room, and the last one goes next time.
            count -= 1;
            if count == 0 {
                return Err(error);
            }
        }
        self.cut(self.log_start.max(self.segments[count].base_offset), count)?;
        info!(dir = %self.dir.display(), segments = count, log_start = self.log_start, "retention");
        Ok(count)
    }

    /// Moves the start of the log and deletes the first `count` segments: as many as can be missed before the
    /// checkpoint is written, so that it finds room on a full disk. An empty segment has no file, whose name would
    /// say where the log goes on; in front of it one stays until then.
    fn cut(&mut self, start: i64, count: usize) -> Result<(), LogError> {
        let before = if self.segments[count].size > 0 { count } else { count.saturating_sub(1) };
        let former = self.log_start;
        self.log_start = start;
        let cut = self.drop_segments(before).and_then(|()| Ok(self.write_checkpoint()?));
        if cut.is_err() {
            self.log_start = former.max(self.segments[0].base_offset);
        }
        let cut = cut.and_then(|()| self.drop_segments(count - before));
        self.trim_aborted();
        let start = self.log_start;
        let first_kept = self.leader_epochs.partition_point(|(_, at)| *at <= start).saturating_sub(1);
        self.leader_epochs.drain(..first_kept);
        cut
    }

    fn drop_segments(&mut self, count: usize) -> Result<(), LogError> {
        for _ in 0..count {
            self.segments[0].delete()?;
            let segment = self.segments.remove(0);
            debug!(path = %segment.path().display(), "segment deleted");
        }
        Ok(())
    }

    /// What has to be done for segments that are no longer written: syncing, and writing their
    /// indexes. The jobs run without the log being locked; [`retired`](Self::retired) follows.
    ///
    /// # Errors
    /// If a file cannot be opened.
    pub(crate) fn seal_jobs(&mut self) -> Result<Vec<SealJob>, LogError> {
        let Some((_, sealed)) = self.segments.split_last_mut().filter(|_| !self.buried) else {
            return Ok(Vec::new());
        };
        let jobs = sealed.iter_mut().filter_map(|segment| segment.seal_job().transpose());
        Ok(jobs.collect::<io::Result<_>>()?)
    }

    /// Moves the index of a segment whose job has run out of memory, and deletes producer
    /// snapshots that recovery will not read.
    ///
    /// # Errors
    /// If a file cannot be changed.
    pub(crate) fn retired(&mut self, sealed: Sealed) -> Result<(), LogError> {
        let segment = self.segments.iter_mut().find(|segment| segment.base_offset == sealed.base_offset);
        match segment.filter(|_| !self.buried) {
            Some(segment) => segment.retire(sealed)?,
            None => return Ok(sealed.discard()?),
        }
        if !self.segments.iter().rev().skip(1).any(Segment::is_unsealed) {
            self.delete_old_snapshots()?;
        }
        Ok(())
    }

    /// Closes all files; they are opened again when they are read or written.
    pub(crate) fn release(&mut self) {
        self.segments.iter_mut().for_each(Segment::release);
    }

    fn delete_old_snapshots(&self) -> io::Result<()> {
        let newest = self.segments.last().map_or(0, |segment| segment.base_offset);
        for (offset, path) in super::recovery::files(&self.dir, "producers")? {
            if offset < newest {
                disk::remove(&path)?;
            }
        }
        Ok(())
    }
}

/// What retention decides by.
#[derive(Debug, Clone, Copy)]
pub(crate) struct SegmentFacts {
    /// Bytes of the segment.
    pub(crate) size: u64,
    /// Bytes of the log from this segment on.
    pub(crate) log_size: u64,
    /// Largest time stamp in the segment, in ms; without one, when it was last written.
    pub(crate) max_timestamp: i64,
}
