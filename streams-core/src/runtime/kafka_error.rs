//! librdkafka's errors in the library's terms: what the caller must do.

use rdkafka::error::{KafkaError, RDKafkaErrorCode};

use crate::error::{Error, ErrorKind};

/// What to do about an error code.
pub(crate) fn kind_of(code: RDKafkaErrorCode) -> ErrorKind {
    use RDKafkaErrorCode as E;
    match code {
        E::IllegalGeneration
        | E::UnknownMemberId
        | E::RebalanceInProgress
        | E::FencedInstanceId
        | E::ProducerFenced
        | E::Fenced
        | E::InvalidProducerEpoch
        | E::PollExceeded
        | E::AssignmentLost => ErrorKind::Fenced,
        E::TopicAuthorizationFailed
        | E::GroupAuthorizationFailed
        | E::ClusterAuthorizationFailed
        | E::TransactionalIdAuthorizationFailed
        | E::SaslAuthenticationFailed
        | E::Authentication
        | E::InvalidArgument
        | E::UnsupportedFeature
        | E::UnsupportedSASLMechanism
        | E::InvalidReplicationFactor
        | E::InvalidConfig
        | E::PolicyViolation => ErrorKind::Config,
        E::MessageSizeTooLarge
        | E::InvalidMessage
        | E::InvalidMessageSize
        | E::InvalidTimestamp
        | E::InvalidRecord
        | E::BadMessage
        | E::UnknownTopic
        | E::UnknownPartition
        | E::UnknownTopicOrPartition
        | E::InvalidTopic => ErrorKind::Data,
        E::Fatal => ErrorKind::Bug,
        _ => ErrorKind::Retry,
    }
}

/// The code behind an error, if it has one.
pub(crate) fn code_of(error: &KafkaError) -> Option<RDKafkaErrorCode> {
    error.rdkafka_error_code()
}

/// The error of a client's call.
pub(crate) fn client_error(what: &str, error: &KafkaError) -> Error {
    let kind = match error {
        KafkaError::ClientConfig(..) | KafkaError::ClientCreation(_) => ErrorKind::Config,
        other => code_of(other).map_or(ErrorKind::Retry, kind_of),
    };
    let text = match error {
        KafkaError::ClientConfig(_, reason, key, value) => format!("`{key}` = `{value}`: {reason}"),
        KafkaError::ClientCreation(reason) => reason.clone(),
        other => other.to_string(),
    };
    Error::new(kind, format!("cannot {what}: {text}")).with_source(error.clone())
}

/// The error of a record that the cluster did not take.
pub(crate) fn delivery_error(topic: &str, code: RDKafkaErrorCode) -> Error {
    let kind = kind_of(code);
    let advice = match code {
        RDKafkaErrorCode::MessageSizeTooLarge => {
            "raise `producer.max.request.size` and the topic's `max.message.bytes`"
        }
        RDKafkaErrorCode::UnknownTopic | RDKafkaErrorCode::UnknownTopicOrPartition => "create the topic",
        RDKafkaErrorCode::UnknownPartition => "the topic has fewer partitions than the record asks for",
        RDKafkaErrorCode::MessageTimedOut => {
            "raise `producer.delivery.timeout.ms`, or look after the cluster"
        }
        _ => "set a production exception handler to go on without such records",
    };
    Error::new(kind, format!("cannot deliver a record to topic `{topic}`: {code}; {advice}"))
}
