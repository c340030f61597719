//! The order in which the keys of an LRU store were used.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

/// Which of at most `max` keys was not used for the longest time.
#[derive(Debug)]
pub(crate) struct LruOrder {
    max: usize,
    clock: u64,
    used: HashMap<Arc<[u8]>, u64>,
    by_time: BTreeMap<u64, Arc<[u8]>>,
}

impl LruOrder {
    pub(crate) fn new(max: usize) -> Self {
        Self { max, clock: 0, used: HashMap::new(), by_time: BTreeMap::new() }
    }

    pub(crate) fn contains(&self, key: &[u8]) -> bool {
        self.used.contains_key(key)
    }

    /// The key was read.
    pub(crate) fn touch(&mut self, key: &[u8]) {
        if let Some((key, time)) = self.used.get_key_value(key) {
            self.by_time.remove(time);
            let key = Arc::clone(key);
            self.note(key);
        }
    }

    /// The key was written. Returns the key that must make room for it, if one must.
    pub(crate) fn insert(&mut self, key: &[u8]) -> Option<Arc<[u8]>> {
        match self.used.get_key_value(key) {
            Some(_) => self.touch(key),
            None => self.note(Arc::from(key)),
        }
        if self.used.len() <= self.max {
            return None;
        }
        let (_, eldest) = self.by_time.pop_first()?;
        self.used.remove(&eldest);
        Some(eldest)
    }

    /// The key was deleted.
    pub(crate) fn remove(&mut self, key: &[u8]) {
        if let Some(time) = self.used.remove(key) {
            self.by_time.remove(&time);
        }
    }

    fn note(&mut self, key: Arc<[u8]>) {
        self.clock += 1;
        self.by_time.insert(self.clock, Arc::clone(&key));
        self.used.insert(key, self.clock);
    }
}

/// The most keys that a record cache shows although the store below has pushed them out.
const SHOWN_BY_CACHE: usize = 256;

/// The order in which the keys of an LRU store were used, under a record cache or without one.
///
/// As in Kafka, a cache hides from its readers what the store pushes out: that happens when the cache is emptied, and
/// only then is it seen, in that there is no old value. Kafka's cache does so until it needs the room; here some keys
/// are kept.
#[derive(Debug)]
pub(crate) struct CachedLru {
    pub(crate) order: LruOrder,
    pushed_out: LruOrder,
}

impl CachedLru {
    pub(crate) fn new(max: usize) -> Self {
        Self { order: LruOrder::new(max), pushed_out: LruOrder::new(SHOWN_BY_CACHE) }
    }

    /// Whether the store below the cache has pushed the key out.
    pub(crate) fn is_pushed_out(&self, key: &[u8]) -> bool {
        self.pushed_out.contains(key)
    }

    /// An entry leaves the cache. Returns a key that is shown no longer, if there is one.
    pub(crate) fn leaves_cache(&mut self, key: &[u8], present: bool) -> Option<Arc<[u8]>> {
        self.pushed_out.remove(key);
        if !present {
            self.order.remove(key);
            return None;
        }
        let eldest = self.order.insert(key)?;
        self.pushed_out.insert(&eldest)
    }
}

#[cfg(test)]
mod tests {
    use super::{CachedLru, LruOrder, SHOWN_BY_CACHE};

    #[test]
    fn the_key_that_was_not_used_for_the_longest_time_makes_room() {
        let mut order = LruOrder::new(2);
        assert_eq!(order.insert(b"a"), None);
        assert_eq!(order.insert(b"b"), None);
        order.touch(b"a");
        assert_eq!(order.insert(b"c").as_deref(), Some(&b"b"[..]));
        order.remove(b"a");
        assert_eq!(order.insert(b"d"), None);
    }

    #[test]
    fn a_cache_shows_some_of_what_was_pushed_out() {
        let mut lru = CachedLru::new(1);
        assert_eq!(lru.leaves_cache(b"a", true), None);
        assert_eq!(lru.leaves_cache(b"b", true), None);
        assert!(lru.is_pushed_out(b"a") && !lru.is_pushed_out(b"b"));
        assert_eq!(lru.leaves_cache(b"a", true), None);
        assert!(!lru.is_pushed_out(b"a") && lru.is_pushed_out(b"b"));
        let forgotten = (0..=SHOWN_BY_CACHE).filter_map(|n| lru.leaves_cache(&n.to_be_bytes(), true));
        assert_eq!(forgotten.collect::<Vec<_>>(), [b"b"[..].into(), b"a"[..].into()]);
    }
}
