//! Produce (key 0), versions 3–13; advertised from 0, because librdkafka 2.0 takes a higher
//! minimum for a broker that cannot compress. Versions 0–2 end the connection, as they do on
//! Apache Kafka 4. From version 13 topics are named by id.

use std::collections::HashMap;

use bytes::Bytes;
use kafka_protocol::ResponseError;
use kafka_protocol::messages::ApiKey;
use kafka_protocol::messages::produce_request::{PartitionProduceData, ProduceRequest, TopicProduceData};
use kafka_protocol::messages::produce_response::{
    BatchIndexAndErrorMessage, PartitionProduceResponse, ProduceResponse, TopicProduceResponse,
};
use kafka_protocol::protocol::StrBytes;

use super::repeated::last_of_each;
use super::support::{Failure, find_topic};
use super::validate::{Refusal, validate};
use super::{Answer, Api, Disconnect, Request, transactional};
use crate::log::BatchHeader;
use crate::quotas::QuotaKey;
use crate::server::Reply;
use crate::topics::{Partition, Topic, is_internal};

/// This API's entry in the dispatch table.
pub(crate) const API: Api =
    Api { key: ApiKey::Produce as i16, min: 0, max: 13, handler: |request| Box::pin(produce(request)) };

async fn produce(request: Request) -> Answer {
    let body: ProduceRequest = request.decode()?;
    let acks = body.acks;
    let mut response = answer(&request, body).await;
    response.throttle_time_ms = request.throttle(QuotaKey::ProducerByteRate, request.body.len());
    if acks != 0 {
        return request.encode(&response);
    }
    // Without an answer, closing the connection is the only way to say that something is wrong.
    let failed = response.responses.iter().flat_map(|topic| &topic.partition_responses);
    match failed.clone().any(|partition| partition.error_code != 0) {
        true => Err(Disconnect::UnacknowledgedFailure),
        false => Ok(Reply::Nothing),
    }
}

async fn answer(request: &Request, body: ProduceRequest) -> ProduceResponse {
    let by_id = request.version() >= 13;
    let transactional_id = body.transactional_id.as_ref().map(|id| id.0.as_str());
    let refused_whole = if !matches!(body.acks, -1..=1) {
        Some(ResponseError::InvalidRequiredAcks)
    } else if transactional_id.is_none() && body.topic_data.iter().any(is_transactional) {
        Some(ResponseError::TransactionalIdAuthorizationFailed)
    } else {
        None
    };
    let mut response = ProduceResponse::default();
    for asked in merged(body.topic_data) {
        let topic = match refused_whole {
            Some(error) => Err(error),
            None => find_topic(&request.broker, &asked.name, asked.topic_id, by_id),
        };
        let mut partitions = Vec::with_capacity(asked.partition_data.len());
        for data in asked.partition_data {
            partitions.push(match &topic {
                Ok(topic) => append(request, topic, data, transactional_id),
                Err(error) => refused(data.index, Refusal::from(Failure::from(*error)), -1),
            });
        }
        response.responses.push(
            TopicProduceResponse::default()
                .with_name(asked.name)
                .with_topic_id(asked.topic_id)
                .with_partition_responses(partitions),
        );
    }
    response
}

/// Whether one of the batches belongs to a transaction.
fn is_transactional(topic: &TopicProduceData) -> bool {
    topic
        .partition_data
        .iter()
        .filter_map(|data| BatchHeader::parse(data.records.as_deref().unwrap_or_default()).ok())
        .any(|header| header.attributes.is_transactional())
}

/// Each partition once, with what came last for it; topics without partitions are left out.
fn merged(topics: Vec<TopicProduceData>) -> Vec<TopicProduceData> {
    let mut places = HashMap::new();
    let mut merged: Vec<TopicProduceData> = Vec::with_capacity(topics.len());
    for mut topic in topics.into_iter().filter(|topic| !topic.partition_data.is_empty()) {
        let place = *places.entry((topic.name.clone(), topic.topic_id)).or_insert(merged.len());
        match merged.get_mut(place) {
            Some(earlier) => earlier.partition_data.append(&mut topic.partition_data),
            None => merged.push(topic),
        }
    }
    for topic in &mut merged {
        topic.partition_data = last_of_each(std::mem::take(&mut topic.partition_data), |data| data.index);
    }
    merged
}

fn append(
    request: &Request,
    topic: &Topic,
    data: PartitionProduceData,
    transactional_id: Option<&str>,
) -> PartitionProduceResponse {
    let index = data.index;
    let Some(partition) = topic.partition(index) else {
        return refused(index, Failure::from(ResponseError::UnknownTopicOrPartition).into(), -1);
    };
    match append_to(request, topic, &partition, data, transactional_id) {
        Ok(response) => response,
        Err(refusal) => {
            let start = if refusal.by_log { partition.log().start_offset() } else { -1 };
            refused(index, refusal, start)
        }
    }
}

fn append_to(
    request: &Request,
    topic: &Topic,
    partition: &Partition,
    data: PartitionProduceData,
    transactional_id: Option<&str>,
) -> Result<PartitionProduceResponse, Refusal> {
    if is_internal(&topic.name) {
        let message = format!("Cannot append to internal topic {}", topic.name);
        return Err(Failure::new(ResponseError::InvalidTopicException, message).into());
    }
    let config = topic.config();
    let place = || format!("{}-{}", topic.name, data.index);
    let (header, batch): (_, Bytes) = validate(request.version(), &config, &place, data.records)?;
    let info = if header.attributes.is_transactional() {
        transactional::append(request, transactional_id, header, &batch, partition)?
    } else {
        partition.append(header, &batch)?
    };
    Ok(PartitionProduceResponse::default()
        .with_index(data.index)
        .with_base_offset(info.base_offset)
        .with_log_append_time_ms(info.log_append_time)
        .with_log_start_offset(partition.log().start_offset()))
}

fn refused(index: i32, refusal: Refusal, log_start: i64) -> PartitionProduceResponse {
    // As Apache Kafka does: of all other errors the client has a text of its own.
    let text = (refusal.told || !refusal.records.is_empty()).then(|| refusal.failure.text()).flatten();
    PartitionProduceResponse::default()
        .with_index(index)
        .with_error_code(refusal.failure.code)
        .with_base_offset(-1)
        .with_log_append_time_ms(-1)
        .with_log_start_offset(log_start)
        .with_error_message(text)
        .with_record_errors(
            refusal
                .records
                .into_iter()
                .map(|(index, message)| {
                    BatchIndexAndErrorMessage::default()
                        .with_batch_index(index)
                        .with_batch_index_error_message(Some(StrBytes::from_string(message)))
                })
                .collect(),
        )
}
