//! SaslAuthenticate (key 36), versions 0–2: a message of the mechanism's exchange (KIP-152).
//! Sessions do not expire (their lifetime is given as 0), so nobody authenticates twice on a
//! connection (KIP-368).

use std::sync::PoisonError;

use kafka_protocol::ResponseError;
use kafka_protocol::messages::ApiKey;
use kafka_protocol::messages::sasl_authenticate_request::SaslAuthenticateRequest;
use kafka_protocol::messages::sasl_authenticate_response::SaslAuthenticateResponse;

use super::support::text;
use super::{Request, api};

api!(ApiKey::SaslAuthenticate, 0..=2, SaslAuthenticateRequest, sasl_authenticate);

async fn sasl_authenticate(request: &Request, body: SaslAuthenticateRequest) -> SaslAuthenticateResponse {
    let response = SaslAuthenticateResponse::default().with_error_message(None);
    let Some(login) = &request.login else {
        return response.with_error_code(ResponseError::IllegalSaslState.code()).with_error_message(Some(
            text("SaslAuthenticate request received after successful authentication"),
        ));
    };
    match login.lock().unwrap_or_else(PoisonError::into_inner).token(&body.auth_bytes) {
        Ok(token) => response.with_auth_bytes(token.into()),
        Err(why) => response
            .with_error_code(ResponseError::SaslAuthenticationFailed.code())
            .with_error_message(Some(text(why))),
    }
}
