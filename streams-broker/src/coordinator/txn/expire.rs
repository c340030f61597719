//! Transactions that take too long are aborted; transactional ids that nobody uses are forgotten.

use super::init::fence;
use super::metadata::{Status, TxnState};
use crate::coordinator::records::TransactionLogValue;

impl TxnState {
    /// Open transactions that are older than their time-out, with the value that aborts and fences each. Their
    /// producers may go on after InitProducerId.
    pub(crate) fn timed_out(&mut self, now: i64) -> Vec<(String, TransactionLogValue)> {
        let late = |v: &TransactionLogValue| {
            v.state() == Status::Ongoing && now - v.start_timestamp > i64::from(v.timeout_ms)
        };
        let mut fenced = Vec::new();
        for (id, value) in self.ids.iter().filter(|(_, value)| late(value)) {
            self.former_epochs.insert(id.clone(), value.producer_epoch);
            fenced.push((id.clone(), fence(value, now)));
        }
        fenced
    }

    /// Ids that were not used for `expiration_ms` and have no open transaction.
    pub(crate) fn expired(&self, now: i64, expiration_ms: i64) -> Vec<String> {
        let unused = |v: &TransactionLogValue| {
            matches!(v.state(), Status::Empty | Status::CompleteCommit | Status::CompleteAbort)
                && now - v.last_update_timestamp >= expiration_ms
        };
        self.ids.iter().filter(|(_, v)| unused(v)).map(|(id, _)| id.clone()).collect()
    }
}
