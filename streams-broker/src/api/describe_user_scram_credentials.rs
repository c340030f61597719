//! DescribeUserScramCredentials (key 50), version 0: which SCRAM credentials clients have stored
//! (KIP-554). The users that the broker was started with are not among them.

use std::collections::BTreeMap;

use kafka_protocol::ResponseError;
use kafka_protocol::messages::ApiKey;
use kafka_protocol::messages::describe_user_scram_credentials_request::DescribeUserScramCredentialsRequest;
use kafka_protocol::messages::describe_user_scram_credentials_response::{
    CredentialInfo, DescribeUserScramCredentialsResponse, DescribeUserScramCredentialsResult,
};
use kafka_protocol::protocol::StrBytes;

use super::support::text;
use super::{Request, api};
use crate::broker::Broker;
use crate::security::Mechanism;

api!(ApiKey::DescribeUserScramCredentials, 0..=0, DescribeUserScramCredentialsRequest, describe);

async fn describe(
    request: &Request,
    body: DescribeUserScramCredentialsRequest,
) -> DescribeUserScramCredentialsResponse {
    let mut asked: BTreeMap<String, usize> = BTreeMap::new();
    // Null and none ask for all users.
    match body.users.filter(|users| !users.is_empty()) {
        Some(users) => users.iter().for_each(|user| *asked.entry(user.name.to_string()).or_default() += 1),
        None => asked.extend(request.broker.scram.users().into_iter().map(|user| (user, 1))),
    }
    let results = asked.into_iter().map(|(user, times)| result(&request.broker, &user, times)).collect();
    // Apache Kafka says nothing, but not null.
    DescribeUserScramCredentialsResponse::default()
        .with_error_message(Some(StrBytes::new()))
        .with_results(results)
}

fn result(broker: &Broker, user: &str, times: usize) -> DescribeUserScramCredentialsResult {
    let result = DescribeUserScramCredentialsResult::default().with_user(text(user)).with_error_message(None);
    let failed = |result: DescribeUserScramCredentialsResult, error: ResponseError, why: String| {
        result.with_error_code(error.code()).with_error_message(Some(text(why)))
    };
    if times > 1 {
        let why =
            format!("Cannot describe SCRAM credentials for the same user twice in a single request: {user}");
        return failed(result, ResponseError::DuplicateResource, why);
    }
    let infos: Vec<CredentialInfo> = Mechanism::ALL
        .into_iter()
        .filter_map(|mechanism| {
            let credential = broker.scram.get(user, mechanism)?;
            let iterations = i32::try_from(credential.iterations).unwrap_or(i32::MAX);
            let number = mechanism.scram_number()?;
            Some(CredentialInfo::default().with_mechanism(number).with_iterations(iterations))
        })
        .collect();
    if infos.is_empty() {
        let why = format!("Attempt to describe a user credential that does not exist: {user}");
        return failed(result, ResponseError::ResourceNotFound, why);
    }
    // As on Apache Kafka the text of no error is empty, not null.
    result.with_error_message(Some(StrBytes::default())).with_credential_infos(infos)
}
