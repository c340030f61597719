//! The transactions of a partition: which are open, and which were aborted.

use std::collections::BTreeMap;

/// An aborted transaction, as read_committed consumers are told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub(crate) struct AbortedTransaction {
    /// The producer's id.
    pub(crate) producer_id: i64,
    /// Offset of the transaction's first record.
    pub(crate) first_offset: i64,
    /// Offset of the marker.
    pub(crate) last_offset: i64,
}

/// Open and aborted transactions.
#[derive(Debug, Default, Clone)]
pub(crate) struct Transactions {
    /// Open ones: first offset to producer id.
    open: BTreeMap<i64, i64>,
    /// Aborted ones, in the order of their markers.
    aborted: Vec<AbortedTransaction>,
}

impl Transactions {
    /// Begins a producer's transaction with the record at `first_offset`.
    pub(crate) fn begin(&mut self, producer_id: i64, first_offset: i64) {
        self.open.insert(first_offset, producer_id);
    }

    /// Ends the transaction that began at `first_offset` with the marker at `marker_offset`.
    pub(crate) fn end(&mut self, first_offset: i64, marker_offset: i64, aborted: bool) {
        let Some(producer_id) = self.open.remove(&first_offset) else { return };
        if aborted {
            self.aborted.push(AbortedTransaction { producer_id, first_offset, last_offset: marker_offset });
        }
    }

    /// First offset of the oldest open transaction.
    pub(crate) fn first_open(&self) -> Option<i64> {
        self.open.keys().next().copied()
    }

    /// The aborted transactions that touch `[from, to)`, by first offset.
    pub(crate) fn aborted_in(&self, from: i64, to: i64) -> Vec<AbortedTransaction> {
        // Markers are in order, so all that ended before `from` form a prefix.
        let start = self.aborted.partition_point(|aborted| aborted.last_offset < from);
        let mut found: Vec<_> =
            self.aborted[start..].iter().filter(|aborted| aborted.first_offset < to).copied().collect();
        found.sort_by_key(|aborted| aborted.first_offset);
        found
    }

    /// Forgets aborted transactions that ended before `offset`.
    pub(crate) fn trim(&mut self, offset: i64) {
        self.aborted.retain(|aborted| aborted.last_offset >= offset);
    }

    /// All aborted transactions, for the snapshot.
    pub(crate) fn aborted(&self) -> &[AbortedTransaction] {
        &self.aborted
    }

    /// Restores what a snapshot holds.
    pub(crate) fn restore(&mut self, aborted: Vec<AbortedTransaction>) {
        self.aborted = aborted;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn aborted_transactions_are_listed_by_their_first_offset() {
        let mut transactions = Transactions::default();
        transactions.begin(1, 0);
        transactions.begin(2, 5);
        transactions.begin(3, 7);
        assert_eq!(transactions.first_open(), Some(0));
        transactions.end(5, 10, true);
        transactions.end(0, 11, true);
        transactions.end(7, 12, false);
        assert_eq!(transactions.first_open(), None);
        let firsts = |from, to| {
            transactions.aborted_in(from, to).iter().map(|aborted| aborted.first_offset).collect::<Vec<_>>()
        };
        assert_eq!(firsts(0, 20), [0, 5]);
        assert_eq!(firsts(11, 20), [0]);
        assert_eq!(firsts(0, 3), [0]);
        assert_eq!(firsts(12, 20), Vec::<i64>::new());
    }
}
