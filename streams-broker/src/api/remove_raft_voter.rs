//! RemoveRaftVoter (key 81), version 0: always refused, as on an Apache Kafka whose quorum is configured and
//! not dynamic (`kraft.version` 0).

use kafka_protocol::ResponseError;
use kafka_protocol::messages::{ApiKey, RemoveRaftVoterRequest, RemoveRaftVoterResponse};

use super::support::{Failure, text};
use super::{Request, api};

api!(ApiKey::RemoveRaftVoter, 0..=0, RemoveRaftVoterRequest, remove_raft_voter);

async fn remove_raft_voter(request: &Request, body: RemoveRaftVoterRequest) -> RemoveRaftVoterResponse {
    let other = body.cluster_id.as_ref().is_some_and(|id| id.as_str() != request.broker.identity.cluster_id);
    let failure = if other {
        Failure::from(ResponseError::InconsistentClusterId)
    } else if body.voter_directory_id.is_nil() {
        Failure::new(ResponseError::InvalidRequest, "Remove voter request didn't include a valid voter")
    } else {
        Failure::new(
            ResponseError::UnsupportedVersion,
            "Cluster doesn't support removing voter because the kraft.version feature is 0",
        )
    };
    RemoveRaftVoterResponse::default()
        .with_error_code(failure.code)
        .with_error_message(Some(failure.text().unwrap_or_else(|| text(""))))
}
