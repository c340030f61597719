//! StreamsGroupHeartbeat (key 88), version 0 (KIP-1071): members of a streams group are given their tasks, and the
//! internal topics of their topology are created.
//!
//! Left out, as in Apache Kafka 4.3: static members, regular expressions for source topics, warm-up tasks, updates
//! of the topology while members run another one.

use std::collections::BTreeMap;

use kafka_protocol::ResponseError;

use crate::api::{Answer, Api, Disconnect, Request};
use crate::coordinator::codec::{Field, Reader, Writer};
use crate::coordinator::streams::messages::{
    StreamsGroupHeartbeatRequest, StreamsGroupHeartbeatResponse, status,
};
use crate::coordinator::streams::{Client, InternalTopic, StreamsSettings, validate};
use crate::server::Reply;
use crate::topics::{NewTopic, TopicError};

/// This API's entry in the dispatch table.
pub(crate) const API: Api = Api { key: 88, min: 0, max: 0, handler: |request| Box::pin(handle(request)) };

async fn handle(request: Request) -> Answer {
    let body = StreamsGroupHeartbeatRequest::read(&mut Reader::new(&request.body))
        .map_err(|_| Disconnect::Malformed { key: request.header.key, version: request.header.version })?;
    let response = heartbeat(&request, &body).unwrap_or_else(|(error, text)| StreamsGroupHeartbeatResponse {
        error_code: error.code(),
        error_message: Some(text),
        status: Some(Vec::new()),
        ..StreamsGroupHeartbeatResponse::default()
    });
    let mut w = Writer::new();
    response.write(&mut w);
    Ok(Reply::bytes(w.into_bytes().into()))
}

fn heartbeat(
    request: &Request,
    body: &StreamsGroupHeartbeatRequest,
) -> Result<StreamsGroupHeartbeatResponse, (ResponseError, String)> {
    validate(body)?;
    let broker = &request.broker;
    let untold = |error: ResponseError| (error, error.to_string());
    let host = request.client_host();
    let client = Client { id: request.client_id(), host: &host };
    let number = |key| broker.group_configs.number(&body.group_id, key, &broker.settings.now());
    let most = broker.settings.number("group.streams.max.standby.replicas");
    let settings = StreamsSettings {
        session_timeout_ms: i32::try_from(number("streams.session.timeout.ms")).unwrap_or(i32::MAX),
        heartbeat_interval_ms: i32::try_from(number("streams.heartbeat.interval.ms")).unwrap_or(i32::MAX),
        standbys: usize::try_from(number("streams.num.standby.replicas").min(most)).unwrap_or(0),
        initial_delay_ms: number("streams.initial.rebalance.delay.ms"),
        assignment_interval_ms: number("streams.assignment.interval.ms"),
    };
    let groups = broker.coordinators.groups().map_err(untold)?;
    let answered = groups.request(broker, &body.group_id, |state, cx, topics| {
        state.streams_heartbeat(cx, topics, settings, client, body)
    });
    let (mut response, missing) = answered.map_err(untold)??;
    let failures: Vec<String> =
        missing.into_iter().filter_map(|topic| create(request, topic).err()).collect();
    if let Some(entry) = response
        .status
        .iter_mut()
        .flatten()
        .find(|s| s.code == status::MISSING_INTERNAL_TOPICS && !failures.is_empty())
    {
        entry.detail.push_str("; Creation failed: ");
        entry.detail.push_str(&failures.join(", "));
    }
    Ok(response)
}

/// Creates an internal topic; the next heartbeat finds it.
fn create(request: &Request, topic: InternalTopic) -> Result<(), String> {
    let configs: BTreeMap<String, String> = topic.configs.into_iter().map(|c| (c.key, c.value)).collect();
    let new = NewTopic { name: topic.name.clone(), partitions: topic.partitions, configs };
    match request.broker.topics.create(new) {
        Ok(_) | Err(TopicError::Exists(_)) => Ok(()),
        Err(error) => {
            tracing::warn!(topic = topic.name, ?error, "internal topic not created");
            Err(format!("{} ({error:?})", topic.name))
        }
    }
}
