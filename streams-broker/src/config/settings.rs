//! The settings that a broker starts with.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::broker_keys::broker_key;
use super::live::Changes;
use super::reported_keys::reported_key;
use crate::error::{Error, Result};
use crate::security::{TlsFiles, UserSettings};

/// Where the data lives.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum DataDir {
    /// In this folder, over restarts.
    Path(PathBuf),
    /// In a temporary folder that goes away with the broker.
    Temporary,
}

/// What the builder has collected.
#[derive(Debug, Clone)]
pub(crate) struct Settings {
    /// Address to listen on, `host:port`.
    pub(crate) listen: String,
    /// Address that clients are told, `host:port`; the listen address if `None`.
    pub(crate) advertised: Option<String>,
    /// Where the data lives.
    pub(crate) data_dir: DataDir,
    /// This broker's node id.
    pub(crate) node_id: i32,
    /// Threads that serve requests.
    pub(crate) worker_threads: usize,
    /// Whether an address that is not loopback may be listened on.
    pub(crate) remote: bool,
    /// How long a client may take for TLS and authentication.
    pub(crate) handshake_timeout: Duration,
    /// The certificate, if connections are encrypted.
    pub(crate) tls: Option<TlsFiles>,
    /// Who may connect.
    pub(crate) users: UserSettings,
    /// Largest request, in bytes.
    pub(crate) max_request_bytes: usize,
    /// Memory that requests of all connections may take, in bytes.
    pub(crate) max_request_memory: usize,
    /// Values that were set under Kafka's keys.
    pub(crate) values: BTreeMap<String, String>,
    /// What clients have changed since.
    pub(crate) changes: Changes,
}

impl Default for Settings {
    fn default() -> Self {
        let cores = std::thread::available_parallelism().map_or(2, usize::from);
        Settings {
            listen: "127.0.0.1:0".into(),
            advertised: None,
            data_dir: DataDir::Temporary,
            node_id: 1,
            worker_threads: cores.clamp(2, 8),
            remote: false,
            handshake_timeout: Duration::from_secs(10),
            tls: None,
            users: UserSettings::default(),
            max_request_bytes: 100 * 1024 * 1024,
            max_request_memory: 512 * 1024 * 1024,
            values: BTreeMap::new(),
            changes: Changes::default(),
        }
    }
}

/// Keys whose values follow from other settings, and which these are.
pub(crate) const SET_ELSEWHERE: [(&str, &str); 5] = [
    ("advertised.listeners", "the advertised address (--advertise)"),
    ("broker.id", "the node's id (--node-id)"),
    ("listeners", "the address to listen on (--listen)"),
    ("log.dirs", "the data directory (--data-dir)"),
    ("node.id", "the node's id (--node-id)"),
];

impl Settings {
    /// Adds the values under Kafka's keys that follow from the other settings.
    pub(crate) fn with_facts(mut self, advertised: &(String, u16), data_dir: &Path) -> Self {
        let protocol = match (self.users.required(), self.tls.is_some()) {
            (false, false) => "PLAINTEXT",
            (false, true) => "SSL",
            (true, false) => "SASL_PLAINTEXT",
            (true, true) => "SASL_SSL",
        };
        let listener = format!("{protocol}://{}:{}", advertised.0, advertised.1);
        for (key, value) in [
            ("advertised.listeners", listener),
            ("listeners", format!("{protocol}://{}", self.listen)),
            ("log.dirs", data_dir.to_string_lossy().into_owned()),
            ("node.id", self.node_id.to_string()),
            ("broker.id", self.node_id.to_string()),
            ("process.roles", "broker,controller".to_owned()),
            ("controller.listener.names", "CONTROLLER".to_owned()),
            ("controller.quorum.voters", format!("{}@{}:{}", self.node_id, advertised.0, advertised.1)),
        ] {
            self.values.insert(key.to_owned(), value);
        }
        self
    }

    /// Checks all values that were set under Kafka's keys.
    pub(crate) fn validate(&self) -> Result<()> {
        for (key, value) in &self.values {
            let Some(definition) = broker_key(key) else {
                return Err(Error::config(format!("unknown broker configuration {key}; see docs/broker.md")));
            };
            if let Some((_, setting)) = SET_ELSEWHERE.iter().find(|(name, _)| name == key) {
                return Err(Error::config(format!("{key} is not set by its key but by {setting}")));
            }
            definition.validate(value).map_err(Error::config)?;
        }
        Ok(())
    }

    /// The value that was set for a broker's key, by clients or at the start.
    pub(crate) fn set_value(&self, key: &str) -> Option<&str> {
        let Changes { broker, default } = &self.changes;
        [broker, default, &self.values].into_iter().find_map(|values| values.get(key)).map(String::as_str)
    }

    /// The value of a broker's key: as set, or its default. An unknown key is empty.
    pub(crate) fn value(&self, key: &str) -> &str {
        let reported = || reported_key(key).map(|reported| &reported.definition);
        self.set_value(key)
            .unwrap_or_else(|| broker_key(key).or_else(reported).map_or("", |definition| definition.default))
    }

    /// The value of a numeric key. Values are validated at start, so 0 only stands for a key that
    /// is not numeric.
    pub(crate) fn number(&self, key: &str) -> i64 {
        self.value(key).trim().parse().unwrap_or(0)
    }

    /// The value of a boolean key.
    pub(crate) fn flag(&self, key: &str) -> bool {
        self.value(key).trim().eq_ignore_ascii_case("true")
    }
}
