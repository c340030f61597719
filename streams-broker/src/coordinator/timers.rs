//! Deadlines of a state machine: the machine sets them, whoever owns a clock asks which are due.

use std::collections::{BTreeSet, HashMap};
use std::hash::Hash;

/// Deadlines by key; a key has at most one.
#[derive(Debug)]
pub(crate) struct Timers<K> {
    by_key: HashMap<K, i64>,
    by_time: BTreeSet<(i64, K)>,
}

impl<K> Default for Timers<K> {
    fn default() -> Self {
        Self { by_key: HashMap::new(), by_time: BTreeSet::new() }
    }
}

impl<K: Clone + Eq + Hash + Ord> Timers<K> {
    /// Sets the key's deadline (ms since the epoch), in place of the one it had.
    pub(crate) fn set(&mut self, key: K, at: i64) {
        if let Some(old) = self.by_key.insert(key.clone(), at) {
            self.by_time.remove(&(old, key.clone()));
        }
        self.by_time.insert((at, key));
    }

    /// Forgets the key's deadline.
    pub(crate) fn cancel(&mut self, key: &K) {
        if let Some(at) = self.by_key.remove(key) {
            self.by_time.remove(&(at, key.clone()));
        }
    }

    /// Whether the key has a deadline.
    pub(crate) fn is_set(&self, key: &K) -> bool {
        self.by_key.contains_key(key)
    }

    /// Takes one deadline that is not later than `now`, the earliest first.
    pub(crate) fn pop_due(&mut self, now: i64) -> Option<K> {
        if self.next().is_none_or(|at| at > now) {
            return None;
        }
        let (_, key) = self.by_time.pop_first()?;
        self.by_key.remove(&key);
        Some(key)
    }

    /// The earliest deadline.
    pub(crate) fn next(&self) -> Option<i64> {
        self.by_time.first().map(|(at, _)| *at)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn deadlines_come_due_in_order_and_once() {
        let mut timers = Timers::default();
        timers.set("b", 20);
        timers.set("a", 10);
        timers.set("c", 30);
        assert_eq!(timers.pop_due(9), None);
        assert_eq!(
            (timers.pop_due(20), timers.pop_due(20), timers.pop_due(20)),
            (Some("a"), Some("b"), None)
        );
        assert_eq!(timers.next(), Some(30));
    }

    #[test]
    fn setting_again_moves_the_deadline() {
        let mut timers = Timers::default();
        timers.set("a", 10);
        timers.set("a", 50);
        assert_eq!(timers.pop_due(49), None);
        timers.cancel(&"a");
        assert_eq!((timers.pop_due(99), timers.next()), (None, None));
    }
}
