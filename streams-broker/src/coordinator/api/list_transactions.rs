//! ListTransactions (key 66), versions 0–2: transactional ids by state, producer, duration (v1+) and name (v2+).

use kafka_protocol::ResponseError;
use kafka_protocol::messages::{ApiKey, ListTransactionsRequest, ListTransactionsResponse};
use regex::Regex;

use crate::api::{Request, api};
use crate::clock::now_ms;
use crate::coordinator::txn::Status;

api!(ApiKey::ListTransactions, 0..=2, ListTransactionsRequest, list_transactions);

async fn list_transactions(request: &Request, body: ListTransactionsRequest) -> ListTransactionsResponse {
    let mut response = ListTransactionsResponse::default();
    let pattern = match body.transactional_id_pattern.as_deref().filter(|p| !p.is_empty()) {
        None => None,
        Some(pattern) => match Regex::new(&format!("^(?:{pattern})$")) {
            Ok(regex) => Some(regex),
            Err(_) => return response.with_error_code(ResponseError::InvalidRegularExpression.code()),
        },
    };
    let known = |name: &str| Status::ALL.iter().any(|s| s.name() == name) || KNOWN_TO_KAFKA.contains(&name);
    response.unknown_state_filters = body.state_filters.iter().filter(|name| !known(name)).cloned().collect();
    match request.broker.coordinators.transactions() {
        Ok(transactions) => transactions.for_each(|state| {
            response.transaction_states.extend(state.list(now_ms(), &body, pattern.as_ref()));
        }),
        Err(error) => response.error_code = error.code(),
    }
    response
}

/// States that Kafka has and that nothing is ever found in here.
const KNOWN_TO_KAFKA: [&str; 2] = ["Dead", "PrepareEpochFence"];
