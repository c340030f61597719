//! AddRaftVoter (key 80), version 0: always refused, as on an Apache Kafka whose quorum is configured and
//! not dynamic (`kraft.version` 0). Version 1, which adds when to answer, is not served.

use kafka_protocol::ResponseError;
use kafka_protocol::messages::{AddRaftVoterRequest, AddRaftVoterResponse, ApiKey};

use super::support::{Failure, text};
use super::{Request, api};

api!(ApiKey::AddRaftVoter, 0..=0, AddRaftVoterRequest, add_raft_voter);

async fn add_raft_voter(request: &Request, body: AddRaftVoterRequest) -> AddRaftVoterResponse {
    let other = body.cluster_id.as_ref().is_some_and(|id| id.as_str() != request.broker.identity.cluster_id);
    let failure = if other {
        Failure::from(ResponseError::InconsistentClusterId)
    } else if body.voter_directory_id.is_nil() {
        Failure::new(ResponseError::InvalidRequest, "Add voter request didn't include a valid voter")
    } else {
        Failure::new(
            ResponseError::UnsupportedVersion,
            "Cluster doesn't support adding voter because the kraft.version feature is 0",
        )
    };
    AddRaftVoterResponse::default()
        .with_error_code(failure.code)
        .with_error_message(Some(failure.text().unwrap_or_else(|| text(""))))
}
