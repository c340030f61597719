//! What is known of transactional ids.

use crate::coordinator::records::{TransactionLogRecord, TransactionLogValue, TransactionPartitions};
use std::collections::BTreeMap;

/// The state of a transactional id, with Kafka's numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Status {
    /// A producer, and no transaction yet.
    Empty = 0,
    /// A transaction is open.
    Ongoing = 1,
    /// It will be committed: markers are being written.
    PrepareCommit = 2,
    /// It will be aborted: markers are being written.
    PrepareAbort = 3,
    /// The last transaction was committed.
    CompleteCommit = 4,
    /// The last transaction was aborted.
    CompleteAbort = 5,
}

impl Status {
    /// All states.
    pub(crate) const ALL: [Self; 6] = [
        Self::Empty,
        Self::Ongoing,
        Self::PrepareCommit,
        Self::PrepareAbort,
        Self::CompleteCommit,
        Self::CompleteAbort,
    ];

    /// The state's name in ListTransactions and DescribeTransactions.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Empty => "Empty",
            Self::Ongoing => "Ongoing",
            Self::PrepareCommit => "PrepareCommit",
            Self::PrepareAbort => "PrepareAbort",
            Self::CompleteCommit => "CompleteCommit",
            Self::CompleteAbort => "CompleteAbort",
        }
    }

    /// Whether the transaction's end is decided and its markers are not all written.
    pub(crate) fn is_prepared(self) -> bool {
        matches!(self, Self::PrepareCommit | Self::PrepareAbort)
    }
}

impl TransactionLogValue {
    /// The state. A number that this version does not know can only come from Kafka's `Dead`, which is as good as
    /// an aborted transaction.
    pub(crate) fn state(&self) -> Status {
        Status::ALL.into_iter().find(|s| *s as i8 == self.status).unwrap_or(Status::CompleteAbort)
    }

    /// Whether the producer speaks KIP-890: its epoch grows with each transaction.
    pub(crate) fn bumps_epoch(&self) -> bool {
        self.client_transaction_version >= 2
    }

    /// Whether there is no epoch left to grow into.
    pub(crate) fn is_exhausted(&self) -> bool {
        self.producer_epoch >= i16::MAX - 1
    }

    /// Whether a partition is part of the open transaction.
    pub(crate) fn contains(&self, topic: &str, partition: i32) -> bool {
        let mut topics = self.partitions.iter().flatten();
        topics.any(|t| t.topic == topic && t.partitions.contains(&partition))
    }

    /// The partitions with others added.
    pub(crate) fn partitions_and(&self, more: &[(String, i32)]) -> Vec<TransactionPartitions> {
        let mut all: BTreeMap<String, Vec<i32>> = BTreeMap::new();
        for topic in self.partitions.iter().flatten() {
            all.entry(topic.topic.clone()).or_default().extend(&topic.partitions);
        }
        for (topic, partition) in more {
            let partitions = all.entry(topic.clone()).or_default();
            if !partitions.contains(partition) {
                partitions.push(*partition);
            }
        }
        all.into_iter().map(|(topic, partitions)| TransactionPartitions { topic, partitions }).collect()
    }
}

/// The transactional ids of one partition of `__transaction_state`.
#[derive(Debug, Clone, Default)]
pub(crate) struct TxnState {
    pub(super) ids: BTreeMap<String, TransactionLogValue>,
    /// The epoch before the last InitProducerId that named one; a repeated request is known by it (KIP-360).
    /// Not in the log, in Kafka neither.
    pub(super) former_epochs: BTreeMap<String, i16>,
}

impl TxnState {
    /// What is known of a transactional id.
    pub(crate) fn get(&self, id: &str) -> Option<&TransactionLogValue> {
        self.ids.get(id)
    }

    /// Ids whose transactions are prepared: their markers must be written (again).
    pub(crate) fn prepared(&self) -> Vec<String> {
        self.ids.iter().filter(|(_, v)| v.state().is_prepared()).map(|(id, _)| id.clone()).collect()
    }

    /// Applies a record.
    pub(crate) fn replay(&mut self, record: TransactionLogRecord) {
        match record.value {
            Some(value) => {
                self.ids.insert(record.transactional_id, value);
            }
            None => {
                self.former_epochs.remove(&record.transactional_id);
                self.ids.remove(&record.transactional_id);
            }
        }
    }
}
