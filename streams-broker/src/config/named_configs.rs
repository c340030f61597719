//! Configurations of things that come into being by being configured: groups, and subscriptions to
//! clients' metrics.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{PoisonError, RwLock, RwLockReadGuard};

use crate::disk;
use crate::error::{Error, Result};

type Configs = BTreeMap<String, BTreeMap<String, String>>;

/// What has been set, by name. Kept in a file.
#[derive(Debug)]
pub(crate) struct NamedConfigs {
    path: PathBuf,
    sync: bool,
    configs: RwLock<Configs>,
}

impl NamedConfigs {
    /// Reads the file, if it is there.
    pub(crate) fn open(data_dir: &Path, file: &str, sync: bool) -> Result<Self> {
        let path = data_dir.join(file);
        let configs = match fs::read(&path) {
            Ok(bytes) => serde_json::from_slice(&bytes).map_err(|source| {
                let message = format!("{} is damaged: {source}; restore or delete it", path.display());
                Error::data(message).with_source(source)
            })?,
            Err(error) if error.kind() == io::ErrorKind::NotFound => Configs::new(),
            Err(source) => return Err(Error::storage("read", &path, source)),
        };
        Ok(NamedConfigs { path, sync, configs: RwLock::new(configs) })
    }

    fn read(&self) -> RwLockReadGuard<'_, Configs> {
        self.configs.read().unwrap_or_else(PoisonError::into_inner)
    }

    /// What has been set under a name.
    pub(crate) fn overrides(&self, name: &str) -> BTreeMap<String, String> {
        self.read().get(name).cloned().unwrap_or_default()
    }

    /// A value that has been set under a name.
    pub(crate) fn value(&self, name: &str, key: &str) -> Option<String> {
        self.read().get(name)?.get(key).cloned()
    }

    /// The names under which something has been set.
    pub(crate) fn names(&self) -> Vec<String> {
        self.read().keys().cloned().collect()
    }

    /// Replaces what has been set under a name. The values have been validated.
    ///
    /// # Errors
    /// If the file cannot be written.
    pub(crate) fn replace(&self, name: &str, values: BTreeMap<String, String>) -> io::Result<()> {
        let mut configs = self.configs.write().unwrap_or_else(PoisonError::into_inner);
        let mut changed = configs.clone();
        if values.is_empty() {
            changed.remove(name);
        } else {
            changed.insert(name.to_owned(), values);
        }
        disk::replace(&self.path, &serde_json::to_vec_pretty(&changed)?, self.sync)?;
        *configs = changed;
        Ok(())
    }
}
