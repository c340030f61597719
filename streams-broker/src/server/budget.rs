//! A limit on the memory that requests take, over all connections.

use std::sync::atomic::{AtomicUsize, Ordering};

/// Bytes that all connections may hold together.
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
        assert!(first.set(80));
        let mut second = budget.charge();
        assert!(!second.set(30));
        drop(second);
        assert!(first.set(10));
        assert!(budget.charge().set(90));
    }
}
