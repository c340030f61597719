//! What the Kafka clients tell: logs and errors go to `tracing`, rebalances to a list that the stream thread reads.

use std::collections::VecDeque;
use std::fmt;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use rdkafka::TopicPartitionList;
use rdkafka::client::ClientContext;
use rdkafka::config::RDKafkaLogLevel;
use rdkafka::consumer::{BaseConsumer, Consumer, ConsumerContext};
use rdkafka::error::KafkaError;
use rdkafka::message::DeliveryResult;
use rdkafka::producer::ProducerContext;
use rdkafka::types::RDKafkaRespErr;

/// The context of clients that are not group members.
#[derive(Debug, Clone)]
pub(crate) struct ClientEvents {
    client_id: String,
}

impl ClientEvents {
    pub(crate) fn new(client_id: &str) -> Self {
        Self { client_id: client_id.to_owned() }
    }
}

impl ClientContext for ClientEvents {
    fn log(&self, level: RDKafkaLogLevel, facility: &str, message: &str) {
        let client = self.client_id.as_str();
        match level {
            RDKafkaLogLevel::Emerg
            | RDKafkaLogLevel::Alert
            | RDKafkaLogLevel::Critical
            | RDKafkaLogLevel::Error => tracing::warn!(target: "librdkafka", client, facility, "{message}"),
            RDKafkaLogLevel::Warning | RDKafkaLogLevel::Notice | RDKafkaLogLevel::Info => {
                tracing::info!(target: "librdkafka", client, facility, "{message}");
            }
            RDKafkaLogLevel::Debug => tracing::debug!(target: "librdkafka", client, facility, "{message}"),
        }
    }

    fn error(&self, error: KafkaError, reason: &str) {
        // The client retries by itself: what it cannot mend comes back from the call that needed it.
        tracing::warn!(client = self.client_id, %error, "{reason}");
    }
}

impl ConsumerContext for ClientEvents {}

impl ProducerContext for ClientEvents {
    type DeliveryOpaque = usize;

    fn delivery(&self, _: &DeliveryResult<'_>, _: usize) {
        // Delivery reports are read in bulk by `NativeProducer`; this is only called while a producer is dropped.
    }
}

/// A partition of a topic.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct TopicPartition {
    pub(crate) topic: Arc<str>,
    pub(crate) partition: i32,
}

impl TopicPartition {
    pub(crate) fn new(topic: impl Into<Arc<str>>, partition: i32) -> Self {
        Self { topic: topic.into(), partition }
    }
}

impl fmt::Display for TopicPartition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{}", self.topic, self.partition)
    }
}

/// A step of a rebalance.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum RebalanceEvent {
    /// These partitions are ours now.
    Assigned(Vec<TopicPartition>),
    /// All partitions must be given up; `lost`: they already belong to others.
    Revoked { lost: bool },
}

/// The context of a group member: records what was assigned and revoked, and does nothing about it. The stream thread
/// does, between polls.
#[derive(Debug)]
pub(crate) struct MemberEvents {
    client: ClientEvents,
    rebalances: Mutex<VecDeque<RebalanceEvent>>,
    closing: AtomicBool,
}

impl MemberEvents {
    pub(crate) fn new(client_id: &str) -> Self {
        Self {
            client: ClientEvents::new(client_id),
            rebalances: Mutex::default(),
            closing: AtomicBool::new(false),
        }
    }

    /// The next step that was not taken yet.
    pub(crate) fn next_rebalance(&self) -> Option<RebalanceEvent> {
        self.rebalances.lock().unwrap_or_else(PoisonError::into_inner).pop_front()
    }

    /// From now on partitions are given up at once: nobody reads the list any more.
    pub(crate) fn close(&self) {
        self.closing.store(true, Ordering::Release);
    }
}

impl ClientContext for MemberEvents {
    fn log(&self, level: RDKafkaLogLevel, facility: &str, message: &str) {
        self.client.log(level, facility, message);
    }

    fn error(&self, error: KafkaError, reason: &str) {
        self.client.error(error, reason);
    }
}

impl ConsumerContext for MemberEvents {
    fn rebalance(
        &self,
        consumer: &BaseConsumer<Self>,
        code: RDKafkaRespErr,
        partitions: &mut TopicPartitionList,
    ) {
        if self.closing.load(Ordering::Acquire) {
            if let Err(error) = consumer.unassign() {
                tracing::warn!(%error, "cannot give up partitions while closing");
            }
            return;
        }
        let event = match code {
            RDKafkaRespErr::RD_KAFKA_RESP_ERR__ASSIGN_PARTITIONS => RebalanceEvent::Assigned(
                partitions
                    .elements()
                    .iter()
                    .map(|element| TopicPartition::new(element.topic(), element.partition()))
                    .collect(),
            ),
            _ => RebalanceEvent::Revoked { lost: consumer.assignment_lost() },
        };
        self.rebalances.lock().unwrap_or_else(PoisonError::into_inner).push_back(event);
    }
}
