//! ListTransactions and DescribeTransactions.

use super::metadata::TxnState;
use crate::coordinator::records::TransactionPartitions;
use kafka_protocol::ResponseError;
use kafka_protocol::messages::describe_transactions_response as described;
use kafka_protocol::messages::list_transactions_response as listed;
use kafka_protocol::messages::{ListTransactionsRequest, ProducerId, TopicName, TransactionalId};
use kafka_protocol::protocol::StrBytes;
use regex::Regex;

impl TxnState {
    /// Handles ListTransactions; empty filters let everything through.
    pub(crate) fn list(
        &self,
        now: i64,
        request: &ListTransactionsRequest,
        pattern: Option<&Regex>,
    ) -> Vec<listed::TransactionState> {
        let mut found = Vec::new();
        for (id, value) in &self.ids {
            let state = value.state();
            let in_state = request.state_filters.is_empty()
                || request.state_filters.iter().any(|name| name.as_str() == state.name());
            let by_producer = request.producer_id_filters.is_empty()
                || request.producer_id_filters.contains(&ProducerId(value.producer_id));
            // As on Apache Kafka, one that never began counts as the oldest.
            let long_enough =
                request.duration_filter < 0 || now - value.start_timestamp > request.duration_filter;
            if in_state && by_producer && long_enough && pattern.is_none_or(|p| p.is_match(id)) {
                found.push(
                    listed::TransactionState::default()
                        .with_transactional_id(TransactionalId(StrBytes::from_string(id.clone())))
                        .with_producer_id(ProducerId(value.producer_id))
                        .with_transaction_state(StrBytes::from_static_str(state.name())),
                );
            }
        }
        found
    }

    /// Handles DescribeTransactions, for one id: 105 if it is not known.
    pub(crate) fn describe(&self, id: &TransactionalId) -> described::TransactionState {
        let answer = described::TransactionState::default().with_transactional_id(id.clone());
        if id.is_empty() {
            return answer.with_error_code(ResponseError::InvalidRequest.code());
        }
        let Some(value) = self.ids.get(id.as_str()) else {
            return answer.with_error_code(ResponseError::TransactionalIdNotFound.code());
        };
        let topic = |t: &TransactionPartitions| {
            described::TopicData::default()
                .with_topic(TopicName(StrBytes::from_string(t.topic.clone())))
                .with_partitions(t.partitions.clone())
        };
        answer
            .with_transaction_state(StrBytes::from_static_str(value.state().name()))
            .with_transaction_timeout_ms(value.timeout_ms)
            .with_transaction_start_time_ms(value.start_timestamp)
            .with_producer_id(ProducerId(value.producer_id))
            .with_producer_epoch(value.producer_epoch)
            .with_topics(value.partitions.iter().flatten().map(topic).collect())
    }
}
