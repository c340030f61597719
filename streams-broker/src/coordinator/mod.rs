//! The coordinators of groups, offsets and transactions.
//!
//! A coordinator is a state machine without input, output or clock: a handler is given the state, a request and
//! the time, and returns records, answers and deadlines. State that outlives the broker changes only by replaying
//! records, which are also what is written to `__consumer_offsets` and `__transaction_state`, in Apache Kafka's
//! own encoding. What Kafka keeps only in memory, such as a classic rebalance under way, is in memory only here
//! too. The folder `runtime` holds what drives the machines: locks, logs, the clock.
//!
//! # The seam to the rest of the broker
//! - **Start.** [`Coordinators::start`] runs before the first connection is accepted. It replays
//!   the internal topics, if they are there, with
//!   [`Partition::replay`](crate::topics::Partition::replay), and spawns timers on the runtime.
//! - **Writing.** [`Topics::create`](crate::topics::Topics::create) makes an internal topic at its
//!   first use. A batch is made by [`BatchBuilder`](crate::log::BatchBuilder) (a marker by
//!   [`control_marker`](crate::log::control_marker)) and appended by
//!   [`Partition::append_own`](crate::topics::Partition::append_own), which returns when it is in
//!   the page cache: nothing that was acknowledged is lost when the process is killed.
//! - **APIs.** Each handler file makes an `API` constant with the `api!` macro; [`APIS`] lists
//!   them. Everything listed is advertised by ApiVersions.
//! - **Time.** [`now_ms`](crate::clock::now_ms). Waiting handlers end early at
//!   [`Broker::stop_signal`](crate::broker::Broker::stop_signal).
//! - **Ids.** [`Identity::next_producer_id`](crate::identity::Identity::next_producer_id).

mod admin;
mod api;
mod classic;
mod codec;
mod config;
mod consumer;
#[cfg(any(test, fuzzing))]
pub(crate) mod fuzz;
mod group;
mod held;
mod offsets;
mod outcome;
mod records;
mod runtime;
mod shard;
mod state;
mod streams;
#[cfg(test)]
mod testing;
mod timers;
mod topics;
mod txn;

use std::sync::{Arc, OnceLock};

use kafka_protocol::ResponseError;
use tokio::runtime::Handle;

use crate::broker::Broker;
use crate::config::Settings;
use crate::error::{Error, Result};
use runtime::{GroupCoordinator, Journal, TransactionCoordinator};

pub(crate) use api::{APIS, txn_error};
pub(crate) use codec::{DecodeError, Reader};
pub(crate) use config::GroupConfig;
pub(crate) use txn::{InitProducer, Producer};

/// The topic of groups and committed offsets.
pub(crate) const OFFSETS_TOPIC: &str = "__consumer_offsets";

/// The topic of transactional ids.
const TRANSACTIONS_TOPIC: &str = "__transaction_state";

/// All coordinators of this broker.
#[derive(Debug)]
pub(crate) struct Coordinators {
    config: GroupConfig,
    offsets_partitions: i32,
    transactions_partitions: i32,
    groups: OnceLock<GroupCoordinator>,
    transactions: OnceLock<TransactionCoordinator>,
}

impl Coordinators {
    /// Coordinators without state.
    pub(crate) fn new(settings: &Settings) -> Self {
        let int = |key: &str| i32::try_from(settings.number(key)).unwrap_or(i32::MAX);
        Coordinators {
            config: GroupConfig::new(settings),
            offsets_partitions: int("offsets.topic.num.partitions"),
            transactions_partitions: int("transaction.state.log.num.partitions"),
            groups: OnceLock::new(),
            transactions: OnceLock::new(),
        }
    }

    /// Rebuilds the state from the internal topics, finishes what was decided, and starts the timers.
    pub(crate) fn start(&self, broker: &Arc<Broker>, runtime: &Handle) -> Result<()> {
        let journal = Journal::new(OFFSETS_TOPIC, self.offsets_partitions);
        let groups = GroupCoordinator::load(journal, self.config.clone(), broker)
            .map_err(|source| unreadable(OFFSETS_TOPIC, source))?;
        let journal = Journal::new(TRANSACTIONS_TOPIC, self.transactions_partitions);
        let transactions = TransactionCoordinator::load(journal, &broker.topics)
            .map_err(|source| unreadable(TRANSACTIONS_TOPIC, source))?;
        self.groups.get_or_init(|| groups);
        self.transactions.get_or_init(|| transactions).tick(broker);
        let of_groups = Arc::clone(broker);
        runtime.spawn(async move {
            if let Ok(groups) = of_groups.coordinators.groups() {
                groups.run_timers(&of_groups).await;
            }
        });
        let of_transactions = Arc::clone(broker);
        runtime.spawn(async move {
            if let Ok(transactions) = of_transactions.coordinators.transactions() {
                transactions.run_timers(&of_transactions).await;
            }
        });
        Ok(())
    }

    /// The transaction coordinator; error 14 until its state has been read.
    pub(crate) fn transactions(&self) -> std::result::Result<&TransactionCoordinator, ResponseError> {
        self.transactions.get().ok_or(ResponseError::CoordinatorLoadInProgress)
    }

    /// The group coordinator; error 14 until its state has been read.
    pub(crate) fn groups(&self) -> std::result::Result<&GroupCoordinator, ResponseError> {
        self.groups.get().ok_or(ResponseError::CoordinatorLoadInProgress)
    }

    /// Makes the internal topic of groups (type 0) or of transactions (type 1), as Apache Kafka does when a
    /// client first looks for a coordinator.
    pub(crate) fn ensure_topic(
        &self,
        broker: &Broker,
        key_type: i8,
    ) -> std::result::Result<(), ResponseError> {
        let journal = match key_type {
            1 => Journal::new(TRANSACTIONS_TOPIC, self.transactions_partitions),
            _ => Journal::new(OFFSETS_TOPIC, self.offsets_partitions),
        };
        journal.ensure(&broker.topics).map_err(|error| {
            tracing::error!(topic = journal.topic(), %error, "cannot make an internal topic");
            ResponseError::CoordinatorNotAvailable
        })
    }

    /// A topic has been deleted: so are the offsets in it.
    pub(crate) fn topic_deleted(&self, broker: &Broker, topic: &str) {
        if let Ok(groups) = self.groups() {
            groups.topic_deleted(broker, topic);
        }
    }
}

fn unreadable(topic: &str, source: runtime::JournalError) -> Error {
    let message = format!(
        "cannot read the state of the coordinators from {topic}: {source}; restore the topic's folder, or delete \
         it to begin without"
    );
    Error::data(message).with_source(source)
}
