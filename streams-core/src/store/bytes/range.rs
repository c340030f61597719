//! Ranges of keys.

use std::ops::Bound;

/// Keys from `start` to just before `end`, in unsigned byte order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct KeyRange {
    pub(crate) start: Vec<u8>,
    /// `None`: to the last key.
    pub(crate) end: Option<Vec<u8>>,
}

impl KeyRange {
    pub(crate) fn all() -> Self {
        Self { start: Vec::new(), end: None }
    }

    /// Keys between two keys, both included; `None` is open.
    pub(crate) fn inclusive(from: Option<&[u8]>, to: Option<&[u8]>) -> Self {
        let end = to.map(|to| {
            let mut end = to.to_vec();
            end.push(0);
            end
        });
        Self { start: from.unwrap_or_default().to_vec(), end }
    }

    /// Keys that begin with `prefix`.
    pub(crate) fn prefix(prefix: &[u8]) -> Self {
        Self { start: prefix.to_vec(), end: successor(prefix) }
    }

    pub(super) fn contains(&self, key: &[u8]) -> bool {
        *key >= *self.start && self.end.as_ref().is_none_or(|end| *key < **end)
    }

    pub(super) fn is_empty(&self) -> bool {
        self.end.as_ref().is_some_and(|end| *end <= self.start)
    }

    pub(super) fn bounds(&self) -> (Bound<&[u8]>, Bound<&[u8]>) {
        (Bound::Included(&self.start), self.end.as_deref().map_or(Bound::Unbounded, Bound::Excluded))
    }
}

/// The first key that is larger than all keys with this prefix; `None` if there is none.
fn successor(prefix: &[u8]) -> Option<Vec<u8>> {
    let last = prefix.iter().rposition(|byte| *byte != u8::MAX)?;
    let mut end = prefix[..=last].to_vec();
    end[last] += 1;
    Some(end)
}

#[cfg(test)]
mod tests {
    use super::KeyRange;

    #[test]
    fn a_prefix_of_largest_bytes_has_no_end() {
        assert_eq!(KeyRange::prefix(&[1, 255]).end, Some(vec![2]));
        assert_eq!(KeyRange::prefix(&[255, 255]).end, None);
    }

    #[test]
    fn inverted_bounds_are_empty() {
        assert!(KeyRange::inclusive(Some(b"b"), Some(b"a")).is_empty());
        assert!(!KeyRange::inclusive(Some(b"a"), Some(b"a")).is_empty());
    }
}
