//! A limit on the memory that requests take, over all connections.

use std::sync::atomic::{AtomicUsize, Ordering};

/// Bytes that each connection may hold without being charged, so that those who hold much cannot cut off those who hold
/// little.
const FREE: usize = 64 * 1024;

/// Bytes that all connections may hold together, beyond what each may hold anyway.
#[derive(Debug)]
pub(crate) struct Budget {
    limit: usize,
    used: AtomicUsize,
}

/// What one connection holds. Gives it back when dropped.
#[derive(Debug)]
pub(crate) struct Charge<'a> {
    budget: &'a Budget,
    bytes: usize,
}

impl Budget {
    pub(crate) fn new(limit: usize) -> Self {
        Budget { limit, used: AtomicUsize::new(0) }
    }

    /// A connection that holds nothing yet.
    pub(crate) fn charge(&self) -> Charge<'_> {
        Charge { budget: self, bytes: 0 }
    }
}

impl Charge<'_> {
    /// Says how much the connection holds now. Returns `false` if that is more than there is; then
    /// the connection is to be closed.
    pub(crate) fn set(&mut self, bytes: usize) -> bool {
        let bytes = bytes.saturating_sub(FREE);
        if bytes <= self.bytes {
            self.budget.used.fetch_sub(self.bytes - bytes, Ordering::Relaxed);
            self.bytes = bytes;
            return true;
        }
        let more = bytes - self.bytes;
        let before = self.budget.used.fetch_add(more, Ordering::Relaxed);
        self.bytes = bytes;
        before + more <= self.budget.limit
    }
}

impl Drop for Charge<'_> {
    fn drop(&mut self) {
        self.budget.used.fetch_sub(self.bytes, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_connection_held_is_given_back() {
        let budget = Budget::new(100);
        let mut first = budget.charge();
        assert!(first.set(FREE + 80));
        let mut second = budget.charge();
        assert!(!second.set(FREE + 30));
        drop(second);
        assert!(first.set(FREE + 10));
        assert!(budget.charge().set(FREE + 90));
    }

    #[test]
    fn who_holds_little_is_served_when_others_hold_all_there_is() {
        let budget = Budget::new(100);
        let mut greedy = budget.charge();
        assert!(greedy.set(FREE + 100));
        assert!(budget.charge().set(FREE));
    }
}
