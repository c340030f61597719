//! TxnOffsetCommit (key 28), versions 0–5: offsets that count once the transaction is committed. From v5 on
//! (KIP-890) the group's partition is added to the transaction by this; before, AddOffsetsToTxn must have.

use kafka_protocol::ResponseError;
use kafka_protocol::messages::txn_offset_commit_request::TxnOffsetCommitRequestTopic;
use kafka_protocol::messages::txn_offset_commit_response::{
    TxnOffsetCommitResponsePartition, TxnOffsetCommitResponseTopic,
};
use kafka_protocol::messages::{ApiKey, TxnOffsetCommitRequest, TxnOffsetCommitResponse};

use crate::api::{Request, api, merge_each};
use crate::coordinator::OFFSETS_TOPIC;
use crate::coordinator::txn::Producer;

api!(ApiKey::TxnOffsetCommit, 0..=5, TxnOffsetCommitRequest, txn_offset_commit);

async fn txn_offset_commit(request: &Request, mut body: TxnOffsetCommitRequest) -> TxnOffsetCommitResponse {
    if body.group_id.is_empty() {
        return all_refused(&body, ResponseError::InvalidGroupId);
    }
    // Partitions that there are not are answered without asking anybody.
    let mut missing = Vec::new();
    for topic in &mut body.topics {
        let (there, unknown) = std::mem::take(&mut topic.partitions)
            .into_iter()
            .partition(|asked| request.broker.topics.partition(&topic.name, asked.partition_index).is_some());
        topic.partitions = there;
        let unknown = topic.clone().with_partitions(unknown);
        missing.push(refused(&unknown, ResponseError::UnknownTopicOrPartition));
    }
    body.topics.retain(|topic| !topic.partitions.is_empty());
    missing.retain(|topic| !topic.partitions.is_empty());
    let mut response = match body.topics.is_empty() && !missing.is_empty() {
        true => TxnOffsetCommitResponse::default(),
        false => commit(request, &body).unwrap_or_else(|error| all_refused(&body, error)),
    };
    response.topics = merge_each(
        response.topics.into_iter().chain(missing),
        |topic| topic.name.clone(),
        |known, topic| known.partitions.extend(topic.partitions),
    );
    response
}

fn all_refused(body: &TxnOffsetCommitRequest, error: ResponseError) -> TxnOffsetCommitResponse {
    let topics = body.topics.iter().map(|topic| refused(topic, error)).collect();
    TxnOffsetCommitResponse::default().with_topics(topics)
}

fn commit(
    request: &Request,
    body: &TxnOffsetCommitRequest,
) -> Result<TxnOffsetCommitResponse, ResponseError> {
    let (broker, version) = (&request.broker, request.version());
    if body.transactional_id.is_empty() {
        return Err(ResponseError::InvalidRequest);
    }
    let producer =
        Producer { id: &body.transactional_id, producer_id: body.producer_id.0, epoch: body.producer_epoch };
    let (groups, transactions) = (broker.coordinators.groups()?, broker.coordinators.transactions()?);
    let partition = groups.partition_of(&body.group_id);
    let transaction = Some((body.producer_id.0, body.producer_epoch));
    let write = || {
        groups.request_in(broker, &body.group_id, transaction, |state, cx, topics| {
            state.commit_offsets_in_transaction(cx, topics, body)
        })
    };
    let written = if version >= 5 {
        // An end that comes in between gives the producer a new epoch, so that the log refuses what is late.
        let offsets = [(OFFSETS_TOPIC.to_owned(), partition)];
        transactions.add_partitions(broker, producer, &offsets, 2).map(|()| write())
    } else {
        transactions.while_included(broker, producer, OFFSETS_TOPIC, partition, write)
    };
    written.unwrap_or_else(|error| {
        Err(match error {
            ResponseError::ProducerFenced => ResponseError::InvalidProducerEpoch,
            // Version 4 is the first whose clients know 120.
            ResponseError::TransactionAbortable if version < 4 => ResponseError::InvalidTxnState,
            other => other,
        })
    })
}

fn refused(topic: &TxnOffsetCommitRequestTopic, error: ResponseError) -> TxnOffsetCommitResponseTopic {
    let partition =
        |p: &kafka_protocol::messages::txn_offset_commit_request::TxnOffsetCommitRequestPartition| {
            TxnOffsetCommitResponsePartition::default()
                .with_partition_index(p.partition_index)
                .with_error_code(error.code())
        };
    TxnOffsetCommitResponseTopic::default()
        .with_name(topic.name.clone())
        .with_partitions(topic.partitions.iter().map(partition).collect())
}
