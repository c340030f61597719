//! SASL/PLAIN (RFC 4616), the server's side: one message with name and password.

use super::login::LoginError;
use super::mechanism::same;
use super::users::Sasl;

/// The three texts of a client's message.
#[derive(Debug)]
pub(super) struct Tokens<'a> {
    authorization_id: &'a str,
    name: &'a str,
    password: &'a str,
}

impl<'a> Tokens<'a> {
    /// Splits a message.
    pub(super) fn parse(message: &'a [u8]) -> Result<Self, LoginError> {
        let text = std::str::from_utf8(message)
            .map_err(|_| LoginError::Credentials("the SASL/PLAIN message is not UTF-8".into()))?;
        let mut tokens = text.split('\0');
        match (tokens.next(), tokens.next(), tokens.next(), tokens.next()) {
            (Some(authorization_id), Some(name), Some(password), None) => {
                Ok(Tokens { authorization_id, name, password })
            }
            _ => {
                let count = text.split('\0').count().min(4);
                let why = format!("Invalid SASL/PLAIN response: expected 3 tokens, got {count}");
                Err(LoginError::Credentials(why))
            }
        }
    }
}

/// Checks a client's message and returns the user's name.
pub(super) fn authenticate(sasl: &Sasl, message: &[u8]) -> Result<String, LoginError> {
    let Tokens { authorization_id, name, password } = Tokens::parse(message)?;
    let told = |what: &str| LoginError::Told(format!("Authentication failed: {what}"));
    if name.is_empty() {
        return Err(told("username not specified"));
    }
    if password.is_empty() {
        return Err(told("password not specified"));
    }
    if !sasl.password(name).is_some_and(|known| same(known.as_bytes(), password.as_bytes())) {
        return Err(told("Invalid username or password"));
    }
    if !authorization_id.is_empty() && authorization_id != name {
        return Err(told("Client requested an authorization id that is different from username"));
    }
    Ok(name.to_owned())
}
