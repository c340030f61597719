//! Who may log in: the users that the builder was given, and the SCRAM credentials that clients
//! have stored.

use std::collections::BTreeMap;
use std::fmt;
use std::num::NonZeroU32;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use base64::Engine;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use uuid::Uuid;

use super::mechanism::Mechanism;
use super::scram_store::{ScramStore, StoredCredential};
use super::users_file;
use crate::error::{Error, Result};

/// Rounds of a salted password, Apache Kafka's lowest and default.
const ITERATIONS: NonZeroU32 = NonZeroU32::new(4096).expect("4096 is not 0");

/// A password. It does not show itself.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Secret(pub(crate) String);

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[hidden]")
    }
}

/// The users as the builder has collected them.
#[derive(Debug, Clone, Default)]
pub(crate) struct UserSettings {
    /// Users with their passwords.
    pub(crate) users: BTreeMap<String, Secret>,
    /// A file with more of them.
    pub(crate) file: Option<PathBuf>,
}

impl UserSettings {
    /// Whether clients have to authenticate.
    pub(crate) fn required(&self) -> bool {
        self.file.is_some() || !self.users.is_empty()
    }
}

/// What a listener with SASL knows.
#[derive(Debug)]
pub(crate) struct Sasl {
    users: BTreeMap<String, Secret>,
    mechanisms: Vec<Mechanism>,
    stored: Arc<ScramStore>,
    /// Salted when first needed, since that takes milliseconds.
    derived: Mutex<BTreeMap<(Mechanism, String), StoredCredential>>,
}

impl Sasl {
    /// Reads the file of users, if there is one. `mechanisms` is a list of names, with commas.
    ///
    /// # Errors
    /// If the file is not as it should be, or a mechanism is not known.
    pub(crate) fn open(settings: &UserSettings, mechanisms: &str, stored: Arc<ScramStore>) -> Result<Self> {
        let mut users = settings.users.clone();
        if let Some(path) = &settings.file {
            users.extend(users_file::read(path)?);
        }
        if let Some((name, _)) = users.iter().find(|(name, secret)| name.is_empty() || secret.0.is_empty()) {
            return Err(Error::config(format!(
                "SASL user {name:?}: name and password must not be empty; give both"
            )));
        }
        let mechanisms = mechanisms.split(',').map(str::trim).filter_map(Mechanism::named).collect();
        Ok(Sasl { users, mechanisms, stored, derived: Mutex::default() })
    }

    /// The mechanisms that clients may use.
    pub(crate) fn mechanisms(&self) -> &[Mechanism] {
        &self.mechanisms
    }

    /// A user's password.
    pub(super) fn password(&self, name: &str) -> Option<&str> {
        self.users.get(name).map(|secret| secret.0.as_str())
    }

    /// A user's SCRAM credential: as stored by a client, else made from the password.
    pub(super) fn scram_credential(&self, mechanism: Mechanism, name: &str) -> Option<StoredCredential> {
        if let Some(stored) = self.stored.get(name, mechanism) {
            return Some(stored);
        }
        let password = self.password(name)?;
        let mut derived = self.derived.lock().unwrap_or_else(PoisonError::into_inner);
        let credential = derived.entry((mechanism, name.to_owned())).or_insert_with(|| {
            let salt = Uuid::new_v4().into_bytes().to_vec();
            let salted = mechanism.salted_password(password.as_bytes(), &salt, ITERATIONS);
            StoredCredential::derive(mechanism, &salted, salt, ITERATIONS.get())
        });
        Some(credential.clone())
    }
}

/// A text that nobody can guess: 244 random bits.
pub(super) fn nonce() -> String {
    let bytes = [Uuid::new_v4().into_bytes(), Uuid::new_v4().into_bytes()].concat();
    STANDARD_NO_PAD.encode(bytes)
}
