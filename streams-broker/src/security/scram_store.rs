//! SCRAM credentials that clients have stored (KIP-554). Kept in `scram.json`.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{PoisonError, RwLock};

use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::mechanism::Mechanism;
use crate::disk;
use crate::error::{Error, Result};

/// What the server keeps of a password: enough to check it, not enough to log in with.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct StoredCredential {
    #[serde(with = "Base64")]
    pub(super) salt: Vec<u8>,
    /// Rounds of salting.
    pub(crate) iterations: u32,
    #[serde(with = "Base64")]
    pub(super) stored_key: Vec<u8>,
    #[serde(with = "Base64")]
    pub(super) server_key: Vec<u8>,
}

impl std::fmt::Debug for StoredCredential {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("StoredCredential").field("iterations", &self.iterations).finish_non_exhaustive()
    }
}

impl StoredCredential {
    /// Makes the keys of RFC 5802 from a salted password.
    pub(crate) fn derive(
        mechanism: Mechanism,
        salted_password: &[u8],
        salt: Vec<u8>,
        iterations: u32,
    ) -> Self {
        let client_key = mechanism.hmac(salted_password, b"Client Key");
        StoredCredential {
            salt,
            iterations,
            stored_key: mechanism.hash(&client_key),
            server_key: mechanism.hmac(salted_password, b"Server Key"),
        }
    }
}

/// By user, then by the mechanism's name.
type Credentials = BTreeMap<String, BTreeMap<String, StoredCredential>>;

/// All stored credentials.
#[derive(Debug)]
pub(crate) struct ScramStore {
    path: PathBuf,
    sync: bool,
    credentials: RwLock<Credentials>,
}

impl ScramStore {
    /// Reads the file, if it is there.
    pub(crate) fn open(data_dir: &Path, sync: bool) -> Result<Self> {
        let path = data_dir.join("scram.json");
        let credentials = match fs::read(&path) {
            Ok(bytes) => parse(&bytes).map_err(|why| {
                Error::data(format!("{} is damaged: {why}; restore or delete it", path.display()))
            })?,
            Err(error) if error.kind() == io::ErrorKind::NotFound => Credentials::new(),
            Err(source) => return Err(Error::storage("read", &path, source)),
        };
        Ok(ScramStore { path, sync, credentials: RwLock::new(credentials) })
    }

    /// A user's credential.
    pub(crate) fn get(&self, user: &str, mechanism: Mechanism) -> Option<StoredCredential> {
        let credentials = self.credentials.read().unwrap_or_else(PoisonError::into_inner);
        credentials.get(user)?.get(mechanism.name()).cloned()
    }

    /// All users that have a credential, by name.
    pub(crate) fn users(&self) -> Vec<String> {
        self.credentials.read().unwrap_or_else(PoisonError::into_inner).keys().cloned().collect()
    }

    /// Stores a user's credential, or deletes it. Returns whether there was one before.
    ///
    /// # Errors
    /// If the file cannot be written; then nothing has changed.
    pub(crate) fn set(
        &self,
        user: &str,
        mechanism: Mechanism,
        credential: Option<StoredCredential>,
    ) -> io::Result<bool> {
        let mut credentials = self.credentials.write().unwrap_or_else(PoisonError::into_inner);
        let mut changed = credentials.clone();
        let own = changed.entry(user.to_owned()).or_default();
        let before = match credential {
            Some(credential) => own.insert(mechanism.name().to_owned(), credential),
            None => own.remove(mechanism.name()),
        };
        changed.retain(|_, own| !own.is_empty());
        self.write(&changed)?;
        *credentials = changed;
        Ok(before.is_some())
    }

    fn write(&self, credentials: &Credentials) -> io::Result<()> {
        disk::replace_private(&self.path, &serde_json::to_vec_pretty(credentials)?, self.sync, true)
    }
}

/// Takes the file's content apart.
pub(super) fn parse(bytes: &[u8]) -> std::result::Result<Credentials, String> {
    serde_json::from_slice(bytes).map_err(|error| error.to_string())
}

/// Bytes as base64 in JSON.
struct Base64;

impl Base64 {
    fn serialize<S: Serializer>(bytes: &[u8], serializer: S) -> std::result::Result<S::Ok, S::Error> {
        serializer.serialize_str(&BASE64.encode(bytes))
    }

    fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> std::result::Result<Vec<u8>, D::Error> {
        let text = String::deserialize(deserializer)?;
        BASE64.decode(text).map_err(serde::de::Error::custom)
    }
}
