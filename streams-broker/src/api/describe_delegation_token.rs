//! DescribeDelegationToken (key 41), versions 1–3: there are no tokens, and the answer says why.

use kafka_protocol::messages::ApiKey;
use kafka_protocol::messages::describe_delegation_token_request::DescribeDelegationTokenRequest;
use kafka_protocol::messages::describe_delegation_token_response::DescribeDelegationTokenResponse;

use super::delegation_tokens::refusal;
use super::{Request, api};

api!(ApiKey::DescribeDelegationToken, 1..=3, DescribeDelegationTokenRequest, describe_delegation_token);

async fn describe_delegation_token(
    request: &Request,
    _body: DescribeDelegationTokenRequest,
) -> DescribeDelegationTokenResponse {
    DescribeDelegationTokenResponse::default().with_error_code(refusal(request).code())
}
