//! The records of a consumer group (KIP-848): key types 3–8 and 16, values of version 0.

use crate::coordinator::codec::flexible;
use bytes::Bytes;
use uuid::Uuid;

flexible! {
    /// Type 3: the group's epoch.
    struct ConsumerGroupMetadataValue {
        epoch: i32,
    } tagged {
        /// Hash of the subscribed topics' partitions; a change asks for a new assignment.
        0 => metadata_hash: i64 = 0,
    }

    /// Type 5: who a member is and what it wants.
    struct ConsumerMemberMetadataValue {
        instance_id: Option<String>,
        rack_id: Option<String>,
        client_id: String,
        client_host: String,
        subscribed_topic_names: Vec<String>,
        subscribed_topic_regex: Option<String>,
        rebalance_timeout_ms: i32,
        server_assignor: Option<String>,
    } tagged {
        /// Set while the member speaks the classic protocol.
        0 => classic: Option<ClassicMemberMetadata> = None,
    }

    /// What a member that speaks the classic protocol brought with it.
    struct ClassicMemberMetadata {
        session_timeout_ms: i32,
        supported_protocols: Vec<ClassicProtocol>,
    }

    /// One classic protocol of a member.
    struct ClassicProtocol {
        name: String,
        metadata: Bytes,
    }

    /// Type 6: the epoch that the target assignment was made for.
    struct ConsumerTargetMetadataValue {
        assignment_epoch: i32,
    } tagged {
        /// When it was made, ms since the epoch.
        0 => assignment_timestamp: i64 = 0,
    }

    /// Type 7: what a member shall own.
    struct ConsumerTargetMemberValue {
        topic_partitions: Vec<TargetPartitions>,
    }

    /// Partitions of one topic.
    struct TargetPartitions {
        topic_id: Uuid,
        partitions: Vec<i32>,
    }

    /// Type 8: what a member owns now and what it still has to give up.
    struct ConsumerCurrentAssignmentValue {
        member_epoch: i32,
        previous_member_epoch: i32,
        state: i8,
        assigned: Vec<CurrentPartitions>,
        pending_revocation: Vec<CurrentPartitions>,
    }

    /// Partitions of one topic, as a member holds them.
    struct CurrentPartitions {
        topic_id: Uuid,
        partitions: Vec<i32>,
    } tagged {
        /// The epoch at which each was assigned.
        0 => assignment_epochs: Option<Vec<i32>> = None,
    }

    /// Type 16: the topics that a regular expression stood for when it was last resolved.
    struct ConsumerRegexValue {
        topics: Vec<String>,
        version: i64,
        timestamp: i64,
    }
}
