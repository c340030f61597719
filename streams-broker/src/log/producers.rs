//! What the partition remembers of its idempotent producers (KIP-98).

use std::collections::VecDeque;

use rustc_hash::FxHashMap;
use serde::{Deserialize, Serialize};

use super::batch::BatchHeader;

/// Batches remembered per producer: as many as a client may have in flight.
const REMEMBERED: usize = 5;

/// A batch that was appended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct AppendedBatch {
    /// Sequence number of its first record.
    pub(crate) first_sequence: i32,
    /// Sequence number of its last record.
    pub(crate) last_sequence: i32,
    /// Offset of its first record.
    pub(crate) base_offset: i64,
    /// Its largest time stamp.
    pub(crate) timestamp: i64,
}

/// One producer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct ProducerEntry {
    /// Its latest epoch.
    pub(crate) epoch: i16,
    /// Epoch of the coordinator that wrote the last marker; -1 if there was none.
    pub(crate) coordinator_epoch: i32,
    /// Time of its last write, in ms.
    pub(crate) last_timestamp: i64,
    /// First offset of its open transaction.
    pub(crate) transaction_start: Option<i64>,
    /// Its last batches in this epoch, oldest first.
    pub(crate) batches: VecDeque<AppendedBatch>,
}

impl ProducerEntry {
    /// Sequence number of the last record; -1 if there is none in this epoch.
    pub(crate) fn last_sequence(&self) -> i32 {
        self.batches.back().map_or(-1, |batch| batch.last_sequence)
    }
}

/// Why a producer's batch is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ProducerError {
    /// A newer instance of the producer has written (INVALID_PRODUCER_EPOCH, 47).
    Fenced,
    /// A gap, or a repetition of a batch that is no longer remembered
    /// (OUT_OF_ORDER_SEQUENCE_NUMBER, 45).
    OutOfOrder,
    /// A plain batch in the middle of the producer's transaction (INVALID_TXN_STATE, 48).
    InvalidTransactionState,
    /// A marker of a coordinator that has been replaced (TRANSACTION_COORDINATOR_FENCED, 52).
    CoordinatorFenced,
}

/// All producers of a partition.
#[derive(Debug, Default, Clone)]
pub(crate) struct Producers {
    entries: FxHashMap<i64, ProducerEntry>,
}

impl Producers {
    /// Whether a batch may be appended: `Ok(None)` if so, `Ok(Some(_))` with the original if it
    /// repeats one that was appended already.
    pub(crate) fn check(&self, header: &BatchHeader) -> Result<Option<AppendedBatch>, ProducerError> {
        let Some(entry) = self.entries.get(&header.producer_id) else { return Ok(None) };
        if header.producer_epoch < entry.epoch {
            return Err(ProducerError::Fenced);
        }
        if !header.attributes.is_transactional() && entry.transaction_start.is_some() {
            return Err(ProducerError::InvalidTransactionState);
        }
        // The broker's own transactional writes carry no sequence.
        if header.base_sequence < 0 {
            return Ok(None);
        }
        if header.producer_epoch == entry.epoch {
            let (first, last) = (header.base_sequence, header.last_sequence());
            let known = |batch: &&AppendedBatch| batch.first_sequence == first && batch.last_sequence == last;
            if let Some(original) = entry.batches.iter().find(known) {
                return Ok(Some(*original));
            }
        }
        let expected = match entry.last_sequence() {
            _ if header.producer_epoch != entry.epoch => 0,
            i32::MAX => 0,
            last => last + 1,
        };
        if header.base_sequence == expected { Ok(None) } else { Err(ProducerError::OutOfOrder) }
    }

    /// Remembers an appended batch. Returns the first offset if it begins a transaction.
    pub(crate) fn appended(&mut self, header: &BatchHeader) -> Option<i64> {
        let entry = self.entry(header.producer_id, header.producer_epoch);
        entry.last_timestamp = header.max_timestamp;
        if header.base_sequence >= 0 {
            if entry.batches.len() == REMEMBERED {
                entry.batches.pop_front();
            }
            entry.batches.push_back(AppendedBatch {
                first_sequence: header.base_sequence,
                last_sequence: header.last_sequence(),
                base_offset: header.base_offset,
                timestamp: header.max_timestamp,
            });
        }
        let begins = header.attributes.is_transactional() && entry.transaction_start.is_none();
        if begins {
            entry.transaction_start = Some(header.base_offset);
        }
        begins.then_some(header.base_offset)
    }

    /// Whether a marker may be appended.
    pub(crate) fn check_marker(
        &self,
        header: &BatchHeader,
        coordinator_epoch: i32,
    ) -> Result<(), ProducerError> {
        match self.entries.get(&header.producer_id) {
            Some(entry) if header.producer_epoch < entry.epoch => Err(ProducerError::Fenced),
            Some(entry) if coordinator_epoch < entry.coordinator_epoch => {
                Err(ProducerError::CoordinatorFenced)
            }
            _ => Ok(()),
        }
    }

    /// Applies a marker. Returns the first offset of the transaction that it ends.
    pub(crate) fn marked(&mut self, header: &BatchHeader, coordinator_epoch: i32) -> Option<i64> {
        let entry = self.entry(header.producer_id, header.producer_epoch);
        entry.last_timestamp = header.max_timestamp;
        entry.coordinator_epoch = coordinator_epoch;
        entry.transaction_start.take()
    }

    fn entry(&mut self, producer_id: i64, epoch: i16) -> &mut ProducerEntry {
        let entry = self.entries.entry(producer_id).or_insert_with(|| ProducerEntry {
            epoch,
            coordinator_epoch: -1,
            last_timestamp: 0,
            transaction_start: None,
            batches: VecDeque::new(),
        });
        if entry.epoch != epoch {
            entry.epoch = epoch;
            entry.batches.clear();
        }
        entry
    }

    /// A producer's entry.
    pub(crate) fn get(&self, producer_id: i64) -> Option<&ProducerEntry> {
        self.entries.get(&producer_id)
    }

    /// All producers, by id.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (i64, &ProducerEntry)> {
        self.entries.iter().map(|(id, entry)| (*id, entry))
    }

    /// Forgets producers without an open transaction that have not written since `time`.
    pub(crate) fn expire(&mut self, time: i64) {
        self.entries.retain(|_, entry| entry.transaction_start.is_some() || entry.last_timestamp >= time);
    }

    /// Restores an entry from a snapshot.
    pub(crate) fn insert(&mut self, producer_id: i64, entry: ProducerEntry) {
        self.entries.insert(producer_id, entry);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::log::BatchBuilder;

    fn batch(epoch: i16, sequence: i32, offset: i64) -> BatchHeader {
        let bytes = BatchBuilder::new(0).idempotent(9, epoch, sequence).record(None, Some(b"v"), &[]).build();
        let mut header = BatchHeader::parse(&bytes).unwrap();
        header.base_offset = offset;
        header
    }

    fn after(sequences: std::ops::Range<i32>) -> Producers {
        let mut producers = Producers::default();
        for sequence in sequences {
            assert_eq!(producers.check(&batch(0, sequence, 0)), Ok(None));
            producers.appended(&batch(0, sequence, i64::from(sequence) + 100));
        }
        producers
    }

    #[test]
    fn a_repeated_batch_is_answered_with_its_first_offset() {
        let producers = after(0..7);
        for sequence in 2..7 {
            let original = producers.check(&batch(0, sequence, 0)).unwrap().expect("remembered");
            assert_eq!(original.base_offset, i64::from(sequence) + 100);
        }
        assert_eq!(producers.check(&batch(0, 1, 0)), Err(ProducerError::OutOfOrder));
    }

    #[test]
    fn a_gap_is_refused() {
        assert_eq!(after(0..2).check(&batch(0, 3, 0)), Err(ProducerError::OutOfOrder));
    }

    #[test]
    fn epochs_fence_and_start_again_at_zero() {
        let mut producers = after(0..2);
        assert_eq!(producers.check(&batch(1, 2, 0)), Err(ProducerError::OutOfOrder));
        assert_eq!(producers.check(&batch(1, 0, 0)), Ok(None));
        producers.appended(&batch(1, 0, 200));
        assert_eq!(producers.check(&batch(0, 2, 0)), Err(ProducerError::Fenced));
    }

    #[test]
    fn an_unknown_producer_may_begin_anywhere() {
        assert_eq!(Producers::default().check(&batch(3, 17, 0)), Ok(None));
    }
}
