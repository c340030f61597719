//! DeleteTopics (key 20), versions 1–6: by name, from version 6 also by id.

use std::collections::HashSet;

use kafka_protocol::ResponseError;
use kafka_protocol::messages::ApiKey;
use kafka_protocol::messages::delete_topics_request::{DeleteTopicState, DeleteTopicsRequest};
use kafka_protocol::messages::delete_topics_response::{DeletableTopicResult, DeleteTopicsResponse};

use uuid::Uuid;

use super::repeated::first_of_each;
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
    let broker = &request.broker;
    let responses = match body.timeout_ms {
        ..=0 => {
            asked.into_iter().map(|topic| answer(topic, Err(ResponseError::RequestTimedOut.into()))).collect()
        }
        _ if !broker.settings.flag("delete.topic.enable") => {
            let refused = || match request.version() {
                ..=2 => invalid("This version does not support topic deletion."),
                _ => Err(ResponseError::TopicDeletionDisabled.into()),
            };
            asked.into_iter().map(|topic| answer(topic, refused())).collect()
        }
        _ => delete_all(broker, asked),
    };
    DeleteTopicsResponse::default().with_responses(responses)
}

/// Deletes topics, but none that is named twice, in whatever way; such a one is answered once.
fn delete_all(broker: &Broker, asked: Vec<DeleteTopicState>) -> Vec<DeletableTopicResult> {
    let id_of = |topic: &DeleteTopicState| {
        let name = topic.name.as_ref()?;
        broker.topics.get(name).map(|found| found.id)
    };
    let without_name: HashSet<Uuid> =
        asked.iter().filter(|topic| topic.name.is_none()).map(|topic| topic.topic_id).collect();
    let ids_of_names: HashSet<Uuid> = asked.iter().filter_map(id_of).collect();
    let mut responses = Vec::new();
    for (topic, repeated) in first_of_each(&asked, |topic| (&topic.name, topic.topic_id)) {
        let by_both = |id| without_name.contains(&id);
        let outcome = match (&topic.name, topic.topic_id.is_nil()) {
            (None, true) => invalid("Neither topic name nor id were specified."),
            (Some(_), false) => invalid("You may not specify both topic name and topic id."),
            (None, false) if repeated => invalid("Duplicate topic id."),
            (Some(_), true) if repeated => invalid("Duplicate topic name."),
            (Some(_), true) if id_of(topic).is_some_and(by_both) => {
                responses.push(answer(
                    topic.clone().with_topic_id(id_of(topic).unwrap_or_default()),
                    invalid("The provided topic name maps to an ID that was already supplied."),
                ));
                continue;
            }
            // Answered together with the name.
            (None, false) if ids_of_names.contains(&topic.topic_id) => continue,
            _ => find_and_delete(broker, topic),
        };
        responses.push(answer(topic.clone(), outcome));
    }
    responses
}

fn invalid<T>(why: &str) -> Result<T, Failure> {
    Err(Failure::new(ResponseError::InvalidRequest, why))
}

fn answer(asked: DeleteTopicState, outcome: Result<(String, Uuid), Failure>) -> DeletableTopicResult {
    let mut result =
        DeletableTopicResult::default().with_name(asked.name.clone()).with_topic_id(asked.topic_id);
    match outcome {
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

fn find_and_delete(broker: &Broker, asked: &DeleteTopicState) -> Result<(String, Uuid), Failure> {
    let name = match &asked.name {
        Some(name) => name.to_string(),
        None => {
            let unknown =
                || Failure::new(ResponseError::UnknownTopicId, "This server does not host this topic ID.");
            broker.topics.get_by_id(asked.topic_id).ok_or_else(unknown)?.name.to_string()
        }
    };
    if is_internal(&name) {
        return Err(Failure::new(
            ResponseError::InvalidRequest,
            format!("The topic {name} is the broker's own and cannot be deleted."),
        ));
    }
    let topic = broker.topics.delete(&name)?;
    broker.coordinators.topic_deleted(broker, &name);
    Ok((name, topic.id))
}
