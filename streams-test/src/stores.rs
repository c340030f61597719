//! The driver's stores, as tests see them.

use std::cell::RefMut;

use streams_core::{
    Error, KeyValueStore, Result, SessionStore, StateStore, StreamTask, TimestampedKeyValueStore,
    TimestampedWindowStore, VersionedKeyValueStore, WindowStore,
};

use crate::driver::{TopologyTestDriver, borrow};
use crate::engine::Engine;

/// A state store of the driver, borrowed: records can be piped again when it is dropped.
pub type BorrowedStore<'a, S> = RefMut<'a, S>;

impl TopologyTestDriver {
    /// The names of all stores, global ones included.
    ///
    /// # Errors
    /// The driver is closed or in use.
    pub fn state_store_names(&self) -> Result<Vec<String>> {
        let mut engine = borrow(&self.engine)?;
        engine.check_open()?;
        let mut names: Vec<String> = engine.tasks.iter_mut().flat_map(|task| task.stores().names()).collect();
        names.sort_unstable();
        names.dedup();
        Ok(names)
    }

    /// A store of whatever type; with several tasks, that of the first that has it.
    ///
    /// # Errors
    /// There is no such store, it is of another type (the message says which one was asked for), or the driver is closed
    /// or in use.
    pub fn store<S: StateStore>(&self, name: &str) -> Result<BorrowedStore<'_, S>> {
        self.store_where(name, |_| true)
    }

    /// As [`TopologyTestDriver::store`], of the task of one partition.
    ///
    /// # Errors
    /// As [`TopologyTestDriver::store`].
    pub fn store_of_partition<S: StateStore>(
        &self,
        name: &str,
        partition: i32,
    ) -> Result<BorrowedStore<'_, S>> {
        self.store_where(name, |task| task.id().partition == partition)
    }

    /// Makes a store fail, to see what the topology does then: `accesses` more succeed, the next one returns an error of
    /// kind [`State`](streams_core::ErrorKind::State).
    ///
    /// # Errors
    /// There is no such store.
    pub fn inject_store_failure(&self, name: &str, accesses: u64) -> Result<()> {
        let mut engine = borrow(&self.engine)?;
        let task = find(&mut engine, name, |_| true)?;
        engine.tasks[task].stores().inject_failure(name, accesses)
    }

    fn store_where<S: StateStore>(
        &self,
        name: &str,
        wanted: impl Fn(&StreamTask) -> bool,
    ) -> Result<BorrowedStore<'_, S>> {
        let mut engine = borrow(&self.engine)?;
        engine.check_open()?;
        let task = find(&mut engine, name, wanted)?;
        let reference = engine.tasks[task].stores().reference::<S>(name)?;
        RefMut::filter_map(engine, |engine| engine.tasks[task].stores().get(&reference).ok())
            .map_err(|_| Error::bug(format!("state store `{name}` is gone")))
    }
}

macro_rules! typed_access {
    ($($(#[$doc:meta])* $name:ident => $store:ident;)*) => {
        impl TopologyTestDriver {
            $(
                $(#[$doc])*
                ///
                /// # Errors
                /// As [`TopologyTestDriver::store`].
                pub fn $name<K, V>(&self, name: &str) -> Result<BorrowedStore<'_, $store<K, V>>>
                where
                    $store<K, V>: StateStore,
                {
                    self.store(name)
                }
            )*
        }
    };
}

typed_access! {
    /// A plain key-value store.
    key_value_store => KeyValueStore;
    /// A key-value store that keeps timestamps: what the DSL uses for tables and aggregations.
    timestamped_key_value_store => TimestampedKeyValueStore;
    /// A versioned key-value store (KIP-889).
    versioned_key_value_store => VersionedKeyValueStore;
    /// A plain window store.
    window_store => WindowStore;
    /// A window store that keeps timestamps: what the DSL uses for windowed aggregations.
    timestamped_window_store => TimestampedWindowStore;
    /// A session store.
    session_store => SessionStore;
}

fn find(engine: &mut Engine, name: &str, wanted: impl Fn(&StreamTask) -> bool) -> Result<usize> {
    let has = |task: &mut StreamTask| wanted(task) && task.stores().names().any(|known| known == name);
    engine
        .tasks
        .iter_mut()
        .position(has)
        .ok_or_else(|| Error::argument(format!("there is no state store `{name}` in the topology")))
}
