//! Produce (key 0), versions 3–13; advertised from 0, because librdkafka 2.0 takes a higher
//! minimum for a broker that cannot compress. Versions 0–2 end the connection, as they do on
//! Apache Kafka 4. From version 13 topics are named by id.

use bytes::Bytes;
use kafka_protocol::ResponseError;
use kafka_protocol::messages::ApiKey;
use kafka_protocol::messages::produce_request::{PartitionProduceData, ProduceRequest};
use kafka_protocol::messages::produce_response::{
    BatchIndexAndErrorMessage, PartitionProduceResponse, ProduceResponse, TopicProduceResponse,
};
use kafka_protocol::protocol::StrBytes;

use super::support::{Failure, find_topic};
use super::validate::{Refusal, validate};
use super::{Answer, Api, Disconnect, Request, transactional};
use crate::server::Reply;
use crate::topics::{ProduceError, Topic, is_internal};

/// This API's entry in the dispatch table.
pub(crate) const API: Api =
    Api { key: ApiKey::Produce as i16, min: 0, max: 13, handler: |request| Box::pin(produce(request)) };

async fn produce(request: Request) -> Answer {
    let body: ProduceRequest = request.decode()?;
    let acks = body.acks;
    let response = answer(&request, body).await;
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
    let valid_acks = matches!(body.acks, -1..=1);
    let transactional_id = body.transactional_id.as_ref().map(|id| id.0.as_str());
    let mut response = ProduceResponse::default();
    for asked in body.topic_data {
        let topic = match valid_acks {
            true => find_topic(&request.broker, &asked.name, asked.topic_id, by_id),
            false => Err(ResponseError::InvalidRequiredAcks),
        };
        let mut partitions = Vec::with_capacity(asked.partition_data.len());
        for data in asked.partition_data {
            let index = data.index;
            let outcome = match &topic {
                Ok(topic) => append(request, topic, data, transactional_id).await,
                Err(error) => Err(Refusal::from(Failure::from(*error))),
            };
            partitions.push(outcome.unwrap_or_else(|refusal| refused(index, refusal)));
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

async fn append(
    request: &Request,
    topic: &Topic,
    data: PartitionProduceData,
    transactional_id: Option<&str>,
) -> Result<PartitionProduceResponse, Refusal> {
    let unknown = || Refusal::from(Failure::from(ResponseError::UnknownTopicOrPartition));
    let partition = topic.partition(data.index).ok_or_else(unknown)?;
    if is_internal(&topic.name) {
        let message = format!("Cannot append to internal topic {}", topic.name);
        return Err(Failure::new(ResponseError::InvalidTopicException, message).into());
    }
    let config = topic.config();
    let (header, batch): (_, Bytes) = validate(request.version(), &config, data.records)?;
    if header.attributes.is_transactional() {
        transactional::verify(request, transactional_id, &header, &partition)
            .await
            .map_err(|error| Refusal::from(Failure::from(error)))?;
    }
    let info = partition.append(header, &batch).map_err(|error| match error {
        ProduceError::Log(error) => Refusal::from(Failure::from(error)),
        ProduceError::Batch(error) => {
            Refusal::from(Failure::new(ResponseError::CorruptMessage, error.to_string()))
        }
        ProduceError::Deleted => unknown(),
    })?;
    Ok(PartitionProduceResponse::default()
        .with_index(data.index)
        .with_base_offset(info.base_offset)
        .with_log_append_time_ms(info.log_append_time)
        .with_log_start_offset(partition.log().start_offset()))
}

fn refused(index: i32, refusal: Refusal) -> PartitionProduceResponse {
    PartitionProduceResponse::default()
        .with_index(index)
        .with_error_code(refusal.failure.code)
        .with_base_offset(-1)
        .with_log_append_time_ms(-1)
        .with_log_start_offset(-1)
        .with_error_message(refusal.failure.text())
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
