//! What the task engine asks of every store.

use std::any::Any;

use super::changelog::ChangelogRecord;
use super::disk::StateWrites;
use crate::error::Result;
use crate::processor::RawRecord;
use crate::record::RecordContext;

/// A state store of a task, of whatever type.
///
/// A store does no I/O of its own accord. It collects the records for its changelog until the engine drains them, and a
/// persistent one keeps its changes in memory until the engine, once the changelog has them for good, writes them to
/// the task's database.
pub trait StateStore: Send + 'static {
    /// The store's name.
    fn name(&self) -> &str;

    /// The store as `Any`, so that processors can reach its own type.
    fn as_any_mut(&mut self) -> &mut dyn Any;

    /// Tells the store at which time (milliseconds since the epoch) the accesses that follow happen: the timestamp of
    /// the record at hand, which plain stores write into their changelog.
    fn set_time(&mut self, timestamp: i64);

    /// Tells the store which record the accesses that follow belong to. Called instead of [`StateStore::set_time`]
    /// where the record is known.
    fn set_record(&mut self, record: &RecordContext) {
        self.set_time(record.timestamp);
    }

    /// Whether the contents outlive the process without the changelog.
    fn persistent(&self) -> bool {
        false
    }

    /// Hands out the changelog records that came up since the last call, in order.
    ///
    /// # Errors
    /// What `f` returned; the records are gone all the same.
    fn drain_changelog(&mut self, _f: &mut dyn FnMut(ChangelogRecord<'_>) -> Result<()>) -> Result<()> {
        Ok(())
    }

    /// Applies records of the changelog, oldest first. Nothing is logged or cached.
    ///
    /// # Errors
    /// A record is not one of this store's changelog.
    fn restore(&mut self, records: &[RawRecord]) -> Result<()>;

    /// Moves what a record cache holds into the store and its changelog, without telling anybody. For caching stores
    /// that no processor owns.
    ///
    /// # Errors
    /// The cached entries cannot be read.
    fn flush(&mut self) -> Result<()> {
        Ok(())
    }

    /// Bytes that a record cache holds.
    fn cached_bytes(&self) -> usize {
        0
    }

    /// Bytes of changes that the task's database does not have yet.
    fn unwritten_bytes(&self) -> usize {
        0
    }

    /// The number of changes that the task's database does not have yet.
    fn unwritten_updates(&self) -> u64 {
        0
    }

    /// Adds all changes that the task's database does not have yet to `writes`.
    ///
    /// # Errors
    /// The database cannot be used.
    fn stage(&self, _writes: &mut StateWrites<'_>) -> Result<()> {
        Ok(())
    }

    /// What [`StateStore::stage`] added is in the database now.
    ///
    /// # Errors
    /// The database cannot be used.
    fn staged_is_written(&mut self) -> Result<()> {
        Ok(())
    }
}
