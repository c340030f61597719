//! The order in which the JVM walks a hash set of strings.
//!
//! Kafka Streams prints and visits some sets in that order (topics of a source, stores of a processor, nodes of a
//! sub-topology), and `describe()` promises the same text, so the order is computed here.

use std::sync::Arc;

const SMALLEST: usize = 16;

/// A set of strings that is walked in the order of `java.util.HashSet`.
#[derive(Debug, Clone)]
pub(super) struct JavaHashSet {
    buckets: Vec<Vec<Arc<str>>>,
    len: usize,
}

impl JavaHashSet {
    pub(super) fn new() -> Self {
        Self { buckets: vec![Vec::new(); SMALLEST], len: 0 }
    }

    /// The set that `new HashSet<>(collection)` makes: its size is chosen beforehand.
    pub(super) fn copy_of<'a>(names: impl IntoIterator<Item = &'a Arc<str>>) -> Self {
        let names: Vec<&Arc<str>> = names.into_iter().collect();
        let wanted = (names.len() * 4 / 3 + 1).max(SMALLEST);
        let mut set = Self { buckets: vec![Vec::new(); wanted.next_power_of_two()], len: 0 };
        for name in names {
            set.insert(Arc::clone(name));
        }
        set
    }

    /// Adds a name; false if it is there already.
    pub(super) fn insert(&mut self, name: Arc<str>) -> bool {
        let place = self.place(&name);
        if self.buckets[place].contains(&name) {
            return false;
        }
        self.buckets[place].push(name);
        self.len += 1;
        if self.len * 4 > self.buckets.len() * 3 {
            self.grow();
        }
        true
    }

    pub(super) fn contains(&self, name: &str) -> bool {
        self.iter().any(|known| &**known == name)
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &Arc<str>> {
        self.buckets.iter().flatten()
    }

    fn place(&self, name: &str) -> usize {
        let hash = java_hash(name);
        (hash ^ (hash >> 16)) as usize & (self.buckets.len() - 1)
    }

    fn grow(&mut self) {
        let larger = vec![Vec::new(); self.buckets.len() * 2];
        for name in std::mem::replace(&mut self.buckets, larger).into_iter().flatten() {
            let place = self.place(&name);
            self.buckets[place].push(name);
        }
    }
}

/// `String.hashCode()`: over UTF-16 code units.
fn java_hash(text: &str) -> u32 {
    text.encode_utf16().fold(0, |hash, unit| hash.wrapping_mul(31).wrapping_add(u32::from(unit)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn walk(set: &JavaHashSet) -> Vec<&str> {
        set.iter().map(|name| &**name).collect()
    }

    #[test]
    fn hash_codes_are_those_of_the_jvm() {
        assert_eq!(java_hash(""), 0);
        assert_eq!(java_hash("hello"), 99_162_322);
        assert_eq!(java_hash("polygenelubricants") as i32, i32::MIN);
    }

    #[test]
    fn equal_buckets_keep_the_order_of_insertion() {
        let mut set = JavaHashSet::new();
        for name in ["BB", "Aa", "c", "BB"] {
            set.insert(name.into());
        }
        assert_eq!(walk(&set), ["BB", "Aa", "c"]);
        assert!(set.contains("Aa") && !set.contains("aa"));
    }

    #[test]
    fn growing_spreads_the_names_over_twice_the_buckets() {
        let mut set = JavaHashSet::new();
        for letter in 'a'..='p' {
            set.insert(letter.to_string().into());
        }
        // Sixteen names, thirty-two buckets: 'a' is 97, so 97 & 31 = 1, and so on up.
        assert_eq!(walk(&set).concat(), "abcdefghijklmnop");
    }
}
