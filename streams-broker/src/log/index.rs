//! The sparse index of a segment: where to start looking for an offset or a time.
//!
//! An entry stands for a batch: its offset, its position in the file, and the largest time stamp
//! in front of it. The active segment's index is in memory. A sealed segment's lies in a file, which
//! is opened to be searched, so that old data costs neither memory nor file descriptors.

use std::fs::{self, File};
use std::io;
use std::os::unix::fs::FileExt;
use std::path::Path;

/// First bytes of an index file: magic and format version.
const MAGIC: [u8; 8] = *b"SIDX\0\0\0\x01";
const HEADER: usize = 64;
const ENTRY: usize = 24;

/// One entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Entry {
    /// Base offset of the batch.
    pub(crate) offset: i64,
    /// Its position in the segment's file.
    pub(crate) position: u64,
    /// Largest time stamp of all batches in front of it; `i64::MIN` if there are none.
    pub(crate) max_timestamp_before: i64,
}

/// What an index file says about its segment as a whole.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Summary {
    /// Length of the segment's log file: another length means that the index is stale.
    pub(crate) log_size: u64,
    /// Offset behind the segment's last record.
    pub(crate) next_offset: i64,
    /// Time stamp of the first batch; `i64::MIN` if there is none.
    pub(crate) first_timestamp: i64,
    /// Largest time stamp; `i64::MIN` if there is none.
    pub(crate) max_timestamp: i64,
}

/// The entries of a segment, in order.
#[derive(Debug)]
pub(crate) enum Index {
    /// Of the segment that is being written.
    Memory(Vec<Entry>),
    /// Of a sealed segment: the number of entries in its file.
    File(usize),
}

impl Index {
    /// Number of entries.
    fn len(&self) -> usize {
        match self {
            Index::Memory(entries) => entries.len(),
            Index::File(count) => *count,
        }
    }

    /// The entries, to be looked at one by one; those of a sealed segment in the file at `path`.
    fn entries(&self, path: &Path) -> io::Result<Entries<'_>> {
        Ok(match self {
            Index::Memory(entries) => Entries::Memory(entries),
            Index::File(_) => Entries::File(File::open(path)?),
        })
    }

    /// The last entry for which `before` holds; it must hold for a prefix of the entries.
    pub(crate) fn last_where(
        &self,
        path: &Path,
        before: impl Fn(&Entry) -> bool,
    ) -> io::Result<Option<Entry>> {
        let entries = self.entries(path)?;
        let (mut low, mut high) = (0, self.len());
        let mut found = None;
        while low < high {
            let middle = low + (high - low) / 2;
            let entry = entries.get(middle)?;
            if before(&entry) {
                found = Some(entry);
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        Ok(found)
    }

    /// All entries, for a segment that becomes the active one again.
    pub(crate) fn load(&self, path: &Path) -> io::Result<Vec<Entry>> {
        let entries = self.entries(path)?;
        (0..self.len()).map(|at| entries.get(at)).collect()
    }
}

/// Where entries are while they are looked at.
enum Entries<'a> {
    Memory(&'a [Entry]),
    File(File),
}

impl Entries<'_> {
    fn get(&self, at: usize) -> io::Result<Entry> {
        match self {
            Entries::Memory(entries) => {
                entries.get(at).copied().ok_or_else(|| io::ErrorKind::UnexpectedEof.into())
            }
            Entries::File(file) => {
                let mut bytes = [0; ENTRY];
                file.read_exact_at(&mut bytes, (HEADER + at * ENTRY) as u64)?;
                Ok(decode(&bytes))
            }
        }
    }
}

/// The content of a segment's index file.
pub(crate) fn encode(entries: &[Entry], summary: &Summary) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(HEADER + entries.len() * ENTRY);
    bytes.extend_from_slice(&MAGIC);
    bytes.extend_from_slice(&summary.log_size.to_be_bytes());
    bytes.extend_from_slice(&summary.next_offset.to_be_bytes());
    bytes.extend_from_slice(&summary.first_timestamp.to_be_bytes());
    bytes.extend_from_slice(&summary.max_timestamp.to_be_bytes());
    bytes.extend_from_slice(&(entries.len() as u64).to_be_bytes());
    bytes.resize(HEADER - 4, 0);
    bytes.extend_from_slice(&[0; 4]);
    for entry in entries {
        bytes.extend_from_slice(&entry.offset.to_be_bytes());
        bytes.extend_from_slice(&entry.position.to_be_bytes());
        bytes.extend_from_slice(&entry.max_timestamp_before.to_be_bytes());
    }
    let crc = checksum(&bytes[..HEADER - 4], &bytes[HEADER..]);
    bytes[HEADER - 4..HEADER].copy_from_slice(&crc.to_be_bytes());
    bytes
}

/// Opens the index at `path`. `None` if it is missing, damaged, or not that of a log file of
/// `log_size` bytes: it is to be rebuilt then.
pub(crate) fn open(path: &Path, log_size: u64) -> io::Result<Option<(Index, Summary)>> {
    let bytes = match fs::read(path) {
        Ok(bytes) => bytes,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error),
    };
    let number =
        |at: usize| bytes.get(at..at + 8).and_then(|bytes| bytes.try_into().ok()).map(u64::from_be_bytes);
    let (Some(size), Some(next), Some(first), Some(max), Some(count)) =
        (number(8), number(16), number(24), number(32), number(40))
    else {
        return Ok(None);
    };
    let expected = usize::try_from(count).ok().and_then(|count| count.checked_mul(ENTRY));
    let whole = bytes.len() >= HEADER && expected == Some(bytes.len() - HEADER);
    if !whole || bytes[..8] != MAGIC || size != log_size {
        return Ok(None);
    }
    let crc = checksum(&bytes[..HEADER - 4], &bytes[HEADER..]);
    if bytes[HEADER - 4..HEADER] != crc.to_be_bytes() {
        return Ok(None);
    }
    let summary = Summary {
        log_size,
        next_offset: next as i64,
        first_timestamp: first as i64,
        max_timestamp: max as i64,
    };
    Ok(Some((Index::File(count as usize), summary)))
}

fn checksum(header: &[u8], entries: &[u8]) -> u32 {
    crc32c::crc32c_append(crc32c::crc32c(header), entries)
}

fn decode(bytes: &[u8; ENTRY]) -> Entry {
    let number = |at: usize| {
        let mut field = [0; 8];
        field.copy_from_slice(&bytes[at..at + 8]);
        u64::from_be_bytes(field)
    };
    Entry { offset: number(0) as i64, position: number(8), max_timestamp_before: number(16) as i64 }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entries() -> Vec<Entry> {
        (0..100)
            .map(|n| Entry { offset: n * 10, position: n as u64 * 4096, max_timestamp_before: n * 1000 })
            .collect()
    }

    const SUMMARY: Summary =
        Summary { log_size: 777, next_offset: 1_000, first_timestamp: 1, max_timestamp: 99_000 };

    #[test]
    fn an_index_on_disk_answers_as_the_one_in_memory() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("0.index");
        fs::write(&path, encode(&entries(), &SUMMARY)).unwrap();
        let (on_disk, summary) = open(&path, 777).unwrap().expect("valid");
        assert_eq!(summary, SUMMARY);
        let in_memory = Index::Memory(entries());
        for offset in [-1, 0, 5, 10, 500, 995, 5_000] {
            let floor = |index: &Index| index.last_where(&path, |entry| entry.offset <= offset).unwrap();
            assert_eq!(floor(&on_disk), floor(&in_memory), "offset {offset}");
        }
        assert_eq!(on_disk.load(&path).unwrap(), entries());
    }

    #[test]
    fn a_stale_missing_or_damaged_index_is_not_used() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("0.index");
        assert!(open(&path, 777).unwrap().is_none());
        fs::write(&path, encode(&entries(), &SUMMARY)).unwrap();
        assert!(open(&path, 778).unwrap().is_none());
        let good = fs::read(&path).unwrap();
        for at in [0, 9, 20, HEADER - 1, HEADER + 1, good.len() - 1] {
            let mut bad = good.clone();
            bad[at] ^= 0x10;
            fs::write(&path, &bad).unwrap();
            assert!(open(&path, 777).unwrap().is_none(), "byte {at}");
        }
        fs::write(&path, &good[..good.len() - 1]).unwrap();
        assert!(open(&path, 777).unwrap().is_none());
    }
}
