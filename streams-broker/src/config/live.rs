//! The broker's configuration while it runs: what it was started with, under what clients have
//! changed since (KIP-226). Changes are kept in `broker-configs.json`.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError, RwLock};

use serde::{Deserialize, Serialize};

use super::settings::Settings;
use crate::disk;
use crate::error::{Error, Result};

/// The key that all brokers have a common value of from the start, as on Apache Kafka where eligible leader
/// replicas are in use (KIP-966).
pub(crate) const MIN_ISR: &str = "min.insync.replicas";

/// For whom a change is: this broker, or all brokers of the cluster.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Scope {
    /// This broker; comes before the default.
    Broker,
    /// All brokers that have no value of their own: the resource without a name.
    Default,
}

/// What clients have set.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Changes {
    /// For this broker.
    #[serde(default)]
    pub(crate) broker: BTreeMap<String, String>,
    /// For all brokers.
    #[serde(default)]
    pub(crate) default: BTreeMap<String, String>,
}

impl Changes {
    /// What has been set in a scope.
    pub(crate) fn of(&self, scope: Scope) -> &BTreeMap<String, String> {
        match scope {
            Scope::Broker => &self.broker,
            Scope::Default => &self.default,
        }
    }

    /// Takes the file's content apart and checks all values.
    fn parse(bytes: &[u8]) -> std::result::Result<Self, String> {
        let changes: Changes = serde_json::from_slice(bytes).map_err(|error| error.to_string())?;
        for (key, value) in changes.broker.iter().chain(&changes.default) {
            super::validate_broker_value(key, value)?;
        }
        Ok(changes)
    }
}

/// The configuration in force. Shared by all that read it.
#[derive(Debug)]
pub(crate) struct LiveSettings {
    path: PathBuf,
    sync: bool,
    current: RwLock<Arc<Settings>>,
    /// Held during a change, so that reading does not wait for the disk.
    changing: Mutex<()>,
}

impl LiveSettings {
    /// Reads the file of changes, if it is there.
    pub(crate) fn open(mut settings: Settings, data_dir: &Path, sync: bool) -> Result<Self> {
        let path = data_dir.join("broker-configs.json");
        match fs::read(&path) {
            Ok(bytes) => {
                settings.changes = Changes::parse(&bytes).map_err(|why| {
                    Error::data(format!("{} is damaged: {why}; restore or delete it", path.display()))
                })?;
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                let min = settings.value(MIN_ISR).to_owned();
                settings.changes.default.insert(MIN_ISR.to_owned(), min);
            }
            Err(source) => return Err(Error::storage("read", &path, source)),
        }
        Ok(LiveSettings { path, sync, current: RwLock::new(Arc::new(settings)), changing: Mutex::new(()) })
    }

    /// The configuration of this moment.
    pub(crate) fn now(&self) -> Arc<Settings> {
        Arc::clone(&self.current.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// The value of a numeric key, as [`Settings::number`].
    pub(crate) fn number(&self, key: &str) -> i64 {
        self.now().number(key)
    }

    /// The value of a boolean key.
    pub(crate) fn flag(&self, key: &str) -> bool {
        self.now().flag(key)
    }

    /// Replaces what has been set in a scope. The values have been validated.
    ///
    /// # Errors
    /// If the file cannot be written; then nothing has changed.
    pub(crate) fn replace(&self, scope: Scope, values: BTreeMap<String, String>) -> io::Result<()> {
        let _changing = self.changing.lock().unwrap_or_else(PoisonError::into_inner);
        let mut settings = (*self.now()).clone();
        match scope {
            Scope::Broker => settings.changes.broker = values,
            Scope::Default => settings.changes.default = values,
        }
        disk::replace(&self.path, &serde_json::to_vec_pretty(&settings.changes)?, self.sync)?;
        *self.current.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(settings);
        Ok(())
    }
}
