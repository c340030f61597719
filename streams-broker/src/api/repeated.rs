//! What a request names twice, found in one pass: a large request must not cost the square of its length.

use std::collections::HashMap;
use std::hash::Hash;

fn counts<'a, T, K: Hash + Eq>(items: &'a [T], key: impl Fn(&'a T) -> K) -> HashMap<K, usize> {
    let mut counts = HashMap::with_capacity(items.len());
    for item in items {
        *counts.entry(key(item)).or_insert(0) += 1;
    }
    counts
}

/// All items, and whether another one has the same key.
pub(super) fn with_repeats<'a, T, K: Hash + Eq + 'a>(
    items: &'a [T],
    key: impl Fn(&'a T) -> K + 'a,
) -> impl Iterator<Item = (&'a T, bool)> {
    let counts = counts(items, &key);
    items.iter().map(move |item| (item, counts.get(&key(item)).is_some_and(|count| *count > 1)))
}

/// The first item of each key, in order, and whether another item has that key, too.
pub(super) fn first_of_each<'a, T, K: Hash + Eq + 'a>(
    items: &'a [T],
    key: impl Fn(&'a T) -> K + 'a,
) -> impl Iterator<Item = (&'a T, bool)> {
    let mut counts = counts(items, &key);
    // A count that has been taken away belongs to a key that has been seen.
    items.iter().filter_map(move |item| counts.remove(&key(item)).map(|count| (item, count > 1)))
}

/// The items, but those that are there already.
pub(crate) fn each_once<T: Hash + Eq>(items: &[T]) -> impl Iterator<Item = &T> {
    first_of_each(items, |item| item).map(|(item, _)| item)
}

/// Joins items of one key, each key at the place where it was first met.
pub(crate) fn merge_each<T, K: Hash + Eq>(
    items: impl IntoIterator<Item = T>,
    key: impl Fn(&T) -> K,
    mut join: impl FnMut(&mut T, T),
) -> Vec<T> {
    let mut places = HashMap::new();
    let mut merged: Vec<T> = Vec::new();
    for item in items {
        let place = *places.entry(key(&item)).or_insert(merged.len());
        match merged.get_mut(place) {
            Some(earlier) => join(earlier, item),
            None => merged.push(item),
        }
    }
    merged
}

/// The last item of each key, at the place where the first one was.
pub(super) fn last_of_each<T, K: Hash + Eq>(
    items: impl IntoIterator<Item = T>,
    key: impl Fn(&T) -> K,
) -> Vec<T> {
    merge_each(items, key, |earlier, item| *earlier = item)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_of_each_key_says_whether_there_are_more() {
        let found: Vec<_> = first_of_each(&["a1", "b1", "a2"], |item| &item[..1]).collect();
        assert_eq!(found, [(&"a1", true), (&"b1", false)]);
    }

    #[test]
    fn items_of_one_key_are_joined_where_the_first_was() {
        let key = |item: &String| item.as_bytes()[0];
        let items = ["a1", "b1", "a2"].map(String::from);
        assert_eq!(merge_each(items, key, |earlier, item| earlier.push_str(&item)), ["a1a2", "b1"]);
    }

    #[test]
    fn all_items_say_whether_their_key_is_repeated() {
        let found: Vec<_> = with_repeats(&["a1", "b1", "a2"], |item| &item[..1]).collect();
        assert_eq!(found, [(&"a1", true), (&"b1", false), (&"a2", true)]);
    }

    #[test]
    fn the_last_of_each_key_stands_where_the_first_was() {
        assert_eq!(last_of_each(["a1", "b1", "a2"], |item| &item[..1]), ["a2", "b1"]);
    }
}
