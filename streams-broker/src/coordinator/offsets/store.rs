//! Committed offsets of all groups of a shard, and those of open transactions.

use crate::coordinator::records::OffsetValue;
use std::collections::{BTreeMap, HashMap};

/// A topic's name and a partition of it.
pub(crate) type TopicPartition = (String, i32);

/// An offset and where its record lies in the log: of two commits the later one counts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Stored {
    pub(crate) value: OffsetValue,
    pub(crate) log_offset: i64,
}

type Offsets = BTreeMap<TopicPartition, Stored>;

/// Committed offsets by group, and those that wait for the end of their transaction by producer.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct OffsetStore {
    committed: HashMap<String, Offsets>,
    pending: HashMap<i64, HashMap<String, Offsets>>,
}

impl OffsetStore {
    pub(crate) fn get(&self, group: &str, at: &TopicPartition) -> Option<&OffsetValue> {
        self.committed.get(group)?.get(at).map(|s| &s.value)
    }

    /// All offsets of a group, in the order of topics and partitions.
    pub(crate) fn of_group(&self, group: &str) -> impl Iterator<Item = (&TopicPartition, &OffsetValue)> {
        self.committed.get(group).into_iter().flatten().map(|(at, s)| (at, &s.value))
    }

    /// Whether the group has offsets, committed or not yet.
    pub(crate) fn has_group(&self, group: &str) -> bool {
        self.committed.get(group).is_some_and(|offsets| !offsets.is_empty())
            || self.pending.values().any(|groups| groups.contains_key(group))
    }

    /// Whether an open transaction has an offset for the partition.
    pub(crate) fn is_pending(&self, group: &str, at: &TopicPartition) -> bool {
        self.pending.values().any(|groups| groups.get(group).is_some_and(|o| o.contains_key(at)))
    }

    /// The partitions of a group for which open transactions have offsets.
    pub(crate) fn pending_of_group(&self, group: &str) -> impl Iterator<Item = &TopicPartition> {
        self.pending.values().filter_map(move |groups| groups.get(group)).flat_map(BTreeMap::keys)
    }

    /// Applies an offset's record.
    pub(crate) fn put(
        &mut self,
        producer: Option<i64>,
        group: &str,
        at: TopicPartition,
        value: OffsetValue,
        log_offset: i64,
    ) {
        let offsets = match producer {
            None => self.committed.entry(group.to_owned()).or_default(),
            Some(id) => self.pending.entry(id).or_default().entry(group.to_owned()).or_default(),
        };
        offsets.insert(at, Stored { value, log_offset });
    }

    /// Applies an offset's tombstone, which takes away pending ones too.
    pub(crate) fn remove(&mut self, group: &str, at: &TopicPartition) {
        if let Some(offsets) = self.committed.get_mut(group) {
            offsets.remove(at);
            if offsets.is_empty() {
                self.committed.remove(group);
            }
        }
        for groups in self.pending.values_mut() {
            if let Some(offsets) = groups.get_mut(group) {
                offsets.remove(at);
            }
            groups.retain(|_, offsets| !offsets.is_empty());
        }
        self.pending.retain(|_, groups| !groups.is_empty());
    }

    /// Applies the marker that ends a producer's transaction.
    pub(crate) fn end_transaction(&mut self, producer: i64, commit: bool) {
        let Some(groups) = self.pending.remove(&producer) else { return };
        if !commit {
            return;
        }
        for (group, offsets) in groups {
            let committed = self.committed.entry(group).or_default();
            for (at, stored) in offsets {
                if committed.get(&at).is_none_or(|old| old.log_offset < stored.log_offset) {
                    committed.insert(at, stored);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn value(offset: i64) -> OffsetValue {
        OffsetValue { offset, ..OffsetValue::default() }
    }

    fn at() -> TopicPartition {
        ("t".into(), 0)
    }

    #[test]
    fn a_pending_offset_is_seen_only_after_its_commit() {
        let mut store = OffsetStore::default();
        store.put(Some(7), "g", at(), value(5), 1);
        assert_eq!((store.get("g", &at()), store.is_pending("g", &at())), (None, true));
        store.end_transaction(7, true);
        assert_eq!((store.get("g", &at()), store.is_pending("g", &at())), (Some(&value(5)), false));
    }

    #[test]
    fn an_aborted_offset_leaves_the_older_one() {
        let mut store = OffsetStore::default();
        store.put(None, "g", at(), value(3), 0);
        store.put(Some(7), "g", at(), value(5), 1);
        store.end_transaction(7, false);
        assert_eq!(store.get("g", &at()), Some(&value(3)));
    }

    #[test]
    fn a_plain_commit_after_the_transactional_one_wins() {
        let mut store = OffsetStore::default();
        store.put(Some(7), "g", at(), value(5), 1);
        store.put(None, "g", at(), value(9), 2);
        store.end_transaction(7, true);
        assert_eq!(store.get("g", &at()), Some(&value(9)));
    }

    #[test]
    fn a_tombstone_takes_pending_offsets_too() {
        let mut store = OffsetStore::default();
        store.put(Some(7), "g", at(), value(5), 1);
        store.remove("g", &at());
        assert!(!store.has_group("g"));
    }
}
