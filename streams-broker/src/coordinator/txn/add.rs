//! Partitions join a transaction: by AddPartitionsToTxn and AddOffsetsToTxn, or with the first write to them
//! (KIP-890).

use super::metadata::{Status, TxnState};
use crate::coordinator::records::TransactionLogValue;
use kafka_protocol::ResponseError;

/// The producer that speaks.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Producer<'a> {
    pub(crate) id: &'a str,
    pub(crate) producer_id: i64,
    pub(crate) epoch: i16,
}

impl TxnState {
    /// The state of the transactional id, if the producer is its current one: 49 for another id, 90 for another
    /// epoch.
    fn owned(&self, producer: Producer<'_>) -> Result<&TransactionLogValue, ResponseError> {
        let current = self.ids.get(producer.id).ok_or(ResponseError::InvalidProducerIdMapping)?;
        if current.producer_id != producer.producer_id {
            return Err(ResponseError::InvalidProducerIdMapping);
        }
        if current.producer_epoch != producer.epoch {
            return Err(ResponseError::ProducerFenced);
        }
        Ok(current)
    }

    /// Adds partitions. `None`: they are in it already. `version`: the transaction version that the client speaks.
    pub(crate) fn add_partitions(
        &self,
        now: i64,
        producer: Producer<'_>,
        partitions: &[(String, i32)],
        version: i16,
    ) -> Result<Option<TransactionLogValue>, ResponseError> {
        let current = self.owned(producer)?;
        let ongoing = match current.state() {
            Status::PrepareCommit | Status::PrepareAbort => {
                return Err(ResponseError::ConcurrentTransactions);
            }
            Status::Ongoing => true,
            Status::Empty | Status::CompleteCommit | Status::CompleteAbort => false,
        };
        if ongoing && partitions.iter().all(|(topic, partition)| current.contains(topic, *partition)) {
            return Ok(None);
        }
        Ok(Some(TransactionLogValue {
            status: Status::Ongoing as i8,
            partitions: Some(current.partitions_and(partitions)),
            start_timestamp: if ongoing { current.start_timestamp } else { now },
            last_update_timestamp: now,
            client_transaction_version: version,
            ..current.clone()
        }))
    }

    /// Checks that a partition is part of the open transaction: 120 if not (KIP-890).
    pub(crate) fn verify_partition(
        &self,
        producer: Producer<'_>,
        topic: &str,
        partition: i32,
    ) -> Result<(), ResponseError> {
        let current = self.owned(producer)?;
        match current.state() {
            Status::PrepareCommit | Status::PrepareAbort => Err(ResponseError::ConcurrentTransactions),
            Status::Ongoing if current.contains(topic, partition) => Ok(()),
            _ => Err(ResponseError::TransactionAbortable),
        }
    }
}
