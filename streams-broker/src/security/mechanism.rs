//! The SASL mechanisms, with their hash functions.

use ring::{digest, hmac, pbkdf2};

/// A SASL mechanism.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) enum Mechanism {
    /// RFC 4616: name and password as they are.
    Plain,
    /// RFC 7677: SCRAM with SHA-256.
    ScramSha256,
    /// SCRAM with SHA-512, as Apache Kafka has it.
    ScramSha512,
}

impl Mechanism {
    /// All, in the order in which clients are told of them.
    pub(crate) const ALL: [Mechanism; 3] = [Mechanism::Plain, Mechanism::ScramSha256, Mechanism::ScramSha512];

    /// The name in SaslHandshake.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Mechanism::Plain => "PLAIN",
            Mechanism::ScramSha256 => "SCRAM-SHA-256",
            Mechanism::ScramSha512 => "SCRAM-SHA-512",
        }
    }

    /// The mechanism of this name.
    pub(crate) fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|mechanism| mechanism.name() == name)
    }

    /// The number in the APIs that manage SCRAM credentials (KIP-554).
    pub(crate) fn scram_number(self) -> Option<i8> {
        match self {
            Mechanism::Plain => None,
            Mechanism::ScramSha256 => Some(1),
            Mechanism::ScramSha512 => Some(2),
        }
    }

    /// The mechanism with this number in the APIs that manage SCRAM credentials.
    pub(crate) fn from_scram_number(number: i8) -> Option<Self> {
        Self::ALL.into_iter().find(|mechanism| mechanism.scram_number() == Some(number))
    }

    /// H of RFC 5802.
    pub(super) fn hash(self, bytes: &[u8]) -> Vec<u8> {
        let algorithm = match self {
            Mechanism::ScramSha512 => &digest::SHA512,
            _ => &digest::SHA256,
        };
        digest::digest(algorithm, bytes).as_ref().to_vec()
    }

    /// HMAC of RFC 5802.
    pub(super) fn hmac(self, key: &[u8], message: &[u8]) -> Vec<u8> {
        let algorithm = match self {
            Mechanism::ScramSha512 => hmac::HMAC_SHA512,
            _ => hmac::HMAC_SHA256,
        };
        hmac::sign(&hmac::Key::new(algorithm, key), message).as_ref().to_vec()
    }

    /// Hi of RFC 5802: PBKDF2 whose output is as long as the hash.
    pub(super) fn salted_password(
        self,
        password: &[u8],
        salt: &[u8],
        iterations: std::num::NonZeroU32,
    ) -> Vec<u8> {
        let (algorithm, length) = match self {
            Mechanism::ScramSha512 => (pbkdf2::PBKDF2_HMAC_SHA512, digest::SHA512_OUTPUT_LEN),
            _ => (pbkdf2::PBKDF2_HMAC_SHA256, digest::SHA256_OUTPUT_LEN),
        };
        let mut salted = vec![0; length];
        pbkdf2::derive(algorithm, iterations, salt, password, &mut salted);
        salted
    }
}

/// Whether two secrets are the same, in a time that does not tell where they differ.
pub(super) fn same(left: &[u8], right: &[u8]) -> bool {
    left.len() == right.len() && left.iter().zip(right).fold(0, |differ, (l, r)| differ | (l ^ r)) == 0
}
