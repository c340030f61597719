//! Compaction: of the records with one key, only the newest is kept.
//!
//! The log is locked only to plan and to swap files. In between, the completed segments are read
//! twice: once to learn the newest offset of each key, once to write what is kept. The segment
//! that is written, and what is too young or belongs to open transactions, is left alone.
//!
//! A tombstone is kept for `delete.retention.ms` after the first compaction that met it, so that
//! a slow reader sees it. That time lies in the batch itself, as Apache Kafka does it (KIP-534).

mod keys;
mod rewrite;

use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use tracing::info;

use super::batch::BatchHeader;
use super::partition_log::{LogError, PartitionLog};
use super::segment::{Segment, file_name};
use super::transactions::AbortedTransaction;
use crate::disk;
use keys::NewestOffsets;
use rewrite::Keeper;

/// What compaction needs of the topic's configuration.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct CompactionSettings {
    /// How long a tombstone is kept, in ms.
    pub(crate) delete_retention_ms: i64,
    /// How long a record is safe, in ms.
    pub(crate) min_lag_ms: i64,
    /// After how long a record must be compacted, in ms.
    pub(crate) max_lag_ms: i64,
    /// Share of bytes that have not been compacted from which on it is worth it.
    pub(crate) min_dirty_ratio: f64,
}

/// A completed segment, as it was when compaction was planned.
#[derive(Debug)]
struct Source {
    base_offset: i64,
    next_offset: i64,
    size: u64,
    path: PathBuf,
}

/// A compaction that is worth it.
#[derive(Debug)]
pub(crate) struct Plan {
    sources: Vec<Source>,
    /// Offset from which keys are learned.
    dirty_from: i64,
    aborted: Vec<AbortedTransaction>,
    settings: CompactionSettings,
    segment_bytes: u64,
    index_interval: u64,
    sync: bool,
    dir: PathBuf,
    now: i64,
}

/// Segments that have been written anew, for [`PartitionLog::swap`].
#[derive(Debug)]
pub(crate) struct Compacted {
    /// New segments, each with the base offsets of those that it replaces.
    groups: Vec<(Segment, Vec<i64>)>,
    cleaned_to: i64,
}

impl PartitionLog {
    /// Decides whether compaction is worth it at `now`, in ms.
    pub(crate) fn plan_compaction(&self, settings: CompactionSettings, now: i64) -> Option<Plan> {
        let stable = self.last_stable_offset();
        let youngest = now.saturating_sub(settings.min_lag_ms);
        let dirty_from = self.cleaned_to.max(self.log_start);
        let (_, completed) = self.segments.split_last().filter(|_| !self.buried)?;
        let mut sources = Vec::new();
        let (mut dirty, mut total, mut overdue) = (0, 0, false);
        for segment in completed {
            let safe = settings.min_lag_ms > 0 && segment.max_timestamp > youngest;
            if segment.next_offset > stable || safe {
                break;
            }
            total += segment.size;
            if segment.next_offset > dirty_from && segment.size > 0 {
                dirty += segment.size;
                overdue |= now.saturating_sub(segment.first_timestamp) > settings.max_lag_ms;
            }
            let (base_offset, next_offset, size) = (segment.base_offset, segment.next_offset, segment.size);
            sources.push(Source { base_offset, next_offset, size, path: segment.path().to_owned() });
        }
        let ratio = if total == 0 { 0.0 } else { dirty as f64 / total as f64 };
        if dirty == 0 || (ratio <= settings.min_dirty_ratio && !overdue) {
            return None;
        }
        Some(Plan {
            sources,
            dirty_from,
            aborted: self.transactions.aborted().to_vec(),
            settings,
            segment_bytes: self.settings.segment_bytes,
            index_interval: self.settings.index_interval,
            sync: self.settings.sync,
            dir: self.dir.clone(),
            now,
        })
    }

    /// Puts compacted segments in the place of those that they replace, unless retention,
    /// DeleteRecords or the topic's deletion has been faster.
    ///
    /// # Errors
    /// If a file cannot be renamed.
    pub(crate) fn swap(&mut self, compacted: Compacted) -> Result<(), LogError> {
        for (new, replaced) in compacted.groups {
            let at = if self.buried { None } else { self.position_of(replaced.first()) };
            let Some(at) = at else {
                new.discard()?;
                continue;
            };
            self.segments[at].forget_index()?;
            self.segments[at].replace_with(new)?;
            for _ in 1..replaced.len() {
                self.segments[at + 1].delete()?;
                self.segments.remove(at + 1);
            }
        }
        if self.buried {
            return Ok(());
        }
        self.cleaned_to = self.cleaned_to.max(compacted.cleaned_to);
        self.trim_aborted();
        self.write_checkpoint()?;
        Ok(())
    }

    /// The place of the segment with this base offset.
    fn position_of(&self, base_offset: Option<&i64>) -> Option<usize> {
        self.segments.iter().position(|segment| Some(&segment.base_offset) == base_offset)
    }
}

impl Plan {
    /// Reads and writes. Needs no lock.
    ///
    /// # Errors
    /// If a file cannot be read or written; nothing has changed then. DeleteRecords may have deleted a
    /// segment meanwhile ([`NotFound`](io::ErrorKind::NotFound)).
    pub(crate) fn run(&self) -> io::Result<Compacted> {
        let mut newest = NewestOffsets::default();
        let mut cleaned_to = self.dirty_from;
        for source in self.sources.iter().filter(|source| source.next_offset > self.dirty_from) {
            if !newest.learn(source, self)? {
                break;
            }
            cleaned_to = source.next_offset;
        }
        let mut keeper = Keeper::new(self, newest);
        let mut groups = Vec::new();
        let mut rest: &[Source] = &self.sources;
        rest = &rest[..rest.partition_point(|source| source.next_offset <= cleaned_to)];
        while !rest.is_empty() {
            let (group, behind) = rest.split_at(self.group_length(rest));
            rest = behind;
            groups.push((
                self.write_group(group, &mut keeper)?,
                group.iter().map(|source| source.base_offset).collect(),
            ));
        }
        let (before, after): (u64, u64) = (
            self.sources.iter().map(|source| source.size).sum(),
            groups.iter().map(|(new, _)| new.size).sum(),
        );
        info!(dir = %self.dir.display(), before, after, cleaned_to, "compacted");
        Ok(Compacted { groups, cleaned_to })
    }

    /// How many segments at the front fit into one.
    fn group_length(&self, sources: &[Source]) -> usize {
        let mut size = 0;
        let fitting = sources.iter().take_while(|source| {
            size += source.size;
            size <= self.segment_bytes
        });
        fitting.count().max(1)
    }

    fn write_group(&self, group: &[Source], keeper: &mut Keeper<'_>) -> io::Result<Segment> {
        let base_offset = group.first().map_or(0, |source| source.base_offset);
        let mut segment = Segment::at(self.dir.join(file_name(base_offset, "cleaned")), base_offset);
        let path = segment.path().to_owned();
        let file = disk::create(&path)?;
        let mut out = BufWriter::with_capacity(1 << 20, Output { file: &file, path: &path });
        for source in group {
            source.each_batch(|header, batch| {
                if let Some((header, batch)) = keeper.keep(header, batch)? {
                    out.write_all(&batch)?;
                    segment.record(&header, self.index_interval);
                }
                Ok(())
            })?;
        }
        out.flush()?;
        drop(out);
        if self.sync {
            disk::sync(&file, &path)?;
        }
        segment.next_offset = group.last().map_or(base_offset, |source| source.next_offset);
        Ok(segment)
    }

    /// Whether a record at `offset` of this producer belongs to an aborted transaction.
    fn is_aborted(&self, header: &BatchHeader) -> bool {
        header.attributes.is_transactional()
            && !header.attributes.is_control()
            && self.aborted.iter().any(|aborted| {
                aborted.producer_id == header.producer_id
                    && (aborted.first_offset..aborted.last_offset).contains(&header.base_offset)
            })
    }
}

impl Source {
    /// Calls `visit` with every batch.
    fn each_batch(&self, mut visit: impl FnMut(&BatchHeader, &[u8]) -> io::Result<()>) -> io::Result<()> {
        use std::os::unix::fs::FileExt;
        if self.size == 0 {
            return Ok(());
        }
        // Not before it is needed: there may be more segments than a process may have open files.
        let file = File::open(&self.path)?;
        let mut position = 0;
        let mut batch = Vec::new();
        while position < self.size {
            batch.resize(super::batch::BATCH_HEADER, 0);
            file.read_exact_at(&mut batch, position)?;
            let header = BatchHeader::parse(&batch).map_err(invalid)?;
            if header.size as u64 > self.size - position {
                return Err(io::ErrorKind::InvalidData.into());
            }
            batch.resize(header.size, 0);
            file.read_exact_at(&mut batch, position)?;
            visit(&header, &batch)?;
            position += header.size as u64;
        }
        Ok(())
    }
}

/// The file that compaction writes.
struct Output<'a> {
    file: &'a File,
    path: &'a Path,
}

impl Write for Output<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        disk::append(self.file, self.path, bytes, &[])?;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn invalid(error: super::batch::BatchError) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, error)
}
