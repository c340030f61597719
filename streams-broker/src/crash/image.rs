//! A folder in memory, as it is after some changes.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use crate::disk::trace::Change;

/// What a crash takes away.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Loss {
    /// The process was killed.
    Nothing,
    /// The power failed: bytes that have not been synced are gone.
    Unsynced,
    /// The power failed: bytes that have not been synced are zeros.
    Zeros,
}

#[derive(Debug, Clone, Default)]
struct Content {
    bytes: Vec<u8>,
    synced: usize,
}

/// Files and folders.
#[derive(Debug, Clone, Default)]
pub(super) struct Image {
    files: BTreeMap<PathBuf, Content>,
    folders: BTreeSet<PathBuf>,
}

/// The parts of a change that a crash in its middle may leave.
pub(super) fn parts(change: &Change) -> Vec<Change> {
    let Change::Append(bytes) = change else { return Vec::new() };
    // The first byte, a batch header without records, all but the last byte.
    let lengths: BTreeSet<usize> = [1, 61, bytes.len().saturating_sub(1)].into();
    lengths
        .into_iter()
        .filter(|length| (1..bytes.len()).contains(length))
        .map(|length| Change::Append(bytes[..length].to_vec()))
        .collect()
}

impl Image {
    /// Makes a change.
    pub(super) fn apply(&mut self, path: &Path, change: &Change) {
        match change {
            Change::Create => {
                self.files.insert(path.to_owned(), Content::default());
            }
            Change::CreateDir => {
                self.folders.insert(path.to_owned());
            }
            Change::Remove => {
                self.files.retain(|file, _| !file.starts_with(path));
                self.folders.retain(|folder| !folder.starts_with(path));
            }
            Change::Rename(to) => self.rename(path, to),
            // A file that was deleted while it was open is nowhere.
            Change::Append(bytes) => {
                if let Some(file) = self.files.get_mut(path) {
                    file.bytes.extend_from_slice(bytes);
                }
            }
            Change::Truncate(length) => {
                if let Some(file) = self.files.get_mut(path) {
                    file.bytes.truncate(*length as usize);
                    file.synced = file.synced.min(file.bytes.len());
                }
            }
            Change::Sync => {
                if let Some(file) = self.files.get_mut(path) {
                    file.synced = file.bytes.len();
                }
            }
        }
    }

    fn rename(&mut self, from: &Path, to: &Path) {
        let moved = |path: &Path| match path.strip_prefix(from) {
            Ok(inside) if inside.as_os_str().is_empty() => to.to_owned(),
            Ok(inside) => to.join(inside),
            Err(_) => path.to_owned(),
        };
        let replaced = |path: &Path| path.starts_with(to) && !path.starts_with(from);
        self.files.retain(|file, _| !replaced(file));
        self.files = std::mem::take(&mut self.files).into_iter().map(|(p, c)| (moved(&p), c)).collect();
        self.folders = self.folders.iter().map(|path| moved(path)).collect();
    }

    /// Contents by path.
    pub(super) fn files(&self) -> BTreeMap<PathBuf, Vec<u8>> {
        self.files.iter().map(|(path, content)| (path.clone(), content.bytes.clone())).collect()
    }

    /// Lays the image out in a folder.
    pub(super) fn write_to(&self, root: &Path, loss: Loss) {
        for folder in &self.folders {
            fs::create_dir_all(root.join(folder)).expect("a folder can be made");
        }
        for (path, content) in &self.files {
            let mut bytes = content.bytes.clone();
            match loss {
                Loss::Nothing => {}
                Loss::Unsynced => bytes.truncate(content.synced),
                Loss::Zeros => bytes[content.synced..].fill(0),
            }
            fs::write(root.join(path), bytes).expect("a file can be written");
        }
    }
}
