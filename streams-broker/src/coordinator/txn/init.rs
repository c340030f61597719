//! InitProducerId with a transactional id: the one producer of that id from now on.

use super::metadata::{Status, TxnState};
use crate::coordinator::records::TransactionLogValue;
use kafka_protocol::ResponseError;

/// An InitProducerId request.
#[derive(Debug, Clone, Copy)]
pub(crate) struct InitProducer<'a> {
    pub(crate) id: &'a str,
    pub(crate) timeout_ms: i32,
    /// Producer id and epoch that the producer believes to have (v3+, KIP-360).
    pub(crate) expected: Option<(i64, i16)>,
}

/// What comes of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Initialized {
    /// The request repeats one that was answered before; the answer is the same.
    Repeated(TransactionLogValue),
    /// To be written; the answer is its producer id and epoch.
    Next(TransactionLogValue),
    /// An open transaction must be aborted first: to be written and completed, the answer is 51.
    Abort(TransactionLogValue),
}

impl TxnState {
    /// Handles InitProducerId. `new_id` makes a producer id that was never used, should one be needed.
    pub(crate) fn init_producer(
        &mut self,
        now: i64,
        request: InitProducer<'_>,
        new_id: impl FnOnce() -> Result<i64, ResponseError>,
    ) -> Result<Initialized, ResponseError> {
        let Some(current) = self.ids.get(request.id) else {
            let fresh = TransactionLogValue { producer_id: new_id()?, ..TransactionLogValue::default() };
            return Ok(Initialized::Next(empty(&fresh, now, request)));
        };
        let former = self.former_epochs.get(request.id).copied();
        if let Some((id, epoch)) = request.expected {
            let same =
                id == current.producer_id && (epoch == current.producer_epoch || Some(epoch) == former);
            // A producer whose epochs were used up, and who did not see the answer with its new id.
            let rolled = id == current.previous_producer_id && epoch >= i16::MAX - 1;
            if !same && !rolled {
                return Err(ResponseError::ProducerFenced);
            }
        }
        match current.state() {
            Status::PrepareCommit | Status::PrepareAbort => Err(ResponseError::ConcurrentTransactions),
            Status::Ongoing => Ok(Initialized::Abort(fence(current, now))),
            Status::Empty | Status::CompleteCommit | Status::CompleteAbort => {
                let repeats =
                    request.expected.is_some_and(|now| now != (current.producer_id, current.producer_epoch));
                if repeats {
                    return Ok(Initialized::Repeated(current.clone()));
                }
                let next = next_epoch(current, now, request, new_id)?;
                match request.expected {
                    Some((_, epoch)) => self.former_epochs.insert(request.id.to_owned(), epoch),
                    None => self.former_epochs.remove(request.id),
                };
                Ok(Initialized::Next(next))
            }
        }
    }
}

fn empty(current: &TransactionLogValue, now: i64, request: InitProducer<'_>) -> TransactionLogValue {
    TransactionLogValue {
        status: Status::Empty as i8,
        timeout_ms: request.timeout_ms,
        partitions: None,
        last_update_timestamp: now,
        start_timestamp: -1,
        next_producer_id: -1,
        next_producer_epoch: -1,
        ..current.clone()
    }
}

fn next_epoch(
    current: &TransactionLogValue,
    now: i64,
    request: InitProducer<'_>,
    new_id: impl FnOnce() -> Result<i64, ResponseError>,
) -> Result<TransactionLogValue, ResponseError> {
    let next = empty(current, now, request);
    if current.is_exhausted() {
        return Ok(TransactionLogValue {
            producer_id: new_id()?,
            producer_epoch: 0,
            previous_producer_id: current.producer_id,
            ..next
        });
    }
    Ok(TransactionLogValue { producer_epoch: current.producer_epoch + 1, ..next })
}

/// The open transaction aborted under a higher epoch, so that its producer can write no more.
pub(super) fn fence(current: &TransactionLogValue, now: i64) -> TransactionLogValue {
    TransactionLogValue {
        status: Status::PrepareAbort as i8,
        producer_epoch: current.producer_epoch.saturating_add(1),
        last_update_timestamp: now,
        ..current.clone()
    }
}
