//! Authentication with SASL: the rules of Apache Kafka, by raw frames and by librdkafka.
#![allow(clippy::unwrap_used, reason = "a helper that panics fails its test, as it should")]

mod common;

use std::num::NonZeroU32;

use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use common::{Raw, client};
use kafka_protocol::ResponseError;
use kafka_protocol::messages::*;
use kafka_protocol::protocol::StrBytes;
use rdkafka::ClientConfig;
use ring::{digest, hmac, pbkdf2};
use streams_broker::{ApiKey as Key, EmbeddedBroker};

fn broker() -> EmbeddedBroker {
    EmbeddedBroker::builder()
        .sasl_user("alice", "secret")
        .config("connection.failed.authentication.delay.ms", "1")
        .start_blocking()
        .unwrap()
}

fn text(text: &str) -> StrBytes {
    StrBytes::from_string(text.to_owned())
}

fn handshake(raw: &mut Raw, version: i16, mechanism: &str) -> SaslHandshakeResponse {
    let body = SaslHandshakeRequest::default().with_mechanism(text(mechanism));
    raw.call(ApiKey::SaslHandshake, version, &body)
}

fn authenticate(raw: &mut Raw, token: &[u8]) -> SaslAuthenticateResponse {
    let body = SaslAuthenticateRequest::default().with_auth_bytes(token.to_vec().into());
    raw.call(ApiKey::SaslAuthenticate, 2, &body)
}

fn metadata(raw: &mut Raw) -> MetadataResponse {
    raw.call(ApiKey::Metadata, 12, &MetadataRequest::default().with_topics(Some(Vec::new())))
}

fn versions(raw: &mut Raw) -> ApiVersionsResponse {
    raw.call(ApiKey::ApiVersions, 0, &ApiVersionsRequest::default())
}

fn assert_closed(mut raw: Raw) {
    assert_eq!(raw.receive_bytes(), None, "the connection is closed");
}

fn sasl_client(broker: &EmbeddedBroker, password: &str) -> ClientConfig {
    let mut config = client(broker);
    config
        .set("security.protocol", "SASL_PLAINTEXT")
        .set("sasl.mechanism", "PLAIN")
        .set("sasl.username", "alice")
        .set("sasl.password", password);
    config
}

/// The client's side of SCRAM. Returns the broker's last answer, after its signature was checked.
fn scram(raw: &mut Raw, sha512: bool, user: &str, password: &str) -> Result<(), (i16, Option<StrBytes>)> {
    let (hash, mac, kdf) = match sha512 {
        true => (&digest::SHA512, hmac::HMAC_SHA512, pbkdf2::PBKDF2_HMAC_SHA512),
        false => (&digest::SHA256, hmac::HMAC_SHA256, pbkdf2::PBKDF2_HMAC_SHA256),
    };
    let mechanism = if sha512 { "SCRAM-SHA-512" } else { "SCRAM-SHA-256" };
    assert_eq!(handshake(raw, 1, mechanism).error_code, 0);
    let bare = format!("n={user},r=clientnonce");
    let first = authenticate(raw, format!("n,,{bare}").as_bytes());
    if first.error_code != 0 {
        return Err((first.error_code, first.error_message));
    }
    let server_first = String::from_utf8(first.auth_bytes.to_vec()).unwrap();
    let fields: Vec<&str> = server_first.splitn(3, ',').collect();
    let nonce = fields[0].strip_prefix("r=").unwrap();
    assert!(nonce.starts_with("clientnonce") && nonce.len() > 30);
    let salt = BASE64.decode(fields[1].strip_prefix("s=").unwrap()).unwrap();
    let rounds: NonZeroU32 = fields[2].strip_prefix("i=").unwrap().parse().unwrap();
    let mut salted = vec![0; hash.output_len()];
    pbkdf2::derive(kdf, rounds, &salt, password.as_bytes(), &mut salted);
    let sign = |key: &[u8], text: &[u8]| hmac::sign(&hmac::Key::new(mac, key), text).as_ref().to_vec();
    let client_key = sign(&salted, b"Client Key");
    let without_proof = format!("c=biws,r={nonce}");
    let signed = format!("{bare},{server_first},{without_proof}");
    let stored_key = digest::digest(hash, &client_key);
    let signature = sign(stored_key.as_ref(), signed.as_bytes());
    let proof: Vec<u8> = client_key.iter().zip(signature).map(|(key, signature)| key ^ signature).collect();
    let last = authenticate(raw, format!("{without_proof},p={}", BASE64.encode(proof)).as_bytes());
    if last.error_code != 0 {
        return Err((last.error_code, last.error_message));
    }
    let verifier = sign(&sign(&salted, b"Server Key"), signed.as_bytes());
    assert_eq!(last.auth_bytes, format!("v={}", BASE64.encode(verifier)).into_bytes());
    Ok(())
}

#[test]
fn librdkafka_produces_and_consumes_with_the_right_password_only() {
    let broker = broker();
    let config = sasl_client(&broker, "secret");
    common::produce(&config, "t", 0..10);
    assert_eq!(common::consume(&config, "t", 0, 10).len(), 10);
    let mut raw = Raw::connect(&broker);
    assert_eq!(handshake(&mut raw, 1, "PLAIN").error_code, 0);
    let refused = authenticate(&mut raw, b"\0alice\0wrong");
    assert_eq!(refused.error_code, ResponseError::SaslAuthenticationFailed.code());
    assert_eq!(refused.error_message.as_deref(), Some("Authentication failed: Invalid username or password"));
    assert_closed(raw);
}

#[test]
fn plain_lets_a_client_in_after_versions_and_handshake() {
    let broker = broker();
    let mut raw = Raw::connect(&broker);
    assert_eq!(versions(&mut raw).error_code, 0);
    let answer = handshake(&mut raw, 1, "PLAIN");
    let names: Vec<&str> = answer.mechanisms.iter().map(|name| name.as_str()).collect();
    assert_eq!(names, ["PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"]);
    let answer = authenticate(&mut raw, b"alice\0alice\0secret");
    assert_eq!((answer.error_code, answer.session_lifetime_ms, answer.auth_bytes.len()), (0, 0, 0));
    assert_eq!(metadata(&mut raw).brokers.len(), 1);
    assert_eq!(versions(&mut raw).error_code, 0);
}

#[test]
fn nothing_else_is_served_before_authentication() {
    let broker = broker();
    let all = MetadataRequest::default().with_topics(None);
    let mut raw = Raw::connect(&broker);
    raw.send(ApiKey::Metadata, 12, &all);
    assert_closed(raw);

    let mut raw = Raw::connect(&broker);
    versions(&mut raw);
    raw.send(ApiKey::ApiVersions, 0, &ApiVersionsRequest::default());
    assert_closed(raw);

    let mut raw = Raw::connect(&broker);
    raw.send(ApiKey::SaslAuthenticate, 0, &SaslAuthenticateRequest::default());
    assert_closed(raw);

    // Between handshake and end of the exchange there is an error for an answer, and then the end.
    let mut raw = Raw::connect(&broker);
    handshake(&mut raw, 1, "PLAIN");
    let answer: HeartbeatResponse = raw.call(ApiKey::Heartbeat, 4, &HeartbeatRequest::default());
    assert_eq!(answer.error_code, ResponseError::IllegalSaslState.code());
    assert_closed(raw);
}

#[test]
fn an_unknown_mechanism_is_refused_with_the_list_of_known_ones() {
    let broker = EmbeddedBroker::builder()
        .sasl_user("alice", "secret")
        .config("sasl.enabled.mechanisms", "SCRAM-SHA-512")
        .start_blocking()
        .unwrap();
    let mut raw = Raw::connect(&broker);
    let answer = handshake(&mut raw, 1, "PLAIN");
    assert_eq!(answer.error_code, ResponseError::UnsupportedSaslMechanism.code());
    assert_eq!(answer.mechanisms, [text("SCRAM-SHA-512")]);
    assert_closed(raw);
}

#[test]
fn wrong_plain_messages_are_refused_with_kafkas_words() {
    let broker = broker();
    for (token, message) in [
        (&b"\0alice\0"[..], "Authentication failed: password not specified"),
        (b"\0\0secret", "Authentication failed: username not specified"),
        (b"\0bob\0secret", "Authentication failed: Invalid username or password"),
        (
            b"bob\0alice\0secret",
            "Authentication failed: Client requested an authorization id that is different from username",
        ),
        (
            b"alice",
            "Authentication failed during authentication due to invalid credentials with SASL mechanism PLAIN",
        ),
    ] {
        let mut raw = Raw::connect(&broker);
        handshake(&mut raw, 1, "PLAIN");
        let answer = authenticate(&mut raw, token);
        assert_eq!(answer.error_code, 58, "{message}");
        assert_eq!(answer.error_message.as_deref(), Some(message));
        assert_closed(raw);
    }
}

#[test]
fn scram_lets_in_by_proof_of_the_password() {
    let broker = broker();
    for sha512 in [false, true] {
        let mut raw = Raw::connect(&broker);
        assert_eq!(scram(&mut raw, sha512, "alice", "secret"), Ok(()));
        metadata(&mut raw);
        for (user, password) in [("alice", "wrong"), ("nobody", "secret")] {
            let mut raw = Raw::connect(&broker);
            let (code, message) = scram(&mut raw, sha512, user, password).unwrap_err();
            assert_eq!(code, 58);
            let message = message.unwrap();
            assert!(
                message.contains("due to invalid credentials with SASL mechanism SCRAM-SHA-"),
                "{message}"
            );
            assert_closed(raw);
        }
    }
}

#[test]
fn version_0_of_the_handshake_is_followed_by_bare_messages() {
    let broker = broker();
    let mut raw = Raw::connect(&broker);
    assert_eq!(handshake(&mut raw, 0, "PLAIN").error_code, 0);
    let token = b"\0alice\0secret";
    raw.send_bytes(&[&(token.len() as u32).to_be_bytes()[..], token].concat());
    assert_eq!(raw.receive_bytes().expect("an empty message"), b"");
    metadata(&mut raw);

    let mut raw = Raw::connect(&broker);
    handshake(&mut raw, 0, "PLAIN");
    raw.send_bytes(&[0, 0, 0, 2, 0, 0]);
    assert_closed(raw);
}

#[test]
fn nobody_authenticates_twice_on_a_connection() {
    let broker = EmbeddedBroker::builder()
        .sasl_user("alice", "secret")
        .sasl_user("bob", "other")
        .start_blocking()
        .unwrap();
    let mut raw = Raw::connect(&broker);
    handshake(&mut raw, 1, "PLAIN");
    authenticate(&mut raw, b"\0alice\0secret");
    assert_eq!(handshake(&mut raw, 1, "PLAIN").error_code, ResponseError::IllegalSaslState.code());
    let answer = authenticate(&mut raw, b"\0bob\0other");
    assert_eq!(answer.error_code, ResponseError::IllegalSaslState.code());
    metadata(&mut raw);
}

#[test]
fn without_users_the_sasl_apis_answer_that_they_are_not_expected() {
    let broker = common::broker();
    let mut raw = Raw::connect(&broker);
    let answer = handshake(&mut raw, 1, "PLAIN");
    assert_eq!((answer.error_code, answer.mechanisms.len()), (ResponseError::IllegalSaslState.code(), 0));
    assert_eq!(authenticate(&mut raw, b"").error_code, ResponseError::IllegalSaslState.code());
    metadata(&mut raw);
}

#[test]
fn large_requests_are_cut_off_before_authentication() {
    let broker = broker();
    let mut raw = Raw::connect(&broker);
    raw.send_bytes(&600_000u32.to_be_bytes());
    assert_closed(raw);
}

#[test]
fn stored_scram_credentials_let_in_even_after_a_restart() {
    use alter_user_scram_credentials_request::{ScramCredentialDeletion, ScramCredentialUpsertion};
    let dir = tempfile::tempdir().unwrap();
    let start = || common::at(dir.path()).sasl_user("admin", "pw").start_blocking().unwrap();
    let login = |broker: &EmbeddedBroker| {
        let mut raw = Raw::connect(broker);
        handshake(&mut raw, 1, "PLAIN");
        assert_eq!(authenticate(&mut raw, b"\0admin\0pw").error_code, 0);
        raw
    };
    let broker = start();
    let salt = b"0123456789abcdef";
    let mut salted = vec![0; 32];
    pbkdf2::derive(pbkdf2::PBKDF2_HMAC_SHA256, NonZeroU32::new(4096).unwrap(), salt, b"carols", &mut salted);
    let upsertion = |iterations| {
        ScramCredentialUpsertion::default()
            .with_name(text("carol"))
            .with_mechanism(1)
            .with_iterations(iterations)
            .with_salt(salt.to_vec().into())
            .with_salted_password(salted.clone().into())
    };
    let alter = |raw: &mut Raw, request: AlterUserScramCredentialsRequest| {
        let answer: AlterUserScramCredentialsResponse =
            raw.call(ApiKey::AlterUserScramCredentials, 0, &request);
        answer.results.iter().map(|result| result.error_code).collect::<Vec<_>>()
    };
    let mut raw = login(&broker);
    let request = AlterUserScramCredentialsRequest::default();
    assert_eq!(alter(&mut raw, request.clone().with_upsertions(vec![upsertion(100)])), [93]);
    for mechanism in [1, 2] {
        let twice = vec![upsertion(4096), upsertion(4096).with_mechanism(mechanism)];
        assert_eq!(alter(&mut raw, request.clone().with_upsertions(twice)), [92]);
    }
    assert_eq!(alter(&mut raw, request.clone().with_upsertions(vec![upsertion(4096)])), [0]);
    broker.shutdown_blocking().unwrap();

    let broker = start();
    assert_eq!(scram(&mut Raw::connect(&broker), false, "carol", "carols"), Ok(()));
    let mut raw = login(&broker);
    let all = DescribeUserScramCredentialsRequest::default().with_users(None);
    let answer: DescribeUserScramCredentialsResponse =
        raw.call(ApiKey::DescribeUserScramCredentials, 0, &all);
    assert_eq!((answer.results.len(), answer.results[0].user.as_str()), (1, "carol"));
    assert_eq!(answer.results[0].credential_infos[0].iterations, 4096);
    let deletion = ScramCredentialDeletion::default().with_name(text("carol")).with_mechanism(1);
    let request = request.with_deletions(vec![deletion]);
    assert_eq!(alter(&mut raw, request.clone()), [0]);
    assert_eq!(alter(&mut raw, request), [91]);
    assert!(scram(&mut Raw::connect(&broker), false, "carol", "carols").is_err());
}

#[test]
fn a_bad_file_of_users_stops_the_start_with_line_and_cure() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("users");
    std::fs::write(&path, "alice:secret\nbob\n").unwrap();
    let error = EmbeddedBroker::builder().sasl_users_file(&path).start_blocking().unwrap_err();
    assert!(error.to_string().contains("line 2: no colon; write NAME:PASSWORD"), "{error}");
    std::fs::write(&path, "alice:secret\n").unwrap();
    let broker = EmbeddedBroker::builder().sasl_users_file(&path).start_blocking().unwrap();
    common::produce(&sasl_client(&broker, "secret"), "t", 0..1);
}

#[test]
fn faults_meet_the_sasl_apis_too() {
    let broker = broker();
    broker.faults().inject(streams_broker::Fault::drop_connection(Key::SASL_HANDSHAKE)).unwrap();
    let mut raw = Raw::connect(&broker);
    raw.send(ApiKey::SaslHandshake, 1, &SaslHandshakeRequest::default().with_mechanism(text("PLAIN")));
    assert_closed(raw);
}

#[test]
fn tokens_are_refused_and_quotas_counted_by_the_user() {
    let broker = broker();
    let raw = &mut Raw::connect(&broker);
    assert_eq!(handshake(raw, 1, "PLAIN").error_code, 0);
    assert_eq!(authenticate(raw, b"\0alice\0secret").error_code, 0);
    let body = CreateDelegationTokenRequest::default();
    let answer: CreateDelegationTokenResponse = raw.call(ApiKey::CreateDelegationToken, 3, &body);
    assert_eq!(answer.error_code, ResponseError::DelegationTokenAuthDisabled.code());
    assert_eq!(answer.token_requester_principal_name.as_str(), "alice");

    broker.create_topic("t", None).unwrap();
    let mut limit = |user: &str, rate| {
        use alter_client_quotas_request::{EntityData, EntryData, OpData};
        let entity = EntityData::default().with_entity_type(text("user")).with_entity_name(Some(text(user)));
        let op = OpData::default().with_key(text("producer_byte_rate")).with_value(rate);
        let entry = EntryData::default().with_entity(vec![entity]).with_ops(vec![op]);
        let body = AlterClientQuotasRequest::default().with_entries(vec![entry]);
        let answer: AlterClientQuotasResponse = raw.call(ApiKey::AlterClientQuotas, 1, &body);
        assert_eq!(answer.entries[0].error_code, 0);
        let data = produce_request::PartitionProduceData::default()
            .with_records(Some(common::batch(&[b'x'; 2_000]).into()));
        let topic = produce_request::TopicProduceData::default()
            .with_name(TopicName(text("t")))
            .with_partition_data(vec![data]);
        let body =
            ProduceRequest::default().with_acks(1).with_transactional_id(None).with_topic_data(vec![topic]);
        let answer: ProduceResponse = raw.call(ApiKey::Produce, 9, &body);
        answer.throttle_time_ms
    };
    assert_eq!(limit("ANONYMOUS", 100.0), 0);
    assert!(limit("alice", 199.0) > 0);
}
