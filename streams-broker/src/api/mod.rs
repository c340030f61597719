//! The APIs, one file each. A file's header names the API's key, the versions that are served and
//! what is left out; its `API` constant is its entry in the dispatch table.

mod add_raft_voter;
mod alter_client_quotas;
mod alter_configs;
mod alter_partition_reassignments;
mod alter_replica_log_dirs;
mod alter_user_scram_credentials;
mod api_versions;
mod configs;
mod create_acls;
mod create_delegation_token;
mod create_partitions;
mod create_topics;
mod delegation_tokens;
mod delete_acls;
mod delete_records;
mod delete_topics;
mod describe_acls;
mod describe_client_quotas;
mod describe_cluster;
mod describe_configs;
mod describe_delegation_token;
mod describe_log_dirs;
mod describe_producers;
mod describe_quorum;
mod describe_topic_partitions;
mod describe_user_scram_credentials;
mod elect_leaders;
mod expire_delegation_token;
mod fetch;
mod get_telemetry_subscriptions;
mod guard;
mod incremental_alter_configs;
mod init_producer_id;
mod list_config_resources;
mod list_offsets;
mod list_partition_reassignments;
mod loggers;
mod metadata;
mod offset_for_leader_epoch;
pub(crate) mod operations;
mod produce;
mod push_telemetry;
mod remove_raft_voter;
mod renew_delegation_token;
mod repeated;
mod sasl_authenticate;
mod sasl_handshake;
mod support;
mod transactional;
mod unregister_broker;
mod update_features;
mod validate;
mod write_txn_markers;

use std::fmt;
use std::future::Future;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::{Arc, Mutex};

use bytes::{Bytes, BytesMut};
use kafka_protocol::protocol::{Decodable, Encodable, HeaderVersion};

pub(crate) use repeated::{each_once, merge_each};

use crate::broker::Broker;
use crate::coordinator;
use crate::fault::{Verdict, error_answer};
use crate::security::Login;
pub(crate) use fetch::FetchSessions;
#[cfg(any(test, fuzzing))]
pub(crate) use guard::decode as decode_guarded;
pub(crate) use support::{MALFORMED, find_topic};
#[cfg(any(test, fuzzing))]
pub(crate) use write_txn_markers::decode_2 as decode_markers;

use crate::quotas::QuotaKey;
use crate::server::{FrameError, Reply, RequestHeader, Session};

/// Why a connection is closed instead of answered.
#[derive(Debug)]
pub(crate) enum Disconnect {
    /// The frame is not one.
    Frame(FrameError),
    /// No such API, or not in this version.
    Unsupported {
        /// The request's API key.
        key: i16,
        /// The request's version.
        version: i16,
    },
    /// The body cannot be decoded.
    Malformed {
        /// The request's API key.
        key: i16,
        /// The request's version.
        version: i16,
    },
    /// The answer could not be encoded: a fault of the broker.
    Encode(String),
    /// A Produce request with acks=0 failed: there is no other way to say so.
    UnacknowledgedFailure,
    /// A fault has been injected.
    Fault,
    /// The TLS handshake has failed.
    Tls(String),
    /// The client is not who it says, or sends what is not allowed before that is known.
    Authentication(String),
}

impl fmt::Display for Disconnect {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Disconnect::Frame(error) => write!(f, "{error}"),
            Disconnect::Unsupported { key, version } => {
                write!(f, "API {key} version {version} is not served; see ApiVersions")
            }
            Disconnect::Malformed { key, version } => {
                write!(f, "a request of API {key} version {version} cannot be decoded")
            }
            Disconnect::Encode(error) => write!(f, "an answer cannot be encoded: {error}"),
            Disconnect::Tls(why) => {
                write!(f, "TLS handshake failed: {why}; is the client's security.protocol right?")
            }
            Disconnect::Authentication(why) => write!(f, "authentication failed: {why}"),
            Disconnect::Fault => f.write_str("an injected fault"),
            Disconnect::UnacknowledgedFailure => f.write_str("a Produce request with acks=0 failed"),
        }
    }
}

/// A request as a handler gets it.
pub(crate) struct Request {
    /// The broker's shared state.
    pub(crate) broker: Arc<Broker>,
    /// The request's header.
    pub(crate) header: RequestHeader,
    /// The client's address.
    pub(crate) peer: SocketAddr,
    /// What is known of the client.
    pub(crate) session: Arc<Session>,
    /// The client's way to its authentication, until it has got there.
    pub(crate) login: Option<Arc<Mutex<Login>>>,
    /// The undecoded body.
    pub(crate) body: Bytes,
}

/// What a handler's future yields.
pub(crate) type Answer = Result<Reply, Disconnect>;

type Handler = fn(Request) -> Pin<Box<dyn Future<Output = Answer> + Send>>;

/// An entry of the dispatch table: an API in the versions that are served.
#[derive(Clone, Copy)]
pub(crate) struct Api {
    /// The API's number.
    pub(crate) key: i16,
    /// Lowest version served.
    pub(crate) min: i16,
    /// Highest version served.
    pub(crate) max: i16,
    /// Turns a request into its answer.
    pub(crate) handler: Handler,
}

/// Makes the `API` constant of an API whose handler is `async fn(&Request, Body) -> Response`, with
/// both messages from `kafka_protocol`:
/// `api!(ApiKey::Heartbeat, 0..=4, HeartbeatRequest, heartbeat)`.
/// An API that needs more (no answer, file regions, messages of its own) fills in [`Api`] by hand.
macro_rules! api {
    ($key:expr, $min:literal ..= $max:literal, $body:ty, $handler:path) => {
        /// This API's entry in the dispatch table.
        pub(crate) const API: $crate::api::Api = $crate::api::Api {
            key: $key as i16,
            min: $min,
            max: $max,
            handler: |request| {
                Box::pin(async move {
                    let body: $body = request.decode()?;
                    let response = $handler(&request, body).await;
                    request.encode(&response)
                })
            },
        };
    };
}
pub(crate) use api;

impl Request {
    /// Checks the kinds that an ACL names, of which 0 is the unknown one.
    fn known_acls(&self, kinds: [i8; 4]) -> Result<(), Disconnect> {
        match kinds.contains(&0) {
            true => Err(Disconnect::Malformed { key: self.header.key, version: self.header.version }),
            false => Ok(()),
        }
    }

    /// The request's version.
    pub(crate) fn version(&self) -> i16 {
        self.header.version
    }

    /// The client's name for itself, empty if it gave none.
    pub(crate) fn client_id(&self) -> &str {
        self.header.client_id.as_deref().unwrap_or_default()
    }

    /// The client's address as Kafka shows it: `/127.0.0.1`.
    pub(crate) fn client_host(&self) -> String {
        format!("/{}", self.peer.ip())
    }

    /// Counts bytes that the client has written or read. If that is more than its quota lets it, the
    /// connection is not served for a while after the answer; the milliseconds go into the answer.
    pub(crate) fn throttle(&self, key: QuotaKey, bytes: usize) -> i32 {
        let pause = self.broker.quotas.charge(key, self.session.user(), self.client_id(), bytes);
        if !pause.is_zero() {
            self.session.pause(pause);
        }
        i32::try_from(pause.as_millis()).unwrap_or(i32::MAX)
    }

    /// Decodes the body in the request's version.
    pub(crate) fn decode<T: Decodable + HeaderVersion>(&self) -> Result<T, Disconnect> {
        self.decode_as(self.header.version)
    }

    /// Decodes the body in another version with the same layout.
    pub(crate) fn decode_as<T: Decodable + HeaderVersion>(&self, version: i16) -> Result<T, Disconnect> {
        guard::decode(&self.body, version)
            .ok_or(Disconnect::Malformed { key: self.header.key, version: self.header.version })
    }

    /// Encodes a response in the request's version.
    pub(crate) fn encode<T: Encodable>(&self, response: &T) -> Answer {
        self.encode_as(response, self.header.version)
    }

    /// Encodes a response in another version with the same layout.
    pub(crate) fn encode_as<T: Encodable>(&self, response: &T, version: i16) -> Answer {
        let mut buffer = BytesMut::new();
        match response.encode(&mut buffer, version) {
            Ok(()) => Ok(Reply::bytes(buffer.freeze())),
            Err(error) => Err(Disconnect::Encode(error.to_string())),
        }
    }
}

/// The APIs of this folder; the coordinators add theirs in [`coordinator::APIS`].
const APIS: &[Api] = &[
    produce::API,
    fetch::API,
    list_offsets::API,
    metadata::API,
    api_versions::API,
    create_topics::API,
    delete_topics::API,
    delete_records::API,
    init_producer_id::API,
    offset_for_leader_epoch::API,
    describe_configs::API,
    alter_configs::API,
    describe_log_dirs::API,
    create_partitions::API,
    incremental_alter_configs::API,
    list_partition_reassignments::API,
    describe_cluster::API,
    describe_producers::API,
    describe_topic_partitions::API,
    elect_leaders::API,
    alter_partition_reassignments::API,
    alter_replica_log_dirs::API,
    describe_quorum::API,
    add_raft_voter::API,
    remove_raft_voter::API,
    list_config_resources::API,
    describe_client_quotas::API,
    alter_client_quotas::API,
    describe_acls::API,
    create_acls::API,
    delete_acls::API,
    sasl_handshake::API,
    sasl_authenticate::API,
    describe_user_scram_credentials::API,
    alter_user_scram_credentials::API,
    write_txn_markers::API,
    create_delegation_token::API,
    renew_delegation_token::API,
    expire_delegation_token::API,
    describe_delegation_token::API,
    update_features::API,
    unregister_broker::API,
    get_telemetry_subscriptions::API,
    push_telemetry::API,
];

/// All APIs that this broker serves, by key.
pub(crate) fn served() -> impl Iterator<Item = &'static Api> {
    APIS.iter().chain(coordinator::APIS)
}

/// Finds the handler of a request and runs it.
pub(crate) async fn dispatch(request: Request) -> Answer {
    let (key, version) = (request.header.key, request.header.version);
    let Some(api) = served().find(|api| api.key == key) else {
        return Err(Disconnect::Unsupported { key, version });
    };
    if (api.min..=api.max).contains(&version) {
        request.broker.journal.note(&request.header);
        serve(api, request).await
    } else if key == api_versions::API.key {
        api_versions::unsupported()
    } else {
        Err(Disconnect::Unsupported { key, version })
    }
}

/// Runs a request's handler, unless a fault has been injected that the request meets.
async fn serve(api: &Api, request: Request) -> Answer {
    match request.broker.faults.judge(&request.header) {
        Verdict::Serve => (api.handler)(request).await,
        Verdict::Error(code) => error_answer(&request, code),
        Verdict::Delay(time) => {
            let mut stop = request.broker.stop_signal();
            tokio::select! {
                () = tokio::time::sleep(time) => {}
                () = stop.stopped() => {}
            }
            (api.handler)(request).await
        }
        Verdict::Drop => Err(Disconnect::Fault),
        Verdict::ApplyThenDrop => {
            (api.handler)(request).await?;
            Err(Disconnect::Fault)
        }
    }
}
