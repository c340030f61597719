//! EndTxn: the transaction is committed or aborted.

use super::add::Producer;
use super::metadata::{Status, TxnState};
use crate::coordinator::records::TransactionLogValue;
use kafka_protocol::ResponseError;

/// What comes of EndTxn.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Ended {
    /// The request repeats one that was answered before; the answer is the producer id and epoch.
    Repeated(i64, i16),
    /// To be written and completed.
    Prepare(TransactionLogValue),
}

impl TxnState {
    /// Handles EndTxn. `version`: the transaction version that the request speaks (2 from EndTxn v5 on). `new_id` makes
    /// a producer id that was never used, should one be needed.
    pub(crate) fn end(
        &self,
        now: i64,
        producer: Producer<'_>,
        commit: bool,
        version: i16,
        new_id: impl FnOnce() -> Result<i64, ResponseError>,
    ) -> Result<Ended, ResponseError> {
        let current = self.ids.get(producer.id).ok_or(ResponseError::InvalidProducerIdMapping)?;
        let repeats = repeats(current, producer, version)?;
        match (current.state(), commit) {
            (Status::Ongoing, _) if repeats => Err(ResponseError::ProducerFenced),
            (Status::Ongoing, _) => Ok(Ended::Prepare(prepare(current, now, commit, version, new_id)?)),
            (Status::PrepareCommit, true) | (Status::PrepareAbort, false) => {
                Err(ResponseError::ConcurrentTransactions)
            }
            (Status::CompleteCommit, true) | (Status::CompleteAbort, false)
                if repeats || !current.bumps_epoch() && version < 2 =>
            {
                Ok(Ended::Repeated(current.producer_id, current.producer_epoch))
            }
            // Version 2: a transaction to which nothing was added may be aborted, which gives a new epoch.
            (Status::Empty | Status::CompleteCommit | Status::CompleteAbort, false)
                if version >= 2 && !repeats =>
            {
                let value = prepare(current, now, false, version, new_id)?;
                Ok(Ended::Prepare(TransactionLogValue { start_timestamp: now, ..value }))
            }
            _ => Err(ResponseError::InvalidTxnState),
        }
    }
}

/// Whether a request comes from the producer as it was before its transaction ended, which gave it a new epoch or
/// a new id (version 2). Anybody but the current producer else is refused.
fn repeats(
    current: &TransactionLogValue,
    producer: Producer<'_>,
    version: i16,
) -> Result<bool, ResponseError> {
    let bumps = version >= 2;
    let rolled = bumps
        && current.previous_producer_id == producer.producer_id
        && producer.epoch == i16::MAX - 1
        && current.producer_epoch == 0;
    if rolled {
        return Ok(true);
    }
    if current.producer_id != producer.producer_id {
        return Err(ResponseError::InvalidProducerIdMapping);
    }
    if current.producer_epoch == producer.epoch {
        return Ok(false);
    }
    let before = bumps
        && current.state() != Status::Empty
        && i32::from(current.producer_epoch) == i32::from(producer.epoch) + 1;
    if before { Ok(true) } else { Err(ResponseError::ProducerFenced) }
}

fn prepare(
    current: &TransactionLogValue,
    now: i64,
    commit: bool,
    version: i16,
    new_id: impl FnOnce() -> Result<i64, ResponseError>,
) -> Result<TransactionLogValue, ResponseError> {
    let status = if commit { Status::PrepareCommit } else { Status::PrepareAbort };
    let mut value = TransactionLogValue {
        status: status as i8,
        last_update_timestamp: now,
        client_transaction_version: version,
        ..current.clone()
    };
    if version >= 2 {
        if current.is_exhausted() {
            value.next_producer_id = new_id()?;
        }
        value.producer_epoch = current.producer_epoch.saturating_add(1);
    }
    Ok(value)
}

/// What is written once the markers of a prepared transaction are.
pub(crate) fn complete(prepared: &TransactionLogValue, now: i64) -> TransactionLogValue {
    let status = match prepared.state() {
        Status::PrepareCommit => Status::CompleteCommit,
        _ => Status::CompleteAbort,
    };
    let mut value = TransactionLogValue {
        status: status as i8,
        partitions: None,
        last_update_timestamp: now,
        ..prepared.clone()
    };
    if prepared.next_producer_id >= 0 {
        value.previous_producer_id = prepared.producer_id;
        value.producer_id = prepared.next_producer_id;
        value.producer_epoch = 0;
        value.next_producer_id = -1;
    }
    value
}
