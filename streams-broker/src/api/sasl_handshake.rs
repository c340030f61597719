//! SaslHandshake (key 17), versions 0–1: chooses a mechanism (KIP-43). After version 0 the
//! mechanism's messages come without headers, after version 1 in SaslAuthenticate (KIP-152).
//! A connection that has authenticated, or need not, gets ILLEGAL_SASL_STATE.

use std::sync::PoisonError;

use kafka_protocol::ResponseError;
use kafka_protocol::messages::ApiKey;
use kafka_protocol::messages::sasl_handshake_request::SaslHandshakeRequest;
use kafka_protocol::messages::sasl_handshake_response::SaslHandshakeResponse;
use kafka_protocol::protocol::StrBytes;

use super::{Request, api};

api!(ApiKey::SaslHandshake, 0..=1, SaslHandshakeRequest, sasl_handshake);

async fn sasl_handshake(request: &Request, body: SaslHandshakeRequest) -> SaslHandshakeResponse {
    let response = SaslHandshakeResponse::default();
    let Some(login) = &request.login else {
        return response.with_error_code(ResponseError::IllegalSaslState.code());
    };
    let mut login = login.lock().unwrap_or_else(PoisonError::into_inner);
    let mechanisms =
        login.mechanisms().iter().map(|mechanism| StrBytes::from_static_str(mechanism.name())).collect();
    let response = response.with_mechanisms(mechanisms);
    match login.handshake(&body.mechanism, request.version() == 0) {
        true => response,
        false => response.with_error_code(ResponseError::UnsupportedSaslMechanism.code()),
    }
}
