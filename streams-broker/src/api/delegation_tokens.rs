//! Why there are no delegation tokens (KIP-48): the answers of an Apache Kafka that has no secret key for them.

use kafka_protocol::ResponseError;

use super::Request;

/// Without authentication nobody can have a token; with it, they are not configured.
pub(super) fn refusal(request: &Request) -> ResponseError {
    match request.session.is_authenticated() {
        true => ResponseError::DelegationTokenAuthDisabled,
        false => ResponseError::DelegationTokenRequestNotAllowed,
    }
}

/// The type of all principals.
pub(super) const USER: &str = "User";
