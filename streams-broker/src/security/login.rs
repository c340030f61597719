//! How far a connection has come with authenticating: which requests it may send, and the exchange
//! of its mechanism. The rules are those of Apache Kafka's `SaslServerAuthenticator` (KIP-43,
//! KIP-152): ApiVersions once, SaslHandshake, then SaslAuthenticate until the mechanism is content.
//! Sessions live as long as their connections, so nobody authenticates twice on one.

use std::sync::Arc;

use super::mechanism::Mechanism;
use super::plain;
use super::scram::{Exchange, Step};
use super::users::Sasl;
use crate::fault::ApiKey;

/// Why somebody is not let in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum LoginError {
    /// The client is told this.
    Told(String),
    /// The log is told this; the client only that its credentials are wrong, so that it cannot
    /// learn which users there are.
    Credentials(String),
}

impl LoginError {
    /// What the log is told.
    fn reason(&self) -> &str {
        match self {
            LoginError::Told(why) | LoginError::Credentials(why) => why,
        }
    }
}

/// A connection's way to its authentication.
#[derive(Debug)]
pub(crate) struct Login {
    sasl: Arc<Sasl>,
    state: State,
}

#[derive(Debug)]
enum State {
    /// ApiVersions or SaslHandshake.
    Start,
    /// SaslHandshake.
    VersionsSeen,
    /// SaslAuthenticate, or bare messages after version 0 of the handshake.
    Exchange { mechanism: Mechanism, scram: Option<Exchange>, bare: bool },
    /// Everything but SaslHandshake and SaslAuthenticate.
    Done { user: String },
    /// Nothing: the connection is to be closed after the answer under way.
    Failed { reason: String },
}

impl Login {
    pub(crate) fn new(sasl: Arc<Sasl>) -> Self {
        Login { sasl, state: State::Start }
    }

    /// Whether a request may be sent now.
    pub(crate) fn admits(&self, key: i16) -> bool {
        match self.state {
            State::Start => [ApiKey::API_VERSIONS, ApiKey::SASL_HANDSHAKE].contains(&ApiKey(key)),
            State::VersionsSeen => ApiKey(key) == ApiKey::SASL_HANDSHAKE,
            State::Exchange { bare, .. } => !bare && ApiKey(key) == ApiKey::SASL_AUTHENTICATE,
            State::Done { .. } => true,
            State::Failed { .. } => false,
        }
    }

    /// Whether an exchange is under way in which other requests get an error for an answer.
    pub(crate) fn is_exchanging(&self) -> bool {
        matches!(self.state, State::Exchange { .. })
    }

    /// Whether frames are bare messages of the mechanism, without headers.
    pub(crate) fn is_bare(&self) -> bool {
        matches!(self.state, State::Exchange { bare: true, .. })
    }

    /// The user, once authenticated.
    pub(crate) fn user(&self) -> Option<&str> {
        match &self.state {
            State::Done { user } => Some(user),
            _ => None,
        }
    }

    /// Why the authentication has failed, if it has.
    pub(crate) fn failure(&self) -> Option<&str> {
        match &self.state {
            State::Failed { reason } => Some(reason),
            _ => None,
        }
    }

    /// The mechanisms that clients may use.
    pub(crate) fn mechanisms(&self) -> &[Mechanism] {
        self.sasl.mechanisms()
    }

    /// ApiVersions has been answered without an error.
    pub(crate) fn versions_seen(&mut self) {
        if matches!(self.state, State::Start) {
            self.state = State::VersionsSeen;
        }
    }

    /// Begins an exchange. Returns `false` if there is no such mechanism; that is a failure.
    /// `bare` tells whether its messages come without headers.
    pub(crate) fn handshake(&mut self, name: &str, bare: bool) -> bool {
        let mechanism = Mechanism::named(name).filter(|mechanism| self.sasl.mechanisms().contains(mechanism));
        self.state = match mechanism {
            Some(mechanism) => {
                let scram = mechanism.scram_number().map(|_| Exchange::new(mechanism));
                State::Exchange { mechanism, scram, bare }
            }
            None => State::Failed { reason: format!("Unsupported SASL mechanism {name:?}") },
        };
        mechanism.is_some()
    }

    /// Takes a message of the mechanism; the answer may be empty.
    ///
    /// # Errors
    /// If the client is not let in: with the text that it is told.
    pub(crate) fn token(&mut self, token: &[u8]) -> Result<Vec<u8>, String> {
        let State::Exchange { mechanism, scram, .. } = &mut self.state else {
            return Err("SaslAuthenticate is not expected now".into());
        };
        let mechanism = *mechanism;
        let step = match scram {
            Some(exchange) => exchange.next(&self.sasl, token),
            None => plain::authenticate(&self.sasl, token).map(|user| Step::Done(Vec::new(), user)),
        };
        match step {
            Ok(Step::Challenge(answer)) => Ok(answer),
            Ok(Step::Done(answer, user)) => {
                self.state = State::Done { user };
                Ok(answer)
            }
            Err(error) => {
                self.state = State::Failed {
                    reason: format!("SASL mechanism {}: {}", mechanism.name(), error.reason()),
                };
                Err(match error {
                    LoginError::Told(why) => why,
                    LoginError::Credentials(_) => format!(
                        "Authentication failed during authentication due to invalid credentials \
                         with SASL mechanism {}",
                        mechanism.name()
                    ),
                })
            }
        }
    }
}
