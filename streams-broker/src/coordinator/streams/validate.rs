//! What a StreamsGroupHeartbeat must look like.

use super::heartbeat::Refusal;
use super::messages::{StreamsGroupHeartbeatRequest, Topology};
use kafka_protocol::ResponseError;
use std::collections::BTreeSet;

/// Checks a request before the group is looked at: 42 for a malformed one, 130 for a topology that makes no sense.
pub(crate) fn validate(request: &StreamsGroupHeartbeatRequest) -> Result<(), Refusal> {
    let wrong = |text: &str| Err((ResponseError::InvalidRequest, text.to_owned()));
    if request.group_id.is_empty() {
        return wrong("GroupId can't be empty.");
    }
    if request.member_id.is_empty() {
        return wrong("MemberId can't be empty.");
    }
    if request.instance_id.is_some() {
        return wrong("Static membership is not yet supported.");
    }
    match request.member_epoch {
        0 => validate_join(request),
        -2 => wrong("Static membership is not yet supported."),
        epoch if epoch < -2 => wrong("MemberEpoch is invalid."),
        _ => Ok(()),
    }
}

fn validate_join(request: &StreamsGroupHeartbeatRequest) -> Result<(), Refusal> {
    let wrong = |text: &str| Err((ResponseError::InvalidRequest, text.to_owned()));
    if request.rebalance_timeout_ms <= 0 {
        return wrong("RebalanceTimeoutMs must be provided in first request.");
    }
    for (name, tasks) in [
        ("ActiveTasks", &request.active_tasks),
        ("StandbyTasks", &request.standby_tasks),
        ("WarmupTasks", &request.warmup_tasks),
    ] {
        if tasks.as_ref().is_none_or(|tasks| !tasks.is_empty()) {
            return wrong(&format!("{name} must be empty when (re-)joining."));
        }
    }
    let Some(topology) = &request.topology else {
        return wrong("Topology must be non-null when (re-)joining.");
    };
    if request.process_id.as_ref().is_none_or(String::is_empty) {
        return wrong("ProcessId must be provided when (re-)joining.");
    }
    validate_topology(topology).map_err(|text| (ResponseError::StreamsInvalidTopology, text))
}

fn validate_topology(topology: &Topology) -> Result<(), String> {
    let mut ids = BTreeSet::new();
    for s in &topology.subtopologies {
        if s.subtopology_id.is_empty() || !ids.insert(&s.subtopology_id) {
            return Err(format!("Subtopology {:?} is empty or occurs twice.", s.subtopology_id));
        }
        if !s.source_topic_regex.is_empty() {
            return Err("Regular expressions for source topics are not supported.".to_owned());
        }
        for group in &s.copartition_groups {
            let inside = |index: &i16, len: usize| usize::try_from(*index).is_ok_and(|i| i < len);
            let sources = group.source_topics.iter().all(|i| inside(i, s.source_topics.len()));
            let repartition =
                group.repartition_source_topics.iter().all(|i| inside(i, s.repartition_source_topics.len()));
            if !sources || !repartition {
                return Err(format!(
                    "A copartition group of subtopology {} names a topic that is not there.",
                    s.subtopology_id
                ));
            }
        }
    }
    Ok(())
}
