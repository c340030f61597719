//! What a joined table can be asked by those below it.

use std::rc::Rc;
use std::sync::Arc;

use streams_core::Serde;

use super::getter::JoinGetters;
use super::side::Join;
use crate::Data;
use crate::join::Joiner;
use crate::table::{Flag, GetterSupplier, StoreGetter, TableView};

/// The view of a joined table: its store if it has one, else both tables' views with the joiner on top.
pub(super) struct JoinView<K, L, R, O, F> {
    pub(super) left: Rc<dyn TableView<K, L>>,
    pub(super) right: Rc<dyn TableView<K, R>>,
    pub(super) join: Arc<Join<K, L, R, F>>,
    pub(super) results: Option<Serde<O>>,
    pub(super) store: Option<Arc<str>>,
    pub(super) history_ms: Option<i64>,
    pub(super) send_old: Flag,
}

impl<K: Data, L: Data, R: Data, O: Data, F: Joiner<K, L, R, Joined = O>> TableView<K, O>
    for JoinView<K, L, R, O, F>
{
    /// Old results are made of old values: both tables need a store.
    fn send_old_values(&self, _force: bool) -> bool {
        let (left, right) = (self.left.send_old_values(true), self.right.send_old_values(true));
        if left && right {
            self.send_old.set();
        }
        self.send_old.get()
    }

    fn getter(&self) -> Arc<dyn GetterSupplier<K, O>> {
        match &self.store {
            Some(store) => Arc::new(StoreGetter::new(store)),
            None => Arc::new(JoinGetters { join: Arc::clone(&self.join), results: self.results.clone() }),
        }
    }

    fn history_retention_ms(&self) -> Option<i64> {
        self.history_ms
    }
}
