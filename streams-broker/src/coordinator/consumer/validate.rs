//! What a ConsumerGroupHeartbeat must look like.

use super::assignors::ASSIGNORS;
use super::subscription::compile;
use kafka_protocol::ResponseError;
use kafka_protocol::messages::ConsumerGroupHeartbeatRequest;

/// An error with the text that the client shows.
pub(crate) type Refusal = (ResponseError, String);

/// Checks a request before the group is looked at: 42 for a malformed one, 112 for an assignor that is not there,
/// 128 for a pattern that does not compile.
pub(crate) fn validate(request: &ConsumerGroupHeartbeatRequest, version: i16) -> Result<(), Refusal> {
    let wrong = |text: &str| Err((ResponseError::InvalidRequest, text.to_owned()));
    // From v1 on the client makes its id itself.
    if request.member_id.is_empty() && (version >= 1 || request.member_epoch != 0) {
        return wrong("MemberId can't be empty.");
    }
    if request.group_id.trim().is_empty() {
        return wrong("GroupId can't be empty.");
    }
    if request.instance_id.as_ref().is_some_and(|id| id.is_empty()) {
        return wrong("InstanceId can't be empty.");
    }
    if request.rack_id.as_ref().is_some_and(|id| id.is_empty()) {
        return wrong("RackId can't be empty.");
    }
    match request.member_epoch {
        0 => validate_join(request)?,
        -2 if request.instance_id.is_none() => return wrong("InstanceId can't be null."),
        epoch if epoch < -2 => {
            return wrong("MemberEpoch is invalid.");
        }
        _ => {}
    }
    if let Some(name) = request.server_assignor.as_deref()
        && !ASSIGNORS.contains(&name)
    {
        let text =
            format!("ServerAssignor {name} is not supported. Supported assignors: {}.", ASSIGNORS.join(", "));
        return Err((ResponseError::UnsupportedAssignor, text));
    }
    match request.subscribed_topic_regex.as_deref().filter(|pattern| !pattern.is_empty()) {
        Some(pattern) if compile(pattern).is_none() => {
            let text = format!("SubscribedTopicRegex `{pattern}` is not a valid regular expression.");
            Err((ResponseError::InvalidRegularExpression, text))
        }
        _ => Ok(()),
    }
}

fn validate_join(request: &ConsumerGroupHeartbeatRequest) -> Result<(), Refusal> {
    let wrong = |text: &str| Err((ResponseError::InvalidRequest, text.to_owned()));
    if request.rebalance_timeout_ms == -1 {
        return wrong("RebalanceTimeoutMs must be provided in first request.");
    }
    if request.topic_partitions.as_ref().is_none_or(|owned| !owned.is_empty()) {
        return wrong("TopicPartitions must be empty when (re-)joining.");
    }
    // A subscription to nothing is one, too.
    if request.subscribed_topic_names.is_none() && request.subscribed_topic_regex.is_none() {
        return wrong(
            "Either SubscribedTopicNames or SubscribedTopicRegex must be non-null when (re-)joining.",
        );
    }
    Ok(())
}
