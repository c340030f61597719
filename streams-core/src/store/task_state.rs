//! The local state of one task: its directory, its database, and what is committed of it.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use super::bytes::ByteStore;
use super::disk::{self, StateMemory, TaskDb};
use crate::error::{Error, Result};

/// How much of its state a task keeps in memory, and when it goes to disk.
#[derive(Debug, Clone)]
pub struct StateOptions {
    /// Memory that all RocksDB instances share.
    pub memory: StateMemory,
    /// Bytes of hot entries that each persistent store keeps in memory. Default: 4 MiB.
    pub read_cache_bytes: usize,
    /// Committed changes are written to RocksDB at the commit at which a task has more bytes of them than this: what
    /// changes often is written seldom. Default: 8 MiB.
    pub write_back_bytes: usize,
    /// The same as a number of changes, which bounds how much of the changelog is read again after a crash.
    /// Default: 100,000.
    pub write_back_updates: u64,
    /// RocksDB's memtables are flushed to files once they took this many changes. Default: 1,000,000.
    pub flush_updates: u64,
    /// With more bytes of changes than this, a task asks for a commit. Default: 32 MiB.
    pub max_uncommitted_bytes: usize,
    /// A database that does not exist yet is created with the first write instead of at the start: for short-lived
    /// tasks, in tests say. Default: no, so that a directory which cannot be used is known at once.
    pub open_lazily: bool,
}

impl Default for StateOptions {
    fn default() -> Self {
        Self {
            memory: StateMemory::shared(),
            read_cache_bytes: 4 << 20,
            write_back_bytes: 8 << 20,
            write_back_updates: 100_000,
            flush_updates: 1_000_000,
            max_uncommitted_bytes: 32 << 20,
            open_lazily: false,
        }
    }
}

/// A changelog partition.
pub(crate) type ChangelogPartition = (Arc<str>, i32);

/// The local state of one task. Its RocksDB is opened by the first store that is persistent.
///
/// Clones are handles to the same state.
#[derive(Debug, Clone)]
pub struct TaskState {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    directory: PathBuf,
    options: StateOptions,
    db: Mutex<Option<Arc<TaskDb>>>,
}

impl TaskState {
    /// The state in `<directory>/rocksdb`; nothing is opened or created yet.
    pub fn new(directory: impl Into<PathBuf>, options: StateOptions) -> Self {
        Self { inner: Arc::new(Inner { directory: directory.into(), options, db: Mutex::default() }) }
    }

    /// The task's directory.
    pub fn directory(&self) -> &Path {
        &self.inner.directory
    }

    /// The options.
    pub fn options(&self) -> &StateOptions {
        &self.inner.options
    }

    /// Deletes the database, for a state that the changelog no longer fits (its end lies before the offset on disk, or
    /// what follows it was deleted). Call it before the stores are made, or after they are closed.
    ///
    /// # Errors
    /// A store still uses the database, or the files cannot be deleted.
    pub fn wipe(&self) -> Result<()> {
        let mut db = self.lock();
        if db.as_ref().is_some_and(|db| Arc::strong_count(db) > 1) {
            let path = self.inner.directory.display();
            return Err(Error::bug(format!("the local state in {path} is to be wiped while stores use it")));
        }
        *db = None;
        disk::wipe(&self.database())
    }

    /// The offset of the next record of a changelog partition to restore, if the state on disk remembers one. Ask when
    /// the stores are made.
    ///
    /// # Errors
    /// The database cannot be read.
    pub fn committed_offset(&self, topic: &str, partition: i32) -> Result<Option<i64>> {
        match self.open_db() {
            Some(db) => db.offset(topic, partition),
            None => Ok(None),
        }
    }

    pub(crate) fn persistent_bytes(&self, family: &str) -> Result<ByteStore> {
        if !self.inner.options.open_lazily || self.database().join("CURRENT").exists() {
            self.db()?;
        }
        ByteStore::on_disk(self, family, self.inner.options.read_cache_bytes)
    }

    fn database(&self) -> PathBuf {
        self.inner.directory.join("rocksdb")
    }

    /// The database, if a store asked for it.
    pub(crate) fn open_db(&self) -> Option<Arc<TaskDb>> {
        self.lock().clone()
    }

    /// Writes out a set of changes and offsets at once.
    pub(crate) fn write(
        &self,
        offsets: &BTreeMap<ChangelogPartition, i64>,
        stage: impl FnOnce(&mut super::disk::StateWrites<'_>) -> Result<()>,
    ) -> Result<()> {
        let db = self.db()?;
        let mut writes = db.write_set();
        stage(&mut writes)?;
        for ((topic, partition), offset) in offsets {
            writes.offset(topic, *partition, *offset)?;
        }
        writes.commit()?;
        if db.unflushed_updates() >= self.inner.options.flush_updates {
            db.flush(false)?;
        }
        Ok(())
    }

    fn db(&self) -> Result<Arc<TaskDb>> {
        let mut db = self.lock();
        if let Some(db) = &*db {
            return Ok(Arc::clone(db));
        }
        let opened = Arc::new(TaskDb::open(&self.database(), &self.inner.options.memory)?);
        *db = Some(Arc::clone(&opened));
        Ok(opened)
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Option<Arc<TaskDb>>> {
        self.inner.db.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
