//! SCRAM (RFC 5802, RFC 7677), the server's side: two messages each way, by which both sides prove
//! that they know the password without sending it.

use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;

use super::login::LoginError;
use super::mechanism::{Mechanism, same};
use super::scram_store::StoredCredential;
use super::users::{Sasl, nonce};

/// An exchange under way.
#[derive(Debug)]
pub(super) struct Exchange {
    mechanism: Mechanism,
    state: State,
}

#[derive(Debug)]
enum State {
    First,
    Final(Box<Challenge>),
    Ended,
}

/// What has been said so far.
#[derive(Debug)]
struct Challenge {
    name: String,
    credential: StoredCredential,
    gs2_header: String,
    nonce: String,
    client_first_bare: String,
    server_first: String,
}

/// What a message is answered with.
#[derive(Debug)]
pub(super) enum Step {
    /// The exchange goes on.
    Challenge(Vec<u8>),
    /// The client has proved that it is this user.
    Done(Vec<u8>, String),
}

impl Exchange {
    pub(super) fn new(mechanism: Mechanism) -> Self {
        Exchange { mechanism, state: State::First }
    }

    /// Takes the client's next message.
    pub(super) fn next(&mut self, sasl: &Sasl, message: &[u8]) -> Result<Step, LoginError> {
        match std::mem::replace(&mut self.state, State::Ended) {
            State::First => self.first(sasl, message),
            State::Final(challenge) => self.last(&challenge, message),
            State::Ended => Err(refused("a message after the end of the exchange")),
        }
    }

    fn first(&mut self, sasl: &Sasl, message: &[u8]) -> Result<Step, LoginError> {
        let first = ClientFirst::parse(message)?;
        if !first.authorization_id.is_empty() && first.authorization_id != first.name {
            return Err(LoginError::Told(
                "Authentication failed: Client requested an authorization id that is different from username"
                    .into(),
            ));
        }
        let credential = sasl
            .scram_credential(self.mechanism, &first.name)
            .ok_or_else(|| refused(format!("there is no user {:?}", first.name)))?;
        let nonce = format!("{}{}", first.nonce, nonce());
        let server_first =
            format!("r={nonce},s={},i={}", BASE64.encode(&credential.salt), credential.iterations);
        let answer = server_first.clone().into_bytes();
        self.state = State::Final(Box::new(Challenge {
            name: first.name,
            credential,
            gs2_header: first.gs2_header,
            nonce,
            client_first_bare: first.bare,
            server_first,
        }));
        Ok(Step::Challenge(answer))
    }

    fn last(&self, challenge: &Challenge, message: &[u8]) -> Result<Step, LoginError> {
        let last = ClientFinal::parse(message)?;
        if last.channel_binding != challenge.gs2_header.as_bytes() {
            return Err(refused("the channel binding is not that of the first message"));
        }
        if last.nonce != challenge.nonce {
            return Err(refused("Invalid client nonce in the final client message."));
        }
        let mechanism = self.mechanism;
        let signed =
            format!("{},{},{}", challenge.client_first_bare, challenge.server_first, last.without_proof);
        let signature = mechanism.hmac(&challenge.credential.stored_key, signed.as_bytes());
        let client_key: Vec<u8> = signature.iter().zip(&last.proof).map(|(s, p)| s ^ p).collect();
        let proved = last.proof.len() == signature.len()
            && same(&mechanism.hash(&client_key), &challenge.credential.stored_key);
        if !proved {
            return Err(refused(format!("wrong password of user {:?}", challenge.name)));
        }
        let verifier = mechanism.hmac(&challenge.credential.server_key, signed.as_bytes());
        Ok(Step::Done(format!("v={}", BASE64.encode(verifier)).into_bytes(), challenge.name.clone()))
    }
}

fn refused(why: impl Into<String>) -> LoginError {
    LoginError::Credentials(why.into())
}

fn utf8(message: &[u8]) -> Result<&str, LoginError> {
    std::str::from_utf8(message).map_err(|_| refused("the SCRAM message is not UTF-8"))
}

/// `client-first-message`.
#[derive(Debug)]
pub(super) struct ClientFirst {
    gs2_header: String,
    authorization_id: String,
    bare: String,
    name: String,
    nonce: String,
}

impl ClientFirst {
    /// Takes a message apart. Channel binding is not offered, mandatory extensions are not known;
    /// others are passed over.
    pub(super) fn parse(message: &[u8]) -> Result<Self, LoginError> {
        let text = utf8(message)?;
        let malformed = || refused("the first SCRAM message is malformed");
        let mut parts = text.splitn(3, ',');
        let (Some("n" | "y"), Some(authorization), Some(bare)) = (parts.next(), parts.next(), parts.next())
        else {
            return Err(malformed());
        };
        let authorization_id = match authorization {
            "" => String::new(),
            other => unescape(other.strip_prefix("a=").ok_or_else(malformed)?).ok_or_else(malformed)?,
        };
        let mut attributes = bare.split(',');
        let name = attributes.next().and_then(|name| name.strip_prefix("n=")).ok_or_else(malformed)?;
        let nonce = attributes.next().and_then(|nonce| nonce.strip_prefix("r=")).ok_or_else(malformed)?;
        if nonce.is_empty() || !nonce.bytes().all(|byte| byte.is_ascii_graphic()) {
            return Err(malformed());
        }
        Ok(ClientFirst {
            gs2_header: text[..text.len() - bare.len()].to_owned(),
            authorization_id,
            bare: bare.to_owned(),
            name: unescape(name).filter(|name| !name.is_empty()).ok_or_else(malformed)?,
            nonce: nonce.to_owned(),
        })
    }
}

/// `client-final-message`.
#[derive(Debug)]
pub(super) struct ClientFinal {
    channel_binding: Vec<u8>,
    nonce: String,
    without_proof: String,
    proof: Vec<u8>,
}

impl ClientFinal {
    /// Takes a message apart.
    pub(super) fn parse(message: &[u8]) -> Result<Self, LoginError> {
        let text = utf8(message)?;
        let malformed = || refused("the final SCRAM message is malformed");
        let (without_proof, proof) = text.rsplit_once(",p=").ok_or_else(malformed)?;
        let mut attributes = without_proof.split(',');
        let binding = attributes.next().and_then(|value| value.strip_prefix("c=")).ok_or_else(malformed)?;
        let nonce = attributes.next().and_then(|value| value.strip_prefix("r=")).ok_or_else(malformed)?;
        Ok(ClientFinal {
            channel_binding: BASE64.decode(binding).map_err(|_| malformed())?,
            nonce: nonce.to_owned(),
            without_proof: without_proof.to_owned(),
            proof: BASE64.decode(proof).map_err(|_| malformed())?,
        })
    }
}

/// Undoes the escapes of a `saslname`: `=2C` is a comma, `=3D` an equals sign.
fn unescape(name: &str) -> Option<String> {
    let mut parts = name.split('=');
    let mut plain = parts.next()?.to_owned();
    for part in parts {
        let (sign, rest) = match (part.strip_prefix("2C"), part.strip_prefix("3D")) {
            (Some(rest), _) => (',', rest),
            (_, Some(rest)) => ('=', rest),
            _ => return None,
        };
        plain.push(sign);
        plain.push_str(rest);
    }
    Some(plain)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_example_of_rfc_7677_is_accepted() {
        let mechanism = Mechanism::ScramSha256;
        let salt = BASE64.decode("W22ZaJ0SNY7soEsUEjb6gQ==").unwrap();
        let iterations = std::num::NonZeroU32::new(4096).unwrap();
        let salted = mechanism.salted_password(b"pencil", &salt, iterations);
        let credential = StoredCredential::derive(mechanism, &salted, salt, 4096);
        let challenge = Challenge {
            name: "user".into(),
            credential,
            gs2_header: "n,,".into(),
            nonce: "rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0".into(),
            client_first_bare: "n=user,r=rOprNGfwEbeRWgbNEkqO".into(),
            server_first: "r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,\
                           s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096"
                .into(),
        };
        let message = b"c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,\
                        p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=";
        let exchange = Exchange::new(mechanism);
        let Step::Done(answer, name) = exchange.last(&challenge, message).unwrap() else {
            panic!("the proof is right");
        };
        assert_eq!(answer, b"v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=");
        assert_eq!(name, "user");
        let mut wrong = message.to_vec();
        let at = wrong.len() - 5;
        wrong[at] = b'A';
        assert!(exchange.last(&challenge, &wrong).is_err());
    }

    #[test]
    fn names_are_unescaped() {
        assert_eq!(unescape("a=2Cb=3Dc").as_deref(), Some("a,b=c"));
        assert_eq!(unescape("a=zz"), None);
        assert_eq!(unescape("a="), None);
    }

    #[test]
    fn malformed_first_messages_are_refused() {
        for bad in
            ["", "n,,", "p=tls-unique,,n=a,r=b", "n,,n=,r=b", "n,,n=a,r=", "n,,m=x,n=a,r=b", "n,x,n=a,r=b"]
        {
            assert!(ClientFirst::parse(bad.as_bytes()).is_err(), "{bad}");
        }
        let good = ClientFirst::parse(b"n,a=me,n=me,r=xyz,tokenauth=true").unwrap();
        assert_eq!((good.gs2_header.as_str(), good.authorization_id.as_str()), ("n,a=me,", "me"));
        assert_eq!(good.bare, "n=me,r=xyz,tokenauth=true");
    }
}
