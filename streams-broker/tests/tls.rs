//! Encrypted connections, and what happens when only one side speaks TLS.
#![allow(clippy::unwrap_used, reason = "a helper that panics fails its test, as it should")]

mod common;

use std::io::{Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use common::{LONG, Raw};
use kafka_protocol::messages::*;
use streams_broker::{Builder, EmbeddedBroker};
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::pki_types::CertificateDer;
use tokio_rustls::rustls::pki_types::pem::PemObject;
use tokio_rustls::rustls::{ClientConfig, ClientConnection, RootCertStore, StreamOwned};

/// Writes a certificate for localhost that signs itself, and its key.
fn certificate(dir: &Path) -> (std::path::PathBuf, std::path::PathBuf) {
    let made = rcgen::generate_simple_self_signed(["localhost".to_owned(), "127.0.0.1".to_owned()]).unwrap();
    let (certificate, key) = (dir.join("cert.pem"), dir.join("key.pem"));
    std::fs::write(&certificate, made.cert.pem()).unwrap();
    std::fs::write(&key, made.signing_key.serialize_pem()).unwrap();
    (certificate, key)
}

fn encrypted(dir: &Path) -> Builder {
    let (certificate, key) = certificate(dir);
    EmbeddedBroker::builder().tls(certificate, key)
}

/// Connects and trusts the broker's certificate only.
fn connect(broker: &EmbeddedBroker, dir: &Path) -> Raw<StreamOwned<ClientConnection, TcpStream>> {
    let mut roots = RootCertStore::empty();
    roots.add(CertificateDer::from_pem_file(dir.join("cert.pem")).unwrap()).unwrap();
    let config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    let connection = ClientConnection::new(Arc::new(config), "localhost".try_into().unwrap()).unwrap();
    let socket = TcpStream::connect(broker.bootstrap_servers()).unwrap();
    socket.set_read_timeout(Some(LONG)).unwrap();
    Raw::over(StreamOwned::new(connection, socket))
}

/// Produces one batch of `size` bytes and fetches it, with the request's sizes left alone.
fn round_trip<S: Read + Write>(raw: &mut Raw<S>, size: usize) {
    let batch = common::batch(&vec![7; size]);
    let produced = common::produce_batch(raw, "t", batch.clone());
    assert_eq!(produced, 0);
    let fetched = common::fetch_records(raw, "t", 0);
    // The broker has set the offset and the leader epoch; all behind them is as it was sent.
    assert_eq!(fetched[16..], batch[16..]);
}

#[test]
fn records_go_through_tls_whole() {
    let dir = tempfile::tempdir().unwrap();
    let broker = encrypted(dir.path()).start_blocking().unwrap();
    broker.create_topic("t", None).unwrap();
    let mut raw = connect(&broker, dir.path());
    round_trip(&mut raw, 300_000);
}

#[test]
fn tls_and_sasl_go_together() {
    let dir = tempfile::tempdir().unwrap();
    let broker = encrypted(dir.path()).sasl_user("alice", "secret").start_blocking().unwrap();
    broker.create_topic("t", None).unwrap();
    let mut raw = connect(&broker, dir.path());
    let mechanism = kafka_protocol::protocol::StrBytes::from_static_str("PLAIN");
    let handshake = SaslHandshakeRequest::default().with_mechanism(mechanism);
    let answer: SaslHandshakeResponse = raw.call(ApiKey::SaslHandshake, 1, &handshake);
    assert_eq!(answer.error_code, 0);
    let token = SaslAuthenticateRequest::default().with_auth_bytes(b"\0alice\0secret"[..].into());
    let answer: SaslAuthenticateResponse = raw.call(ApiKey::SaslAuthenticate, 2, &token);
    assert_eq!(answer.error_code, 0);
    round_trip(&mut raw, 100);
    let all = DescribeConfigsRequest::default().with_resources(vec![
        describe_configs_request::DescribeConfigsResource::default()
            .with_resource_type(4)
            .with_resource_name(kafka_protocol::protocol::StrBytes::from_static_str("1"))
            .with_configuration_keys(Some(vec![kafka_protocol::protocol::StrBytes::from_static_str(
                "listeners",
            )])),
    ]);
    let answer: DescribeConfigsResponse = raw.call(ApiKey::DescribeConfigs, 4, &all);
    let listeners = answer.results[0].configs[0].value.clone().unwrap();
    assert!(listeners.starts_with("SASL_SSL://"), "{listeners}");
}

#[test]
fn plain_bytes_on_a_port_with_tls_end_their_connection_only() {
    let dir = tempfile::tempdir().unwrap();
    let broker = encrypted(dir.path()).start_blocking().unwrap();
    let mut good = connect(&broker, dir.path());
    let mut raw = Raw::connect(&broker);
    raw.send(ApiKey::ApiVersions, 0, &ApiVersionsRequest::default());
    // An alert, which is no frame, and the end.
    let mut rest = Vec::new();
    let _ = raw.stream().read_to_end(&mut rest);
    assert!(rest.is_empty() || rest[0] == 21, "{rest:?}");
    let answer: ApiVersionsResponse = good.call(ApiKey::ApiVersions, 0, &ApiVersionsRequest::default());
    assert_eq!(answer.error_code, 0);
}

#[test]
fn a_tls_handshake_on_a_plain_port_ends_its_connection() {
    let dir = tempfile::tempdir().unwrap();
    certificate(dir.path());
    let broker = common::broker();
    let mut raw = connect(&broker, dir.path());
    raw.send(ApiKey::ApiVersions, 0, &ApiVersionsRequest::default());
    assert_eq!(raw.receive_bytes(), None);
}

#[test]
fn a_handshake_that_takes_too_long_is_cut_off() {
    let dir = tempfile::tempdir().unwrap();
    let broker = encrypted(dir.path()).handshake_timeout(Duration::from_millis(50)).start_blocking().unwrap();
    let mut silent = Raw::connect(&broker);
    assert_eq!(silent.receive_bytes(), None);
}

#[test]
fn unusable_files_stop_the_start_with_what_to_do() {
    let dir = tempfile::tempdir().unwrap();
    let (certificate_file, key) = certificate(dir.path());
    let other = dir.path().join("other");
    std::fs::create_dir(&other).unwrap();
    let (_, other_key) = certificate(&other);
    let missing = dir.path().join("none.pem");
    for (certificate, key, message) in [
        (&missing, &key, "check the path"),
        (&key, &key, "holds no certificate in PEM form"),
        (&certificate_file, &certificate_file, "holds no private key in PEM form"),
        (&certificate_file, &other_key, "give the key that it was made for"),
    ] {
        let error = EmbeddedBroker::builder().tls(certificate, key).start_blocking().unwrap_err();
        assert!(error.to_string().contains(message), "{error}");
    }
}
