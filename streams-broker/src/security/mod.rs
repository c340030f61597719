//! Who may connect, and whether others can listen in: SASL and TLS. Both are off until a builder
//! turns them on. There is no authorization: who has authenticated may do everything.

mod login;
mod mechanism;
mod plain;
mod scram;
mod scram_store;
mod tls;
mod users;
mod users_file;

pub(crate) use login::Login;
pub(crate) use mechanism::Mechanism;
pub(crate) use scram_store::{ScramStore, StoredCredential};
pub(crate) use tls::{Tls, TlsFiles};
pub(crate) use users::{Sasl, Secret, UserSettings};
