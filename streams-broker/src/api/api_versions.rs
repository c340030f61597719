//! ApiVersions (key 18), versions 0–4.
//!
//! A higher version is answered with a body of version 0, error 35 and this API's range, so that
//! the client can ask again on the same connection. In version 3 the supported features whose
//! lowest version is 0 are left out (KIP-584: clients of that version reject them).

use std::sync::PoisonError;

use bytes::{BufMut, BytesMut};
use kafka_protocol::ResponseError;
use kafka_protocol::messages::ApiKey;
use kafka_protocol::messages::api_versions_request::ApiVersionsRequest;
use kafka_protocol::messages::api_versions_response::{
    ApiVersion, ApiVersionsResponse, FinalizedFeatureKey, SupportedFeatureKey,
};
use kafka_protocol::protocol::StrBytes;

use super::{Answer, Request, api, served};
use crate::server::Reply;

api!(ApiKey::ApiVersions, 0..=4, ApiVersionsRequest, api_versions);

/// Features: name, lowest supported, highest supported and finalized version.
/// `transaction.version` 2 makes clients speak KIP-890, `group.version` KIP-848 and
/// `streams.version` KIP-1071.
pub(super) const FEATURES: [(&str, i16, i16); 5] = [
    ("eligible.leader.replicas.version", 0, 1),
    ("group.version", 0, 1),
    ("metadata.version", 7, 30),
    ("streams.version", 0, 1),
    ("transaction.version", 0, 2),
];

/// What is served but not advertised, as on an Apache Kafka without a receiver of telemetry: clients
/// that know of it would ask, push what they measure, and thus behave as they do on no such cluster.
const UNADVERTISED: [i16; 2] = [ApiKey::GetTelemetrySubscriptions as i16, ApiKey::PushTelemetry as i16];

/// There is a quorum of one, whose voters never change.
pub(super) const KRAFT: (&str, i16, i16) = ("kraft.version", 0, 1);

async fn api_versions(request: &Request, body: ApiVersionsRequest) -> ApiVersionsResponse {
    let mut response = ApiVersionsResponse::default();
    if request.version() >= 3
        && !(is_software_name(&body.client_software_name) && is_software_name(&body.client_software_version))
    {
        response.error_code = ResponseError::InvalidRequest.code();
        return response;
    }
    if request.version() >= 3 {
        request.session.introduce(body.client_software_name, body.client_software_version);
    }
    response.api_keys = served()
        .filter(|api| !UNADVERTISED.contains(&api.key))
        .map(|api| {
            ApiVersion::default().with_api_key(api.key).with_min_version(api.min).with_max_version(api.max)
        })
        .collect();
    response.api_keys.sort_by_key(|api| api.api_key);
    for (name, min, max) in FEATURES {
        let name = StrBytes::from_static_str(name);
        if min > 0 || request.version() >= 4 {
            response.supported_features.push(
                SupportedFeatureKey::default()
                    .with_name(name.clone())
                    .with_min_version(min)
                    .with_max_version(max),
            );
        }
        response.finalized_features.push(
            FinalizedFeatureKey::default()
                .with_name(name)
                .with_min_version_level(max)
                .with_max_version_level(max),
        );
    }
    if request.version() >= 4 {
        let (name, min, max) = KRAFT;
        response.supported_features.push(
            SupportedFeatureKey::default()
                .with_name(StrBytes::from_static_str(name))
                .with_min_version(min)
                .with_max_version(max),
        );
    }
    response.finalized_features_epoch = 0;
    if let Some(login) = &request.login {
        login.lock().unwrap_or_else(PoisonError::into_inner).versions_seen();
    }
    response
}

/// The answer to a version that is not served.
pub(super) fn unsupported() -> Answer {
    let mut body = BytesMut::with_capacity(12);
    body.put_i16(ResponseError::UnsupportedVersion.code());
    body.put_i32(1);
    body.put_i16(API.key);
    body.put_i16(API.min);
    body.put_i16(API.max);
    Ok(Reply::bytes(body.freeze()))
}

/// Whether a client's name for its software is well-formed (KIP-511):
/// `[a-zA-Z0-9](?:[a-zA-Z0-9\-.]*[a-zA-Z0-9])?`.
fn is_software_name(name: &str) -> bool {
    let inner = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'.';
    let bytes = name.as_bytes();
    bytes.first().is_some_and(u8::is_ascii_alphanumeric)
        && bytes.last().is_some_and(u8::is_ascii_alphanumeric)
        && bytes.iter().all(|byte| inner(*byte))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn software_names_are_checked() {
        for good in ["librdkafka", "2.12.1-rdkafka", "a"] {
            assert!(is_software_name(good), "{good}");
        }
        for bad in ["", "-a", "a.", "a b", "naïve"] {
            assert!(!is_software_name(bad), "{bad}");
        }
    }
}
