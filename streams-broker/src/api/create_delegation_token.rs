//! CreateDelegationToken (key 38), versions 1–3: there are no tokens, and the answer says why.

use kafka_protocol::messages::ApiKey;
use kafka_protocol::messages::create_delegation_token_request::CreateDelegationTokenRequest;
use kafka_protocol::messages::create_delegation_token_response::CreateDelegationTokenResponse;
use kafka_protocol::protocol::StrBytes;

use super::delegation_tokens::{USER, refusal};
use super::support::text;
use super::{Request, api};

api!(ApiKey::CreateDelegationToken, 1..=3, CreateDelegationTokenRequest, create_delegation_token);

async fn create_delegation_token(
    request: &Request,
    _body: CreateDelegationTokenRequest,
) -> CreateDelegationTokenResponse {
    let (kind, name) = (StrBytes::from_static_str(USER), text(request.session.user()));
    let response = CreateDelegationTokenResponse::default()
        .with_error_code(refusal(request).code())
        .with_principal_type(kind.clone())
        .with_principal_name(name.clone())
        .with_issue_timestamp_ms(-1)
        .with_expiry_timestamp_ms(-1)
        .with_max_timestamp_ms(-1);
    match request.version() {
        ..3 => response,
        _ => response.with_token_requester_principal_type(kind).with_token_requester_principal_name(name),
    }
}
