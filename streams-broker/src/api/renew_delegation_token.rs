//! RenewDelegationToken (key 39), versions 1–2: there are no tokens, and the answer says why.

use kafka_protocol::messages::ApiKey;
use kafka_protocol::messages::renew_delegation_token_request::RenewDelegationTokenRequest;
use kafka_protocol::messages::renew_delegation_token_response::RenewDelegationTokenResponse;

use super::delegation_tokens::refusal;
use super::{Request, api};

api!(ApiKey::RenewDelegationToken, 1..=2, RenewDelegationTokenRequest, renew_delegation_token);

async fn renew_delegation_token(
    request: &Request,
    _body: RenewDelegationTokenRequest,
) -> RenewDelegationTokenResponse {
    RenewDelegationTokenResponse::default()
        .with_error_code(refusal(request).code())
        .with_expiry_timestamp_ms(-1)
}
