//! AddPartitionsToTxn (key 24), versions 0–5: one producer up to v3; from v4 on many, to add or only to verify.

use kafka_protocol::ResponseError;
use kafka_protocol::messages::add_partitions_to_txn_request::{
    AddPartitionsToTxnTopic, AddPartitionsToTxnTransaction,
};
use kafka_protocol::messages::add_partitions_to_txn_response::{
    AddPartitionsToTxnPartitionResult, AddPartitionsToTxnResult, AddPartitionsToTxnTopicResult,
};
use kafka_protocol::messages::{AddPartitionsToTxnRequest, AddPartitionsToTxnResponse, ApiKey};

use super::txn_error;
use crate::api::{Request, api};
use crate::coordinator::txn::Producer;
use crate::topics::is_internal;

api!(ApiKey::AddPartitionsToTxn, 0..=5, AddPartitionsToTxnRequest, add_partitions_to_txn);

async fn add_partitions_to_txn(
    request: &Request,
    body: AddPartitionsToTxnRequest,
) -> AddPartitionsToTxnResponse {
    if request.version() <= 3 {
        let only = AddPartitionsToTxnTransaction::default()
            .with_transactional_id(body.v3_and_below_transactional_id)
            .with_producer_id(body.v3_and_below_producer_id)
            .with_producer_epoch(body.v3_and_below_producer_epoch)
            .with_topics(body.v3_and_below_topics);
        let results = add(request, &only);
        return AddPartitionsToTxnResponse::default().with_results_by_topic_v3_and_below(results);
    }
    let result = |transaction: &AddPartitionsToTxnTransaction| {
        AddPartitionsToTxnResult::default()
            .with_transactional_id(transaction.transactional_id.clone())
            .with_topic_results(add(request, transaction))
    };
    AddPartitionsToTxnResponse::default()
        .with_results_by_transaction(body.transactions.iter().map(result).collect())
}

fn add(request: &Request, transaction: &AddPartitionsToTxnTransaction) -> Vec<AddPartitionsToTxnTopicResult> {
    let exists = |topic: &str, partition: i32| request.broker.topics.partition(topic, partition).is_some();
    let wanted: Vec<(String, i32)> = transaction
        .topics
        .iter()
        .flat_map(|t| t.partitions.iter().map(|p| (t.name.to_string(), *p)))
        .collect();
    if transaction.transactional_id.is_empty() {
        return results(transaction, |_, _| ResponseError::InvalidRequest.code());
    }
    // From version 4 on it is brokers that ask, who may.
    let forbidden = |topic: &str| request.version() <= 3 && is_internal(topic);
    if wanted.iter().any(|(topic, partition)| forbidden(topic) || !exists(topic, *partition)) {
        // All or nothing: the others are not even tried.
        return results(transaction, |topic, partition| {
            if forbidden(&topic.name) {
                ResponseError::TopicAuthorizationFailed.code()
            } else if exists(&topic.name, partition) {
                ResponseError::OperationNotAttempted.code()
            } else {
                ResponseError::UnknownTopicOrPartition.code()
            }
        });
    }
    let producer = Producer {
        id: &transaction.transactional_id,
        producer_id: transaction.producer_id.0,
        epoch: transaction.producer_epoch,
    };
    let version = request.version();
    if transaction.verify_only {
        return results(transaction, |topic, partition| {
            let verified = request.broker.coordinators.transactions().and_then(|transactions| {
                transactions.verify_partition(&request.broker, producer, &topic.name, partition)
            });
            verified.map_or_else(|error| error.code(), |()| 0)
        });
    }
    let added = request
        .broker
        .coordinators
        .transactions()
        .and_then(|transactions| transactions.add_partitions(&request.broker, producer, &wanted, 1));
    let code = added.map_or_else(|error| txn_error(error, version, 2), |()| 0);
    results(transaction, |_, _| code)
}

fn results(
    transaction: &AddPartitionsToTxnTransaction,
    code: impl Fn(&AddPartitionsToTxnTopic, i32) -> i16,
) -> Vec<AddPartitionsToTxnTopicResult> {
    let topic = |t: &AddPartitionsToTxnTopic| {
        let partition = |p: &i32| {
            AddPartitionsToTxnPartitionResult::default()
                .with_partition_index(*p)
                .with_partition_error_code(code(t, *p))
        };
        AddPartitionsToTxnTopicResult::default()
            .with_name(t.name.clone())
            .with_results_by_partition(t.partitions.iter().map(partition).collect())
    };
    transaction.topics.iter().map(topic).collect()
}
