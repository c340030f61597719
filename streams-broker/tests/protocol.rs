//! The protocol on the level of frames.

mod common;

use common::{Raw, broker};
use kafka_protocol::messages::api_versions_request::ApiVersionsRequest;
use kafka_protocol::messages::api_versions_response::ApiVersionsResponse;
use kafka_protocol::messages::metadata_request::{MetadataRequest, MetadataRequestTopic};
use kafka_protocol::messages::{ApiKey, MetadataResponse, TopicName};
use kafka_protocol::protocol::StrBytes;

fn versions_request() -> ApiVersionsRequest {
    ApiVersionsRequest::default()
        .with_client_software_name(StrBytes::from_static_str("test"))
        .with_client_software_version(StrBytes::from_static_str("1.0"))
}

#[test]
fn api_versions_is_answered_in_every_version() {
    let broker = broker();
    let mut raw = Raw::connect(&broker);
    for version in 0..=4 {
        let response: ApiVersionsResponse = match version {
            0..=2 => raw.call(ApiKey::ApiVersions, version, &ApiVersionsRequest::default()),
            _ => raw.call(ApiKey::ApiVersions, version, &versions_request()),
        };
        assert_eq!(response.error_code, 0);
        let produce = response.api_keys.iter().find(|api| api.api_key == 0).expect("Produce is served");
        assert_eq!((produce.min_version, produce.max_version), (0, 13));
        if version == 3 {
            assert!(response.supported_features.iter().all(|feature| feature.min_version > 0));
        }
    }
}

#[test]
fn too_high_a_version_of_api_versions_is_answered_in_version_0() {
    let broker = broker();
    let mut raw = Raw::connect(&broker);
    let request = [0, 18, 0, 99, 0, 0, 0, 7, 0, 1, b'x', 0];
    raw.send_bytes(&[&12u32.to_be_bytes()[..], &request].concat());
    let frame = raw.receive_bytes().expect("an answer");
    assert_eq!(frame, [0, 0, 0, 7, 0, 35, 0, 0, 0, 1, 0, 18, 0, 0, 0, 4]);
}

#[test]
fn malformed_software_names_are_refused() {
    let broker = broker();
    let request = versions_request().with_client_software_name(StrBytes::from_static_str("-bad-"));
    let response: ApiVersionsResponse = Raw::connect(&broker).call(ApiKey::ApiVersions, 3, &request);
    assert_eq!(response.error_code, 42);
}

#[test]
fn garbage_closes_its_connection_and_no_other() {
    let broker = broker();
    let mut good = Raw::connect(&broker);
    let frames: [&[u8]; 5] = [
        &[0xff, 0xff, 0xff, 0xff],
        &[0x7f, 0xff, 0xff, 0xff, 0, 0],
        // An unknown key; a version that is not served; a body that promises 2³¹ topics.
        &[0, 0, 0, 10, 0x03, 0xe7, 0, 0, 0, 0, 0, 1, 0, 0],
        &[0, 0, 0, 10, 0, 3, 0, 99, 0, 0, 0, 1, 0, 0],
        &[0, 0, 0, 14, 0, 3, 0, 0, 0, 0, 0, 1, 0, 0, 0x7f, 0xff, 0xff, 0xff],
    ];
    for frame in frames {
        let mut bad = Raw::connect(&broker);
        bad.send_bytes(frame);
        assert_eq!(bad.receive_bytes(), None, "{frame:?}");
        let response: ApiVersionsResponse = good.call(ApiKey::ApiVersions, 3, &versions_request());
        assert_eq!(response.error_code, 0);
    }
}

#[test]
fn a_frame_may_come_byte_by_byte_and_several_at_once() {
    let broker = broker();
    let mut raw = Raw::connect(&broker);
    let frame = [0, 0, 0, 10, 0, 18, 0, 0, 0, 0, 0, 5, 0, 0];
    for byte in frame {
        raw.send_bytes(&[byte]);
    }
    assert_eq!(raw.receive_bytes().expect("an answer")[..4], [0, 0, 0, 5]);
    raw.send_bytes(&frame.repeat(3));
    for _ in 0..3 {
        assert_eq!(raw.receive_bytes().expect("an answer")[..4], [0, 0, 0, 5]);
    }
}

#[test]
fn metadata_creates_a_topic_only_if_allowed() {
    let broker = broker();
    let mut raw = Raw::connect(&broker);
    let named = |name| {
        let topic =
            MetadataRequestTopic::default().with_name(Some(TopicName(StrBytes::from_static_str(name))));
        MetadataRequest::default().with_topics(Some(vec![topic]))
    };
    let quiet = named("t").with_allow_auto_topic_creation(false);
    let response: MetadataResponse = raw.call(ApiKey::Metadata, 12, &quiet);
    assert_eq!(response.topics[0].error_code, 3);
    let response: MetadataResponse = raw.call(ApiKey::Metadata, 12, &named("bad/name"));
    assert_eq!(response.topics[0].error_code, 17);
    let response: MetadataResponse = raw.call(ApiKey::Metadata, 12, &named("t"));
    assert_eq!((response.topics[0].error_code, response.topics[0].partitions.len()), (0, 1));
    assert!(!response.topics[0].topic_id.is_nil());
    assert_eq!(response.topics[0].partitions[0].leader_epoch, 0);
    let none = MetadataRequest::default().with_topics(Some(Vec::new()));
    let response: MetadataResponse = raw.call(ApiKey::Metadata, 12, &none);
    assert!(response.topics.is_empty());
    let all = MetadataRequest::default().with_topics(None);
    let response: MetadataResponse = raw.call(ApiKey::Metadata, 12, &all);
    assert_eq!(response.topics.len(), 1);
}
