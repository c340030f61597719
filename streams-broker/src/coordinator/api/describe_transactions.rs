//! DescribeTransactions (key 65), version 0: state, producer and partitions of transactional ids.

use kafka_protocol::messages::describe_transactions_response::TransactionState;
use kafka_protocol::messages::{
    ApiKey, DescribeTransactionsRequest, DescribeTransactionsResponse, TransactionalId,
};

use crate::api::{Request, api, each_once};

api!(ApiKey::DescribeTransactions, 0..=0, DescribeTransactionsRequest, describe_transactions);

async fn describe_transactions(
    request: &Request,
    body: DescribeTransactionsRequest,
) -> DescribeTransactionsResponse {
    let states = each_once(&body.transactional_ids).map(|id| describe(request, id)).collect();
    DescribeTransactionsResponse::default().with_transaction_states(states)
}

fn describe(request: &Request, id: &TransactionalId) -> TransactionState {
    let broker = &request.broker;
    let described = broker
        .coordinators
        .transactions()
        .and_then(|transactions| transactions.look(broker, id, |state| state.describe(id)));
    described.unwrap_or_else(|error| {
        TransactionState::default().with_transactional_id(id.clone()).with_error_code(error.code())
    })
}
