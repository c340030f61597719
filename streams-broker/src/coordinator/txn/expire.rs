//! Transactions that take too long are aborted; transactional ids that nobody uses are forgotten.

use super::init::fence;
use super::metadata::{Status, TxnState};
use crate::coordinator::records::TransactionLogValue;

impl TxnState {
    /// Open transactions that are older than their time-out, with the value that aborts and fences each.
    pub(crate) fn timed_out(&self, now: i64) -> Vec<(String, TransactionLogValue)> {
        let late = |v: &TransactionLogValue| {
            v.state() == Status::Ongoing && now - v.start_timestamp > i64::from(v.timeout_ms)
        };
        self.ids.iter().filter(|(_, v)| late(v)).map(|(id, v)| (id.clone(), fence(v, now))).collect()
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
