//! The memory that all RocksDB instances of a process share.

use std::fmt;
use std::sync::OnceLock;

use rocksdb::{Cache, WriteBufferManager};

/// The memory that RocksDB instances share: one block cache, to which memtables are charged too. However many tasks
/// and stores a process has, RocksDB uses about this much.
///
/// [`StateMemory::shared`] is the process-wide default of 128 MiB, of which memtables may take half.
#[derive(Clone)]
pub struct StateMemory {
    cache: Cache,
    write_buffers: WriteBufferManager,
    limit: usize,
}

impl StateMemory {
    /// The size of [`StateMemory::shared`] in bytes.
    pub const DEFAULT_BYTES: usize = 128 << 20;

    /// A budget of `bytes` bytes; half of it may be memtables.
    pub fn new(bytes: usize) -> Self {
        let cache = Cache::new_lru_cache(bytes);
        let write_buffers =
            WriteBufferManager::new_write_buffer_manager_with_cache(bytes / 2, false, cache.clone());
        Self { cache, write_buffers, limit: bytes }
    }

    /// The budget that all tasks of the process share unless told otherwise.
    pub fn shared() -> Self {
        static SHARED: OnceLock<StateMemory> = OnceLock::new();
        SHARED.get_or_init(|| Self::new(Self::DEFAULT_BYTES)).clone()
    }

    /// Bytes in use, blocks and memtables together.
    pub fn used_bytes(&self) -> usize {
        self.cache.get_usage()
    }

    pub(super) fn cache(&self) -> &Cache {
        &self.cache
    }

    pub(super) fn write_buffers(&self) -> &WriteBufferManager {
        &self.write_buffers
    }
}

impl fmt::Debug for StateMemory {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("StateMemory").field("limit", &self.limit).finish_non_exhaustive()
    }
}
