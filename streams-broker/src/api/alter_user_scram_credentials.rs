//! AlterUserScramCredentials (key 51), version 0: stores and deletes SCRAM credentials (KIP-554).
//! They count beside the users that the broker was started with, and before their passwords.

use std::collections::BTreeMap;

use bytes::Bytes;
use kafka_protocol::ResponseError;
use kafka_protocol::messages::ApiKey;
use kafka_protocol::messages::alter_user_scram_credentials_request::{
    AlterUserScramCredentialsRequest, ScramCredentialUpsertion,
};
use kafka_protocol::messages::alter_user_scram_credentials_response::{
    AlterUserScramCredentialsResponse, AlterUserScramCredentialsResult,
};

use super::support::{Failure, text};
use super::{Request, api};
use crate::broker::Broker;
use crate::security::{Mechanism, StoredCredential};

api!(ApiKey::AlterUserScramCredentials, 0..=0, AlterUserScramCredentialsRequest, alter);

/// Rounds of salting that are taken, as on Apache Kafka.
const ITERATIONS: std::ops::RangeInclusive<i32> = 4096..=16384;

/// A change to one user.
#[derive(Debug)]
struct Change {
    mechanism: i8,
    new: Option<ScramCredentialUpsertion>,
}

async fn alter(
    request: &Request,
    body: AlterUserScramCredentialsRequest,
) -> AlterUserScramCredentialsResponse {
    let mut changes: BTreeMap<String, Vec<Change>> = BTreeMap::new();
    for deletion in body.deletions {
        let change = Change { mechanism: deletion.mechanism, new: None };
        changes.entry(deletion.name.to_string()).or_default().push(change);
    }
    for upsertion in body.upsertions {
        let name = upsertion.name.to_string();
        let change = Change { mechanism: upsertion.mechanism, new: Some(upsertion) };
        changes.entry(name).or_default().push(change);
    }
    let results = changes
        .into_iter()
        .map(|(user, changes)| {
            let result =
                AlterUserScramCredentialsResult::default().with_user(text(&*user)).with_error_message(None);
            match change(&request.broker, &user, changes) {
                Ok(()) => result,
                Err(failure) => result.with_error_code(failure.code).with_error_message(failure.text()),
            }
        })
        .collect();
    AlterUserScramCredentialsResponse::default().with_results(results)
}

/// Makes all changes to a user, or none.
fn change(broker: &Broker, user: &str, changes: Vec<Change>) -> Result<(), Failure> {
    let unacceptable = |why: &str| Err(Failure::new(ResponseError::UnacceptableCredential, why));
    if user.is_empty() {
        return unacceptable("Username must not be empty");
    }
    let mut checked: BTreeMap<Mechanism, Option<StoredCredential>> = BTreeMap::new();
    for change in changes {
        let Some(mechanism) = Mechanism::from_scram_number(change.mechanism) else {
            return Err(Failure::new(ResponseError::UnsupportedSaslMechanism, "Unknown SCRAM mechanism"));
        };
        // As on Apache Kafka, also if it is for two mechanisms.
        if !checked.is_empty() {
            let why = "A user credential cannot be altered twice in the same request";
            return Err(Failure::new(ResponseError::DuplicateResource, why));
        }
        let new = match change.new {
            None if broker.scram.get(user, mechanism).is_none() => {
                let why = "Attempt to delete a user credential that does not exist";
                return Err(Failure::new(ResponseError::ResourceNotFound, why));
            }
            None => None,
            Some(new) if new.iterations < *ITERATIONS.start() => return unacceptable("Too few iterations"),
            Some(new) if new.iterations > *ITERATIONS.end() => return unacceptable("Too many iterations"),
            Some(new) if new.salted_password.is_empty() => return unacceptable("Empty salted password"),
            Some(new) if new.salt.is_empty() => return unacceptable("Empty salt"),
            Some(new) => Some(credential(mechanism, &new.salted_password, &new.salt, new.iterations)),
        };
        checked.insert(mechanism, new);
    }
    for (mechanism, new) in checked {
        broker
            .scram
            .set(user, mechanism, new)
            .map_err(|error| Failure::new(ResponseError::KafkaStorageError, error.to_string()))?;
    }
    Ok(())
}

fn credential(mechanism: Mechanism, salted: &Bytes, salt: &Bytes, iterations: i32) -> StoredCredential {
    StoredCredential::derive(mechanism, salted, salt.to_vec(), iterations.unsigned_abs())
}
