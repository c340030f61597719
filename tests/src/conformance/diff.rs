//! Short differences between what was expected and what came.

use std::collections::BTreeMap;
use std::fmt;

/// Something that a difference can show in one line.
pub(crate) trait Shown {
    /// The line.
    fn shown(&self) -> String;
}

impl Shown for String {
    fn shown(&self) -> String {
        format!("{self:?}")
    }
}

impl<T: Shown> Shown for Vec<T> {
    fn shown(&self) -> String {
        let items: Vec<String> = self.iter().map(Shown::shown).collect();
        format!("[{}]", items.join(", "))
    }
}

/// The difference of two values that may hide in a larger one.
pub(crate) trait Diff {
    /// Where they differ; `None` if they do not.
    fn diff(&self, actual: &Self) -> Option<String>;
}

impl<T: Shown + PartialEq> Diff for Vec<T> {
    fn diff(&self, actual: &Self) -> Option<String> {
        of_lists(self, actual)
    }
}

/// The difference of two lists: the first place where they differ.
pub(crate) fn of_lists<T: Shown + PartialEq>(expected: &[T], actual: &[T]) -> Option<String> {
    if expected == actual {
        return None;
    }
    let place = expected.iter().zip(actual).take_while(|(expected, actual)| expected == actual).count();
    let show = |list: &[T]| list.get(place).map_or_else(|| "nothing".to_owned(), Shown::shown);
    let lengths = if expected.len() == actual.len() {
        String::new()
    } else {
        format!(" ({} expected, {} came)", expected.len(), actual.len())
    };
    Some(format!("at {place}: expected {}, came {}{lengths}", show(expected), show(actual)))
}

/// The difference of two maps: the first key whose values differ.
pub(crate) fn of_maps<T: Diff>(
    expected: &BTreeMap<String, T>,
    actual: &BTreeMap<String, T>,
) -> Option<String> {
    for (key, value) in expected {
        let Some(other) = actual.get(key) else { return Some(format!("`{key}` is missing")) };
        if let Some(difference) = value.diff(other) {
            return Some(format!("`{key}` {difference}"));
        }
    }
    let extra = actual.keys().find(|key| !expected.contains_key(*key));
    extra.map(|key| format!("`{key}` is not expected"))
}

/// A list of fields as `name value, name value`, without those that are not there.
pub(crate) fn fields(list: &[(&str, Option<&dyn fmt::Display>)]) -> String {
    let shown = list.iter().filter_map(|(name, value)| Some(format!("{name} {}", value.as_ref()?)));
    shown.collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn list(items: &[&str]) -> Vec<String> {
        items.iter().map(|item| (*item).to_owned()).collect()
    }

    #[test]
    fn equal_lists_have_no_difference() {
        assert_eq!(of_lists(&list(&["a"]), &list(&["a"])), None);
    }

    #[test]
    fn the_first_difference_is_shown() {
        let difference = of_lists(&list(&["a", "b"]), &list(&["a", "c", "d"])).unwrap();
        assert_eq!(difference, "at 1: expected \"b\", came \"c\" (2 expected, 3 came)");
        let difference = of_lists(&list(&["a"]), &list(&[])).unwrap();
        assert_eq!(difference, "at 0: expected \"a\", came nothing (1 expected, 0 came)");
    }

    #[test]
    fn maps_differ_by_key() {
        let map = |pairs: &[(&str, &str)]| -> BTreeMap<String, Vec<String>> {
            pairs.iter().map(|(key, value)| ((*key).to_owned(), list(&[*value]))).collect()
        };
        let expected = map(&[("k", "a")]);
        assert_eq!(of_maps(&expected, &expected), None);
        assert_eq!(of_maps(&expected, &map(&[])).unwrap(), "`k` is missing");
        assert_eq!(of_maps(&map(&[]), &expected).unwrap(), "`k` is not expected");
        assert!(of_maps(&expected, &map(&[("k", "b")])).unwrap().starts_with("`k` at 0: expected \"a\""));
    }
}
