//! Opening a log: what a clean stop left is taken as it is, the rest is scanned.
//!
//! A segment whose index file matches it is whole. Any other one is read batch by batch, with
//! checksums, and cut off behind its last good batch; segments behind a damaged one are set aside.

use std::fs::{self, File, OpenOptions};
use std::io::{self, BufReader, Read};
use std::path::{Path, PathBuf};

use tracing::{info, warn};

use super::append::parse_marker;
use super::batch::{BATCH_HEADER, BatchHeader, MAX_OFFSET};
use super::partition_log::{LogSettings, PartitionLog};
use super::producers::Producers;
use super::segment::{Segment, file_name};
use super::snapshot::{self, Checkpoint, ProducerSnapshot};
use super::transactions::Transactions;
use crate::disk;

/// Largest batch that is believed when its file is scanned, in bytes.
const MAX_BATCH: usize = 1 << 30;

impl PartitionLog {
    /// Opens the log in `dir`, which is made if need be, and recovers what must be.
    pub(crate) fn open(dir: &Path, settings: LogSettings) -> io::Result<Self> {
        disk::create_dir(dir)?;
        remove_leftovers(dir)?;
        let checkpoint: Checkpoint = snapshot::read(&dir.join("checkpoint"))?.unwrap_or_default();
        let mut log = PartitionLog {
            dir: dir.to_owned(),
            settings,
            segments: Vec::new(),
            log_start: checkpoint.log_start_offset,
            cleaned_to: checkpoint.cleaned_to,
            producers: Producers::default(),
            transactions: Transactions::default(),
            leader_epochs: Vec::new(),
            unflushed: 0,
            buried: false,
            failed: false,
        };
        let bases = files(dir, "log")?;
        let replay_from = log.load_snapshot(bases.first().map_or(0, |(base, _)| *base))?;
        for (at, (base, path)) in bases.iter().enumerate() {
            if *base < log.end_offset() {
                // Compaction merged it into the segment before it, and was interrupted.
                remove_segment(path)?;
                continue;
            }
            let whole = log.open_segment(*base, path, replay_from)?;
            if !whole && at + 1 < bases.len() {
                set_aside(&bases[at + 1..])?;
                break;
            }
        }
        if log.end_offset() < replay_from && !bases.is_empty() {
            // The snapshot outlived records that it knows of: what it says cannot be used.
            let mut removed = false;
            for (offset, path) in files(dir, "producers")? {
                if offset > log.end_offset() {
                    disk::remove(&path)?;
                    removed = true;
                }
            }
            if removed {
                return PartitionLog::open(dir, settings);
            }
        }
        log.finish_open()
    }

    fn finish_open(mut self) -> io::Result<Self> {
        if self.segments.is_empty() {
            self.segments.push(Segment::empty(&self.dir, self.log_start));
        }
        if let Some(active) = self.segments.last_mut() {
            active.activate()?;
        }
        if let Some(first) = self.segments.first() {
            self.log_start = self.log_start.max(first.base_offset);
        }
        let end = self.end_offset();
        if self.log_start.max(self.cleaned_to) > end {
            // Segments are lost. What is written in their place is neither deleted nor compacted.
            self.log_start = self.log_start.min(end);
            self.cleaned_to = self.cleaned_to.min(end);
            self.write_checkpoint()?;
        }
        self.trim_aborted();
        Ok(self)
    }

    /// Restores the latest snapshot. Returns the offset from which batches must be replayed.
    fn load_snapshot(&mut self, first: i64) -> io::Result<i64> {
        for (offset, path) in files(&self.dir, "producers")?.into_iter().rev() {
            match snapshot::read::<ProducerSnapshot>(&path)? {
                Some(snapshot) => {
                    self.transactions.restore(snapshot.aborted);
                    for (id, entry) in snapshot.producers {
                        self.restore_producer(id, entry);
                    }
                    return Ok(offset);
                }
                None => {
                    warn!(path = %path.display(), "damaged producer snapshot: rebuilding from the log");
                    disk::remove(&path)?;
                }
            }
        }
        Ok(first)
    }

    /// Adds a segment. Returns whether it was whole.
    fn open_segment(&mut self, base: i64, path: &Path, replay_from: i64) -> io::Result<bool> {
        if let Some(segment) = Segment::open(&self.dir, base)?
            && segment.next_offset <= replay_from
        {
            self.take(segment)?;
            return Ok(true);
        }
        let mut segment = Segment::empty(&self.dir, base);
        let length = fs::metadata(path)?.len();
        let interval = self.settings.index_interval;
        scan(path, base, |header, batch| {
            self.note_epoch(header.leader_epoch, header.base_offset);
            if header.base_offset >= replay_from {
                let control = if header.attributes.is_control() { parse_marker(header, batch) } else { None };
                self.apply(header, control);
            }
            segment.record(header, interval);
        })?;
        let whole = segment.size == length;
        if !whole {
            warn!(path = %path.display(), kept = segment.size, cut = length - segment.size, "torn tail cut off");
            disk::truncate(&OpenOptions::new().write(true).open(path)?, path, segment.size)?;
        } else if length > 0 {
            info!(path = %path.display(), bytes = length, "segment scanned");
        }
        self.segments.push(segment);
        Ok(whole)
    }

    /// Adds a segment that need not be scanned. Its first batch tells the leader epoch of them all: a broker
    /// that is alone leads from the first batch to the last.
    fn take(&mut self, mut segment: Segment) -> io::Result<()> {
        let mut first = None;
        segment.walk(0, |_, header| {
            first = Some((header.leader_epoch, header.base_offset));
            false
        })?;
        if let Some((epoch, offset)) = first {
            self.note_epoch(epoch, offset);
        }
        segment.release();
        self.segments.push(segment);
        Ok(())
    }
}

/// Reads the good batches of a segment in order.
fn scan(path: &Path, base: i64, mut visit: impl FnMut(&BatchHeader, &[u8])) -> io::Result<()> {
    let mut reader = BufReader::with_capacity(1 << 20, File::open(path)?);
    let mut left = fs::metadata(path)?.len();
    let mut batch = Vec::new();
    let mut next = base;
    while left >= BATCH_HEADER as u64 {
        batch.resize(BATCH_HEADER, 0);
        reader.read_exact(&mut batch)?;
        let Ok(header) = BatchHeader::parse(&batch) else { return Ok(()) };
        if header.size > MAX_BATCH || header.size as u64 > left || header.base_offset < next {
            return Ok(());
        }
        batch.resize(header.size, 0);
        reader.read_exact(&mut batch[BATCH_HEADER..])?;
        let last = header.last_offset();
        if header.check_crc(&batch).is_err() || header.last_offset_delta < 0 || last >= MAX_OFFSET {
            return Ok(());
        }
        visit(&header, &batch);
        next = header.next_offset();
        left -= header.size as u64;
    }
    Ok(())
}

/// The files named by an offset with this extension, by offset.
pub(super) fn files(dir: &Path, extension: &str) -> io::Result<Vec<(i64, PathBuf)>> {
    let mut found = Vec::new();
    for entry in fs::read_dir(dir)? {
        let path = entry?.path();
        let offset = path.file_stem().and_then(|stem| stem.to_str()).and_then(|stem| stem.parse().ok());
        if let (Some(offset), Some(true)) = (offset, path.extension().map(|found| found == extension))
            && path.file_name().is_some_and(|name| *name == *file_name(offset, extension))
        {
            found.push((offset, path));
        }
    }
    found.sort();
    Ok(found)
}

/// Removes what an interrupted replacement of a file left.
fn remove_leftovers(dir: &Path) -> io::Result<()> {
    for entry in fs::read_dir(dir)? {
        let path = entry?.path();
        if path.extension().is_some_and(|extension| extension == "tmp" || extension == "cleaned") {
            disk::remove(&path)?;
        }
    }
    Ok(())
}

fn remove_segment(path: &Path) -> io::Result<()> {
    disk::remove(&path.with_extension("index"))?;
    disk::remove(path)
}

/// Renames segments that lie behind a damaged one: their offsets would leave a hole.
fn set_aside(rest: &[(i64, PathBuf)]) -> io::Result<()> {
    for (_, path) in rest {
        let aside = path.with_extension("log.orphan");
        warn!(path = %path.display(), aside = %aside.display(), "segment behind a damaged one is set aside");
        disk::rename(path, &aside)?;
    }
    Ok(())
}
