//! The stores of one task, reached by typed references.

use std::any::type_name;
use std::collections::BTreeMap;
use std::fmt;
use std::marker::PhantomData;
use std::path::Path;

use super::changelog::ChangelogRecord;
use super::state_store::StateStore;
use super::task_state::{ChangelogPartition, TaskState};
use crate::error::{Error, Result};
use crate::record::RecordContext;

/// A typed reference to a store of the task, made once (in `init`) and used for every record.
pub struct StoreRef<S> {
    index: usize,
    store: PhantomData<fn() -> S>,
}

impl<S> StoreRef<S> {
    pub(crate) fn index(&self) -> usize {
        self.index
    }
}

impl<S> Clone for StoreRef<S> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<S> Copy for StoreRef<S> {}

impl<S> fmt::Debug for StoreRef<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "StoreRef<{}>({})", type_name::<S>(), self.index)
    }
}

/// All stores of a task, in the order in which they were added to the topology.
#[derive(Default)]
pub struct Stores {
    stores: Vec<Box<dyn StateStore>>,
    time: i64,
    /// Some store was handed out since the changelogs were drained: there may be more to drain.
    accessed: bool,
    /// Some store of the task's own is persistent.
    persistent: bool,
    state: Option<TaskState>,
    /// Committed offsets that are not in the database yet, nor is what they stand for.
    offsets: BTreeMap<ChangelogPartition, i64>,
    /// Stores that a test makes fail: (index, accesses that still succeed).
    failures: Vec<(usize, u64)>,
}

impl Stores {
    /// No stores yet, of a task whose persistent stores live in `state`.
    pub(crate) fn with_state(state: TaskState) -> Self {
        Self { state: Some(state), ..Self::default() }
    }

    /// The task's local state.
    #[cfg(test)]
    pub(crate) fn state(&self) -> Option<&TaskState> {
        self.state.as_ref()
    }

    /// Adds a store behind the others.
    pub(crate) fn push(&mut self, store: Box<dyn StateStore>) {
        self.persistent |= store.persistent();
        self.stores.push(store);
    }

    /// Takes over all stores of `lender`, behind the others.
    pub(crate) fn borrow_all(&mut self, lender: &mut Self) {
        self.accessed = true;
        self.stores.append(&mut lender.stores);
    }

    /// Gives the stores from that index on back to `lender`.
    pub(crate) fn return_all(&mut self, from: usize, lender: &mut Self) {
        lender.stores.extend(self.stores.drain(from.min(self.stores.len())..));
    }

    pub(crate) fn set_time(&mut self, timestamp: i64) {
        self.time = timestamp;
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &dyn StateStore> {
        self.stores.iter().map(|store| &**store)
    }

    pub(crate) fn at(&mut self, index: usize) -> Option<&mut dyn StateStore> {
        self.accessed = true;
        self.stores.get_mut(index).map(|store| &mut **store)
    }

    pub(crate) fn len(&self) -> usize {
        self.stores.len()
    }

    /// Bytes that the record cache of the store of that index holds.
    pub(crate) fn cached_bytes(&self, index: usize) -> usize {
        self.stores.get(index).map_or(0, |store| store.cached_bytes())
    }

    /// The directory of the task's state.
    pub(crate) fn directory(&self) -> Option<&Path> {
        self.state.as_ref().map(TaskState::directory)
    }

    /// The names of all stores.
    pub fn names(&self) -> impl Iterator<Item = String> {
        self.stores.iter().map(|store| store.name().to_owned())
    }

    pub(crate) fn index_of(&self, name: &str) -> Option<usize> {
        self.stores.iter().position(|store| store.name() == name)
    }

    /// A reference to the store called `name`, which must be of type `S`.
    ///
    /// # Errors
    /// There is no such store in the task, or it is of another type.
    pub fn reference<S: StateStore>(&mut self, name: &str) -> Result<StoreRef<S>> {
        let index = self
            .index_of(name)
            .ok_or_else(|| Error::topology(format!("there is no state store `{name}` in this task")))?;
        if !self.stores[index].as_any_mut().is::<S>() {
            return Err(Error::topology(format!("state store `{name}` is not a `{}`", type_name::<S>())));
        }
        Ok(StoreRef { index, store: PhantomData })
    }

    /// The store behind a reference.
    ///
    /// # Errors
    /// The reference was made for another task.
    pub fn get<S: StateStore>(&mut self, reference: &StoreRef<S>) -> Result<&mut S> {
        let time = self.time;
        let store = self.erased(reference)?;
        store.set_time(time);
        downcast(store)
    }

    /// As [`Stores::get`], for an access that belongs to `record`.
    pub(crate) fn get_for<S: StateStore>(
        &mut self,
        reference: &StoreRef<S>,
        record: &RecordContext,
    ) -> Result<&mut S> {
        let store = self.erased(reference)?;
        store.set_record(record);
        downcast(store)
    }

    /// Hands out the changelog records that came up since the last call, as (index of the store, record).
    pub(crate) fn drain_changelogs(
        &mut self,
        mut f: impl FnMut(usize, ChangelogRecord<'_>) -> Result<()>,
    ) -> Result<()> {
        if !self.accessed {
            return Ok(());
        }
        for (index, store) in self.stores.iter_mut().enumerate() {
            store.drain_changelog(&mut |record| f(index, record))?;
        }
        self.accessed = false;
        Ok(())
    }

    /// Whether the task should commit because much state is waiting for it.
    pub(crate) fn wants_commit(&self) -> bool {
        let limit = self.state.as_ref().map(|state| state.options().max_uncommitted_bytes);
        limit.is_some_and(|limit| self.sum(|store| store.unwritten_bytes() as u64) > limit as u64)
    }

    /// All changes so far are committed: their changelog records are acknowledged (and the transaction, if there is
    /// one, is committed). `offsets` are the offsets behind the last of these records.
    ///
    /// Little is written to the database little by little: committed changes wait in memory until there are enough of
    /// them. That is safe, for what a crash takes with it comes back from the changelog, and it means that a key that
    /// changes with every record is written once in many commits.
    pub(crate) fn commit(
        &mut self,
        offsets: impl IntoIterator<Item = (ChangelogPartition, i64)>,
    ) -> Result<()> {
        if !self.keeps_offsets() {
            return Ok(());
        }
        self.offsets.extend(offsets);
        let Some(state) = &self.state else { return Ok(()) };
        let options = state.options();
        let (bytes, updates) = (options.write_back_bytes as u64, options.write_back_updates);
        let enough = self.sum(|store| store.unwritten_bytes() as u64) >= bytes
            || self.sum(StateStore::unwritten_updates) >= updates;
        if enough { self.write_back() } else { Ok(()) }
    }

    /// Whether there is a database, which remembers offsets, for some store.
    pub(crate) fn keeps_offsets(&self) -> bool {
        self.persistent && self.state.is_some()
    }

    /// Writes to the database all changes, which must be committed.
    pub(crate) fn write_back(&mut self) -> Result<()> {
        let Some(state) = self.state.as_ref().filter(|_| self.keeps_offsets()) else { return Ok(()) };
        let stores = &self.stores;
        state.write(&self.offsets, |writes| stores.iter().try_for_each(|store| store.stage(writes)))?;
        self.offsets.clear();
        self.stores.iter_mut().try_for_each(|store| store.staged_is_written())
    }

    /// Closes the stores. With `clean`, all changes are committed and go to disk for good; without, those since the
    /// last write to the database are dropped.
    pub(crate) fn close(mut self, clean: bool) -> Result<()> {
        if clean {
            self.write_back()?;
        }
        self.stores.clear();
        match self.state.as_ref().and_then(TaskState::open_db) {
            Some(db) if clean => db.flush(true),
            _ => Ok(()),
        }
    }

    fn sum(&self, f: impl Fn(&dyn StateStore) -> u64) -> u64 {
        self.stores.iter().map(|store| f(&**store)).sum()
    }

    /// Makes a store fail, for tests of what happens then: `accesses` more succeed, the next one returns an error of kind
    /// [`State`](crate::ErrorKind::State), and those after it succeed again.
    ///
    /// # Errors
    /// There is no such store in the task.
    pub fn inject_failure(&mut self, name: &str, accesses: u64) -> Result<()> {
        let index = self.index_of(name);
        let index =
            index.ok_or_else(|| Error::argument(format!("there is no state store `{name}` in this task")))?;
        self.failures.push((index, accesses));
        Ok(())
    }

    fn fail_if_told(&mut self, index: usize) -> Result<()> {
        let mut waiting = self.failures.iter_mut();
        if let Some((_, left)) = waiting.find(|(store, left)| *store == index && *left > 0) {
            *left -= 1;
            return Ok(());
        }
        match self.failures.iter().position(|(store, _)| *store == index) {
            Some(place) => {
                self.failures.remove(place);
                let name = self.stores.get(index).map_or("", |store| store.name());
                Err(Error::state(format!("injected failure of state store `{name}`")))
            }
            None => Ok(()),
        }
    }

    fn erased<S>(&mut self, reference: &StoreRef<S>) -> Result<&mut dyn StateStore> {
        if !self.failures.is_empty() {
            self.fail_if_told(reference.index)?;
        }
        self.accessed = true;
        match self.stores.get_mut(reference.index) {
            Some(store) => Ok(&mut **store),
            None => Err(Error::bug(format!("{reference:?} belongs to another task"))),
        }
    }
}

fn downcast<S: StateStore>(store: &mut dyn StateStore) -> Result<&mut S> {
    store.as_any_mut().downcast_mut().ok_or_else(|| {
        Error::bug(format!(
            "a reference to a state store was used in another task: no `{}`",
            type_name::<S>()
        ))
    })
}

impl fmt::Debug for Stores {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.stores.iter().map(|store| store.name())).finish()
    }
}
