//! StreamsGroupHeartbeat (key 88, v0) and StreamsGroupDescribe (key 89, v0) of KIP-1071, both ways.
//!
//! Only the codec is used here and nothing of the broker, so that a client can take the file as it is.

use crate::coordinator::codec::flexible;

/// Codes of [`GroupStatus`].
pub(crate) mod status {
    /// The member's topology is older than the group's.
    pub(crate) const STALE_TOPOLOGY: i8 = 0;
    /// Source topics do not exist.
    pub(crate) const MISSING_SOURCE_TOPICS: i8 = 1;
    /// Topics that must have the same number of partitions have not.
    pub(crate) const INCORRECTLY_PARTITIONED_TOPICS: i8 = 2;
    /// Internal topics do not exist yet.
    pub(crate) const MISSING_INTERNAL_TOPICS: i8 = 3;
    /// A member asked for the whole application to stop.
    pub(crate) const SHUTDOWN_APPLICATION: i8 = 4;
    /// The first assignment is held back for more members to come.
    pub(crate) const ASSIGNMENT_DELAYED: i8 = 5;
}

flexible! {
    /// A key and its value.
    struct KeyValue {
        key: String,
        value: String,
    }

    /// An internal topic as the topology wants it.
    struct TopicInfo {
        name: String,
        /// 0: the broker finds out.
        partitions: i32,
        /// -1 or 0: the broker's default.
        replication_factor: i16,
        configs: Vec<KeyValue>,
    }

    /// Where a member answers interactive queries.
    struct Endpoint {
        host: String,
        port: u16,
    }

    /// How far a member is with a task.
    struct TaskOffset {
        subtopology_id: String,
        partition: i32,
        offset: i64,
    }

    /// Tasks of one sub-topology.
    struct TaskIds {
        subtopology_id: String,
        partitions: Vec<i32>,
    }

    /// Topics, as indexes into the sub-topology's lists, that must have the same number of partitions.
    struct CopartitionGroup {
        source_topics: Vec<i16>,
        source_topic_regex: Vec<i16>,
        repartition_source_topics: Vec<i16>,
    }

    /// One sub-topology.
    struct Subtopology {
        subtopology_id: String,
        source_topics: Vec<String>,
        source_topic_regex: Vec<String>,
        state_changelog_topics: Vec<TopicInfo>,
        repartition_sink_topics: Vec<String>,
        repartition_source_topics: Vec<TopicInfo>,
        copartition_groups: Vec<CopartitionGroup>,
    }

    /// A topology, sent when joining.
    struct Topology {
        epoch: i32,
        subtopologies: Vec<Subtopology>,
    }

    /// A heartbeat. Null fields have not changed since the last one.
    struct StreamsGroupHeartbeatRequest {
        group_id: String,
        member_id: String,
        /// 0 to join, -1 to leave, -2 for a static member to leave for a while.
        member_epoch: i32,
        endpoint_information_epoch: i32,
        instance_id: Option<String>,
        rack_id: Option<String>,
        /// -1: not changed.
        rebalance_timeout_ms: i32,
        topology: Option<Topology>,
        active_tasks: Option<Vec<TaskIds>>,
        standby_tasks: Option<Vec<TaskIds>>,
        warmup_tasks: Option<Vec<TaskIds>>,
        process_id: Option<String>,
        user_endpoint: Option<Endpoint>,
        client_tags: Option<Vec<KeyValue>>,
        task_offsets: Option<Vec<TaskOffset>>,
        task_end_offsets: Option<Vec<TaskOffset>>,
        shutdown_application: bool,
    }

    /// Something that the member should know of its group.
    struct GroupStatus {
        code: i8,
        detail: String,
    }

    /// Partitions of one topic.
    struct TopicPartitions {
        topic: String,
        partitions: Vec<i32>,
    }

    /// What can be queried where.
    struct EndpointPartitions {
        user_endpoint: Endpoint,
        active_partitions: Vec<TopicPartitions>,
        standby_partitions: Vec<TopicPartitions>,
    }

    /// The answer to a heartbeat. Null tasks: as before.
    struct StreamsGroupHeartbeatResponse {
        throttle_time_ms: i32,
        error_code: i16,
        error_message: Option<String>,
        member_id: String,
        member_epoch: i32,
        heartbeat_interval_ms: i32,
        acceptable_recovery_lag: i32,
        task_offset_interval_ms: i32,
        status: Option<Vec<GroupStatus>>,
        active_tasks: Option<Vec<TaskIds>>,
        standby_tasks: Option<Vec<TaskIds>>,
        warmup_tasks: Option<Vec<TaskIds>>,
        endpoint_information_epoch: i32,
        partitions_by_user_endpoint: Option<Vec<EndpointPartitions>>,
    }

    /// Asks for groups.
    struct StreamsGroupDescribeRequest {
        group_ids: Vec<String>,
        include_authorized_operations: bool,
    }

    /// A sub-topology as it is described.
    struct DescribedSubtopology {
        subtopology_id: String,
        source_topics: Vec<String>,
        repartition_sink_topics: Vec<String>,
        state_changelog_topics: Vec<TopicInfo>,
        repartition_source_topics: Vec<TopicInfo>,
    }

    /// A topology as it is described.
    struct DescribedTopology {
        epoch: i32,
        subtopologies: Option<Vec<DescribedSubtopology>>,
    }

    /// Tasks of a member.
    struct Assignment {
        active_tasks: Vec<TaskIds>,
        standby_tasks: Vec<TaskIds>,
        warmup_tasks: Vec<TaskIds>,
    }

    /// A member as it is described.
    struct DescribedMember {
        member_id: String,
        member_epoch: i32,
        instance_id: Option<String>,
        rack_id: Option<String>,
        client_id: String,
        client_host: String,
        topology_epoch: i32,
        process_id: String,
        user_endpoint: Option<Endpoint>,
        client_tags: Vec<KeyValue>,
        task_offsets: Vec<TaskOffset>,
        task_end_offsets: Vec<TaskOffset>,
        assignment: Assignment,
        target_assignment: Assignment,
        is_classic: bool,
    }

    /// A group as it is described.
    struct DescribedGroup {
        error_code: i16,
        error_message: Option<String>,
        group_id: String,
        group_state: String,
        group_epoch: i32,
        assignment_epoch: i32,
        topology: Option<DescribedTopology>,
        members: Vec<DescribedMember>,
        authorized_operations: i32,
    }

    /// The answer to StreamsGroupDescribe.
    struct StreamsGroupDescribeResponse {
        throttle_time_ms: i32,
        groups: Vec<DescribedGroup>,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::coordinator::codec::{Field, Reader, Writer};

    #[test]
    fn a_heartbeat_has_kafkas_bytes() {
        let request = StreamsGroupHeartbeatRequest {
            group_id: "g".into(),
            member_id: "m".into(),
            member_epoch: 3,
            endpoint_information_epoch: -1,
            rebalance_timeout_ms: -1,
            active_tasks: Some(vec![TaskIds { subtopology_id: "0".into(), partitions: vec![1] }]),
            ..StreamsGroupHeartbeatRequest::default()
        };
        let mut w = Writer::new();
        request.write(&mut w);
        let bytes = w.into_bytes();
        let expected = [
            &[2, b'g', 2, b'm', 0, 0, 0, 3, 255, 255, 255, 255, 0, 0, 255, 255, 255, 255, 255][..],
            &[2, 2, b'0', 2, 0, 0, 0, 1, 0, 0, 0, 0, 255, 0, 0, 0, 0, 0],
        ];
        assert_eq!(bytes, expected.concat());
        assert_eq!(StreamsGroupHeartbeatRequest::read(&mut Reader::new(&bytes)), Ok(request));
    }

    #[test]
    fn an_answer_survives_the_encoding() {
        let response = StreamsGroupHeartbeatResponse {
            member_id: "m".into(),
            status: Some(vec![GroupStatus { code: status::ASSIGNMENT_DELAYED, detail: "wait".into() }]),
            active_tasks: Some(vec![]),
            partitions_by_user_endpoint: Some(vec![EndpointPartitions {
                user_endpoint: Endpoint { host: "h".into(), port: 65_535 },
                ..EndpointPartitions::default()
            }]),
            ..StreamsGroupHeartbeatResponse::default()
        };
        let mut w = Writer::new();
        response.write(&mut w);
        let bytes = w.into_bytes();
        assert_eq!(StreamsGroupHeartbeatResponse::read(&mut Reader::new(&bytes)), Ok(response));
    }
}
