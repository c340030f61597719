//! Exactly-once: the transactions of a thread's producer (features R23, R25).

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use rdkafka::consumer::ConsumerGroupMetadata;
use rdkafka::error::KafkaError;
use rdkafka::producer::{BaseProducer, Producer};
use rdkafka::{Offset, TopicPartitionList};

use super::events::ClientEvents;
use super::kafka_error::{client_error, kind_of};
use super::producer::StreamProducer;
use crate::error::{Error, ErrorKind, Result};
use crate::task::CommitOffset;

const TIMEOUT: Duration = Duration::from_secs(30);
/// Shorter, for a closing application does not want to wait for it.
const INIT_TIMEOUT: Duration = Duration::from_secs(5);

/// Whether there may be transactions, and whether one is open.
#[derive(Debug, Default)]
pub(crate) struct Transaction {
    initialized: AtomicBool,
    open: AtomicBool,
}

impl Transaction {
    /// Begins a transaction if none is open.
    pub(super) fn begin(&self, client: &BaseProducer<ClientEvents>) -> Result<()> {
        if self.open.load(Ordering::Relaxed) {
            return Ok(());
        }
        client.begin_transaction().map_err(|error| transaction_error("begin a transaction", &error))?;
        self.open.store(true, Ordering::Relaxed);
        Ok(())
    }
}

impl StreamProducer {
    /// Whether commits are transactions.
    pub(crate) fn is_transactional(&self) -> bool {
        self.transaction().is_some()
    }

    /// Whether a transaction is open.
    pub(crate) fn in_transaction(&self) -> bool {
        self.transaction().is_some_and(|(_, transaction)| transaction.open.load(Ordering::Relaxed))
    }

    /// Fences former producers of the same transactional id, and waits for their transactions to end.
    ///
    /// # Errors
    /// [`ErrorKind::Retry`]: the cluster does not answer; call again.
    pub(crate) fn init_transactions(&self) -> Result<()> {
        let Some((client, transaction)) = self.transaction() else { return Ok(()) };
        if !transaction.initialized.load(Ordering::Relaxed) {
            client
                .init_transactions(INIT_TIMEOUT)
                .map_err(|error| transaction_error("initialize transactions", &error))?;
            transaction.initialized.store(true, Ordering::Relaxed);
        }
        Ok(())
    }

    /// Commits everything sent since the last commit together with the offsets that it came from: all or nothing. All
    /// records must be acknowledged already ([`StreamProducer::drain`]).
    ///
    /// # Errors
    /// Of kind [`ErrorKind::Fenced`]: nothing is committed; the tasks must start anew from their last commit.
    pub(crate) fn commit_transaction(
        &self,
        offsets: &[CommitOffset],
        member: &ConsumerGroupMetadata,
    ) -> Result<()> {
        let Some((client, transaction)) = self.transaction() else { return Ok(()) };
        transaction.begin(client)?;
        if !offsets.is_empty() {
            let list = offset_list(offsets)?;
            client
                .send_offsets_to_transaction(&list, member, TIMEOUT)
                .map_err(|error| undecided("add offsets to a transaction", &error))?;
        }
        client.commit_transaction(TIMEOUT).map_err(|error| undecided("commit a transaction", &error))?;
        transaction.open.store(false, Ordering::Relaxed);
        Ok(())
    }

    /// Throws away everything sent since the last commit.
    pub(crate) fn abort_transaction(&self) -> Result<()> {
        let Some((client, transaction)) = self.transaction() else { return Ok(()) };
        if !transaction.open.swap(false, Ordering::Relaxed) {
            return Ok(());
        }
        client.abort_transaction(TIMEOUT).map_err(|error| undecided("abort a transaction", &error))?;
        // What was purged by the abort is no failure.
        self.poll(Duration::ZERO);
        self.forget_failures();
        Ok(())
    }
}

/// Offsets with their metadata, as the client takes them.
pub(crate) fn offset_list(offsets: &[CommitOffset]) -> Result<TopicPartitionList> {
    let mut list = TopicPartitionList::with_capacity(offsets.len());
    for offset in offsets {
        let mut element = list.add_partition(&offset.topic, offset.partition);
        element
            .set_offset(Offset::Offset(offset.offset))
            .map_err(|error| client_error("commit an offset", &error))?;
        element.set_metadata(offset.metadata.as_str());
    }
    Ok(list)
}

/// Errors of transactions leave nothing behind: whatever is not a matter of configuration is mended by starting the tasks
/// anew from their last commit.
fn transaction_error(what: &str, error: &KafkaError) -> Error {
    let KafkaError::Transaction(native) = error else { return client_error(what, error) };
    let kind = match kind_of(native.code()) {
        ErrorKind::Config => ErrorKind::Config,
        _ if native.is_retriable() => ErrorKind::Retry,
        _ => ErrorKind::Fenced,
    };
    Error::new(kind, format!("cannot {what}: {}", native.string())).with_source(error.clone())
}

/// As [`transaction_error`], of a step that may have happened or not: the tasks start anew from whatever is committed.
fn undecided(what: &str, error: &KafkaError) -> Error {
    let error = transaction_error(what, error);
    if error.kind() == ErrorKind::Retry { Error::new(ErrorKind::Fenced, error.to_string()) } else { error }
}
