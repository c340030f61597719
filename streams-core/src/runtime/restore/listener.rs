//! Who is told how a restore goes.

use std::sync::Arc;

/// The store and the changelog partition that a call is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RestoredStore {
    /// The store.
    pub store: Arc<str>,
    /// The changelog.
    pub topic: Arc<str>,
    /// The partition.
    pub partition: i32,
}

/// Is told how restores go; Kafka's `StateRestoreListener`. Called by threads of the library: return soon.
pub trait StateRestoreListener: Send + Sync + 'static {
    /// The store is about to be restored from offset `start` up to, and without, offset `end`.
    fn on_restore_start(&self, _store: &RestoredStore, _start: i64, _end: i64) {}

    /// A batch was applied; `batch_end` is the offset of the next record.
    fn on_batch_restored(&self, _store: &RestoredStore, _batch_end: i64, _records: u64) {}

    /// The store is complete after `total` records.
    fn on_restore_end(&self, _store: &RestoredStore, _total: u64) {}

    /// The restore was given up because the task moved away; `total` records had been applied (KIP-869).
    fn on_restore_suspended(&self, _store: &RestoredStore, _total: u64) {}
}

/// Listens to nothing.
#[derive(Debug, Clone, Copy, Default)]
pub struct NoRestoreListener;

impl StateRestoreListener for NoRestoreListener {}
