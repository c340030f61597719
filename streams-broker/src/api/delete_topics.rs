//! DeleteTopics (key 20), versions 1–6: by name, from version 6 also by id.

use kafka_protocol::ResponseError;
use kafka_protocol::messages::ApiKey;
use kafka_protocol::messages::delete_topics_request::{DeleteTopicState, DeleteTopicsRequest};
use kafka_protocol::messages::delete_topics_response::{DeletableTopicResult, DeleteTopicsResponse};

use super::support::{Failure, topic_name};
use super::{Request, api};
use crate::broker::Broker;
use crate::topics::is_internal;

api!(ApiKey::DeleteTopics, 1..=6, DeleteTopicsRequest, delete_topics);

async fn delete_topics(request: &Request, body: DeleteTopicsRequest) -> DeleteTopicsResponse {
    let asked = match request.version() >= 6 {
        true => body.topics,
        false => body
            .topic_names
            .into_iter()
            .map(|name| DeleteTopicState::default().with_name(Some(name)))
            .collect(),
    };
    DeleteTopicsResponse::default()
        .with_responses(asked.into_iter().map(|topic| delete(&request.broker, topic)).collect())
}

fn delete(broker: &Broker, asked: DeleteTopicState) -> DeletableTopicResult {
    let mut result =
        DeletableTopicResult::default().with_name(asked.name.clone()).with_topic_id(asked.topic_id);
    match find_and_delete(broker, &asked) {
        Ok((name, id)) => {
            result.name = Some(topic_name(&name));
            result.topic_id = id;
        }
        Err(failure) => {
            result.error_code = failure.code;
            result.error_message = failure.text();
        }
    }
    result
}

fn find_and_delete(broker: &Broker, asked: &DeleteTopicState) -> Result<(String, uuid::Uuid), Failure> {
    let name = match &asked.name {
        Some(_) if !asked.topic_id.is_nil() => {
            return Err(Failure::new(
                ResponseError::InvalidRequest,
                "You may not specify both topic name and topic id.",
            ));
        }
        Some(name) => name.to_string(),
        None => {
            broker.topics.get_by_id(asked.topic_id).ok_or(ResponseError::UnknownTopicId)?.name.to_string()
        }
    };
    if is_internal(&name) {
        return Err(Failure::new(
            ResponseError::InvalidRequest,
            format!("The topic {name} is the broker's own and cannot be deleted."),
        ));
    }
    if !broker.settings.flag("delete.topic.enable") {
        return Err(ResponseError::TopicDeletionDisabled.into());
    }
    let topic = broker.topics.delete(&name)?;
    broker.coordinators.topic_deleted(broker, &name);
    Ok((name, topic.id))
}
