//! The builder of an [`EmbeddedBroker`].

use std::path::PathBuf;
use std::time::Duration;

use crate::config::{DataDir, Settings};
use crate::embedded::EmbeddedBroker;
use crate::error::Result;
use crate::security::{Secret, TlsFiles};

/// Collects an embedded broker's settings. Made by [`EmbeddedBroker::builder`].
#[derive(Debug, Clone, Default)]
#[must_use = "a builder does nothing until it is started"]
pub struct Builder {
    settings: Settings,
}

impl Builder {
    /// Listens on this `host:port`; port 0 picks a free one. Default: `127.0.0.1:0`.
    ///
    /// An address other than loopback is refused unless [`allow_remote`](Self::allow_remote) has
    /// been called.
    pub fn listen(mut self, address: impl Into<String>) -> Self {
        self.settings.listen = address.into();
        self
    }

    /// Lets [`listen`](Self::listen) take an address other than loopback. Without
    /// [`sasl_user`](Self::sasl_user) everybody who can reach it may then read and write all data,
    /// and without [`tls`](Self::tls) everybody on the way can read it.
    pub fn allow_remote(mut self) -> Self {
        self.settings.remote = true;
        self
    }

    /// Lets this user in, and nobody who is not a user: clients have to authenticate by SASL, with
    /// PLAIN, SCRAM-SHA-256 or SCRAM-SHA-512 (`sasl.enabled.mechanisms` takes some of them away).
    /// May be called for several users. There is no authorization: a user may do everything.
    ///
    /// ```
    /// use streams_broker::EmbeddedBroker;
    ///
    /// let broker = EmbeddedBroker::builder().sasl_user("alice", "secret").start_blocking()?;
    /// // Clients: security.protocol=SASL_PLAINTEXT, sasl.mechanism=PLAIN
    /// # Ok::<(), streams_broker::Error>(())
    /// ```
    pub fn sasl_user(mut self, name: impl Into<String>, password: impl Into<String>) -> Self {
        self.settings.users.users.insert(name.into(), Secret(password.into()));
        self
    }

    /// Lets the users in this file in, as [`sasl_user`](Self::sasl_user) does. The file is read at
    /// the start. A line is `NAME:PASSWORD`: all behind the first colon is the password. Blank
    /// lines and those that begin with `#` are passed over.
    pub fn sasl_users_file(mut self, path: impl Into<PathBuf>) -> Self {
        self.settings.users.file = Some(path.into());
        self
    }

    /// Encrypts all connections with TLS 1.2 or 1.3. Both files are in PEM form: the certificate,
    /// followed by those between it and the root, and its private key, without a passphrase.
    ///
    /// Clients: `security.protocol=SSL`, or `SASL_SSL` if there are users.
    pub fn tls(mut self, certificate: impl Into<PathBuf>, key: impl Into<PathBuf>) -> Self {
        self.settings.tls = Some(TlsFiles { certificate: certificate.into(), key: key.into() });
        self
    }

    /// How long a client may take for TLS and SASL, from its connection on; who takes longer is
    /// cut off. Default: 10 s.
    pub fn handshake_timeout(mut self, time: Duration) -> Self {
        self.settings.handshake_timeout = time;
        self
    }

    /// Tells clients to connect to this `host:port` instead of the listen address.
    pub fn advertised_address(mut self, address: impl Into<String>) -> Self {
        self.settings.advertised = Some(address.into());
        self
    }

    /// Keeps the data in this folder, over restarts. It is created if need be.
    pub fn data_dir(mut self, path: impl Into<PathBuf>) -> Self {
        self.settings.data_dir = DataDir::Path(path.into());
        self
    }

    /// Keeps the data in a temporary folder that is deleted with the broker. This is the default.
    pub fn temporary(mut self) -> Self {
        self.settings.data_dir = DataDir::Temporary;
        self
    }

    /// Whether a topic comes into being when a client first asks for it
    /// (`auto.create.topics.enable`). Default: yes.
    pub fn auto_create_topics(self, enable: bool) -> Self {
        self.config("auto.create.topics.enable", enable.to_string())
    }

    /// Partitions of a topic that is created without a count (`num.partitions`). Default: 1.
    pub fn default_partitions(self, count: u32) -> Self {
        self.config("num.partitions", count.to_string())
    }

    /// The broker's node id (`node.id`). Default: 1.
    pub fn node_id(mut self, id: u16) -> Self {
        self.settings.node_id = i32::from(id);
        self
    }

    /// Threads that serve requests. Default: the number of cores, between 2 and 8.
    pub fn worker_threads(mut self, threads: usize) -> Self {
        self.settings.worker_threads = threads.max(1);
        self
    }

    /// Connections that are served at once (`max.connections`); more are closed as soon as they
    /// come. Default: 1024.
    pub fn max_connections(self, connections: usize) -> Self {
        self.config("max.connections", connections.min(i32::MAX as usize).to_string())
    }

    /// Connections from one address that are served at once (`max.connections.per.ip`); more are
    /// closed as soon as they come. Default: no limit.
    pub fn max_connections_per_ip(self, connections: usize) -> Self {
        self.config("max.connections.per.ip", connections.min(i32::MAX as usize).to_string())
    }

    /// Largest request in bytes (`socket.request.max.bytes`); a larger one closes its connection. A request that carries
    /// no records may have 8 MiB at most: small fields decode to many times their size.
    /// Default: 100 MiB.
    pub fn max_request_bytes(mut self, bytes: usize) -> Self {
        self.settings.max_request_bytes = bytes;
        self
    }

    /// Memory in bytes that the requests of all connections may take together; a connection that
    /// wants more is closed. Default: 512 MiB.
    pub fn max_request_memory(mut self, bytes: usize) -> Self {
        self.settings.max_request_memory = bytes;
        self
    }

    /// Sets a broker configuration under Kafka's key, such as `log.retention.ms`.
    pub fn config(mut self, key: impl Into<String>, value: impl Into<String>) -> Self {
        self.settings.values.insert(key.into(), value.into());
        self
    }

    /// Starts the broker on threads of its own; it needs no async runtime of the caller's.
    ///
    /// # Errors
    /// If a setting is wrong, the address cannot be bound, or the data directory cannot be used.
    pub async fn start(self) -> Result<EmbeddedBroker> {
        self.start_blocking()
    }

    /// [`start`](Self::start) without `async`. Both block for the few milliseconds that a start
    /// takes, longer if logs have to be recovered.
    ///
    /// # Errors
    /// As [`start`](Self::start).
    pub fn start_blocking(self) -> Result<EmbeddedBroker> {
        EmbeddedBroker::start(self.settings)
    }
}
