//! The records of a streams group (KIP-1071): key types 17 and 19–23, values of version 0.

use crate::coordinator::codec::flexible;
use crate::coordinator::streams::messages::{Endpoint, KeyValue, Subtopology};

flexible! {
    /// Type 17: the group's epoch.
    struct StreamsGroupMetadataValue {
        epoch: i32,
        /// Hash of the topics' partitions; a change asks for a new assignment.
        metadata_hash: i64,
    } tagged {
        /// Topology epoch that was last found to fit the topics, -1 if none.
        0 => validated_topology_epoch: i32 = -1,
        /// The group settings that the last assignment was made with.
        1 => last_assignment_configs: Option<Vec<KeyValue>> = None,
    }

    /// Type 19: who a member is.
    struct StreamsMemberMetadataValue {
        instance_id: Option<String>,
        rack_id: Option<String>,
        client_id: String,
        client_host: String,
        rebalance_timeout_ms: i32,
        topology_epoch: i32,
        process_id: String,
        user_endpoint: Option<Endpoint>,
        client_tags: Vec<KeyValue>,
    }

    /// Type 20: the epoch that the target assignment was made for.
    struct StreamsTargetMetadataValue {
        assignment_epoch: i32,
    } tagged {
        /// When it was made, ms since the epoch.
        0 => assignment_timestamp: i64 = 0,
    }

    /// Type 21: the tasks that a member shall run.
    struct StreamsTargetMemberValue {
        active: Vec<StreamsTaskIds>,
        standby: Vec<StreamsTaskIds>,
        warmup: Vec<StreamsTaskIds>,
    }

    /// Tasks of one sub-topology.
    struct StreamsTaskIds {
        subtopology_id: String,
        partitions: Vec<i32>,
    } tagged {
        /// The epoch at which each was assigned (current assignments only).
        0 => assignment_epochs: Option<Vec<i32>> = None,
    }

    /// Type 22: the tasks that a member runs and those that it has to give up.
    struct StreamsCurrentAssignmentValue {
        member_epoch: i32,
        previous_member_epoch: i32,
        state: i8,
        active: Vec<StreamsTaskIds>,
        standby: Vec<StreamsTaskIds>,
        warmup: Vec<StreamsTaskIds>,
        active_pending_revocation: Vec<StreamsTaskIds>,
        standby_pending_revocation: Vec<StreamsTaskIds>,
        warmup_pending_revocation: Vec<StreamsTaskIds>,
    }

    /// Type 23: the topology that the group runs.
    struct StreamsTopologyValue {
        epoch: i32,
        subtopologies: Vec<Subtopology>,
    }

}
