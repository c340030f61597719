//! ExpireDelegationToken (key 40), versions 1–2: there are no tokens, and the answer says why.

use kafka_protocol::messages::ApiKey;
use kafka_protocol::messages::expire_delegation_token_request::ExpireDelegationTokenRequest;
use kafka_protocol::messages::expire_delegation_token_response::ExpireDelegationTokenResponse;

use super::delegation_tokens::refusal;
use super::{Request, api};

api!(ApiKey::ExpireDelegationToken, 1..=2, ExpireDelegationTokenRequest, expire_delegation_token);

async fn expire_delegation_token(
    request: &Request,
    _body: ExpireDelegationTokenRequest,
) -> ExpireDelegationTokenResponse {
    ExpireDelegationTokenResponse::default()
        .with_error_code(refusal(request).code())
        .with_expiry_timestamp_ms(-1)
}
