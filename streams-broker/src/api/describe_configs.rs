//! DescribeConfigs (key 32), versions 1–4: topics, this broker, groups. Other resources (loggers,
//! client metrics) are refused, and no documentation is given.

use std::collections::BTreeMap;

use kafka_protocol::ResponseError;
use kafka_protocol::messages::ApiKey;
use kafka_protocol::messages::describe_configs_request::{DescribeConfigsRequest, DescribeConfigsResource};
use kafka_protocol::messages::describe_configs_response::{
    DescribeConfigsResourceResult, DescribeConfigsResponse, DescribeConfigsResult, DescribeConfigsSynonym,
};
use kafka_protocol::protocol::StrBytes;

use super::configs::{Entry, broker_entries, group_entries, resource, topic_entries};
use super::support::{Failure, text};
use super::{Request, api};
use crate::broker::Broker;
use crate::topics::validate_name;

api!(ApiKey::DescribeConfigs, 1..=4, DescribeConfigsRequest, describe_configs);

async fn describe_configs(request: &Request, body: DescribeConfigsRequest) -> DescribeConfigsResponse {
    let results = body
        .resources
        .iter()
        .map(|asked| {
            let result = DescribeConfigsResult::default()
                .with_error_message(None)
                .with_resource_type(asked.resource_type)
                .with_resource_name(asked.resource_name.clone());
            match describe(&request.broker, asked, body.include_synonyms) {
                Ok(configs) => result.with_configs(configs),
                Err(failure) => result.with_error_code(failure.code).with_error_message(failure.text()),
            }
        })
        .collect();
    DescribeConfigsResponse::default().with_results(results)
}

fn describe(
    broker: &Broker,
    asked: &DescribeConfigsResource,
    synonyms: bool,
) -> Result<Vec<DescribeConfigsResourceResult>, Failure> {
    let name = asked.resource_name.as_str();
    let encode = |entries: &mut dyn Iterator<Item = Entry<'_>>, read_only| {
        entries
            .filter(|entry| wanted(asked, entry))
            .map(|entry| encode(&entry, synonyms, read_only))
            .collect()
    };
    match asked.resource_type {
        resource::TOPIC => {
            validate_name(name).map_err(|why| Failure::new(ResponseError::InvalidTopicException, why))?;
            let topic = broker.topics.get(name).ok_or(ResponseError::UnknownTopicOrPartition)?;
            let overrides: &BTreeMap<_, _> = &topic.overrides();
            Ok(encode(&mut topic_entries(overrides, &broker.settings), false))
        }
        // The empty name stands for the defaults of all brokers; none can be set.
        resource::BROKER if name.is_empty() => Ok(Vec::new()),
        resource::BROKER if name.parse() == Ok(broker.node_id()) => {
            Ok(encode(&mut broker_entries(&broker.settings), true))
        }
        resource::BROKER => Err(Failure::new(
            ResponseError::InvalidRequest,
            format!(
                "Unexpected broker id, expected {} or empty string, but received {name}",
                broker.node_id()
            ),
        )),
        resource::GROUP if name.is_empty() => {
            Err(Failure::new(ResponseError::InvalidRequest, "Group name must not be empty"))
        }
        resource::GROUP => {
            let overrides = broker.group_configs.overrides(name);
            Ok(encode(&mut group_entries(&overrides, &broker.settings), false))
        }
        other => {
            Err(Failure::new(ResponseError::InvalidRequest, format!("Unsupported resource type: {other}")))
        }
    }
}

fn wanted(asked: &DescribeConfigsResource, entry: &Entry<'_>) -> bool {
    // Null asks for all keys.
    asked
        .configuration_keys
        .as_ref()
        .is_none_or(|keys| keys.iter().any(|key| key.as_str() == entry.definition.name))
}

fn encode(entry: &Entry<'_>, synonyms: bool, read_only: bool) -> DescribeConfigsResourceResult {
    let result = DescribeConfigsResourceResult::default()
        .with_documentation(None)
        .with_name(entry.name())
        .with_value(Some(entry.value()))
        .with_read_only(read_only)
        .with_config_source(entry.source as i8)
        .with_config_type(entry.definition.kind as i8);
    if !synonyms {
        return result;
    }
    result.with_synonyms(
        entry
            .synonyms
            .iter()
            .map(|(name, value, source)| {
                DescribeConfigsSynonym::default()
                    .with_name(StrBytes::from_static_str(name))
                    .with_value(Some(text(*value)))
                    .with_source(*source as i8)
            })
            .collect(),
    )
}
