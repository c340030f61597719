//! What several APIs need.

use std::sync::Arc;

use kafka_protocol::ResponseError;
use kafka_protocol::messages::{BrokerId, TopicName};
use kafka_protocol::protocol::StrBytes;
use uuid::Uuid;

use crate::broker::Broker;
use crate::log::{LogError, ProducerError};
use crate::topics::{Partition, Topic, TopicError};

/// What Apache Kafka says of INVALID_REQUEST where it has no more to say.
pub(crate) const MALFORMED: &str = "This most likely occurs because of a request being malformed by the client library \
                                    or the message was sent to an incompatible broker. See the broker logs for more \
                                    details.";

/// Text as the protocol's type.
pub(super) fn text(text: impl Into<String>) -> StrBytes {
    StrBytes::from_string(text.into())
}

/// A topic's name as the protocol's type.
pub(super) fn topic_name(name: &str) -> TopicName {
    TopicName(text(name))
}

/// An error as it goes to the client.
#[derive(Debug, Clone)]
pub(super) struct Failure {
    /// The protocol's number.
    pub(super) code: i16,
    /// What is wrong.
    pub(super) message: Option<String>,
}

impl Failure {
    /// An error with an explanation.
    pub(super) fn new(error: ResponseError, message: impl Into<String>) -> Self {
        Failure { code: error.code(), message: Some(message.into()) }
    }

    /// The explanation as the protocol's type.
    pub(super) fn text(&self) -> Option<StrBytes> {
        self.message.clone().map(StrBytes::from_string)
    }
}

impl From<ResponseError> for Failure {
    fn from(error: ResponseError) -> Self {
        Failure { code: error.code(), message: None }
    }
}

impl From<TopicError> for Failure {
    fn from(error: TopicError) -> Self {
        match error {
            TopicError::InvalidName(why) => Failure::new(ResponseError::InvalidTopicException, why),
            TopicError::Exists(why) => Failure::new(ResponseError::TopicAlreadyExists, why),
            TopicError::InvalidPartitions(why) => Failure::new(ResponseError::InvalidPartitions, why),
            TopicError::InvalidConfig(why) => Failure::new(ResponseError::InvalidConfig, why),
            TopicError::Unknown(why) => Failure::new(ResponseError::UnknownTopicOrPartition, why),
            TopicError::Storage(why) => Failure::new(ResponseError::KafkaStorageError, why.to_string()),
        }
    }
}

impl From<LogError> for Failure {
    fn from(error: LogError) -> Self {
        match error {
            LogError::OutOfRange => ResponseError::OffsetOutOfRange.into(),
            LogError::Producer(ProducerError::Fenced) => ResponseError::InvalidProducerEpoch.into(),
            LogError::Producer(ProducerError::OutOfOrder) => ResponseError::OutOfOrderSequenceNumber.into(),
            LogError::Producer(ProducerError::InvalidTransactionState) => {
                ResponseError::InvalidTxnState.into()
            }
            LogError::Producer(ProducerError::CoordinatorFenced) => {
                ResponseError::TransactionCoordinatorFenced.into()
            }
            LogError::Io(why) => Failure::new(ResponseError::KafkaStorageError, why.to_string()),
        }
    }
}

/// Finds a topic by its name, or by its id where the request's version has ids.
pub(crate) fn find_topic(
    broker: &Broker,
    name: &str,
    id: Uuid,
    by_id: bool,
) -> Result<Arc<Topic>, ResponseError> {
    match by_id {
        true => broker.topics.get_by_id(id).ok_or(ResponseError::UnknownTopicId),
        false => broker.topics.get(name).ok_or(ResponseError::UnknownTopicOrPartition),
    }
}

/// Checks the replicas that a partition is to have: this broker, once.
pub(super) fn check_replicas(broker: &Broker, replicas: &[BrokerId]) -> Result<(), Failure> {
    let invalid = |why: String| {
        Err(Failure::new(
            ResponseError::InvalidReplicaAssignment,
            format!("The manual partition assignment includes {why}"),
        ))
    };
    if replicas.is_empty() {
        return invalid("an empty replica list.".into());
    }
    let mut sorted: Vec<i32> = replicas.iter().map(|id| id.0).collect();
    sorted.sort_unstable();
    for (at, id) in sorted.iter().enumerate() {
        if at > 0 && sorted[at - 1] == *id {
            return invalid(format!("the broker {id} more than once."));
        }
        if *id != broker.node_id() {
            return invalid(format!("broker {id}, but no such broker is registered."));
        }
    }
    Ok(())
}

/// Checks the epoch that the client believes the leader to have; -1 if it does not know.
pub(super) fn check_leader_epoch(partition: &Partition, epoch: i32) -> Result<(), ResponseError> {
    let current = partition.leader_epoch();
    if epoch == -1 || epoch == current {
        Ok(())
    } else if epoch < current {
        Err(ResponseError::FencedLeaderEpoch)
    } else {
        Err(ResponseError::UnknownLeaderEpoch)
    }
}
