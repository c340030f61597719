//! The stores of one task, reached by typed references.

use std::any::{Any, type_name};
use std::fmt;
use std::marker::PhantomData;

use crate::error::{Error, Result};

/// A state store of a task, of whatever type.
pub trait StateStore: Send + 'static {
    /// The store's name.
    fn name(&self) -> &str;

    /// Tells the store at which time (milliseconds since the epoch) the accesses that follow happen: the timestamp of
    /// the record at hand, which plain stores write into their changelog.
    fn set_time(&mut self, timestamp: i64);

    /// The store as `Any`, so that processors can reach its own type.
    fn as_any_mut(&mut self) -> &mut dyn Any;
}

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
}

impl Stores {
    /// Adds a store behind the others.
    pub(crate) fn push(&mut self, store: Box<dyn StateStore>) {
        self.stores.push(store);
    }

    pub(crate) fn set_time(&mut self, timestamp: i64) {
        self.time = timestamp;
    }

    pub(crate) fn iter_mut(&mut self) -> impl Iterator<Item = &mut Box<dyn StateStore>> {
        self.stores.iter_mut()
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
        let reference = StoreRef { index, store: PhantomData };
        self.get(&reference)?;
        Ok(reference)
    }

    /// The store behind a reference.
    ///
    /// # Errors
    /// The reference was made for another task.
    pub fn get<S: StateStore>(&mut self, reference: &StoreRef<S>) -> Result<&mut S> {
        let time = self.time;
        let store = self
            .stores
            .get_mut(reference.index)
            .ok_or_else(|| Error::bug(format!("{reference:?} belongs to another task")))?;
        store.set_time(time);
        if !store.as_any_mut().is::<S>() {
            let message = format!("state store `{}` is not a `{}`", store.name(), type_name::<S>());
            return Err(Error::topology(message));
        }
        store.as_any_mut().downcast_mut().ok_or_else(|| Error::bug("a state store changed its type"))
    }
}

impl fmt::Debug for Stores {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.stores.iter().map(|store| store.name())).finish()
    }
}
