//! A segment: a file of record batches, named by its first offset, and its index.

use std::fs::{self, File};
use std::io;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::batch::{BATCH_HEADER, BatchHeader, MAX_OFFSET};
use super::index::{self, Entry, Index, Summary};
use crate::disk;

/// Bytes read at once when looking for a batch; about one index interval.
const LOOKUP: usize = 4096 + BATCH_HEADER;

/// A segment of a log.
#[derive(Debug)]
pub(crate) struct Segment {
    /// Offset of the first record that it can hold.
    pub(crate) base_offset: i64,
    /// Offset behind the last record.
    pub(crate) next_offset: i64,
    /// Length of the log file in bytes.
    pub(crate) size: u64,
    /// Time stamp of the first batch; `i64::MIN` if there is none.
    pub(crate) first_timestamp: i64,
    /// Largest time stamp; `i64::MIN` if there is none.
    pub(crate) max_timestamp: i64,
    /// Where to start looking.
    index: Index,
    /// Bytes that are known to be on the disk.
    pub(crate) flushed: u64,
    path: PathBuf,
    file: Option<Arc<File>>,
}

/// The name of a segment's file: the offset in 20 digits, so that names sort as offsets do.
pub(crate) fn file_name(base_offset: i64, extension: &str) -> String {
    format!("{base_offset:020}.{extension}")
}

impl Segment {
    /// An empty segment. Its file is made by the first append.
    pub(crate) fn empty(dir: &Path, base_offset: i64) -> Self {
        Segment::at(dir.join(file_name(base_offset, "log")), base_offset)
    }

    /// An empty segment with another name.
    pub(crate) fn at(path: PathBuf, base_offset: i64) -> Self {
        Segment {
            base_offset,
            next_offset: base_offset,
            size: 0,
            first_timestamp: i64::MIN,
            max_timestamp: i64::MIN,
            index: Index::Memory(Vec::new()),
            flushed: 0,
            path,
            file: None,
        }
    }

    /// A segment whose index file is valid. `None` if it must be scanned.
    pub(crate) fn open(dir: &Path, base_offset: i64) -> io::Result<Option<Self>> {
        let mut segment = Segment::empty(dir, base_offset);
        let size = fs::metadata(&segment.path)?.len();
        let Some((index, summary)) = index::open(&segment.index_path(), size)? else { return Ok(None) };
        if !(base_offset..=MAX_OFFSET).contains(&summary.next_offset) {
            return Ok(None);
        }
        segment.index = index;
        segment.size = size;
        segment.flushed = size;
        segment.next_offset = summary.next_offset;
        segment.first_timestamp = summary.first_timestamp;
        segment.max_timestamp = summary.max_timestamp;
        Ok(Some(segment))
    }

    /// The log file's path.
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    fn index_path(&self) -> PathBuf {
        self.path.with_extension("index")
    }

    /// The open log file; it is opened, and made, if need be.
    pub(crate) fn file(&mut self) -> io::Result<&Arc<File>> {
        if self.file.is_none() {
            let file = disk::open_append(&self.path)?;
            self.file = Some(Arc::new(file));
        }
        self.file.as_ref().ok_or_else(|| io::ErrorKind::NotFound.into())
    }

    /// Makes the segment ready to be written: the index moves into memory.
    pub(crate) fn activate(&mut self) -> io::Result<()> {
        if let Index::File(_) = self.index {
            self.index = Index::Memory(self.index.load(&self.index_path())?);
        }
        Ok(())
    }

    /// Writes a batch: `head` replaces its first bytes. If that fails, the file is cut back.
    pub(crate) fn append(
        &mut self,
        header: &BatchHeader,
        head: &[u8],
        batch: &[u8],
        interval: u64,
    ) -> io::Result<()> {
        let size = self.size;
        let file = Arc::clone(self.file()?);
        if let Err(error) = disk::append(&file, &self.path, head, &batch[head.len()..]) {
            disk::truncate(&file, &self.path, size)?;
            return Err(error);
        }
        self.record(header, interval);
        Ok(())
    }

    /// Accounts for a batch that lies at the end of the file.
    pub(crate) fn record(&mut self, header: &BatchHeader, interval: u64) {
        if let Index::Memory(entries) = &mut self.index {
            let due = entries.last().is_none_or(|last| self.size.saturating_sub(last.position) >= interval);
            if due {
                entries.push(Entry {
                    offset: header.base_offset,
                    position: self.size,
                    max_timestamp_before: self.max_timestamp,
                });
            }
        }
        if self.first_timestamp == i64::MIN {
            self.first_timestamp = header.max_timestamp;
        }
        self.max_timestamp = self.max_timestamp.max(header.max_timestamp);
        self.size += header.size as u64;
        self.next_offset = header.next_offset();
    }

    /// What has to be done to flush the log file to the disk and write its index; `None` if that
    /// has been done. The job needs no lock.
    pub(crate) fn seal_job(&mut self) -> io::Result<Option<SealJob>> {
        let Index::Memory(entries) = &self.index else { return Ok(None) };
        if self.size == 0 {
            return Ok(None);
        }
        let entries = entries.clone();
        let summary = Summary {
            log_size: self.size,
            next_offset: self.next_offset,
            first_timestamp: self.first_timestamp,
            max_timestamp: self.max_timestamp,
        };
        let (base_offset, index_path) = (self.base_offset, self.index_path());
        let path = self.path.clone();
        Ok(Some(SealJob { base_offset, file: Arc::clone(self.file()?), path, index_path, entries, summary }))
    }

    /// After its job has run: the index gets its name and leaves memory, the file is closed until it is
    /// read.
    pub(crate) fn retire(&mut self, sealed: Sealed) -> io::Result<()> {
        sealed.publish(self)?;
        if let Some((index, _)) = index::open(&self.index_path(), self.size)? {
            self.index = index;
            self.flushed = self.size;
        }
        self.file = None;
        Ok(())
    }

    /// Follows the folder, which has been renamed to `dir`.
    pub(crate) fn move_to(&mut self, dir: &Path) {
        self.path = dir.join(file_name(self.base_offset, "log"));
    }

    /// Closes the log file until it is needed again.
    pub(crate) fn release(&mut self) {
        self.file = None;
    }

    /// Whether the index is in memory, as it is until the segment has been retired.
    pub(crate) fn is_unsealed(&self) -> bool {
        matches!(self.index, Index::Memory(_)) && self.size > 0
    }

    /// The largest time stamp of the records, in ms. Where none of them has one, when the file was last changed, as in
    /// Kafka; negative if that is not known.
    pub(crate) fn max_timestamp_or_modified(&self) -> i64 {
        if self.max_timestamp >= 0 || self.size == 0 {
            return self.max_timestamp;
        }
        let modified = std::fs::metadata(&self.path).and_then(|file| file.modified());
        let age = modified.ok().and_then(|time| time.duration_since(std::time::UNIX_EPOCH).ok());
        age.and_then(|age| i64::try_from(age.as_millis()).ok()).unwrap_or(-1)
    }

    /// Brings what has been written to the disk.
    pub(crate) fn sync(&mut self) -> io::Result<()> {
        if self.flushed < self.size {
            let size = self.size;
            let file = Arc::clone(self.file()?);
            disk::sync(&file, &self.path)?;
            self.flushed = size;
        }
        Ok(())
    }

    /// Deletes the index file, which would not match a file that replaces the segment's.
    pub(crate) fn forget_index(&self) -> io::Result<()> {
        disk::remove(&self.index_path())
    }

    /// Deletes a segment that nothing refers to.
    pub(crate) fn discard(self) -> io::Result<()> {
        disk::remove(&self.path)
    }

    /// Takes over another segment's file by giving it this segment's name.
    pub(crate) fn replace_with(&mut self, mut other: Segment) -> io::Result<()> {
        disk::rename(&other.path, &self.path)?;
        other.path.clone_from(&self.path);
        other.file = None;
        *self = other;
        Ok(())
    }

    /// Deletes the segment's files. Fetches that are being sent keep what they have open.
    pub(crate) fn delete(&mut self) -> io::Result<()> {
        self.file = None;
        disk::remove(&self.index_path())?;
        disk::remove(&self.path)
    }

    /// Walks over the batches from `position` on, header by header, until `visit` says stop
    /// (`false`) or the segment ends.
    pub(crate) fn walk(
        &mut self,
        mut position: u64,
        mut visit: impl FnMut(u64, &BatchHeader) -> bool,
    ) -> io::Result<()> {
        let size = self.size;
        let file = Arc::clone(self.file()?);
        let mut window = vec![0; LOOKUP];
        let mut at = 0;
        let mut filled = 0;
        while position < size {
            if filled - at < BATCH_HEADER {
                let wanted = window.len().min((size - position) as usize);
                file.read_exact_at(&mut window[..wanted], position)?;
                (at, filled) = (0, wanted);
            }
            let header = BatchHeader::parse(&window[at..filled])
                .map_err(|error| io::Error::new(io::ErrorKind::InvalidData, error))?;
            if !visit(position, &header) {
                return Ok(());
            }
            position += header.size as u64;
            at = (at + header.size).min(filled);
        }
        Ok(())
    }

    /// Reads a whole batch.
    pub(crate) fn read_batch(&mut self, position: u64, size: usize) -> io::Result<Vec<u8>> {
        let mut bytes = vec![0; size];
        self.file()?.read_exact_at(&mut bytes, position)?;
        Ok(bytes)
    }

    /// The last index entry for which `before` holds; it must hold for a prefix of the entries.
    pub(crate) fn floor(&self, before: impl Fn(&Entry) -> bool) -> io::Result<Option<Entry>> {
        self.index.last_where(&self.index_path(), before)
    }

    /// Position of the first batch that holds `offset` or lies behind it; the size if none does.
    pub(crate) fn position_of(&mut self, offset: i64) -> io::Result<u64> {
        if offset >= self.next_offset {
            return Ok(self.size);
        }
        let floor = self.floor(|entry| entry.offset <= offset)?;
        let mut found = self.size;
        if let Some(entry) = floor
            && entry.offset == offset
        {
            return Ok(entry.position);
        }
        self.walk(floor.map_or(0, |entry| entry.position), |position, header| {
            let here = header.last_offset() >= offset;
            if here {
                found = position;
            }
            !here
        })?;
        Ok(found)
    }
}

/// Flushing of a segment, apart from the log that it belongs to.
#[derive(Debug)]
pub(crate) struct SealJob {
    base_offset: i64,
    file: Arc<File>,
    path: PathBuf,
    index_path: PathBuf,
    entries: Vec<Entry>,
    summary: Summary,
}

impl SealJob {
    /// Brings the snapshot behind the segment to the disk, without which recovery does not believe the index.
    /// It is gone if the segment has been compacted since.
    fn sync_snapshot(&self) -> io::Result<()> {
        let path = self.path.with_file_name(file_name(self.summary.next_offset, "producers"));
        let file = match File::open(&path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
            file => file?,
        };
        disk::sync(&file, &path)?;
        path.parent().map_or(Ok(()), disk::sync_dir)
    }

    /// Flushes the log file to the disk, then writes the index, which will say that all is there: as soon
    /// as [`Sealed`] gives it its name.
    pub(crate) fn run(&self, sync: bool) -> io::Result<Sealed> {
        if sync {
            disk::sync(&self.file, &self.path)?;
            self.sync_snapshot()?;
        }
        let index = index::encode(&self.entries, &self.summary);
        let staged = disk::stage(&self.index_path, &index, sync, false)?;
        Ok(Sealed { base_offset: self.base_offset, log_size: self.summary.log_size, staged })
    }
}

/// An index that is on the disk and has no name yet. It gets it while the log is locked, and only if the
/// segment is still there: a topic that has been made anew may have the folder now.
#[derive(Debug)]
#[must_use]
pub(crate) struct Sealed {
    /// The segment's first offset.
    pub(crate) base_offset: i64,
    log_size: u64,
    staged: PathBuf,
}

impl Sealed {
    /// Gives the index its name, if it is that of `segment`.
    pub(crate) fn publish(self, segment: &Segment) -> io::Result<()> {
        if segment.size == self.log_size {
            disk::rename(&self.staged, &segment.index_path())
        } else {
            self.discard()
        }
    }

    /// Deletes the index of a segment that is gone.
    pub(crate) fn discard(self) -> io::Result<()> {
        disk::remove(&self.staged)
    }
}
