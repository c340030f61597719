//! Files beside the segments: producer snapshots and the checkpoint. Each is one line of checksum
//! and one line of JSON, and replaced as a whole.

use std::fs;
use std::io;
use std::path::Path;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::producers::ProducerEntry;
use super::transactions::AbortedTransaction;
use crate::disk;

/// The state of producers and transactions at an offset: `<offset>.producers`. Recovery reads the
/// latest one and replays the batches behind it.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(crate) struct ProducerSnapshot {
    /// Producers with their ids.
    pub(crate) producers: Vec<(i64, ProducerEntry)>,
    /// Aborted transactions.
    pub(crate) aborted: Vec<AbortedTransaction>,
}

/// What cannot be read from the segments: `checkpoint`.
#[derive(Debug, Default, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Checkpoint {
    /// Offset of the first record that may be read.
    pub(crate) log_start_offset: i64,
    /// Offset up to which the log has been compacted.
    #[serde(default)]
    pub(crate) cleaned_to: i64,
}

/// Replaces the file at `path`.
pub(crate) fn write<T: Serialize>(path: &Path, content: &T, sync: bool) -> io::Result<()> {
    let json = serde_json::to_vec(content)?;
    let mut content = format!("{:08x}\n", crc32c::crc32c(&json)).into_bytes();
    content.extend_from_slice(&json);
    disk::replace(path, &content, sync)
}

/// Reads the file at `path`; `None` if it is missing or damaged.
pub(crate) fn read<T: DeserializeOwned>(path: &Path) -> io::Result<Option<T>> {
    let bytes = match fs::read(path) {
        Ok(bytes) => bytes,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error),
    };
    let Some((checksum, json)) = bytes.split_at_checked(9) else { return Ok(None) };
    if checksum != format!("{:08x}\n", crc32c::crc32c(json)).as_bytes() {
        return Ok(None);
    }
    Ok(serde_json::from_slice(json).ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_damaged_file_is_not_read() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("checkpoint");
        assert_eq!(read::<Checkpoint>(&path).unwrap(), None);
        let checkpoint = Checkpoint { log_start_offset: 7, cleaned_to: 3 };
        write(&path, &checkpoint, true).unwrap();
        assert_eq!(read(&path).unwrap(), Some(checkpoint));
        let mut bytes = fs::read(&path).unwrap();
        *bytes.last_mut().unwrap() ^= 1;
        fs::write(&path, bytes).unwrap();
        assert_eq!(read::<Checkpoint>(&path).unwrap(), None);
    }
}
