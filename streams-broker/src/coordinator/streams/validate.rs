//! What a StreamsGroupHeartbeat must look like.

use super::heartbeat::Refusal;
use super::messages::{StreamsGroupHeartbeatRequest, Topology};
use kafka_protocol::ResponseError;
use std::collections::BTreeSet;

/// Checks a request before the group is looked at: 42 for a malformed one, 130 for a topology that makes no sense.
pub(crate) fn validate(request: &StreamsGroupHeartbeatRequest) -> Result<(), Refusal> {
    let wrong = |text: &str| Err((ResponseError::InvalidRequest, text.to_owned()));
    if request.member_id.is_empty() {
        return wrong("MemberId can't be empty.");
    }
    if request.group_id.trim().is_empty() {
        return wrong("GroupId can't be empty.");
    }
    if request.rack_id.as_ref().is_some_and(|id| id.trim().is_empty()) {
        return wrong("RackId can't be empty.");
    }
    if request.member_epoch < -2 {
        return wrong(&format!(
            "MemberEpoch is {}, but must be greater than or equal to -2.",
            request.member_epoch
        ));
    }
    if request.member_epoch == -2 && request.instance_id.is_none() {
        return wrong("InstanceId can't be null.");
    }
    if request.member_epoch != 0 && request.topology.is_some() {
        return wrong("Topology can only be provided when (re-)joining.");
    }
    if request.instance_id.is_some() {
        return wrong("Static membership is not yet supported.");
    }
    let tasks = [&request.active_tasks, &request.standby_tasks, &request.warmup_tasks];
    if request.member_epoch == 0 {
        validate_join(request)
    } else if tasks.iter().any(|tasks| tasks.is_some()) && tasks.iter().any(|tasks| tasks.is_none()) {
        wrong("If one task-type is non-null, all must be non-null.")
    } else {
        Ok(())
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
    if topology.subtopologies.iter().any(|s| !s.source_topic_regex.is_empty()) {
        return wrong("Regular expressions for source topics are not supported yet.");
    }
    validate_topology(topology).map_err(|text| (ResponseError::StreamsInvalidTopology, text))
}

fn validate_topology(topology: &Topology) -> Result<(), String> {
    let mut ids = BTreeSet::new();
    for s in &topology.subtopologies {
        if s.subtopology_id.is_empty() || !ids.insert(&s.subtopology_id) {
            return Err(format!("Subtopology {:?} is empty or occurs twice.", s.subtopology_id));
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
