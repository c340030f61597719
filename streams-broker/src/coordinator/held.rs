//! Since which epoch a member has had each of its partitions or tasks (KIP-1251): a commit with an epoch of before is
//! good for what the member has had since then.

use std::collections::BTreeMap;

/// Epochs of what a member has, or has not given up yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Since<T: Ord>(BTreeMap<T, i32>);

impl<T: Ord> Default for Since<T> {
    fn default() -> Self {
        Self(BTreeMap::new())
    }
}

impl<T: Ord + Clone> Since<T> {
    /// Whether the member has had it since the epoch, or longer.
    pub(crate) fn covers(&self, held: &T, epoch: i32) -> bool {
        self.0.get(held).is_some_and(|since| *since <= epoch)
    }

    /// The epochs of what stays.
    pub(crate) fn keep(&self, stays: impl Fn(&T) -> bool) -> Self {
        Self(
            self.0
                .iter()
                .filter(|(held, _)| stays(held))
                .map(|(held, since)| (held.clone(), *since))
                .collect(),
        )
    }

    /// The member gets something.
    pub(crate) fn give(&mut self, held: impl IntoIterator<Item = T>, epoch: i32) {
        self.0.extend(held.into_iter().map(|held| (held, epoch)));
    }

    /// The same holdings, as of epoch 0: they belong to a member that begins anew.
    pub(crate) fn begin_anew(&self) -> Self {
        Self(self.0.keys().map(|held| (held.clone(), 0)).collect())
    }

    /// In the form of the records: the epochs of some holdings, in their order.
    pub(crate) fn to_record(&self, held: impl Iterator<Item = T>) -> Option<Vec<i32>> {
        Some(held.map(|held| self.0.get(&held).copied().unwrap_or_default()).collect())
    }

    /// From the form of the records, where the epochs may be missing: the member's own counts then.
    pub(crate) fn read(
        &mut self,
        held: impl ExactSizeIterator<Item = T>,
        epochs: Option<&[i32]>,
        member_epoch: i32,
    ) {
        match epochs {
            Some(epochs) if epochs.len() == held.len() => self.0.extend(held.zip(epochs.iter().copied())),
            _ => self.give(held, member_epoch.max(0)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn records_of_before_epochs_were_kept_count_as_of_the_members_epoch() {
        let mut since = Since::default();
        since.read(["a", "b"].into_iter(), None, 7);
        since.read(["c"].into_iter(), Some(&[3]), 7);
        since.read(["d", "e"].into_iter(), Some(&[3]), -2);
        assert_eq!(since.to_record(["a", "b", "c", "d", "e"].into_iter()), Some(vec![7, 7, 3, 0, 0]));
        assert!(since.covers(&"c", 3) && !since.covers(&"b", 6) && !since.covers(&"f", 9));
    }
}
