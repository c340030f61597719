//! The RocksDB of one task.

use std::collections::BTreeSet;
use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use rocksdb::{
    BlockBasedOptions, BoundColumnFamily, ColumnFamilyDescriptor, DBPinnableSlice,
    DBRawIteratorWithThreadMode, DBWithThreadMode, FlushOptions, LogLevel, MultiThreaded, Options,
    ReadOptions, WriteBatch, WriteOptions,
};

use super::errors::{disk_error, io_error, is_corruption};
use super::memory::StateMemory;
use crate::error::{Error, Result};

type Db = DBWithThreadMode<MultiThreaded>;

/// The column family that holds changelog offsets.
const OFFSETS: &str = "offsets";
/// A file of this name says that the database was found damaged while it was in use.
const DAMAGED: &str = "damaged";

/// An iterator over one column family.
pub(crate) type DiskIterator<'a> = DBRawIteratorWithThreadMode<'a, Db>;

/// The RocksDB of one task.
///
/// There is no write-ahead log: whatever is lost in a crash comes back from the changelog. Memtables of all column
/// families are flushed together, so that data and offsets on disk always belong together.
pub(crate) struct TaskDb {
    db: Db,
    path: PathBuf,
    memory: StateMemory,
    families: Mutex<BTreeSet<String>>,
    unflushed_updates: AtomicU64,
}

impl TaskDb {
    /// Opens (or creates) the database in `path`. A damaged one is wiped: the changelog has it all.
    pub(crate) fn open(path: &Path, memory: &StateMemory) -> Result<Self> {
        std::fs::create_dir_all(path).map_err(|error| io_error(error, path, "create"))?;
        if path.join(DAMAGED).exists() {
            tracing::warn!(path = %path.display(), "local state was found damaged and is wiped; it is restored from the changelog");
            wipe(path)?;
        }
        let db = match try_open(path, memory) {
            Err(error) if is_corruption(&error) => {
                tracing::warn!(path = %path.display(), %error, "local state is damaged and is wiped; it is restored from the changelog");
                wipe(path)?;
                try_open(path, memory)
            }
            other => other,
        }
        .map_err(|error| disk_error(error, path, "open"))?;
        let (db, families) = db;
        Ok(Self {
            db,
            path: path.to_owned(),
            memory: memory.clone(),
            families: Mutex::new(families),
            unflushed_updates: AtomicU64::new(0),
        })
    }

    /// Whether a column family holds nothing (or does not exist yet).
    pub(crate) fn is_empty(&self, family: &str) -> Result<bool> {
        if self.db.cf_handle(family).is_none() {
            return Ok(true);
        }
        let mut iterator = self.iterator(family, ReadOptions::default())?;
        iterator.seek_to_first();
        self.check(&iterator)?;
        Ok(!iterator.valid())
    }

    /// The largest key of a column family that holds something.
    pub(crate) fn last_key(&self, family: &str) -> Result<Option<Vec<u8>>> {
        let mut iterator = self.iterator(family, ReadOptions::default())?;
        iterator.seek_to_last();
        self.check(&iterator)?;
        Ok(iterator.key().map(<[u8]>::to_vec))
    }

    fn create_family(&self, family: &str) -> Result<()> {
        let options = family_options(&self.memory);
        self.db.create_cf(family, &options).map_err(|error| self.failed(error, "create a store in"))?;
        self.families().insert(family.to_owned());
        Ok(())
    }

    /// The value of a key.
    pub(crate) fn get(&self, family: &str, key: &[u8]) -> Result<Option<DBPinnableSlice<'_>>> {
        self.db.get_pinned_cf(&self.family(family)?, key).map_err(|error| self.failed(error, "read"))
    }

    /// About how many keys a column family has.
    pub(crate) fn approximate_len(&self, family: &str) -> Result<u64> {
        let property = rocksdb::properties::ESTIMATE_NUM_KEYS;
        let count = self.db.property_int_value_cf(&self.family(family)?, property);
        Ok(count.map_err(|error| self.failed(error, "read"))?.unwrap_or(0))
    }

    pub(crate) fn iterator(&self, family: &str, options: ReadOptions) -> Result<DiskIterator<'_>> {
        Ok(self.db.raw_iterator_cf_opt(&self.family(family)?, options))
    }

    /// Whether an iterator that became invalid did so because of an error.
    pub(crate) fn check(&self, iterator: &DiskIterator<'_>) -> Result<()> {
        iterator.status().map_err(|error| self.failed(error, "read"))
    }

    /// The offset up to which the state holds a changelog partition: the offset of the next record to restore.
    pub(crate) fn offset(&self, topic: &str, partition: i32) -> Result<Option<i64>> {
        let value = self.get(OFFSETS, &offset_key(topic, partition))?;
        Ok(value.and_then(|bytes| Some(i64::from_be_bytes(bytes.as_ref().try_into().ok()?))))
    }

    /// Starts a set of writes that becomes visible all at once.
    pub(crate) fn write_set(&self) -> StateWrites<'_> {
        StateWrites { db: self, batch: WriteBatch::default(), updates: 0 }
    }

    /// Drops the files that lie wholly between two keys.
    pub(crate) fn drop_files(&self, family: &str, from: &[u8], to: &[u8]) -> Result<()> {
        let family = self.family(family)?;
        self.db
            .delete_file_in_range_cf(&family, from, to)
            .map_err(|error| self.failed(error, "expire a part of"))
    }

    /// Flushes the memtables of all column families, in the background unless `wait`.
    pub(crate) fn flush(&self, wait: bool) -> Result<()> {
        self.unflushed_updates.store(0, Ordering::Relaxed);
        let names = self.families();
        let families: Vec<_> = names.iter().filter_map(|name| self.db.cf_handle(name)).collect();
        let families: Vec<_> = families.iter().collect();
        let mut options = FlushOptions::default();
        options.set_wait(wait);
        self.db.flush_cfs_opt(&families, &options).map_err(|error| self.failed(error, "write"))
    }

    /// Updates since the last flush that [`TaskDb::flush`] made.
    pub(crate) fn unflushed_updates(&self) -> u64 {
        self.unflushed_updates.load(Ordering::Relaxed)
    }

    fn families(&self) -> MutexGuard<'_, BTreeSet<String>> {
        self.families.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn family(&self, family: &str) -> Result<Arc<BoundColumnFamily<'_>>> {
        self.db.cf_handle(family).ok_or_else(|| {
            Error::bug(format!("the local state in {} has no column family `{family}`", self.path.display()))
        })
    }

    fn failed(&self, error: rocksdb::Error, doing: &str) -> Error {
        if is_corruption(&error) && std::fs::write(self.path.join(DAMAGED), error.to_string()).is_err() {
            tracing::error!(path = %self.path.display(), "cannot mark the damaged local state: delete it by hand");
        }
        disk_error(error, &self.path, doing)
    }
}

impl fmt::Debug for TaskDb {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "TaskDb({})", self.path.display())
    }
}

/// Changes of a task's stores on their way to its database: visible all at once or not at all.
pub struct StateWrites<'a> {
    db: &'a TaskDb,
    batch: WriteBatch,
    updates: u64,
}

impl StateWrites<'_> {
    /// Calls `f` with what takes the changes of one column family, which comes into being by that.
    pub(crate) fn family(&mut self, name: &str, f: impl FnOnce(&mut FamilyWrites<'_>)) -> Result<()> {
        if self.db.db.cf_handle(name).is_none() {
            self.db.create_family(name)?;
        }
        let family = self.db.family(name)?;
        f(&mut FamilyWrites { family: &family, batch: &mut self.batch, updates: &mut self.updates });
        Ok(())
    }

    /// Sets the offset of a changelog partition.
    pub(crate) fn offset(&mut self, topic: &str, partition: i32, offset: i64) -> Result<()> {
        self.batch.put_cf(&self.db.family(OFFSETS)?, offset_key(topic, partition), offset.to_be_bytes());
        Ok(())
    }

    /// Writes it all.
    pub(crate) fn commit(self) -> Result<()> {
        let mut options = WriteOptions::default();
        options.disable_wal(true);
        self.db.db.write_opt(self.batch, &options).map_err(|error| self.db.failed(error, "write"))?;
        self.db.unflushed_updates.fetch_add(self.updates, Ordering::Relaxed);
        Ok(())
    }
}

impl fmt::Debug for StateWrites<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "StateWrites({} changes)", self.batch.len())
    }
}

/// Changes of one column family within a [`StateWrites`].
pub(crate) struct FamilyWrites<'a> {
    family: &'a Arc<BoundColumnFamily<'a>>,
    batch: &'a mut WriteBatch,
    updates: &'a mut u64,
}

impl FamilyWrites<'_> {
    /// Puts or deletes a key.
    pub(crate) fn put(&mut self, key: &[u8], value: Option<&[u8]>) {
        *self.updates += 1;
        match value {
            Some(value) => self.batch.put_cf(self.family, key, value),
            None => self.batch.delete_cf(self.family, key),
        }
    }

    /// Deletes all keys from `from` to just before `to`.
    pub(crate) fn delete_range(&mut self, from: &[u8], to: &[u8]) {
        self.batch.delete_range_cf(self.family, from, to);
    }
}

impl fmt::Debug for FamilyWrites<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "FamilyWrites({} changes)", self.updates)
    }
}

fn offset_key(topic: &str, partition: i32) -> Vec<u8> {
    let mut key = topic.as_bytes().to_vec();
    key.push(0);
    key.extend_from_slice(&partition.to_be_bytes());
    key
}

/// Deletes the database in `path`, if there is one.
pub(crate) fn wipe(path: &Path) -> Result<()> {
    match std::fs::remove_dir_all(path) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(io_error(error, path, "wipe")),
        _ => std::fs::create_dir_all(path).map_err(|error| io_error(error, path, "create")),
    }
}

fn try_open(path: &Path, memory: &StateMemory) -> Result<(Db, BTreeSet<String>), rocksdb::Error> {
    let options = db_options(memory);
    let mut names = BTreeSet::from([OFFSETS.to_owned()]);
    if path.join("CURRENT").exists() {
        names.extend(Db::list_cf(&options, path)?);
    }
    let families = names.iter().map(|name| ColumnFamilyDescriptor::new(name, family_options(memory)));
    Ok((Db::open_cf_descriptors(&options, path, families)?, names))
}

fn db_options(memory: &StateMemory) -> Options {
    let mut options = Options::default();
    options.create_if_missing(true);
    options.create_missing_column_families(true);
    options.set_atomic_flush(true);
    options.set_write_buffer_manager(memory.write_buffers());
    options.set_max_background_jobs(2);
    options.set_max_open_files(512);
    options.set_log_level(LogLevel::Error);
    options.set_keep_log_file_num(1);
    options.set_stats_dump_period_sec(0);
    options.set_skip_stats_update_on_db_open(true);
    options
}

fn family_options(memory: &StateMemory) -> Options {
    let mut table = BlockBasedOptions::default();
    table.set_block_cache(memory.cache());
    table.set_block_size(4096);
    table.set_bloom_filter(10.0, false);
    table.set_cache_index_and_filter_blocks(true);
    table.set_pin_l0_filter_and_index_blocks_in_cache(true);
    let mut options = Options::default();
    options.set_block_based_table_factory(&table);
    options.set_write_buffer_size(16 << 20);
    options.set_max_write_buffer_number(3);
    options.set_memtable_whole_key_filtering(true);
    options.set_memtable_prefix_bloom_ratio(0.02);
    options
}
