//! The transaction coordinator (KIP-98, KIP-360, KIP-890) as a state machine.
//!
//! A handler looks at what is known of a transactional id and answers with an error, or with the value that shall
//! be written to `__transaction_state`; replaying that value is the only way in which the state changes. Once a
//! `Prepare…` value is written the transaction's end is decided: the driver writes the markers, then the
//! `Complete…` value. A restart finds prepared transactions and finishes them.

mod add;
mod describe;
mod end;
mod expire;
mod init;
mod metadata;
#[cfg(test)]
mod tests;

pub(crate) use add::Producer;
pub(crate) use end::{Ended, complete};
pub(crate) use init::{InitProducer, Initialized};
pub(crate) use metadata::{Status, TxnState};
